#include "network/loopback.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/file.h"

namespace warren::network {
namespace {

/// Behind that of the loopback's own interface, which all others go on to use.
constexpr std::uint32_t kMetric = 4096;

/// RTM_NEWROUTE: `local ::1 dev INTERFACE table local metric METRIC`.
struct RouteRequest {
  nlmsghdr header = {};
  rtmsg route = {};
  struct {
    rtattr head = {.rta_len = RTA_LENGTH(sizeof(in6_addr)), .rta_type = RTA_DST};
    in6_addr address = in6addr_loopback;
  } destination;
  struct {
    rtattr head = {.rta_len = RTA_LENGTH(sizeof(std::uint32_t)), .rta_type = RTA_OIF};
    std::uint32_t index = 0;
  } output;
  struct {
    rtattr head = {.rta_len = RTA_LENGTH(sizeof(std::uint32_t)), .rta_type = RTA_PRIORITY};
    std::uint32_t metric = 0;
  } priority;
};

/// The kernel takes an answer to ::1 only by an interface that it has a route to ::1 on: there is
/// no route_localnet for IPv6. What comes in with such an address it drops before anything else.
Result<> add_route(unsigned index, const std::string& interface) {
  const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) {
    return Error::sys("socket", "NETLINK_ROUTE");
  }
  RouteRequest request;
  request.header = {.nlmsg_len = sizeof request,
                    .nlmsg_type = RTM_NEWROUTE,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
                    .nlmsg_seq = 1};
  request.route = {.rtm_family = AF_INET6,
                   .rtm_dst_len = 128,
                   .rtm_table = RT_TABLE_LOCAL,
                   .rtm_protocol = RTPROT_STATIC,
                   .rtm_scope = RT_SCOPE_UNIVERSE,
                   .rtm_type = RTN_LOCAL};
  request.output.index = index;
  request.priority.metric = kMetric + index;  // two with the same would be one
  if (::send(socket.get(), &request, sizeof request, 0) < 0) {
    return Error::sys("RTM_NEWROUTE", interface);
  }
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[256];
  } answer = {};
  if (::recv(socket.get(), &answer, sizeof answer, 0) < 0) {
    return Error::sys("RTM_NEWROUTE", interface);
  }
  const int code = -answer.error.error;
  return code == 0 || code == EEXIST ? Result<>()
                                     : Error::from_errno(code, "RTM_NEWROUTE", interface);
}

}  // namespace

Result<UniqueFd> open_sysctls() { return kernel::open("/proc/sys/net", O_PATH | O_DIRECTORY); }

Result<> open_loopback(int sysctls, const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) {
    return Error::sys("if_nametoindex", interface);
  }
  TRY(kernel::write_existing(sysctls, cat("ipv4/conf/", interface, "/route_localnet"), "1"));
  auto done = add_route(index, interface);
  const bool no_ipv6 =
      !done && (done.error().code == EAFNOSUPPORT || done.error().code == EOPNOTSUPP ||
                done.error().code == EACCES || done.error().code == EINVAL);
  return no_ipv6 ? Result<>() : std::move(done);
}

void close_loopback(int sysctls, const std::string& interface) {
  (void)kernel::write_existing(sysctls, cat("ipv4/conf/", interface, "/route_localnet"), "0");
}

void distrust(int sysctls, const std::string& interface) {
  // Where there is no IPv6 there is no such file.
  (void)kernel::write_existing(sysctls, cat("ipv6/conf/", interface, "/accept_ra"), "0");
}

}  // namespace warren::network
