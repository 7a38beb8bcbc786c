// What a container may use of its host: limits of cgroup v2, and devices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace warren::spec {

/// The traffic with one disk; none where nothing is declared.
struct IoLimit {
  std::string device;                           ///< a block device of the host's, by its path
  std::optional<std::uint64_t> read_bandwidth;  ///< bytes a second
  std::optional<std::uint64_t> write_bandwidth;
  std::optional<std::uint64_t> read_operations;  ///< a second
  std::optional<std::uint64_t> write_operations;
  std::optional<unsigned> weight;  ///< io.weight of this device, 1…10000
  friend bool operator==(const IoLimit&, const IoLimit&) = default;
};

/// cgroup v2 limits; none where nothing is declared.
struct Limits {
  std::optional<std::uint64_t> memory;       ///< memory.max, bytes
  std::optional<std::uint64_t> memory_high;  ///< memory.high, bytes
  std::optional<std::uint64_t> swap;         ///< memory.swap.max, bytes
  std::optional<double> cpus;                ///< cpu.max, in processors
  std::optional<unsigned> cpu_weight;        ///< cpu.weight, 1…10000
  std::optional<std::uint64_t> tasks;        ///< pids.max
  std::optional<unsigned> io_weight;         ///< io.weight, 1…10000
  std::vector<IoLimit> io;
  bool required = true;  ///< false: a host that cannot hold them gives a warning
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// A device node of the host's that may be used inside, and how: letters of `rwm`.
struct AllowedDevice {
  std::string node;
  std::string modifier = "rw";
  friend bool operator==(const AllowedDevice&, const AllowedDevice&) = default;
};

}  // namespace warren::spec
