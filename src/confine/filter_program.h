// From "what happens to each system call" to a seccomp(2) program: classic BPF that finds the
// answer by binary search over ranges of numbers. constexpr, so that the default program is
// compiled with warren and only customised ones are built at run time.
#pragma once

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace warren::confine {

/// What happens to one system call.
enum class Verdict : std::uint8_t {
  Unknown,  ///< no such call as far as warren knows: ENOSYS
  Refuse,   ///< EPERM
  Allow,
  Pretend,      ///< succeeds without doing anything
  CheckSocket,  ///< allowed but for NETLINK_AUDIT, which is EAFNOSUPPORT as in a kernel without
  CheckIoctl,   ///< allowed but for what injects input into a terminal
  CheckFlags1,  ///< allowed but for O_SYNC and O_DSYNC in the second argument
  CheckFlags2,  ///< the same in the third argument
};

using FilterProgram = std::vector<sock_filter>;

/// Verdicts by system call number; numbers beyond the end are Unknown.
using Verdicts = std::vector<Verdict>;

namespace filter_detail {

inline constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;

constexpr std::uint32_t errno_action(int code) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(code);
}

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
  return {.code = static_cast<std::uint16_t>(code), .jt = 0, .jf = 0, .k = k};
}

constexpr sock_filter jump(unsigned test, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {.code = static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), .jt = yes, .jf = no, .k = k};
}

constexpr sock_filter leave(std::uint32_t action) { return statement(BPF_RET | BPF_K, action); }

/// Loads the lower half of the call's argument `index` (little endian).
constexpr sock_filter load_argument(std::size_t index) {
  return statement(BPF_LD | BPF_W | BPF_ABS,
                   static_cast<std::uint32_t>(offsetof(seccomp_data, args) + (8 * index)));
}

constexpr void append(FilterProgram& program, const FilterProgram& more) {
  program.insert(program.end(), more.begin(), more.end());
}

constexpr FilterProgram check_flags(std::size_t argument) {
  return {load_argument(argument), jump(BPF_JSET, O_SYNC | O_DSYNC, 0, 1),
          leave(errno_action(EINVAL)), leave(kAllow)};
}

constexpr FilterProgram leaf(Verdict verdict) {
  switch (verdict) {
    case Verdict::Allow:
      return {leave(kAllow)};
    case Verdict::Refuse:
      return {leave(errno_action(EPERM))};
    case Verdict::Pretend:
      return {leave(errno_action(0))};
    case Verdict::CheckSocket:
      return {load_argument(0),
              jump(BPF_JEQ, AF_NETLINK, 0, 3),
              load_argument(2),
              jump(BPF_JEQ, NETLINK_AUDIT, 0, 1),
              leave(errno_action(EAFNOSUPPORT)),
              leave(kAllow)};
    case Verdict::CheckIoctl:
      return {load_argument(1), jump(BPF_JEQ, TIOCSTI, 1, 0), jump(BPF_JEQ, TIOCLINUX, 0, 1),
              leave(errno_action(EPERM)), leave(kAllow)};
    case Verdict::CheckFlags1:
      return check_flags(1);
    case Verdict::CheckFlags2:
      return check_flags(2);
    case Verdict::Unknown:
      break;
  }
  return {leave(errno_action(ENOSYS))};
}

/// Numbers from `first` up to the next range have `verdict`.
struct Range {
  std::uint32_t first;
  Verdict verdict;
};

constexpr std::vector<Range> ranges_of(const Verdicts& verdicts) {
  std::vector<Range> ranges;
  for (std::size_t number = 0; number < verdicts.size(); ++number) {
    if (ranges.empty() || ranges.back().verdict != verdicts[number]) {
      ranges.push_back({static_cast<std::uint32_t>(number), verdicts[number]});
    }
  }
  ranges.push_back({static_cast<std::uint32_t>(verdicts.size()), Verdict::Unknown});
  return ranges;
}

/// A search tree over `ranges[low]` … `ranges[high - 1]`; the number is in the accumulator.
constexpr FilterProgram search(const std::vector<Range>& ranges, std::size_t low,
                               std::size_t high) {
  if (high - low == 1) {
    return leaf(ranges[low].verdict);
  }
  const std::size_t middle = low + ((high - low) / 2);
  const FilterProgram below = search(ranges, low, middle);
  FilterProgram program;
  if (below.size() <= 255) {
    program.push_back(
        jump(BPF_JGE, ranges[middle].first, static_cast<std::uint8_t>(below.size()), 0));
  } else {  // conditional jumps reach 255 instructions, plain ones any distance
    program.push_back(jump(BPF_JGE, ranges[middle].first, 0, 1));
    program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(below.size())));
  }
  append(program, below);
  append(program, search(ranges, middle, high));
  return program;
}

}  // namespace filter_detail

/// The program for x86-64 processes, which may also make 32-bit calls. x32 calls (which have a
/// bit set that makes their numbers huge) and other architectures get ENOSYS.
constexpr FilterProgram filter_program(const Verdicts& native, const Verdicts& compat) {
  using namespace filter_detail;
  const auto native_ranges = ranges_of(native);
  const auto compat_ranges = ranges_of(compat);
  const FilterProgram native_part = search(native_ranges, 0, native_ranges.size());
  constexpr sock_filter kLoadNumber =
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  FilterProgram program = {
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 2),
      kLoadNumber,
      statement(BPF_JMP | BPF_JA, 3),  // to native_part
      jump(BPF_JEQ, AUDIT_ARCH_I386, 1, 0),
      leave(errno_action(ENOSYS)),
      statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(native_part.size())),
  };
  append(program, native_part);
  program.push_back(kLoadNumber);
  append(program, search(compat_ranges, 0, compat_ranges.size()));
  return program;
}

}  // namespace warren::confine
