// Which devices a container may use, as a program of BPF_PROG_TYPE_CGROUP_DEVICE: the kernel runs
// it when something in the container's cgroup opens a device node or makes one. What no rule names
// is refused, whoever asks.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace warren::confine {

struct DeviceRule {
  enum class Type { Block, Character };
  static constexpr unsigned kMake = BPF_DEVCG_ACC_MKNOD;
  static constexpr unsigned kRead = BPF_DEVCG_ACC_READ;
  static constexpr unsigned kWrite = BPF_DEVCG_ACC_WRITE;
  static constexpr unsigned kAll = kMake | kRead | kWrite;

  Type type = Type::Character;
  std::uint32_t major = 0;
  std::optional<std::uint32_t> minor;  ///< none: all of them
  unsigned access = kAll;              ///< what may be done with it
  friend bool operator==(const DeviceRule&, const DeviceRule&) = default;
};

/// Letters of `rwm`.
[[nodiscard]] unsigned device_access(std::string_view letters);

/// Allows what one of the rules allows.
[[nodiscard]] std::vector<bpf_insn> device_program(std::span<const DeviceRule> rules);

}  // namespace warren::confine
