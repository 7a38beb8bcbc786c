#include "kernel/nf_tables_watch.h"

#include <linux/bpf.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <array>
#include <cstdint>

#include "kernel/bpf.h"

namespace warren::kernel {
namespace {

constexpr std::uint16_t kTableIsGone = NFNL_SUBSYS_NFTABLES << 8U | NFT_MSG_DELTABLE;

constexpr bpf_insn instruction(unsigned code, std::uint8_t target, std::uint8_t source,
                               std::int16_t offset, std::int32_t value) {
  return {.code = static_cast<std::uint8_t>(code),
          .dst_reg = static_cast<std::uint8_t>(target & 0xFU),
          .src_reg = static_cast<std::uint8_t>(source & 0xFU),
          .off = offset,
          .imm = value};
}

/// Lets a datagram through in which a table is taken away. The kernel puts many messages into one,
/// that one mostly at the end: a loop over their headers, which it copies to the stack.
constexpr auto kProgram = [] {
  constexpr std::uint8_t kScratch = BPF_REG_1;
  constexpr std::uint8_t kDatagram = BPF_REG_6;
  constexpr std::uint8_t kOffset = BPF_REG_7;
  constexpr std::uint8_t kLeft = BPF_REG_8;
  constexpr int kMostMessages = 256;  // the kernel ends a datagram before a page or two
  constexpr int kHeader = 8;          // length and type
  return std::to_array<bpf_insn>({
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, kDatagram, BPF_REG_1, 0, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, kOffset, 0, 0, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, kLeft, 0, 0, kMostMessages),
      // 3: bpf_skb_load_bytes(datagram, offset, stack - 8, 8)
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, kDatagram, 0, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, kOffset, 0, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_10, 0, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, -kHeader),
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, kHeader),
      instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_load_bytes),
      instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 10, 0),  // the end: 20
      instruction(BPF_LDX | BPF_MEM | BPF_H, kScratch, BPF_REG_10, 4 - kHeader, 0),
      instruction(BPF_JMP | BPF_JEQ | BPF_K, kScratch, 0, 6, kTableIsGone),  // 18
      instruction(BPF_LDX | BPF_MEM | BPF_W, kScratch, BPF_REG_10, -kHeader, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, kScratch, 0, 0, NLMSG_ALIGNTO - 1),
      instruction(BPF_ALU64 | BPF_AND | BPF_K, kScratch, 0, 0, ~(NLMSG_ALIGNTO - 1)),
      instruction(BPF_ALU64 | BPF_ADD | BPF_X, kOffset, kScratch, 0, 0),
      instruction(BPF_ALU64 | BPF_SUB | BPF_K, kLeft, 0, 0, 1),
      instruction(BPF_JMP | BPF_JNE | BPF_K, kLeft, 0, -15, 0),  // 3
      // 18: all of it
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
      // 20: nothing
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  });
}();

}  // namespace

Result<Netlink> listen_for_deleted_tables() {
  const auto program = load_socket_program(kProgram);
  return Netlink::listen_netfilter(NFNLGRP_NFTABLES, program ? program->get() : -1);
}

std::string_view deleted_table(const NetlinkMessage& message) {
  std::string_view name;
  if (message.type == kTableIsGone && message.body.size() >= sizeof(nfgenmsg)) {
    const auto attributes = std::string_view(message.body).substr(NLMSG_ALIGN(sizeof(nfgenmsg)));
    for_each_attribute(attributes, [&](std::uint16_t type, std::string_view value) {
      name = type == NFTA_TABLE_NAME ? value.substr(0, value.find('\0')) : name;
    });
  }
  return name;
}

}  // namespace warren::kernel
