// Runs in: the launcher, in the build namespace, with the tree as its root and the container's
// root as the owner of what it makes. Absolute paths therefore end inside the tree.
#include "launch/tree_builder.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/socket.h"
#include "launch/put_file.h"
#include "plan/api_mounts.h"

namespace warren::launch {
namespace {

static_assert(plan::kReadOnly == MOUNT_ATTR_RDONLY && plan::kNoSuid == MOUNT_ATTR_NOSUID &&
              plan::kNoDev == MOUNT_ATTR_NODEV && plan::kNoExec == MOUNT_ATTR_NOEXEC);

class TreeBuilder {
 public:
  TreeBuilder(const BuildSite& site, std::vector<MadeEntry>& made)
      : site_(site), places_(site.root, site.record, made) {}

  Result<> operator()(const plan::MountFileSystem& step);
  Result<> operator()(const plan::MountNamespaceView& step);
  Result<> operator()(const plan::BindSource& step);
  Result<> operator()(const plan::BindInside& step);
  Result<> operator()(const plan::MountOverlay& step);
  Result<> operator()(const plan::Hide& step);
  Result<> operator()(const plan::MakeDirectory& step);
  Result<> operator()(const plan::MakeFile& step);
  Result<> operator()(const plan::MakeSymlink& step);
  Result<> operator()(const plan::MakeNode& step);
  Result<> operator()(const plan::MakeNotifySocket& step);
  Result<> operator()(const plan::MakeReadyFifo& step);
  Result<> operator()(const plan::MakeConsole& step);
  Result<> operator()(const plan::Remove& step);
  Result<> operator()(const plan::PutFile& step);
  Result<> operator()(const plan::ChangeFlags& step);

  [[nodiscard]] BuiltTree take_built() { return std::move(built_); }

 private:
  /// Ids in mount options are the container's in a plan and the host's for the kernel.
  [[nodiscard]] std::string host_value(const std::string& key, const std::string& value) const;
  [[nodiscard]] Result<> give_to(int directory, const std::string& name, uid_t owner) const;
  [[nodiscard]] Result<UniqueFd> make_file_system(const plan::MountFileSystem& step) const;

