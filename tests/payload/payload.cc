// A static program that runs as a container's first process and reports what it finds.
//   payload report              everything about this process, as JSON
//   payload call NAME           makes a system call that a filter may refuse; prints its errno name
//   payload notify TEXT…        sends each TEXT to $NOTIFY_SOCKET
//   payload serve               answers "hello" on the first passed socket, once
//   payload signals             says "ready", then names each signal that arrives; ends on SIGTERM
//   payload survive             forgets its death signal, says "surviving" and waits
//   payload zombies N           leaves N orphans behind that end later, then waits for input
//   payload pty                 makes a pseudo terminal; prints its name, mode and group
//   payload reboot|poweroff     reboot(2)
//   payload exit N              ends with N
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", c);
      out += code.data();
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "\"";
}

std::string object(const std::map<std::string, std::string>& members) {
  std::string out = "{";
  for (const auto& [key, value] : members) {
    out += (out.size() > 1 ? ", " : "") + quoted(key) + ": " + value;
  }
  return out + "}";
}

std::string link_of(const std::string& path) {
  std::array<char, 4096> buffer{};
  const auto length = readlink(path.c_str(), buffer.data(), buffer.size() - 1);
  return length < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string environment() {
  std::map<std::string, std::string> members;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    members[text.substr(0, text.find('='))] = quoted(text.substr(text.find('=') + 1));
  }
  return object(members);
}

std::string descriptors() {
  std::map<std::string, std::string> members;
  DIR* directory = opendir("/proc/self/fd");
  while (directory != nullptr) {
    const dirent* entry = readdir(directory);
    if (entry == nullptr) {
      break;
    }
    if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory)) {
      members[entry->d_name] = quoted(link_of(std::string("/proc/self/fd/") + entry->d_name));
    }
  }
  return object(members);
}

std::string status_fields() {
  std::map<std::string, std::string> members;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto colon = line.find(":\t");
    if (colon != std::string::npos) {
      members[line.substr(0, colon)] = quoted(line.substr(colon + 2));
    }
  }
  return object(members);
}

std::string limits() {
  const std::map<std::string, __rlimit_resource> names = {
      {"NOFILE", RLIMIT_NOFILE}, {"STACK", RLIMIT_STACK}, {"CORE", RLIMIT_CORE},
      {"NPROC", RLIMIT_NPROC},   {"FSIZE", RLIMIT_FSIZE}, {"MEMLOCK", RLIMIT_MEMLOCK}};
  std::map<std::string, std::string> members;
  for (const auto& [name, resource] : names) {
    rlimit limit = {};
    getrlimit(resource, &limit);
    members[name] = "[" + std::to_string(static_cast<long long>(limit.rlim_cur)) + ", " +
                    std::to_string(static_cast<long long>(limit.rlim_max)) + "]";
  }
  return object(members);
}

std::string groups() {
  std::array<gid_t, 1024> list{};
  const int count = getgroups(list.size(), list.data());
  std::string out = "[";
  for (int i = 0; i < count; ++i) {
    out += (i > 0 ? ", " : "") + std::to_string(list[static_cast<std::size_t>(i)]);
  }
  return out + "]";
}

std::string processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::string out = "[";
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) {
      out += (out.size() > 1 ? ", " : "") + std::to_string(i);
    }
  }
  return out + "]";
}

std::string namespaces() {
  std::map<std::string, std::string> members;
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}) {
    members[name] = quoted(link_of(std::string("/proc/self/ns/") + name));
  }
  return object(members);
}

