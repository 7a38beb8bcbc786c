// What root inside may try against what is mounted.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "payload.h"

namespace payload {
namespace {

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) {
      fields >> field;
    }
    points.push_back(field);
  }
  return points;
}

const std::pair<unsigned long, const char*> kRestrictions[] = {
    {MS_RDONLY, "rw"}, {MS_NOSUID, "suid"}, {MS_NODEV, "dev"}, {MS_NOEXEC, "exec"}};

void loosen(const std::string& point) {
  struct statvfs status = {};  // its flags have the bits of mount(2)
  if (statvfs(point.c_str(), &status) < 0) {
    return;
  }
  for (const auto& [bit, name] : kRestrictions) {
    if ((status.f_flag & bit) == 0) {
      continue;
    }
    for (const unsigned long scope : {0UL, static_cast<unsigned long>(MS_BIND)}) {
      const unsigned long rest =
          status.f_flag & ~bit & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
      if (mount(nullptr, point.c_str(), nullptr, MS_REMOUNT | scope | rest, nullptr) == 0) {
        printf("remount %s %s\n", name, point.c_str());
      }
    }
  }
}

bool is_process(const std::string& name) {
  return name == "self" || name == "thread-self" ||
         name.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

int attack_mounts() {
  mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);  // what is shared cannot be moved
  for (const auto& point : mount_points()) {
    loosen(point);
    struct stat status = {};
    const bool is_directory = stat(point.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (mount(point.c_str(), is_directory ? "/mnt" : "/etc/hostname", nullptr, MS_MOVE, nullptr) ==
        0) {
      printf("move %s\n", point.c_str());
    }
    for (const int flags : {0, int{MNT_DETACH}, int{MNT_FORCE}}) {
      if (umount2(point.c_str(), flags) == 0) {
        printf("umount %s\n", point.c_str());
      }
    }
  }
  return 0;
}

int mount_types(char** types) {
  for (; *types != nullptr; ++types) {
    if (mount("none", "/mnt", *types, 0, nullptr) == 0) {
      puts(*types);
      umount("/mnt");
    }
  }
  return 0;
}

int find_writable(char** directories) {
  namespace fs = std::filesystem;
  for (; *directories != nullptr; ++directories) {
    const fs::directory_options options = fs::directory_options::skip_permission_denied;
    std::error_code error;
    for (fs::recursive_directory_iterator at(*directories, options, error), end; at != end;
         at.increment(error)) {
      if (at.depth() == 0 && is_process(at->path().filename())) {
        at.disable_recursion_pending();
        continue;
      }
      if (!at->is_regular_file(error)) {
        continue;
      }
      const int file = open(at->path().c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
      if (file >= 0) {
        // Nothing is written: this only shows whether somebody would take it.
        const bool takes = write(file, "", 0) == 0 || (errno != EINVAL && errno != EIO);
        printf("%s %s\n", takes ? "takes" : "opens", at->path().c_str());
        close(file);
      }
    }
  }
  return 0;
}

}  // namespace payload
