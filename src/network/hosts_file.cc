#include "network/hosts_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "kernel/file.h"
#include "network/directory_lock.h"
#include "plan/hosts.h"

namespace warren::network {
namespace {

constexpr std::size_t kMostOfHosts = std::size_t{64} << 20;  // some block the whole web with it

/// Where the file is that `path` leads to: a link stays one.
std::string target_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                             &std::free);
  return resolved ? std::string(resolved.get()) : path;
}

/// Nobody sees half of it, and mode and owner are the old file's.
Result<> replace_like_it_was(const std::string& path, std::string_view content) {
  struct stat old = {.st_mode = 0644};
  const bool was_there = ::stat(path.c_str(), &old) == 0;
  const std::string temporary = cat(path, ".warren-", ::getpid());
  TRY_ASSIGN(const auto file, kernel::open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  Undo undo;
  undo.add([&temporary] { ::unlink(temporary.c_str()); });
  TRY(kernel::write_all(file.get(), content, temporary));
  if ((was_there && ::fchown(file.get(), old.st_uid, old.st_gid) < 0) ||
      ::fchmod(file.get(), old.st_mode & 07777) < 0) {
    return Error::sys("fchown", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) < 0) {
    return Error::sys("rename", path);
  }
  undo.dismiss();
  return {};
}

/// A file that is itself a mount point, as in some containers, has no other way.
Result<> write_in_place(const std::string& path, std::string_view content) {
  TRY_ASSIGN(const auto file, kernel::open(path, O_WRONLY | O_TRUNC));
  return kernel::write_all(file.get(), content, path);
}

Result<> change(const std::string& path, const std::string& container,
                const std::vector<std::string>& addresses) {
  const std::string target = target_of(path);
  auto text = kernel::read_file(target, kMostOfHosts);
  if (!text && text.error().code != ENOENT) {
    return std::move(text).error();
  }
  const std::string before = text.value_or("");
  const std::string after = plan::with_names(before, container, addresses);
  if (after == before) {
    return {};
  }
  TRY(kernel::make_path(target.substr(0, target.rfind('/')), 0755));
  auto done = replace_like_it_was(target, after);
  if (!done && done.error().code == EBUSY) {
    return write_in_place(target, after);
  }
  return done;
}

std::vector<std::string> containers_in(const std::string& path) {
  return plan::named_containers(kernel::read_file(path, kMostOfHosts).value_or(""));
}

bool is_not_to_be_written(int code) { return code == EROFS || code == EACCES || code == EPERM; }

}  // namespace

HostsFile::HostsFile(std::string path, std::string instead, std::string lock)
    : path_(std::move(path)), instead_(std::move(instead)), lock_(std::move(lock)) {}

Result<> HostsFile::set(const std::string& container,
                        const std::vector<std::string>& addresses) const {
  TRY_ASSIGN(const auto lock, lock_directory(lock_));
  return set_locked(container, addresses);
}

Result<> HostsFile::remove_if(const std::string& container,
                              const std::function<bool()>& is_gone) const {
  TRY_ASSIGN(const auto lock, lock_directory(lock_));
  // It may have come back before nobody else could change the file.
  return is_gone() ? set_locked(container, {}) : Result<>();
}

Result<> HostsFile::set_locked(const std::string& container,
                               const std::vector<std::string>& addresses) const {
  auto done = change(path_, container, addresses);
  const bool elsewhere = !done && is_not_to_be_written(done.error().code);
  if (elsewhere || (addresses.empty() && ::access(instead_.c_str(), F_OK) == 0)) {
    TRY(change(instead_, container, addresses));
    if (containers_in(instead_).empty()) {
      ::unlink(instead_.c_str());
    }
    return {};
  }
  return done;
}

std::vector<std::string> HostsFile::containers() const {
  auto names = containers_in(path_);
  auto others = containers_in(instead_);
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

}  // namespace warren::network
