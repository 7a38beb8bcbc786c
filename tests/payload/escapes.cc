// Ways out of a container, each tried as root inside. Nothing is written where one leads.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "payload.h"

namespace payload {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUp = "/../../../../../../../../../../../../../../../..";

bool opens(const std::string& path, int flags) {
  const int file = open(path.c_str(), flags | O_NONBLOCK | O_CLOEXEC);
  if (file >= 0) {
    close(file);
  }
  return file >= 0;
}

void make_writable(const char* path) {
  mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND, nullptr);
  mount(nullptr, path, nullptr, MS_REMOUNT, nullptr);
}

/// Whether a child can do it: what it joins or mounts is its own.
bool in_child(const std::function<bool()>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(attempt() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool write_to_bind(const std::string& file) {
  make_writable(fs::path(file).parent_path().c_str());
  return opens(file, O_WRONLY);
}

bool write_core_pattern(const std::string& /*unused*/) {
  make_writable("/proc/sys");
  umount2("/proc/sys", MNT_DETACH);
  return opens("/proc/sys/kernel/core_pattern", O_WRONLY);
}

bool write_sysrq(const std::string& /*unused*/) {
  umount2("/proc/sysrq-trigger", MNT_DETACH);
  struct stat status = {};
  return stat("/proc/sysrq-trigger", &status) == 0 && status.st_size == 0 &&
         S_ISREG(status.st_mode) && (status.st_mode & 0777) != 0 &&
         opens("/proc/sysrq-trigger", O_WRONLY);
}

bool write_sysfs(const std::string& /*unused*/) {
  make_writable("/sys");
  std::error_code error;
  for (const char* directory :
       {"/sys/kernel", "/sys/power", "/sys/kernel/mm/transparent_hugepage"}) {
    for (fs::directory_iterator at(directory, error), end; at != end; at.increment(error)) {
      if (at->is_regular_file(error) && opens(at->path(), O_WRONLY)) {
        return true;
      }
    }
  }
  return false;
}

bool write_release_agent(const std::string& /*unused*/) {
  for (const char* controller : {"memory", "devices", "cpu", "pids", "freezer", "blkio"}) {
    const std::string place = std::string("/tmp/") + controller;
    mkdir(place.c_str(), 0755);
    if (mount("none", place.c_str(), "cgroup", 0, controller) == 0 &&
        (opens(place + "/release_agent", O_WRONLY) || opens(place + "/devices.allow", O_WRONLY))) {
      return true;
    }
  }
  return false;
}

bool mount_kernel_files(const std::string& /*unused*/) {
  for (const char* type : {"debugfs", "tracefs", "securityfs", "devtmpfs", "bpf", "pstore"}) {
    if (mount("none", "/tmp", type, 0, nullptr) == 0) {
      return true;
    }
  }
  return false;
}

/// Whoever can make a node can open it, unless a device policy is in force around the container.
bool make_device(mode_t type, unsigned major, unsigned minor) {
  unlink("/tmp/node");
  return mknod("/tmp/node", type | 0666, makedev(major, minor)) == 0;
}

bool make_disk(const std::string& /*unused*/) {
  std::ifstream table("/proc/partitions");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    unsigned major = 0;
    unsigned minor = 0;
    if (fields >> major >> minor && make_device(S_IFBLK, major, minor)) {
      return true;
    }
  }
  return false;
}

bool make_memory(const std::string& /*unused*/) {
  return make_device(S_IFCHR, 1, 1) || make_device(S_IFCHR, 1, 4) || make_device(S_IFCHR, 1, 11) ||
         opens("/dev/mem", O_RDONLY) || opens("/dev/kmsg", O_RDONLY);
}

/// The break-out of Docker's first years: the handle of an inode is guessed, 2 is a root directory.
bool open_by_handle(const std::string& /*unused*/) {
  struct {
    file_handle head;
    unsigned char bytes[8];
  } handle = {};
  handle.head.handle_bytes = 8;
  handle.head.handle_type = 1;
  handle.bytes[0] = 2;
  for (const char* place : {"/", "/mnt", "/etc/hostname"}) {
    const int file = open(place, O_RDONLY | O_CLOEXEC);
    if (syscall(SYS_open_by_handle_at, file, &handle, O_RDONLY) >= 0) {
      return true;
    }
  }
  return false;
}

/// What links of /proc lead to, and what is above that.
bool find_through_processes(const std::string& canary) {
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; at != end; at.increment(error)) {
    std::vector<fs::path> links = {at->path() / "root", at->path() / "cwd"};
    for (fs::directory_iterator fd(at->path() / "fd", error), last; fd != last;
         fd.increment(error)) {
      links.push_back(fd->path());
    }
    for (const auto& link : links) {
      if (opens(link.string() + canary, O_RDONLY) ||
          opens(link.string() + kUp + canary, O_RDONLY)) {
        return true;
      }
    }
  }
  return opens(kUp + canary, O_RDONLY);
}

