#include "spec/validate.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "spec/capabilities.h"

namespace warren::spec {
namespace {

using Start = Process::Start;

bool maps_owners(const Container& container) {
  return std::ranges::any_of(
      container.mounts, [](const Mount& mount) { return mount.ownership != Ownership::Unmapped; });
}

/// An overlay whose upper layer lies in a tree that nobody may change.
bool writes_to_read_only_tree(const Container& container) {
  const bool frozen =
      container.root.read_only || container.root.volatile_mode == Root::Volatile::State;
  return frozen && std::ranges::any_of(container.mounts, [](const Mount& mount) {
           return mount.kind == Mount::Kind::Overlay && !mount.read_only &&
                  mount.sources.back().place == Source::Place::Container;
         });
}

bool repeats_credential(const Container& container) {
  for (const auto& one : container.credentials) {
    if (std::ranges::count(container.credentials, one.name, &Credential::name) > 1) {
      return true;
    }
  }
  return false;
}

bool repeats_interface(const Network& network) {
  std::vector<std::string> names = {"lo"};
  for (const auto& veth : network.veths) {
    names.push_back(veth.name);
  }
  for (const auto& interface : network.interfaces) {
    names.push_back(interface.name);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

/// An interface that is moved, and beside that moved, a bridge or the base of another one.
bool takes_interface_twice(const Network& network) {
  for (const auto& moved : network.interfaces) {
    const auto uses = std::ranges::count(network.interfaces, moved.host, &HostInterface::host) +
                      std::ranges::count(network.veths, moved.host, &Veth::bridge);
    if (moved.use == HostInterface::Use::Move && uses > 1) {
      return true;
    }
  }
  return false;
}

bool repeats_port(const Network& network) {
  for (const auto& port : network.ports) {
    const auto same = std::ranges::count_if(network.ports, [&](const ForwardPort& other) {
      return other.protocol == port.protocol && other.host_port == port.host_port;
    });
    if (same > 1) {
      return true;
    }
  }
  return false;
}

/// A combination that cannot be, and what to say about it.
struct Rule {
  bool (*broken)(const Container& container);
  std::string_view setting;
  std::string_view reason;
};

constexpr auto kRules = std::to_array<Rule>({
    {[](const Container& c) {
       return c.root.directory == "/" && !c.root.ephemeral &&
              c.root.volatile_mode == Root::Volatile::No;
     },
     "--directory=/", "the host's own root runs only with --ephemeral or --volatile"},
    {[](const Container& c) { return c.root.ephemeral && !c.root.from.empty(); }, "--template",
     "an ephemeral container makes no copy: leave out --ephemeral or --template"},
    {[](const Container& c) {
       return c.root.read_only && c.root.volatile_mode == Root::Volatile::Yes;
     },
     "--read-only", "--volatile=yes has nothing of the tree but a read-only /usr"},
    {[](const Container& c) { return c.process.start == Start::Boot && c.security.ambient != 0; },
     "--ambient-capability", "an init drops them: it goes with a command, not with --boot"},
    {[](const Container& c) {
       return (c.security.ambient & ~bounding_set(c.security, c.network)) != 0;
     },
     "--ambient-capability", "--drop-capability takes the same capability away"},
    {[](const Container& c) { return c.users.mode == Users::Mode::None && maps_owners(c); },
     "--bind",
     "owners are mapped only where there is a user namespace, not with "
     "--private-users=no"},
    {[](const Container& c) {
       return c.users.mode == Users::Mode::None && c.users.ownership == Users::Ownership::Map;
     },
     "--private-users-ownership=map", "there is nothing to map to with --private-users=no"},
    {[](const Container& c) { return c.users.mode == Users::Mode::Identity && c.security.nesting; },
     "--nesting",
     "with --private-users=identity root inside could write all of /proc and /sys that the host's "
     "root can"},
    {[](const Container& c) { return c.users.mode == Users::Mode::None && c.security.nesting; },
     "--nesting",
     "with --private-users=no containers can be made inside anyway: leave one of the two out"},
    {writes_to_read_only_tree, "--overlay",
     "its upper layer would change a read-only tree: put it on the host, or leave it empty"},
    {[](const Container& c) { return repeats_credential(c); }, "--set-credential",
     "two credentials have one name"},
    {[](const Container& c) {
       return std::ranges::any_of(c.network.veths, [](const Veth& veth) {
         return !veth.bridge.empty() && !veth.zone.empty();
       });
     },
     "--network-zone", "it goes with no other bridge: leave out --network-bridge"},
    {[](const Container& c) { return repeats_interface(c.network); }, "--network-interface",
     "two interfaces would have one name inside"},
    {[](const Container& c) { return takes_interface_twice(c.network); }, "--network-interface",
     "what is moved inside cannot be used by anything else"},
    {[](const Container& c) { return !c.network.ports.empty() && c.network.veths.empty(); },
     "--port",
     "it leads to a pair of interfaces: add --network-veth, --network-bridge, --network-zone or "
     "--network-veth-extra"},
    {[](const Container& c) { return repeats_port(c.network); }, "--port",
     "a port of the host leads to one port inside"},
    {[](const Container& c) { return c.network.isolated && !c.network.namespace_path.empty(); },
     "--network-namespace-path", "it goes with no other network, neither with --private-network"},
});

}  // namespace

Result<> validate(const Container& container) {
  for (const auto& rule : kRules) {
    if (rule.broken(container)) {
      return Error::because("", rule.setting, rule.reason);
    }
  }
  return {};
}

}  // namespace warren::spec
