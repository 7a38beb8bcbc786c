#include "config/lower.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/toml.h"
#include "config/values.h"

namespace warren::config {
namespace {

using spec::Declaration;
using spec::DeclaredVeth;

Error refuse(std::string_view key, std::string_view reason) {
  return Error::because("", key, reason);
}

/// The error of a value, with its key: only a declaration that nobody has checked has one.
template <typename T>
Result<T> value_of(std::string_view key, Result<T> parsed) {
  if (!parsed) {
    parsed.error().subject = key;
  }
  return parsed;
}

spec::Root lower_root(const Declaration& declaration, const TreePlace& place) {
  spec::Root root;
  root.directory = place.directory;
  root.ephemeral = declaration.ephemeral;
  if (!declaration.ephemeral && !place.in_place) {
    root.changes = place.changes;
  }
  root.read_only = declaration.read_only;
  return root;
}

spec::Process lower_process(const Declaration& declaration) {
  spec::Process process;
  process.start = declaration.boot ? spec::Process::Start::Boot : spec::Process::Start::Command;
  process.arguments = declaration.command;
  process.environment = declaration.environment;
  return process;
}

struct FileOwner {
  spec::Ownership ownership = spec::Ownership::Unmapped;
  std::uint32_t user = 0;
};

/// A name is one of the declaration's users: what others the image has nobody knows here.
Result<FileOwner> lower_owner(const spec::DeclaredBind& bind,
                              const std::vector<spec::DeclaredUser>& users) {
  constexpr auto kWords = std::to_array<std::pair<std::string_view, spec::Ownership>>({
      {"", spec::Ownership::Unmapped},
      {"root", spec::Ownership::RootIsOwner},
      {"same", spec::Ownership::Same},
  });
  for (const auto& [word, ownership] : kWords) {
    if (bind.owner == word) {
      return FileOwner{.ownership = ownership};
    }
  }
  auto number = parse_number<std::uint32_t>(bind.owner);
  const auto user = std::ranges::find(users, bind.owner, &spec::DeclaredUser::name);
  if (!number && user != users.end()) {
    number = user->uid;
  }
  if (number) {
    return FileOwner{.ownership = spec::Ownership::OwnerIsUser, .user = *number};
  }
  return refuse(cat("bindMounts.", to_toml_key(bind.mount_point), ".owner"),
                cat("no number is declared for the user ", bind.owner))
      .advise("give the number, or declare users with a uid");
}

Result<spec::Mount> lower_bind(const spec::DeclaredBind& bind,
                               const std::vector<spec::DeclaredUser>& users) {
  TRY_ASSIGN(const auto owner, lower_owner(bind, users));
  spec::Mount mount;
  mount.sources = {{.place = spec::Source::Place::Host, .path = bind.host_path}};
  mount.target = bind.mount_point;
  mount.read_only = bind.is_read_only;
  mount.ownership = owner.ownership;
  mount.owner = owner.user;
  return mount;
}

Result<std::vector<spec::Mount>> lower_mounts(const Declaration& declaration) {
  std::vector<spec::Mount> mounts;
  for (const auto& bind : declaration.bind_mounts) {
    TRY_ASSIGN(auto mount, lower_bind(bind, declaration.users));
    mounts.push_back(std::move(mount));
  }
  for (const auto& text : declaration.tmpfs) {
    TRY_ASSIGN(auto mount, value_of("tmpfs", parse_tmpfs(text)));
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Result<spec::Security> lower_security(const Declaration& declaration) {
  spec::Security security;
  security.nesting = declaration.nesting;
  security.seccomp = declaration.seccomp;
  for (const auto& name : declaration.additional_capabilities) {
    TRY_ASSIGN(const auto set, value_of("additionalCapabilities", parse_capabilities(name)));
    security.add |= set;
  }
  if (declaration.enable_tun) {
    TRY_ASSIGN(const auto set, parse_capabilities("CAP_NET_ADMIN"));
    security.add |= set;
  }
  return security;
}

constexpr std::string_view kAuto = "auto";  // an address that the manager has chosen by now

bool has_link(const DeclaredVeth& veth) { return veth != DeclaredVeth(); }

/// `key` is the place of the pair in the declaration.
spec::Veth lower_veth(const DeclaredVeth& declared, const std::string& machine,
                      std::string_view key) {
  spec::Veth veth;
  veth.name = declared.name.empty() ? "eth0" : declared.name;
  if (!declared.name.empty()) {
    veth.host_name = cat(declared.host_bridge.empty() ? "ve-" : "vb-", machine, "-", declared.name);
  }
  veth.bridge = declared.host_bridge;
  veth.mac = declared.local_mac_address;
  veth.host_address = declared.host_address;
  veth.host_address6 = declared.host_address6;
  veth.address = declared.local_address == kAuto ? "" : declared.local_address;
  veth.address6 = declared.local_address6;
  // What others are on a bridge of the host's is not known. Where there is no address the ports
  // lead nowhere until one is found inside: then is the time.
  const bool has_address = !declared.local_address.empty() || !declared.local_address6.empty();
  veth.from_loopback =
      !declared.forward_ports.empty() && declared.host_bridge.empty() && has_address;
  veth.forwards = declared.forward_ports;
  veth.setting = cat(key, "hostBridge");
  return veth;
}

}  // namespace

spec::Network lower_network(const Declaration& declaration) {
  const auto& declared = declaration.network;
  spec::Network network;
  network.isolated =
      declared.is_private || !declared.interfaces.empty() || !declared.macvlans.empty();
  network.namespace_path = declared.namespace_path;
  network.namespace_setting = "networkNamespace";
  if (declared.is_private && has_link(declared.first)) {
    network.veths.push_back(lower_veth(declared.first, declaration.name, ""));
  }
  for (const auto& veth : declared.extra_veths) {
    network.veths.push_back(
        lower_veth(veth, declaration.name, cat("extraVeths.", to_toml_key(veth.name), ".")));
  }
  using Use = spec::HostInterface::Use;
  for (const auto& name : declared.interfaces) {
    network.interfaces.push_back({Use::Move, name, name, "interfaces"});
  }
  constexpr std::size_t kLongestName = 15;
  for (const auto& name : declared.macvlans) {
    const std::string inside = cat("mv-", name).substr(0, kLongestName);
    network.interfaces.push_back({Use::Macvlan, name, inside, "macvlans"});
  }
  network.internet = declared.internet;
  return network;
}

Result<Lowered> lower(const Declaration& declaration, const TreePlace& place) {
  Lowered lowered;
  spec::Container& container = lowered.container;
  const auto& network = declaration.network;
  container.identity.machine = declaration.name;
  container.identity.hostname =
      declaration.host_name.empty() ? declaration.name : declaration.host_name;
  container.root = lower_root(declaration, place);
  container.process = lower_process(declaration);
  TRY_ASSIGN(container.users,
             value_of("privateUsers", parse_private_users(declaration.private_users)));
  TRY_ASSIGN(container.mounts, lower_mounts(declaration));
  TRY_ASSIGN(container.security, lower_security(declaration));
  container.limits = declaration.limits;
  container.devices = declaration.allowed_devices;
  container.tun = declaration.enable_tun;
  container.network = lower_network(declaration);
  if (!network.copy_resolv_conf) {
    container.resolv_conf = spec::ResolvConf::Off;
  } else if (container.network.has_links()) {
    container.resolv_conf = spec::ResolvConf::CopyReachable;
  }
  if (!declaration.time_zone.empty()) {
    container.timezone = spec::Timezone::Off;  // it is among the files inside, not the host's
  }
  for (const auto& bind : declaration.bind_mounts) {
    if (bind.create_host_path) {
      lowered.make_on_host.push_back(bind.host_path);
    }
  }
  return lowered;
}

}  // namespace warren::config
