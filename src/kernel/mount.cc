#include "kernel/mount.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace warren::kernel {

Result<FileSystem> FileSystem::fsopen(const char* type) {
  UniqueFd context(::fsopen(type, FSOPEN_CLOEXEC));
  if (!context) {
    return Error::sys("fsopen", type);
  }
  return FileSystem(type, std::move(context));
}

Error FileSystem::explain(std::string_view subject) const {
  Error error = Error::sys("mount", subject);
  // The context queues messages such as "e overlay: bad option"; the first error says most.
  std::array<char, 256> line{};
  const auto length = ::read(context_.get(), line.data(), line.size());
  if (length > 2 && line[0] == 'e') {
    const std::string_view text(line.data() + 2, static_cast<std::size_t>(length) - 2);
    error.reason = cat(trim(text), " (", error.reason, ")");
  }
  return error;
}

Result<> FileSystem::config(unsigned command, const char* key, const char* value) {
  if (::fsconfig(context_.get(), command, key, value, 0) < 0) {
    if (key == nullptr) {
      return explain(type_);
    }
    return explain(
        cat(type_, " with ", key, value != nullptr ? "=" : "", value != nullptr ? value : ""));
  }
  return {};
}

Result<> FileSystem::set(const char* key, const std::string& value) {
  return config(FSCONFIG_SET_STRING, key, value.c_str());
}

Result<> FileSystem::set(const char* key) { return config(FSCONFIG_SET_FLAG, key, nullptr); }

Result<UniqueFd> FileSystem::mount(std::uint64_t attributes) {
  TRY(config(FSCONFIG_CMD_CREATE, nullptr, nullptr));
  UniqueFd mount(::fsmount(context_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!mount) {
    return explain(type_);
  }
  return mount;
}

Result<UniqueFd> clone_tree(int directory, const std::string& path, bool recursive) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                         static_cast<unsigned>(recursive ? AT_RECURSIVE : 0) |
                         static_cast<unsigned>(path.empty() ? AT_EMPTY_PATH : 0);
  UniqueFd tree(::open_tree(directory, path.c_str(), flags));
  if (!tree) {
    return Error::sys("open_tree", path);
  }
  return tree;
}

Result<> move_mount(int mount, int directory, const std::string& path) {
  const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (path.empty() ? MOVE_MOUNT_T_EMPTY_PATH : 0U);
  if (::move_mount(mount, "", directory, path.c_str(), flags) < 0) {
    return Error::sys("move_mount", path);
  }
  return {};
}

Result<> mount_setattr(int directory, const std::string& path, const MountChange& change) {
  mount_attr attributes = {};
  attributes.attr_set = change.set;
  attributes.attr_clr = change.clear;
  attributes.propagation = change.propagation;
  attributes.userns_fd =
      change.user_namespace >= 0 ? static_cast<std::uint64_t>(change.user_namespace) : 0;
  const unsigned flags = static_cast<unsigned>(change.recursive ? AT_RECURSIVE : 0) |
                         static_cast<unsigned>(path.empty() ? AT_EMPTY_PATH : 0);
  if (::mount_setattr(directory, path.c_str(), flags, &attributes, sizeof attributes) < 0) {
    return Error::sys("mount_setattr", path);
  }
  return {};
}

Result<bool> share_mount(int one, int other) {
  struct statx first = {};
  struct statx second = {};
  if (::statx(one, "", AT_EMPTY_PATH, STATX_MNT_ID, &first) < 0 ||
      ::statx(other, "", AT_EMPTY_PATH, STATX_MNT_ID, &second) < 0) {
    return Error::sys("statx");
  }
  return first.stx_mnt_id == second.stx_mnt_id;
}

Result<> pivot_root_here() {
  if (::syscall(SYS_pivot_root, ".", ".") < 0) {
    return Error::sys("pivot_root");
  }
  return {};
}

Result<> detach(const char* path) {
  if (::umount2(path, MNT_DETACH) < 0) {
    return Error::sys("umount2", path);
  }
  return {};
}

}  // namespace warren::kernel
