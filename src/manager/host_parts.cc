#include "manager/host_parts.h"

#include <algorithm>
#include <set>
#include <string>

#include "config/declarations.h"
#include "config/lower.h"
#include "kernel/file.h"
#include "manager/container_directory.h"
#include "manager/running.h"
#include "network/present.h"

namespace warren::manager {
namespace {

/// The network of its current generation; none of one that is not there.
spec::Network current_network(const state::Paths& paths, const std::string& name) {
  using Access = ContainerDirectory::Access;
  const auto directory = ContainerDirectory::open(paths, name, Access::Look);
  const auto current = directory ? directory->current() : directory.error();
  const auto texts = current ? directory->read(*current) : current.error();
  const auto declaration =
      texts ? config::declaration_from_json(texts->declaration, name) : texts.error();
  return declaration ? config::lower_network(*declaration) : spec::Network();
}

std::set<std::string> parts_of(const spec::Network& network) {
  std::set<std::string> names = {network.namespace_path};
  for (const auto& veth : network.veths) {
    names.insert(veth.bridge);
  }
  for (const auto& interface : network.interfaces) {
    names.insert(interface.host);
  }
  return names;
}

bool is_in_a_container(const state::Paths& paths, const std::string& interface) {
  const auto names = kernel::list_names(paths.run);
  return names && std::ranges::any_of(*names, [&](const std::string& name) {
           const auto running = find_running(paths, name);
           return running && network::has_interface(running->entry.leader, interface);
         });
}

}  // namespace

Result<> check_host_parts(const state::Paths& paths, const std::string& name,
                          const spec::Network& network) {
  const auto before = parts_of(current_network(paths, name));
  return network::check_present(network, [&](const std::string& part) {
    const bool may_be_inside =
        part.find('/') == std::string::npos &&
        std::ranges::find(network.interfaces, part, &spec::HostInterface::host) !=
            network.interfaces.end();
    return before.contains(part) || (may_be_inside && is_in_a_container(paths, part));
  });
}

}  // namespace warren::manager