bool find_through_namespaces(const std::string& canary) {
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; at != end; at.increment(error)) {
    const std::string name = at->path() / "ns/mnt";
    const auto join = [&] {
      const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC);
      return file >= 0 && setns(file, CLONE_NEWNS) == 0 && opens(canary, O_RDONLY);
    };
    if (in_child(join)) {
      return true;
    }
  }
  return false;
}

bool reach_process(const std::string& pid) {
  const pid_t target = atoi(pid.c_str());
  return kill(target, 0) == 0 || ptrace(PTRACE_ATTACH, target, nullptr, nullptr) == 0;
}

bool read_masked(const std::string& /*unused*/) {
  for (const char* path : {"/proc/kallsyms", "/proc/keys", "/proc/timer_list"}) {
    umount2(path, MNT_DETACH);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    char byte = 0;
    if (file >= 0 && read(file, &byte, 1) == 1) {
      return true;
    }
  }
  return false;
}

/// CVE-2019-5736: somebody executes a script inside whose interpreter is /proc/self/exe, which is
/// then the host's own program, and whoever holds that open writes to it once it has ended.
bool take_program(const std::string& inode) {
  std::error_code error;
  for (int attempts = 0; attempts < 400000; ++attempts) {
    for (fs::directory_iterator at("/proc", error), end; at != end; at.increment(error)) {
      const std::string link = at->path() / "exe";
      const int file = open(link.c_str(), O_RDONLY | O_CLOEXEC);
      struct stat status = {};
      if (file < 0 || fstat(file, &status) < 0 || std::to_string(status.st_ino) != inode) {
        close(file);
        continue;
      }
      const std::string held = "/proc/self/fd/" + std::to_string(file);
      for (int i = 0; i < 2000; ++i) {
        if (opens(held, O_WRONLY)) {
          return true;
        }
        if (errno != ETXTBSY) {
          return false;
        }
        usleep(1000);
      }
    }
  }
  return false;
}

/// Whether the kernel would do it for somebody who asks properly.
bool is_open(long result) { return result >= 0 || (errno != EPERM && errno != ENOSYS); }

bool change_kernel(const std::string& /*unused*/) {
  return is_open(syscall(SYS_init_module, nullptr, 0, "")) ||
         is_open(syscall(SYS_kexec_load, 0, 0, nullptr, 0)) ||
         is_open(syscall(SYS_settimeofday, nullptr, nullptr)) ||
         is_open(syscall(SYS_swapon, "/none", 0));
}

bool use_keys(const std::string& /*unused*/) {
  return is_open(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)) ||
         is_open(syscall(SYS_add_key, "user", "warren-test", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

bool use_io_uring(const std::string& /*unused*/) {
  return is_open(syscall(SYS_io_uring_setup, 1, nullptr));
}

}  // namespace

int escape(const std::string& way, const std::string& argument) {
  const std::map<std::string, bool (*)(const std::string&)> ways = {
      {"bind", write_to_bind},
      {"core-pattern", write_core_pattern},
      {"sysrq", write_sysrq},
      {"sysfs", write_sysfs},
      {"release-agent", write_release_agent},
      {"kernel-files", mount_kernel_files},
      {"disk", make_disk},
      {"memory", make_memory},
      {"handle", open_by_handle},
      {"processes", find_through_processes},
      {"namespaces", find_through_namespaces},
      {"process", reach_process},
      {"program", take_program},
      {"masks", read_masked},
      {"kernel", change_kernel},
      {"keys", use_keys},
      {"io-uring", use_io_uring},
  };
  const auto found = ways.find(way);
  if (found == ways.end()) {
    return 2;
  }
  // What it mounts must not hinder the next one, nor be seen outside.
  const bool out = in_child([&] {
    return unshare(CLONE_NEWNS) == 0 &&
           mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           found->second(argument);
  });
  printf("%s %s\n", way.c_str(), out ? "out" : "refused");
  return 0;
}

}  // namespace payload
