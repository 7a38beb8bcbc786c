// What a process finds around it.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "payload.h"

extern char** environ;

namespace payload {
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

}  // namespace

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

}  // namespace payload
