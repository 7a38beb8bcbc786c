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
#include "network/loopback.h"
#include "network/nft.h"
#include "plan/packet_filter.h"

namespace bench {
namespace {

namespace kernel = warren::kernel;
namespace network = warren::network;
using bench::must;

struct Addresses {
  const char* host;
  const char* inside;
  const char* everywhere;
};
constexpr Addresses kAddresses[] = {{"10.231.250.1", "10.231.250.2", "0.0.0.0/0"},
                                    {"fc00:250::1", "fc00:250::2", "::/0"}};

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

warren::IpAddress address(const char* text) { return *warren::parse_ip_address(text); }

void write_host_side(kernel::NetlinkRequests& requests, int link) {
  for (const auto& one : kAddresses) {
    kernel::write_address(requests, link, address(one.host));
    kernel::write_route(requests, link, {.to = address(one.inside), .via = {}});
  }
}

void write_inside(kernel::NetlinkRequests& requests, int link) {
  for (const auto& one : kAddresses) {
    kernel::write_address(requests, link, address(one.inside));
    kernel::write_route(requests, link, {.to = address(one.host), .via = {}});
    kernel::write_route(requests, link, {.to = address(one.everywhere), .via = address(one.host)});
  }
}

/// Port 8088 of the host, also by 127.0.0.1 and ::1, leads to port 80.
void lead_port(int proc, const std::string& name) {
  const warren::plan::Filtered wanted = {
      .links = {{.host_interface = name,
                 .address = kAddresses[0].inside,
                 .address6 = kAddresses[1].inside,
                 .forwards = {{.host_port = 8088, .container_port = 80}}}}};
  const auto elements = warren::plan::filter_elements(wanted, "floor");
  must(network::run_nft(warren::plan::table_text("floor") +
                        warren::plan::add_text("floor", elements)));
  const int sysctls = static_cast<int>(MUST(openat(proc, "sys/net", O_PATH | O_CLOEXEC)));
  must(network::open_loopback(sysctls, name));
  close(sysctls);
}

}  // namespace

int make_pair(int proc, pid_t child, bool addresses) {
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
  if (addresses) {
    kernel::NetlinkRequests own_side;
    write_host_side(own_side, link);
    must(host.carry_out(std::move(own_side)));
    lead_port(proc, name);
  }
  MUST(setns(inside, CLONE_NEWNET));
  const auto there = must(kernel::Netlink::open());
  MUST(setns(own, CLONE_NEWNET));
  kernel::NetlinkRequests rest;
  const int other = index_of(there, "host0");
  kernel::write_up(rest, other, "host0");
  if (addresses) {
    write_inside(rest, other);
  }
  must(there.carry_out(std::move(rest)));
  close(inside);
  close(own);
  return link;
}

void remove_pair(int link) {
  const auto host = must(kernel::Netlink::open());
  kernel::NetlinkRequests requests;
  kernel::write_deletion(requests, link, "host0");
  (void)host.carry_out(std::move(requests));  // the kernel may have done it with the other end
}

}  // namespace bench
