// Which system calls a payload may make: the default allow-list and what a container changes.
#pragma once

#include <linux/filter.h>

#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "spec/container.h"

namespace warren::confine {

/// A program for seccomp(2): one built for a container, the default that warren contains, or none.
class SyscallFilter {
 public:
  SyscallFilter() = default;
  explicit SyscallFilter(std::vector<sock_filter> custom) : custom_(std::move(custom)) {}
  /// One that lets every call through: an empty program.
  [[nodiscard]] static SyscallFilter none();
  [[nodiscard]] std::span<const sock_filter> program() const;
  [[nodiscard]] bool is_default() const { return !none_ && custom_.empty(); }

 private:
  bool none_ = false;
  std::vector<sock_filter> custom_;
};

/// The filter for a container with this bounding set: calls that are not on the list fail with
/// EPERM, calls that warren does not know with ENOSYS. Fails when a rule names no call or group.
[[nodiscard]] Result<SyscallFilter> syscall_filter(const spec::Security& security,
                                                   spec::Capabilities bounding, bool suppress_sync);

}  // namespace warren::confine
