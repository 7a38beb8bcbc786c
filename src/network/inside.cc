#include "network/inside.h"

#include <fcntl.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "kernel/rtnetlink.h"
#include "network/links.h"

namespace warren::network {

Result<std::vector<std::string>> read_addresses(pid_t leader) {
  std::vector<std::string> texts;
  if (kernel::share_namespace(0, leader, "net")) {
    return texts;
  }
  TRY_ASSIGN(const auto inside, kernel::open(cat("/proc/", leader, "/ns/net"), O_RDONLY));
  TRY_ASSIGN(const auto own, kernel::open("/proc/self/ns/net", O_RDONLY));
  TRY_ASSIGN(const auto netlink, open_inside(inside.get(), own.get()));
  TRY_ASSIGN(auto addresses, kernel::list_addresses(netlink));
  constexpr int kLoopback = 1;
  std::erase_if(addresses, [](const kernel::LinkAddress& one) {
    return one.link == kLoopback || one.is_link_local;
  });
  std::ranges::stable_sort(addresses, {}, [](const kernel::LinkAddress& one) {
    return std::pair(one.address.is_v6, one.link);
  });
  for (const auto& one : addresses) {
    texts.push_back(bare_text(one.address));
  }
  return texts;
}

}  // namespace warren::network
