#include "network/link_filter.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>

namespace warren::network {
namespace {

constexpr std::uint32_t kEverything = 0xFFFFFFFF;
constexpr auto kFindAttribute = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR);

}  // namespace

void LinkFilter::let_index(int index) {
  constexpr auto kAt = NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_index);
  static_assert(offsetof(ifinfomsg, ifi_index) == 4, "as that of an ifaddrmsg");
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kAt));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(static_cast<std::uint32_t>(index)), 0, 1));
  add(BPF_STMT(BPF_RET | BPF_K, kEverything));
}

void LinkFilter::let_routes(int index) {
  constexpr auto kAttributes = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(rtmsg));
  add(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 8));
  add(BPF_STMT(BPF_LD | BPF_IMM, kAttributes));
  add(BPF_STMT(BPF_LDX | BPF_IMM, RTA_OIF));
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFindAttribute));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0));
  add(BPF_STMT(BPF_MISC | BPF_TAX, 0));
  add(BPF_STMT(BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(static_cast<std::uint32_t>(index)), 0, 1));
  add(BPF_STMT(BPF_RET | BPF_K, kEverything));
}

void LinkFilter::let_name(std::string_view name) {
  constexpr auto kAttributes = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(ifinfomsg));
  add(BPF_STMT(BPF_LD | BPF_IMM, kAttributes));
  add(BPF_STMT(BPF_LDX | BPF_IMM, IFLA_IFNAME));
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFindAttribute));
  const auto rest = static_cast<std::uint8_t>(2 * (name.size() + 1) + 1);
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(rest + 1), 0));
  add(BPF_STMT(BPF_MISC | BPF_TAX, 0));
  for (std::size_t i = 0; i <= name.size(); ++i) {  // with the zero behind it
    const auto left = static_cast<std::uint8_t>(2 * (name.size() - i) + 1);
    const auto letter = i < name.size() ? static_cast<std::uint8_t>(name[i]) : std::uint8_t{0};
    add(BPF_STMT(BPF_LD | BPF_B | BPF_IND, static_cast<std::uint32_t>(NLA_HDRLEN + i)));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, letter, 0, left));
  }
  add(BPF_STMT(BPF_RET | BPF_K, kEverything));
}

std::span<const sock_filter> LinkFilter::finish() {
  add(BPF_STMT(BPF_RET | BPF_K, 0));
  return program_;
}

}  // namespace warren::network
