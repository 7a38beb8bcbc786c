// Files of a tree, or of the host, that are read and written back: hosts(5), resolv.conf(5),
// inittab(5), os-release(5).
#include "plan/environment.h"
#include "plan/hosts.h"
#include "plan/resolver.h"
#include "plan/services.h"
#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto named = plan::with_names(text, "web", {"10.0.0.2", "fd00::2"});
  fuzz::always(plan::with_names(named, "web", {"10.0.0.2", "fd00::2"}) == named);
  const auto gone = plan::with_names(named, "web", {});
  for (const auto& name : plan::named_containers(gone)) {
    fuzz::always(name != "web");
  }
  fuzz::always(plan::without_names(named).size() < named.size());

  const auto servers = plan::without_local_servers(text);
  fuzz::always(plan::without_local_servers(servers) == servers);
  (void)plan::names_a_server(text);

  const std::vector<spec::DeclaredService> services = {{.name = "web"}};
  for (const auto init : {plan::InitKind::Busybox, plan::InitKind::Systemd}) {
    const auto files = plan::service_files(services, init, text);
    fuzz::always(!files.empty());
  }

  const plan::HostFacts host{.os_release = std::string(text)};
  for (const auto& variable : plan::payload_environment({}, host, {}, std::string(32, '1'))) {
    fuzz::always(variable.find('=') != std::string::npos && !variable.contains('\n'));
  }
  return 0;
}