std::string file_text(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int report() {
  utsname system = {};
  uname(&system);
  std::array<char, 4096> directory{};
  const char* where = getcwd(directory.data(), directory.size());
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  const std::map<std::string, std::string> members = {
      {"pid", std::to_string(getpid())},
      {"ppid", std::to_string(getppid())},
      {"sid", std::to_string(getsid(0))},
      {"pgid", std::to_string(getpgid(0))},
      {"uid", std::to_string(getuid())},
      {"gid", std::to_string(getgid())},
      {"groups", groups()},
      {"environment", environment()},
      {"descriptors", descriptors()},
      {"status", status_fields()},
      {"limits", limits()},
      {"processors", processors()},
      {"namespaces", namespaces()},
      {"directory", quoted(where != nullptr ? where : "")},
      {"hostname", quoted(system.nodename)},
      {"machine", quoted(system.machine)},
      {"personality", std::to_string(personality(0xffffffff))},
      {"umask", std::to_string(umask(022))},
      {"oom_score_adj", file_text("/proc/self/oom_score_adj")},
      {"cgroup", quoted(file_text("/proc/self/cgroup"))},
      {"mountinfo", quoted(file_text("/proc/self/mountinfo"))},
      {"terminal", isatty(0) != 0 ? quoted(ttyname(0) != nullptr ? ttyname(0) : "?") : "null"},
  };
  puts(object(members).c_str());
  return 0;
}

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

int make_call(const std::string& name) {
  errno = 0;
  const long result = try_call(name);
  puts(result == -1 ? strerrorname_np(errno) : result == -2 ? "no such test" : "ok");
  return 0;
}

int notify(char** texts) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
  for (; *texts != nullptr; ++texts) {
    if (sendto(socket, *texts, strlen(*texts), 0, reinterpret_cast<sockaddr*>(&address),
               sizeof address) < 0) {
      perror("sendto");
      return 1;
    }
  }
  return 0;
}

/// Messages with descriptors, as many as the kernel takes in one.
int send_descriptors(int messages) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
  constexpr int kMost = 253;
  alignas(cmsghdr) static char control[CMSG_SPACE(sizeof(int) * kMost)];
  char text[] = "FDSTORE=1";
  iovec data = {.iov_base = text, .iov_len = sizeof text - 1};
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * kMost);
  for (int i = 0; i < kMost; ++i) {
    std::memcpy(CMSG_DATA(part) + sizeof(int) * i, &socket, sizeof socket);
  }
  for (int i = 0; i < messages; ++i) {
    if (sendmsg(socket, &message, 0) < 0) {
      perror("sendmsg");
      return 1;
    }
  }
  return 0;
}

int serve() {
  const char* pid = getenv("LISTEN_PID");
  if (pid == nullptr || atoi(pid) != getpid()) {
    printf("LISTEN_PID is %s, not %d\n", pid != nullptr ? pid : "unset", getpid());
    return 1;
  }
  const int connection = accept(3, nullptr, nullptr);
  if (connection < 0) {
    perror("accept");
    return 1;
  }
  return write(connection, "hello\n", 6) == 6 ? 0 : 1;
}

int signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  puts("ready");
  fflush(stdout);
  while (true) {
    siginfo_t info = {};
    const int signal = sigwaitinfo(&all, &info);
    if (signal >= SIGRTMIN) {
      printf("RTMIN+%d\n", signal - SIGRTMIN);
    } else {
      puts(sigabbrev_np(signal));
    }
    fflush(stdout);
    if (signal == SIGTERM) {
      return 0;
    }
  }
}

int make_terminal() {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  struct stat status = {};
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
      stat(ptsname(master), &status) < 0) {
    perror("pty");
    return 1;
  }
  printf("%s %o %u\n", ptsname(master), status.st_mode & 07777, status.st_gid);
  return 0;
}

int leave_zombies(int count) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      if (fork() == 0) {
        usleep(10000);
      }
      _exit(0);
    }
    wait(nullptr);
  }
  puts("left");
  fflush(stdout);
  char byte = 0;
  return read(0, &byte, 1) < 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string verb = count > 1 ? words[1] : "report";
  if (verb == "report") {
    return report();
  }
  if (verb == "call" && count > 2) {
    return make_call(words[2]);
  }
  if (verb == "notify") {
    return notify(words + 2);
  }
  if (verb == "send-descriptors" && count > 2) {
    return send_descriptors(atoi(words[2]));
  }
  if (verb == "serve") {
    return serve();
  }
  if (verb == "survive") {
    prctl(PR_SET_PDEATHSIG, 0);
    puts("surviving");
    fflush(stdout);
    while (true) {
      pause();
    }
  }
  if (verb == "pty") {
    return make_terminal();
  }
  if (verb == "signals") {
    return signals();
  }
  if (verb == "zombies" && count > 2) {
    return leave_zombies(atoi(words[2]));
  }
  if (verb == "reboot" || verb == "poweroff") {
    return reboot(verb == "reboot" ? RB_AUTOBOOT : RB_POWER_OFF);
  }
  return verb == "exit" && count > 2 ? atoi(words[2]) : 2;
}
