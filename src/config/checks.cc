#include "config/checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"
#include "config/addresses.h"
#include "config/toml.h"

namespace warren::config {
namespace {

using spec::Declaration;
using spec::DeclaredVeth;
using Kind = spec::ImageSource::Kind;

bool has_interface(const DeclaredVeth& veth) {
  return !veth.host_bridge.empty() || !veth.host_address.empty() || !veth.host_address6.empty() ||
         !veth.local_address.empty() || !veth.local_address6.empty() ||
         !veth.local_mac_address.empty();
}

bool has_address(const Declaration& d) {
  const auto has = [](const DeclaredVeth& veth) {
    return !veth.local_address.empty() || !veth.local_address6.empty();
  };
  return d.network.is_private &&
         (has(d.network.first) || std::ranges::any_of(d.network.extra_veths, has));
}

bool joins_namespace(const Declaration& d) { return !d.network.namespace_path.empty(); }

/// A combination that cannot be: the key to point at, and what to say about it.
struct Rule {
  bool (*broken)(const Declaration& declaration);
  std::string_view key;
  std::string_view reason;
};

constexpr auto kRules = std::to_array<Rule>({
    {[](const Declaration& d) { return d.image.kind == Kind::None && d.path.empty(); }, "image",
     "its tree is missing: give image (for example image = \"busybox\") or path"},
    {[](const Declaration& d) { return d.image.kind != Kind::None && !d.path.empty(); }, "path",
     "image says where the tree comes from already: leave one out"},
    {[](const Declaration& d) { return !d.packages.empty() && d.image.kind != Kind::Debian; },
     "packages", "only image = \"debian\" is made of packages"},
    {[](const Declaration& d) { return !d.boot && d.command.empty(); }, "boot",
     "without the init there must be a command"},
    {[](const Declaration& d) { return !d.boot && !d.services.empty(); }, "services",
     "it is the image's init that runs them, and boot = false leaves it out"},
    {[](const Declaration& d) { return joins_namespace(d) && d.network.is_private; },
     "networkNamespace", "it goes with no other network: leave out privateNetwork"},
    {[](const Declaration& d) { return joins_namespace(d) && !d.network.interfaces.empty(); },
     "interfaces", "they go with a network of the container's own, not with networkNamespace"},
    {[](const Declaration& d) { return joins_namespace(d) && !d.network.macvlans.empty(); },
     "macvlans", "they go with a network of the container's own, not with networkNamespace"},
    {[](const Declaration& d) { return !d.network.is_private && !d.network.extra_veths.empty(); },
     "extraVeths", "they need privateNetwork = true"},
    {[](const Declaration& d) {
       return !d.network.is_private && !d.network.first.forward_ports.empty();
     },
     "forwardPorts", "it needs privateNetwork = true: the host's network needs no forwarding"},
    {[](const Declaration& d) { return d.network.internet && !has_address(d); }, "internet",
     "it needs an address of the container's own: set localAddress (for example \"auto\") or "
     "localAddress6"},
});

class Check {
 public:
  Check(const Declaration& declaration, const Value& table, Problems& problems)
      : declaration_(declaration), table_(table), problems_(problems) {}

  void run() {
    for (const auto& rule : kRules) {
      if (rule.broken(declaration_)) {
        refuse(table_, rule.key, cat(rule.key, ": ", rule.reason));
      }
    }
    check_veths();
    check_mounts();
    check_numbers();
  }

 private:
  /// At the key, or where the table begins when it is not there.
  void refuse(const Value& table, std::string_view key, std::string message) {
    const Member* member = table.find(key);
    problems_.push_back(
        {member != nullptr ? member->at : table.at, std::move(message), declaration_.name});
  }

  const Value& inner(std::string_view key, std::string_view name) {
    const Member* outer = table_.find(key);
    const Member* member = outer != nullptr ? outer->value.find(name) : nullptr;
    return member != nullptr ? member->value : table_;
  }

  void check_veths() {
    const auto& network = declaration_.network;
    if (has_interface(network.first) && !network.is_private) {
      for (const auto* key : {"hostBridge", "hostAddress", "hostAddress6", "localAddress",
                              "localAddress6", "localMacAddress"}) {
        const Member* member = table_.find(key);
        if (member != nullptr && !member->value.is_null()) {
          refuse(table_, key, cat(key, ": it needs privateNetwork = true"));
        }
      }
    }
    check_veth(network.first, table_, "");
    for (const auto& veth : network.extra_veths) {
      check_veth(veth, inner("extraVeths", veth.name), cat("extraVeths.", veth.name, "."));
    }
  }

