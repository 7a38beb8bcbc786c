// What both halves of the floor call: system calls that end the program when they fail.
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace bench {

constexpr unsigned kBase = 655360;
constexpr unsigned kInert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

inline long must(long result, const char* what) {
  if (result < 0) {
    std::perror(what);
    _exit(125);
  }
  return result;
}
#define MUST(call) must(call, #call)

/// A mount of a file system that nobody sees yet. `options` are pairs, a value of nullptr makes a
/// flag, and a name of nullptr ends them.
inline int file_system(const char* type, unsigned attributes, const char* const* options) {
  const int context = static_cast<int>(MUST(fsopen(type, FSOPEN_CLOEXEC)));
  for (; options != nullptr && *options != nullptr; options += 2) {
    const auto kind = options[1] != nullptr ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
    MUST(fsconfig(context, kind, options[0], options[1], 0));
  }
  MUST(fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
  const int mount = static_cast<int>(MUST(fsmount(context, FSMOUNT_CLOEXEC, attributes)));
  close(context);
  return mount;
}

inline void attach(int mount, const char* path) {
  MUST(move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
  close(mount);
}

inline void write_text(int directory, const char* path, const char* text) {
  const int fd =
      static_cast<int>(MUST(openat(directory, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444)));
  MUST(write(fd, text, std::strlen(text)));
  close(fd);
}

}  // namespace bench
