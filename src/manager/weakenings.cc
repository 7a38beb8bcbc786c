#include "manager/weakenings.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/toml.h"
#include "spec/capabilities.h"

namespace warren::manager {
namespace {

using spec::Container;
using spec::Declaration;
using Settings = std::vector<std::string>;
using Mode = spec::Users::Mode;

// docs/SECURITY.md has the same in more words.
constexpr std::string_view kNoUsers =
    "Root inside is root of the host, with fewer capabilities. It can make read-only "
    "mounts writable and take masks away. Only for software that is trusted.";
constexpr std::string_view kIdentity =
    "Files of the host's users that can be seen inside can be changed by the same users inside, "
    "root's by root. Capabilities count inside only.";
constexpr std::string_view kChosenIds =
    "Containers that pick ids get others; that nobody else has these is up to you.";
constexpr std::string_view kNesting =
    "Containers can be made inside: kernel keyrings can be used there, nothing of /proc and /sys "
    "is hidden, and sixteen times as many user ids are taken. Files keep their owners, so what "
    "only the host's root may read or write stays closed.";
constexpr std::string_view kNoFilter =
    "Every system call reaches the kernel: there is more of it to attack. What a call asks for "
    "still depends on capabilities, which count inside only.";
constexpr std::string_view kMoreCalls =
    "More of the kernel can be attacked. @keyring: keys of the same user id. io_uring_*: what is "
    "done through it goes around the list of system calls.";
constexpr std::string_view kHostNetwork =
    "Processes inside reach what listens on the host's localhost and its abstract sockets.";
constexpr std::string_view kJoinedNetwork = "Processes inside reach all that is in that network.";
constexpr std::string_view kCapabilities =
    "More rights inside, and more of the kernel to attack; without a user namespace, rights over "
    "the host.";
constexpr std::string_view kDevices =
    "Processes inside use these devices of the host, as far as their modes let the container's "
    "ids.";
constexpr std::string_view kTunnels =
    "Processes inside make tunnel devices and change their own network (CAP_NET_ADMIN).";
constexpr std::string_view kWritable =
    "What is there can be changed from inside, as far as its owners let the container's ids. A "
    "socket of a service is all that service can do.";
constexpr std::string_view kOwned =
    "Root inside writes there with the owner's rights. Programs with set-user-id bits, or root's "
    "with file capabilities, can be left for users of the host who can reach it: bind what they "
    "cannot, or what the host mounts nosuid.";
constexpr std::string_view kFlags =
    "Options that are applied last: see \"Options that weaken it\" in docs/SECURITY.md.";

/// The settings, if any, that have this consequence.
template <typename Source>
struct Row {
  std::string_view consequence;
  Settings (*settings)(const Source& source);
};

Settings only_if(bool condition, std::string setting) {
  return condition ? Settings{std::move(setting)} : Settings{};
}

Settings unless_empty(std::string_view key, const std::string& value) {
  return only_if(!value.empty(), cat(key, "=", value));
}

bool has_number(const std::string& users) {
  return !users.empty() && users[0] >= '0' && users[0] <= '9';
}

bool shares_network(const Declaration& d) {
  const auto& network = d.network;
  return !network.is_private && network.interfaces.empty() && network.macvlans.empty() &&
         network.namespace_path.empty();
}

std::string nodes_of(const Declaration& d) {
  std::string nodes;
  for (const auto& device : d.allowed_devices) {
    nodes += cat(nodes.empty() ? "" : ",", device.node);
  }
  return nodes;
}

constexpr auto kOfDeclarations = std::to_array<Row<Declaration>>({
    {kNoUsers,
     [](const Declaration& d) { return only_if(d.private_users == "no", "privateUsers=no"); }},
    {kIdentity,
     [](const Declaration& d) {
       return only_if(d.private_users == "identity", "privateUsers=identity");
     }},
    {kChosenIds,
     [](const Declaration& d) {
       return only_if(d.private_users == "yes" || has_number(d.private_users),
                      cat("privateUsers=", d.private_users));
     }},
    {kNesting, [](const Declaration& d) { return only_if(d.nesting, "nesting=true"); }},
    {kNoFilter, [](const Declaration& d) { return only_if(!d.seccomp, "seccomp=false"); }},
    {kHostNetwork,
     [](const Declaration& d) { return only_if(shares_network(d), "privateNetwork=false"); }},
    {kJoinedNetwork,
     [](const Declaration& d) {
       return unless_empty("networkNamespace", d.network.namespace_path);
     }},
    {kCapabilities,
     [](const Declaration& d) {
       return unless_empty("additionalCapabilities", join(d.additional_capabilities, ","));
     }},
    {kDevices, [](const Declaration& d) { return unless_empty("allowedDevices", nodes_of(d)); }},
    {kTunnels, [](const Declaration& d) { return only_if(d.enable_tun, "enableTun=true"); }},
    {kWritable,
     [](const Declaration& d) {
       Settings found;
       for (const auto& bind : d.bind_mounts) {
         if (!bind.is_read_only) {
           found.push_back(
               cat("bindMounts.", config::to_toml_key(bind.mount_point), ".isReadOnly=false"));
         }
       }
       return found;
     }},
    {kOwned,
     [](const Declaration& d) {
       Settings found;
       for (const auto& bind : d.bind_mounts) {
         if (!bind.is_read_only && !bind.owner.empty()) {
           found.push_back(
               cat("bindMounts.", config::to_toml_key(bind.mount_point), ".owner=", bind.owner));
         }
       }
       return found;
     }},
    {kFlags,
     [](const Declaration& d) { return unless_empty("extraFlags", join(d.extra_flags, " ")); }},
});

/// CAP_CHOWN,CAP_KILL
std::string names_of(spec::Capabilities set) {
  std::string names;
  for (unsigned number = 0; number < 64; ++number) {
    if ((set >> number & 1) != 0) {
      names += cat(names.empty() ? "" : ",", spec::capability_name(number));
    }
  }
  return names;
}

std::string allowed_calls(const Container& c) {
  std::string names;
  for (const auto& rule : c.security.filter) {
    names += rule.allow ? cat(names.empty() ? "" : " ", rule.name) : "";
  }
  return names;
}

/// The host's files and directories that can be changed from inside.
Settings writable_sources(const Container& c, bool mapped) {
  Settings found;
  for (const auto& mount : c.mounts) {
    const bool of_host =
        !mount.sources.empty() && mount.sources.back().place == spec::Source::Place::Host;
    if (!mount.read_only && of_host && (!mapped || mount.ownership != spec::Ownership::Unmapped)) {
      const char* option = mount.kind == spec::Mount::Kind::Overlay ? "--overlay" : "--bind";
      found.push_back(cat(option, "=", mount.sources.back().path, ":", mount.target,
                          mapped ? " with mapped owners" : ""));
    }
  }
  return found;
}

constexpr auto kOfContainers = std::to_array<Row<Container>>({
    {kNoUsers,
     [](const Container& c) { return only_if(c.users.mode == Mode::None, "--private-users=no"); }},
    {kIdentity,
     [](const Container& c) {
       return only_if(c.users.mode == Mode::Identity, "--private-users=identity");
     }},
    {kChosenIds,
     [](const Container& c) {
       auto found = only_if(c.users.mode == Mode::Owner, "--private-users=yes");
       if (c.users.mode == Mode::Fixed) {
         found.push_back(cat("--private-users=", c.users.base));
       }
       return found;
     }},
    {kNesting, [](const Container& c) { return only_if(c.security.nesting, "--nesting"); }},
    {kNoFilter, [](const Container& c) { return only_if(!c.security.seccomp, "--seccomp=no"); }},
    {kMoreCalls,
     [](const Container& c) { return unless_empty("--system-call-filter", allowed_calls(c)); }},
    {kHostNetwork,
     [](const Container& c) {
       return only_if(!c.network.isolated && c.network.namespace_path.empty(),
                      "no --private-network");
     }},
    {kJoinedNetwork,
     [](const Container& c) {
       return unless_empty("--network-namespace-path", c.network.namespace_path);
     }},
    {kCapabilities,
     [](const Container& c) {
       return unless_empty(
           "--capability",
           names_of(spec::bounding_set(c.security, c.network) &
                    ~spec::bounding_set({.nesting = c.security.nesting}, c.network)));
     }},
    {kWritable, [](const Container& c) { return writable_sources(c, false); }},
    {kOwned, [](const Container& c) { return writable_sources(c, true); }},
});

template <typename Source, std::size_t N>
std::vector<Weakening> look_up(const std::array<Row<Source>, N>& table, const Source& source) {
  std::vector<Weakening> found;
  for (const auto& [consequence, settings] : table) {
    for (auto& setting : settings(source)) {
      found.push_back({.setting = std::move(setting), .consequence = std::string(consequence)});
    }
  }
  return found;
}

}  // namespace

std::vector<Weakening> weakenings(const Declaration& declaration) {
  return look_up(kOfDeclarations, declaration);
}

std::vector<Weakening> weakenings(const Container& container) {
  return look_up(kOfContainers, container);
}

}  // namespace warren::manager
