// Programs of eBPF: bpf(2).
#pragma once

#include <linux/bpf.h>

#include <span>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// BPF_PROG_LOAD of a program that decides about devices.
[[nodiscard]] Result<UniqueFd> load_device_program(std::span<const bpf_insn> program);

/// BPF_PROG_LOAD of a program that decides which messages a socket gets.
[[nodiscard]] Result<UniqueFd> load_socket_program(std::span<const bpf_insn> program);

/// BPF_PROG_ATTACH to a cgroup, beside those of the cgroups above and, later, below: all have to
/// agree. It goes with the cgroup.
[[nodiscard]] Result<> attach_device_program(int cgroup, int program);

}  // namespace warren::kernel
