#include "kernel/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace warren::kernel {
namespace {

Result<UniqueFd> load(bpf_prog_type type, std::span<const bpf_insn> program,
                      std::string_view subject) {
  bpf_attr attributes = {};
  attributes.prog_type = type;
  attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
  UniqueFd loaded(
      static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes)));
  if (!loaded) {
    return Error::sys("bpf", subject);
  }
  return loaded;
}

}  // namespace

Result<UniqueFd> load_device_program(std::span<const bpf_insn> program) {
  return load(BPF_PROG_TYPE_CGROUP_DEVICE, program, "device program");
}

Result<UniqueFd> load_socket_program(std::span<const bpf_insn> program) {
  return load(BPF_PROG_TYPE_SOCKET_FILTER, program, "socket program");
}

Result<> attach_device_program(int cgroup, int program) {
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<std::uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (::syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes) < 0) {
    return Error::sys("bpf", "cgroup");
  }
  return {};
}

}  // namespace warren::kernel