  void check_veth(const DeclaredVeth& veth, const Value& table, const std::string& before) {
    const bool bridged = !veth.host_bridge.empty();
    if (bridged && (!veth.host_address.empty() || !veth.host_address6.empty())) {
      refuse(table, "hostBridge",
             cat(before,
                 "hostBridge: the host's end of the pair is a port of the bridge and has no "
                 "address: leave out hostAddress and hostAddress6"));
    }
    const struct {
      std::string_view key;
      const std::string& local;
      const std::string& host;
    } families[] = {{"localAddress", veth.local_address, veth.host_address},
                    {"localAddress6", veth.local_address6, veth.host_address6}};
    for (const auto& [key, local, host] : families) {
      if (local == "auto" && (bridged || !host.empty())) {
        refuse(table, key,
               cat(before, key, ": auto takes an address for the host's end too: leave out ",
                   bridged ? "hostBridge" : "hostAddress"));
      }
      if (local.empty() || local == "auto") {
        continue;
      }
      if (bridged && !local.contains('/')) {
        refuse(table, key,
               cat(before, key, ": on a bridge it has a prefix length (for example ", local,
                   key == "localAddress" ? "/24)" : "/64)"));
      }
      if (bare_address(local) == bare_address(host)) {
        refuse(table, key, cat(before, key, ": it is the address of the host's end too"));
      }
    }
    check_forwards(veth, table, before);
  }

  void check_forwards(const DeclaredVeth& veth, const Value& table, const std::string& before) {
    // On a bridge there may be somebody who gives it an address.
    const bool gets_one =
        !veth.host_bridge.empty() && veth.local_address.empty() && veth.local_address6.empty();
    for (std::size_t i = 0; i < veth.forward_ports.size(); ++i) {
      const auto& port = veth.forward_ports[i];
      const std::string key = cat(before, "forwardPorts[", i, "]: ");
      if (!port.host_address.empty() && !port.host_interface.empty()) {
        refuse(table, "forwardPorts", cat(key, "it has either hostAddress or hostInterface"));
      }
      const bool ipv6 = port.host_address.contains(':');
      const bool reached = port.host_address.empty()
                               ? !veth.local_address.empty() || !veth.local_address6.empty()
                               : !(ipv6 ? veth.local_address6 : veth.local_address).empty();
      if (!reached && !gets_one) {
        refuse(table, "forwardPorts",
               cat(key, "it leads to no address inside: set ", before,
                   ipv6 ? "localAddress6" : "localAddress (for example \"auto\")"));
      }
    }
  }

  void check_mounts() {
    std::set<std::string> taken;
    for (const auto& mount : declaration_.bind_mounts) {
      const std::string key = cat("bindMounts.", to_toml_key(mount.mount_point));
      if (mount.mount_point == "/") {
        refuse(table_, "bindMounts",
               cat(key, ": the root is the image: name the tree with image = \"directory:PATH\""));
      }
      if (!taken.insert(mount.mount_point).second) {
        refuse(table_, "bindMounts", cat(key, ": two mounts have this mount point"));
      }
      if (declaration_.private_users == "no" && !mount.owner.empty()) {
        refuse(inner("bindMounts", mount.mount_point), "owner",
               cat(key,
                   ".owner: owners are mapped only where there is a user namespace, not with "
                   "privateUsers = \"no\""));
      }
    }
    for (const auto& text : declaration_.tmpfs) {
      const std::string point = text.substr(0, text.find(':'));
      if (!taken.insert(point).second) {
        refuse(table_, "tmpfs", cat("tmpfs: two mounts have the mount point ", point));
      }
    }
  }

  void check_numbers() {
    check_ids("users", declaration_.users, &spec::DeclaredUser::uid);
    check_ids("groups", declaration_.groups, &spec::DeclaredGroup::gid);
  }

  template <typename Entry>
  void check_ids(std::string_view key, const std::vector<Entry>& entries,
                 std::optional<std::uint32_t> Entry::*id) {
    std::map<std::uint32_t, std::string> taken;
    for (const auto& entry : entries) {
      if (!(entry.*id).has_value()) {
        continue;
      }
      const auto [old, fresh] = taken.try_emplace(*(entry.*id), entry.name);
      if (!fresh) {
        refuse(inner(key, entry.name), key == "users" ? "uid" : "gid",
               cat(key, ".", to_toml_key(entry.name), ": the number ", *(entry.*id), " belongs to ",
                   old->second));
      }
    }
  }

  const Declaration& declaration_;
  const Value& table_;
  Problems& problems_;
};

}  // namespace

void check(const Declaration& declaration, const Value& table, Problems& problems) {
  Check(declaration, table, problems).run();
}

}  // namespace warren::config
