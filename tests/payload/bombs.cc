// What root inside may take without end, where nothing stops it.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "payload.h"

namespace payload {
namespace {

/// Opens files until it may not; returns how many.
int open_descriptors() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int count = 0;
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
    ++count;
  }
  return count;
}

/// Doubles the mounts until it may not; returns how often.
int double_mounts() {
  int count = 0;
  while (mount("/", "/mnt", nullptr, MS_BIND | MS_REC, nullptr) == 0) {
    ++count;
  }
  return count;
}

}  // namespace

int drop_bomb(const std::string& kind) {
  const int count = kind == "mounts" ? double_mounts() : open_descriptors();
  printf("%d %s\n", count, strerrorname_np(errno));
  fflush(stdout);
  pause();
  return 0;
}

}  // namespace payload
