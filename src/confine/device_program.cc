#include "confine/device_program.h"

#include <cstddef>

namespace warren::confine {
namespace {

// Registers: r0 the answer, r1 the context and then scratch, the others as loaded.
constexpr std::uint8_t kScratch = BPF_REG_1;
constexpr std::uint8_t kType = BPF_REG_2;
constexpr std::uint8_t kAccess = BPF_REG_3;
constexpr std::uint8_t kMajor = BPF_REG_4;
constexpr std::uint8_t kMinor = BPF_REG_5;

bpf_insn instruction(unsigned code, std::uint8_t target, std::uint8_t source, std::size_t offset,
                     std::uint32_t value) {
  bpf_insn made = {};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = target & 0xFU;
  made.src_reg = source & 0xFU;
  made.off = static_cast<std::int16_t>(offset);
  made.imm = static_cast<std::int32_t>(value);
  return made;
}

bpf_insn load(std::uint8_t target, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, target, BPF_REG_1, offset, 0);
}

bpf_insn compute(unsigned operation, std::uint8_t target, std::uint32_t value) {
  return instruction(BPF_ALU | operation | BPF_K, target, 0, 0, value);
}

/// Goes on behind the next `skipped` instructions unless the register has `value`.
bpf_insn require(std::uint8_t source, std::uint32_t value, std::size_t skipped) {
  return instruction(BPF_JMP | BPF_JNE | BPF_K, source, 0, skipped, value);
}

void answer(std::vector<bpf_insn>& program, std::uint32_t allowed) {
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allowed));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

void append(std::vector<bpf_insn>& program, const DeviceRule& rule) {
  const bool any_access = (rule.access & DeviceRule::kAll) == DeviceRule::kAll;
  constexpr std::size_t kAnswer = 2;
  constexpr std::size_t kAccessCheck = 3;
  std::size_t left = 2 + (rule.minor ? 1U : 0U) + (any_access ? 0 : kAccessCheck) + kAnswer;
  const auto type = rule.type == DeviceRule::Type::Block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  program.push_back(require(kType, static_cast<std::uint32_t>(type), --left));
  program.push_back(require(kMajor, rule.major, --left));
  if (rule.minor) {
    program.push_back(require(kMinor, *rule.minor, --left));
  }
  if (!any_access) {
    program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
    program.push_back(compute(BPF_AND, kScratch, DeviceRule::kAll & ~rule.access));
    program.push_back(require(kScratch, 0, kAnswer));
  }
  answer(program, 1);
}

}  // namespace

unsigned device_access(std::string_view letters) {
  return (letters.contains('r') ? DeviceRule::kRead : 0U) |
         (letters.contains('w') ? DeviceRule::kWrite : 0U) |
         (letters.contains('m') ? DeviceRule::kMake : 0U);
}

std::vector<bpf_insn> device_program(std::span<const DeviceRule> rules) {
  std::vector<bpf_insn> program = {
      load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
      compute(BPF_AND, kType, 0xFFFF),
      load(kAccess, offsetof(bpf_cgroup_dev_ctx, access_type)),
      compute(BPF_RSH, kAccess, 16),
      load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (const auto& rule : rules) {
    append(program, rule);
  }
  answer(program, 0);
  return program;
}

}  // namespace warren::confine
