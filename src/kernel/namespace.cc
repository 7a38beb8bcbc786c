#include "kernel/namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/clone.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/socket.h"

namespace warren::kernel {

Result<> setns(int fd, int type, std::string_view name) {
  if (::setns(fd, type) < 0) {
    return Error::sys("setns", name);
  }
  return {};
}

Result<UniqueFd> open_namespace(const std::string& path, int type) {
  TRY_ASSIGN(const auto place, open(path, O_PATH));
  struct statfs file_system = {};
  if (::fstatfs(place.get(), &file_system) < 0) {
    return Error::sys("statfs", path);
  }
  if (file_system.f_type == NSFS_MAGIC) {
    TRY_ASSIGN(auto fd, open(cat("/proc/self/fd/", place.get()), O_RDONLY));
    if (::ioctl(fd.get(), NS_GET_NSTYPE) == type) {
      return fd;
    }
  }
  return Error::from_errno(EINVAL, "open", path);
}

namespace {

std::string link_of(pid_t pid, const char* name) {
  return readlinkat(AT_FDCWD, cat("/proc/", pid == 0 ? "self" : std::to_string(pid), "/ns/", name))
      .value_or("");
}

}  // namespace

bool in_first_user_namespace() {
  return link_of(0, "user") == "user:[4026531837]";  // PROC_USER_INIT_INO of Linux
}

bool share_namespace(pid_t one, pid_t other, const char* name) {
  const std::string link = link_of(one, name);
  return !link.empty() && link == link_of(other, name);
}

Result<> unshare(int flags) {
  if (::unshare(flags) < 0) {
    return Error::sys("unshare");
  }
  return {};
}

Result<> write_id_maps(int proc, pid_t pid, const IdMapping& users, const IdMapping& groups) {
  const auto line = [](const IdMapping& mapping) {
    return cat(mapping.inside, " ", mapping.outside, " ", mapping.count);
  };
  TRY(write_existing(proc, cat(pid, "/uid_map"), line(users)));
  return write_existing(proc, cat(pid, "/gid_map"), line(groups));
}

namespace {

/// The two ends of a socket pair: the caller's and the one of the child it is read in.
struct Link {
  int callers = -1;
  int own = -1;
};

/// Runs in a child until the caller closes its end, or ends.
[[noreturn]] void wait_for_the_end(const void* argument) noexcept {
  const Link& link = *static_cast<const Link*>(argument);
  ::close(link.callers);
  char byte = 0;
  while (::read(link.own, &byte, 1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

}  // namespace

Result<UniqueFd> make_user_namespace(int proc, const IdMapping& users, const IdMapping& groups) {
  TRY_ASSIGN(auto ends, socket_pair());
  const Link link = {.callers = ends.first.get(), .own = ends.second.get()};
  TRY_ASSIGN(const auto child, clone3(CLONE_NEWUSER, -1, wait_for_the_end, &link));
  auto mapped = write_id_maps(proc, child.pid, users, groups);
  auto user_namespace = openat(proc, cat(child.pid, "/ns/user"), O_RDONLY);
  ends.second.reset();
  ends.first.reset();
  (void)wait_for_exit(child.pid_fd.get());
  TRY(std::move(mapped));
  return user_namespace;
}

FileOwner::FileOwner(uid_t user, gid_t group) noexcept : secure_bits_(::prctl(PR_GET_SECUREBITS)) {
  ::prctl(PR_SET_SECUREBITS, secure_bits_ | SECBIT_NO_SETUID_FIXUP);
  user_ = static_cast<uid_t>(::setfsuid(user));
  group_ = static_cast<gid_t>(::setfsgid(group));
}

FileOwner::~FileOwner() {
  ::setfsuid(user_);
  ::setfsgid(group_);
  ::prctl(PR_SET_SECUREBITS, secure_bits_);
}

}  // namespace warren::kernel
