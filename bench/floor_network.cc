#include "floor_network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "floor_calls.h"
#include "kernel/netlink.h"
#include "kernel/rtnetlink.h"

namespace bench {
namespace {

namespace kernel = warren::kernel;

template <typename T>
T must(warren::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "floor: %s\n", result.error().message().c_str());
    std::exit(125);
  }
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

int index_of(const kernel::Netlink& netlink, const char* name) {
  return must(kernel::find_link(netlink, name))->index;
}

}  // namespace

int make_pair(int proc, pid_t child) {
  char path[64];
  std::snprintf(path, sizeof path, "%d/ns/net", child);
  const int inside = static_cast<int>(MUST(openat(proc, path, O_RDONLY | O_CLOEXEC)));
  const int own = static_cast<int>(MUST(openat(proc, "self/ns/net", O_RDONLY | O_CLOEXEC)));
  const std::string name = "ve-f" + std::to_string(getpid());
  const auto host = must(kernel::Netlink::open());
  kernel::NetlinkRequests requests;
  kernel::write_veth(requests, {.name = name, .up = true},
                     {.name = "host0", .net_namespace = inside});
  must(host.carry_out(std::move(requests)));
  const int link = index_of(host, name.c_str());
  MUST(setns(inside, CLONE_NEWNET));
  const auto there = must(kernel::Netlink::open());
  MUST(setns(own, CLONE_NEWNET));
  kernel::NetlinkRequests rest;
  kernel::write_up(rest, index_of(there, "host0"), "host0");
  must(there.carry_out(std::move(rest)));
  close(inside);
  close(own);
  return link;
}

void remove_pair(int link) {
  const auto host = must(kernel::Netlink::open());
  kernel::NetlinkRequests requests;
  kernel::write_deletion(requests, link, "host0");
  must(host.carry_out(std::move(requests)));
}

}  // namespace bench