  const BuildSite& site_;
  MountPoints places_;
  std::optional<NamespaceViews> views_;
  std::size_t overlays_done_ = 0;
  BuiltTree built_;
};

std::string TreeBuilder::host_value(const std::string& key, const std::string& value) const {
  const auto id = parse_number<std::uint32_t>(value);
  return (key == "uid" || key == "gid") && id ? cat(site_.plan->ids.base + *id) : value;
}

/// Gives what the container's root has made to another user of it.
Result<> TreeBuilder::give_to(int directory, const std::string& name, uid_t owner) const {
  if (owner != 0 && ::fchownat(directory, name.c_str(), site_.plan->ids.base + owner,
                               static_cast<gid_t>(-1), AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0) {
    return Error::sys("chown", name);
  }
  return {};
}

Result<UniqueFd> TreeBuilder::make_file_system(const plan::MountFileSystem& step) const {
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen(step.type.c_str()));
  for (const auto& [key, value] : step.options) {
    TRY(value.empty() ? file_system.set(key.c_str())
                      : file_system.set(key.c_str(), host_value(key, value)));
  }
  TRY_ASSIGN(auto mount, file_system.mount(step.flags));
  TRY(give_to(mount.get(), "", step.owner));
  return mount;
}

Result<> TreeBuilder::operator()(const plan::MountFileSystem& step) {
  auto mount = make_file_system(step);
  if (!mount) {
    return std::move(mount).error().with(step.target);
  }
  TRY_ASSIGN(const auto place, step.through_links
                                   ? places_.ensure(step.target, PlaceKind::Directory)
                                   : places_.ensure_plain(step.target));
  return kernel::move_mount(mount->get(), place.get(), "");
}

Result<> TreeBuilder::operator()(const plan::MountNamespaceView& step) {
  using Which = plan::MountNamespaceView::Which;
  if (!views_) {
    TRY_ASSIGN(views_, site_.await_views());
  }
  const std::array<const UniqueFd*, 4> all = {&views_->proc, &views_->sysfs, &views_->cgroup,
                                              &views_->mqueue};
  static_assert(static_cast<int>(Which::Proc) == 0 && static_cast<int>(Which::Mqueue) == 3);
  const UniqueFd& view = *all[static_cast<std::size_t>(step.which)];
  if ((step.flags & plan::kReadOnly) != 0) {
    TRY(kernel::mount_setattr(view.get(), "", {.set = MOUNT_ATTR_RDONLY}));
  }
  TRY_ASSIGN(const auto place, places_.ensure_plain(step.target));
  return kernel::move_mount(view.get(), place.get(), "");
}

Result<> TreeBuilder::operator()(const plan::BindSource& step) {
  const OpenSource& source = (*site_.sources)[step.source];
  TRY_ASSIGN(
      const auto place,
      places_.ensure(step.target, source.is_directory() ? PlaceKind::Directory : PlaceKind::File));
  TRY(map_source(
      site_.plan->sources[step.source], source, place.get(),
      {.ids = site_.plan->ids, .user_namespace = site_.user_namespace, .proc = site_.host_proc}));
  if (step.flags != 0) {
    TRY(kernel::mount_setattr(source.tree.get(), "",
                              {.set = step.flags, .recursive = step.recursive}));
  }
  auto moved = kernel::move_mount(source.tree.get(), place.get(), "");
  return moved ? std::move(moved)
               : std::move(moved).error().with(
                     cat("bind ", site_.plan->sources[step.source].path, " to ", step.target));
}

Result<> TreeBuilder::operator()(const plan::BindInside& step) {
  auto from = places_.find(step.from);
  if (!from && from.error().code == ENOENT && step.if_present) {
    return {};
  }
  if (!from) {
    return std::move(from).error();
  }
  // The root becomes read-only at the very end; a second view of it must be so by itself.
  TRY_ASSIGN(const auto copy, kernel::clone_tree(from->get(), "", step.recursive));
  if (site_.plan->root.read_only) {
    TRY_ASSIGN(const bool of_root, kernel::share_mount(from->get(), site_.root));
    if (of_root) {
      TRY(kernel::mount_setattr(copy.get(), "", {.set = MOUNT_ATTR_RDONLY}));
    }
  }
  if ((step.flags | step.clear) != 0) {
    TRY(kernel::mount_setattr(
        copy.get(), "", {.set = step.flags, .clear = step.clear, .recursive = step.recursive}));
  }
  if (step.target == step.from) {
    return kernel::move_mount(copy.get(), from->get(), "");
  }
  TRY_ASSIGN(const auto status, kernel::fstat(from->get(), step.from));
  const auto kind = S_ISDIR(status.st_mode) ? PlaceKind::Directory : PlaceKind::File;
  TRY_ASSIGN(const auto place,
             step.make_target ? places_.ensure(step.target, kind) : places_.find(step.target));
  return kernel::move_mount(copy.get(), place.get(), "");
}

Result<> TreeBuilder::operator()(const plan::MountOverlay& step) {
  const UniqueFd& overlay = (*site_.overlays)[overlays_done_++];
  TRY_ASSIGN(const auto place, places_.ensure(step.target, PlaceKind::Directory));
  return kernel::move_mount(overlay.get(), place.get(), "");
}

Result<> TreeBuilder::operator()(const plan::Hide& step) {
  const auto place = places_.find(step.path);
  if (!place) {
    return place.error().code == ENOENT && step.if_present ? Result<>() : place.error();
  }
  TRY_ASSIGN(const auto status, kernel::fstat(place->get(), step.path));
  const char* node = "reg";
  switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
      node = "dir";
      break;
    case S_IFIFO:
      node = "fifo";
      break;
    case S_IFSOCK:
      node = "sock";
      break;
    case S_IFCHR:
      node = "chr";
      break;
    case S_IFBLK:
      node = "blk";
      break;
    default:
      break;
  }
  auto cover = kernel::clone_tree(AT_FDCWD, cat(plan::kInaccessible, "/", node), false);
  if (!cover && cover.error().code == ENOENT) {  // no devices can be made here
    cover = kernel::clone_tree(AT_FDCWD, cat(plan::kInaccessible, "/reg"), false);
  }
  if (!cover) {
    return std::move(cover).error();
  }
  TRY(kernel::mount_setattr(cover->get(), "", {.set = MOUNT_ATTR_RDONLY}));
  return kernel::move_mount(cover->get(), place->get(), "");
}

Result<> TreeBuilder::operator()(const plan::MakeDirectory& step) {
  return kernel::ensure_directory(AT_FDCWD, step.path, step.mode);
}

/// The directory that `path` is in, and its name there.
Result<std::pair<UniqueFd, std::string>> split_place(int root, const std::string& path) {
  const auto slash = path.rfind('/');
  TRY_ASSIGN(auto parent, kernel::open_in_root(root, slash == 0 ? "/" : path.substr(0, slash),
                                               O_RDONLY | O_DIRECTORY));
  return std::pair(std::move(parent), path.substr(slash + 1));
}

Result<> TreeBuilder::operator()(const plan::MakeFile& step) {
  const auto file = kernel::open_in_root(site_.root, step.path,
                                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, step.mode);
  if (file) {
    TRY(kernel::write_all(file->get(), step.content, step.path));
    return give_to(file->get(), "", step.owner);
  }
  if (file.error().code != EEXIST) {
    return file.error();
  }
  TRY_ASSIGN(const auto place, split_place(site_.root, step.path));
  TRY(kernel::replace_file(place.first.get(), place.second, step.content, step.mode));
  return give_to(place.first.get(), place.second, step.owner);
}

Result<> TreeBuilder::operator()(const plan::MakeSymlink& step) {
  if (::symlink(step.target.c_str(), step.path.c_str()) == 0) {
    return {};
  }
  if (errno != EEXIST || ::unlink(step.path.c_str()) < 0 ||
      ::symlink(step.target.c_str(), step.path.c_str()) < 0) {
    return Error::sys("symlink", step.path);
  }
  return {};
}

Result<> TreeBuilder::operator()(const plan::MakeNode& step) {
  const dev_t device = ::makedev(step.major, step.minor);
  if (::mknod(step.path.c_str(), step.mode, device) == 0) {
    return {};
  }
  return Error::sys("mknod", step.path);
}

Result<> TreeBuilder::operator()(const plan::MakeNotifySocket& step) {
  TRY_ASSIGN(built_.notify_socket, kernel::bind_datagram_socket(step.path));
  const uid_t owner = site_.plan->ids.base + site_.plan->process.uid;
  if (::chmod(step.path.c_str(), 0700) < 0 ||
      ::chown(step.path.c_str(), owner, static_cast<gid_t>(-1)) < 0) {
    return Error::sys("chown", step.path);
  }
  return {};
}

Result<> TreeBuilder::operator()(const plan::MakeReadyFifo& step) {
  if (::mkfifo(step.path.c_str(), 0600) < 0) {
    return Error::sys("mkfifo", step.path);
  }
  TRY_ASSIGN(built_.ready_fifo, kernel::open(step.path, O_RDONLY | O_NONBLOCK));
  return {};
}

Result<> TreeBuilder::operator()(const plan::MakeConsole& step) {
  TRY_ASSIGN(built_.console, kernel::open_terminal("/dev/pts/ptmx"));
  const uid_t owner = site_.plan->ids.base + step.owner;
  if (::fchown(built_.console.slave.get(), owner, static_cast<gid_t>(-1)) < 0) {
    return Error::sys("chown", "console");
  }
  kernel::copy_window_size(site_.window, built_.console.master.get());
  return (*this)(
      plan::MakeSymlink{.path = step.path, .target = cat("pts/", built_.console.number)});
}

Result<> TreeBuilder::operator()(const plan::Remove& step) {
  if (::unlink(step.path.c_str()) < 0 && errno != ENOENT) {
    return Error::sys("unlink", step.path);
  }
  return {};
}

Result<> TreeBuilder::operator()(const plan::PutFile& step) {
  return put_file(site_.root, step.file, site_.plan->ids.base);
}

Result<> TreeBuilder::operator()(const plan::ChangeFlags& step) {
  return kernel::mount_setattr(AT_FDCWD, step.path, {.set = step.set});
}

}  // namespace

Result<BuiltTree> build_tree(const BuildSite& site, std::vector<MadeEntry>& made) {
  TreeBuilder builder(site, made);
  for (const auto& step : site.plan->steps) {
    TRY(std::visit([&builder](const auto& one) { return builder(one); }, step));
  }
  return builder.take_built();
}

}  // namespace warren::launch
