// namespaces(7): entering and leaving them, and user_namespaces(7) mappings.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// Enters the namespace behind `fd` (CLONE_NEW* `type`, 0 for any), or, when `fd` is a pidfd,
/// those of its process that `type` names (Linux 5.8). Entering a mount namespace changes the
/// root and the working directory to its root.
[[nodiscard]] Result<> setns(int fd, int type, std::string_view name);

/// The namespace at `path`, which must be of `type` (CLONE_NEW*): EINVAL for one of another, and
/// for any other file. Such a file is not opened, so that a FIFO cannot hold anybody up.
[[nodiscard]] Result<UniqueFd> open_namespace(const std::string& path, int type);

/// Whether this process has the rights that it has over the whole host: it is in no container with
/// a user namespace.
[[nodiscard]] bool in_first_user_namespace();

/// Whether processes `one` and `other` (0 for this one) have the same namespace, NAME of
/// /proc/PID/ns. A process that cannot be looked at has another.
[[nodiscard]] bool share_namespace(pid_t one, pid_t other, const char* name);

/// unshare(2).
[[nodiscard]] Result<> unshare(int flags);

/// One line of uid_map and gid_map: ids `inside`…`inside + count - 1` are `outside`… outside.
struct IdMapping {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 0;
  friend bool operator==(const IdMapping&, const IdMapping&) = default;
};

/// Writes uid_map and gid_map of the new user namespace that process `pid` is in.
/// `proc` is a directory descriptor of a /proc that shows the process.
[[nodiscard]] Result<> write_id_maps(int proc, pid_t pid, const IdMapping& users,
                                     const IdMapping& groups);

/// A user namespace with these mappings that no process is in, as mount_setattr(2) wants it
/// for MOUNT_ATTR_IDMAP.
[[nodiscard]] Result<UniqueFd> make_user_namespace(int proc, const IdMapping& users,
                                                   const IdMapping& groups);

/// While it lives, files this process makes belong to the given user and group (setfsuid(2))
/// and it keeps its capabilities over files, which the kernel would take away otherwise.
class FileOwner {
 public:
  FileOwner(uid_t user, gid_t group) noexcept;
  ~FileOwner();
  FileOwner(const FileOwner&) = delete;
  FileOwner& operator=(const FileOwner&) = delete;

 private:
  int secure_bits_;
  uid_t user_ = 0;
  gid_t group_ = 0;
};

}  // namespace warren::kernel
