#include "network/present.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "network/links.h"

namespace warren::network {
namespace {

/// `setting: name: reason`.
Error refuse(const std::string& setting, const std::string& name, std::string_view reason) {
  return Error::because("", cat(setting, setting.empty() ? "" : ": ", name), reason);
}

Result<> check_namespace(const spec::Network& network) {
  const auto opened = kernel::open_namespace(network.namespace_path, CLONE_NEWNET);
  if (opened) {
    return {};
  }
  Error error = opened.error();
  if (error.code == EINVAL) {
    error = std::move(error).advise("it is no network namespace");
  }
  return network.namespace_setting.empty() ? std::move(error)
                                           : std::move(error).with(network.namespace_setting);
}

}  // namespace

Result<kernel::Link> find_bridge(const kernel::Netlink& netlink, const std::string& name,
                                 const std::string& setting) {
  TRY_ASSIGN(auto link, kernel::find_link(netlink, name));
  if (!link) {
    return refuse(setting, name, "there is no such bridge on this host");
  }
  return link->kind == "bridge" ? Result<kernel::Link>(*std::move(link))
                                : refuse(setting, name, "it is no bridge");
}

Result<kernel::Link> find_interface(const kernel::Netlink& netlink, const std::string& name,
                                    const std::string& setting) {
  TRY_ASSIGN(auto link, kernel::find_link(netlink, name));
  if (!link) {
    return refuse(setting, name, "there is no such interface on this host");
  }
  return link->is_loopback
             ? refuse(setting, name, "every network has a loopback interface of its own")
             : Result<kernel::Link>(*std::move(link));
}

Result<> check_present(const spec::Network& network,
                       const std::function<bool(const std::string& name)>& excused) {
  if (!network.namespace_path.empty() && !excused(network.namespace_path)) {
    TRY(check_namespace(network));
  }
  if (!network.has_links()) {
    return {};
  }
  TRY_ASSIGN(const auto netlink, kernel::Netlink::open());
  for (const auto& veth : network.veths) {
    if (veth.bridge.empty() || excused(veth.bridge)) {
      continue;
    }
    if (auto found = find_bridge(netlink, veth.bridge, veth.setting); !found) {
      return std::move(found).error();
    }
  }
  for (const auto& interface : network.interfaces) {
    auto found = find_interface(netlink, interface.host, interface.setting);
    if (!found && !excused(interface.host)) {
      return std::move(found).error();
    }
  }
  return {};
}

bool has_interface(pid_t leader, const std::string& name) {
  const auto inside = kernel::open(cat("/proc/", leader, "/ns/net"), O_RDONLY);
  const auto own = kernel::open("/proc/self/ns/net", O_RDONLY);
  if (!inside || !own) {
    return false;
  }
  const auto netlink = open_inside(inside->get(), own->get());
  const auto link = netlink ? kernel::find_link(*netlink, name) : netlink.error();
  return link && *link;
}

}  // namespace warren::network
