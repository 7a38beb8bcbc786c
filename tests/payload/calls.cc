// System calls that a filter may refuse.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "payload.h"

namespace payload {
namespace {

long try_call(const std::string& name) {
  const std::map<std::string, std::function<long()>> calls = {
      {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
      {"add_key",
       [] { return syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING); }},
      {"keyctl",
       [] { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1); }},
      {"kexec_load", [] { return syscall(SYS_kexec_load, 0, 0, nullptr, 0); }},
      {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, ""); }},
      {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); }},
      {"open_by_handle_at", [] { return syscall(SYS_open_by_handle_at, -1, nullptr, 0); }},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
      {"io_uring_setup", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"settimeofday", [] { return syscall(SYS_settimeofday, nullptr, nullptr); }},
      {"swapon", [] { return syscall(SYS_swapon, "/x", 0); }},
      {"quotactl", [] { return syscall(SYS_quotactl, 0, nullptr, 0, nullptr); }},
      {"unshare_user", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
      {"mount_proc", [] { return syscall(SYS_mount, "proc", "/mnt", "proc", 0, nullptr); }},
      {"unknown", [] { return syscall(1000); }},
      {"x32", [] { return syscall(0x40000000 + SYS_getpid); }},
      {"netlink_audit",
       [] { return static_cast<long>(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)); }},
      {"netlink_route",
       [] { return static_cast<long>(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }},
      {"tiocsti",
       [] {
         char c = 'x';
         return syscall(SYS_ioctl, 0, 0x5412, &c);
       }},
      {"fsync", [] { return syscall(SYS_fsync, -1); }},
      {"open_sync", [] { return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_SYNC); }},
      {"mlock",
       [] {
         static char page[4096];
         return syscall(SYS_mlock, page, sizeof page);
       }},
      {"getpid", [] { return syscall(SYS_getpid); }},
      {"sethostname", [] { return syscall(SYS_sethostname, "x", 1); }},
  };
  const auto call = calls.find(name);
  return call == calls.end() ? -2 : call->second();
}

}  // namespace

int make_call(const std::string& name) {
  errno = 0;
  const long result = try_call(name);
  puts(result == -1 ? strerrorname_np(errno) : result == -2 ? "no such test" : "ok");
  return 0;
}

int probe_calls(char** numbers) {
  for (; *numbers != nullptr; ++numbers) {
    const long number = strtol(*numbers, nullptr, 0);
    const pid_t child = fork();
    if (child == 0) {
      alarm(2);  // some calls wait
      errno = 0;
      const long result = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
      _exit(result == -1 ? errno : 0);
    }
    int status = 0;
    while (waitpid(child, &status, __WALL) < 0 && errno == EINTR) {
    }
    const int error = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    printf("%s %s\n", *numbers, error == 0 ? "made" : strerrorname_np(error));
    fflush(stdout);
  }
  return 0;
}

}  // namespace payload
