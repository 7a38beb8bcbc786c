#include "confine/device_program.h"

#include <gmock/gmock.h>

namespace warren::confine {
namespace {

struct Access {
  DeviceRule::Type type = DeviceRule::Type::Character;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  unsigned how = DeviceRule::kRead;
};

/// What the kernel would do, of the few instructions that are used.
bool allows(const std::vector<bpf_insn>& program, const Access& access) {
  const bool block = access.type == DeviceRule::Type::Block;
  const std::uint32_t context[] = {
      access.how << 16U | static_cast<unsigned>(block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
      access.major, access.minor};
  std::uint64_t registers[11] = {};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& step = program[at];
    std::uint64_t& target = registers[step.dst_reg];
    const auto value = static_cast<std::uint32_t>(step.imm);
    switch (step.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        target = context[step.off / 4];
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        target = static_cast<std::uint32_t>(target) & value;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        target = static_cast<std::uint32_t>(target) >> value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        target = value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_X:
        target = registers[step.src_reg];
        break;
      case BPF_JMP | BPF_JNE | BPF_K:
        at += target != value ? static_cast<std::size_t>(step.off) : 0;
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0] == 1;
      default:
        ADD_FAILURE() << "instruction " << int{step.code};
        return false;
    }
  }
  ADD_FAILURE() << "no exit";
  return false;
}

TEST(DeviceProgram, RefusesAllWithoutRules) {
  for (const auto type : {DeviceRule::Type::Block, DeviceRule::Type::Character}) {
    EXPECT_FALSE(allows(device_program({}), {type, 1, 3, DeviceRule::kRead}));
  }
}

TEST(DeviceProgram, AllowsWhatOneOfTheRulesDoes) {
  const std::vector<DeviceRule> rules = {
      {.major = 1, .minor = 3},
      {.major = 136},
      {.type = DeviceRule::Type::Block, .major = 8, .minor = 0, .access = DeviceRule::kRead},
      {.major = 10, .minor = 229, .access = DeviceRule::kRead | DeviceRule::kWrite}};
  const auto program = device_program(rules);
  using Type = DeviceRule::Type;
  for (unsigned how = 1; how <= DeviceRule::kAll; ++how) {
    const bool makes = (how & DeviceRule::kMake) != 0;
    const bool writes = (how & DeviceRule::kWrite) != 0;
    EXPECT_TRUE(allows(program, {Type::Character, 1, 3, how}));
    EXPECT_TRUE(allows(program, {Type::Character, 136, 70000, how}));
    EXPECT_EQ(allows(program, {Type::Block, 8, 0, how}), !makes && !writes);
    EXPECT_EQ(allows(program, {Type::Character, 10, 229, how}), !makes);
    EXPECT_FALSE(allows(program, {Type::Block, 1, 3, how}));
    EXPECT_FALSE(allows(program, {Type::Character, 8, 0, how}));
    EXPECT_FALSE(allows(program, {Type::Block, 8, 1, how}));
    EXPECT_FALSE(allows(program, {Type::Character, 1, 1, how}));
    EXPECT_FALSE(allows(program, {Type::Character, 137, 0, how}));
  }
}

TEST(DeviceProgram, LettersSayWhatMayBeDone) {
  EXPECT_EQ(device_access("rwm"), DeviceRule::kAll);
  EXPECT_EQ(device_access("r"), DeviceRule::kRead);
  EXPECT_EQ(device_access("wm"), DeviceRule::kWrite | DeviceRule::kMake);
  EXPECT_EQ(device_access(""), 0U);
}

}  // namespace
}  // namespace warren::confine
