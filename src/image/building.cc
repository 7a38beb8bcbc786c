#include "image/building.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "base/text.h"
#include "image/listing.h"
#include "image/tree_size.h"
#include "kernel/file.h"
#include "kernel/lock.h"

namespace warren::image {
namespace {

constexpr std::string_view kBuilding = ".building-";
constexpr std::string_view kRemoving = ".removing-";

/// The store's directory is nobody's but root's: programs in images are set-user-ID root as the
/// host's users would see them, and perhaps years old.
Result<> make_store(const std::string& images) {
  TRY(kernel::make_path(images.substr(0, images.rfind('/')), 0755));
  return kernel::ensure_directory(AT_FDCWD, images, 0700);
}

Result<> make_directory(const std::string& images, const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) {
    return {};
  }
  if (errno != ENOENT) {
    return Error::sys("mkdir", path);
  }
  TRY(make_store(images));
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? Result<>()
                                                             : Error::sys("mkdir", path);
}

/// The directory at `path`, made if need be, with the lock on it.
Result<UniqueFd> make_and_lock(const std::string& images, const std::string& path,
                               const Progress& progress) {
  while (true) {
    TRY(make_directory(images, path));
    auto lock = lock_directory(path, LOCK_EX | LOCK_NB);
    if (lock) {
      return lock;
    }
    if (lock.error().code == EWOULDBLOCK) {
      const auto builder = kernel::read_file(cat(path, "/builder")).value_or("");
      const std::string text = cat("waiting for ", builder.empty() ? "another build" : builder);
      progress.show(text);
      lock = lock_directory(path, LOCK_EX);
      if (lock) {
        return lock;
      }
    }
    if (lock.error().code != ENOENT) {
      return lock;
    }
  }
}

std::vector<std::string> abandoned(const std::string& images) {
  auto names = list_directory(images).value_or({});
  std::erase_if(names, [](std::string_view name) {
    return !name.starts_with(kBuilding) && !name.starts_with(kRemoving);
  });
  return names;
}

}  // namespace

Result<UniqueFd> lock_directory(const std::string& path, int operation) {
  TRY_ASSIGN(auto fd, kernel::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(kernel::flock(fd.get(), operation, path));
  if (!kernel::is_still_at(AT_FDCWD, path, fd.get(), AT_SYMLINK_NOFOLLOW)) {
    return Error::from_errno(ENOENT, "open", path);
  }
  return fd;
}

Result<Building> Building::take(const std::string& images, const std::string& key,
                                std::string_view what, const Progress& progress) {
  const std::string path = cat(images, "/", kBuilding, key);
  TRY_ASSIGN(auto lock, make_and_lock(images, path, progress));
  Building building(images, path, std::move(lock));
  const int directory = building.lock_.get();
  for (const auto* left : {"root", "image", "scratch", "builder"}) {
    TRY(kernel::remove_tree(directory, left));
  }
  TRY(kernel::write_new(directory, "builder", cat("process ", ::getpid(), ", which builds ", what),
                        0644));
  for (const auto* made : {"root", "scratch"}) {
    TRY(kernel::ensure_directory(directory, made, 0755));
    if (::fchmodat(directory, made, 0755, 0) < 0) {
      return Error::sys("chmod", made);
    }
  }
  return building;
}

Building::Building(std::string images, std::string path, UniqueFd lock)
    : images_(std::move(images)),
      path_(std::move(path)),
      root_(path_ + "/root"),
      scratch_(path_ + "/scratch"),
      lock_(std::move(lock)) {}

Building::Building(Building&& other) noexcept
    : images_(std::move(other.images_)),
      path_(std::exchange(other.path_, {})),
      root_(std::move(other.root_)),
      scratch_(std::move(other.scratch_)),
      lock_(std::move(other.lock_)) {}

Building::~Building() {
  if (!path_.empty()) {
    (void)kernel::remove_tree(AT_FDCWD, path_);  // else the next one does it
  }
}

Result<> Building::publish(StoredImage& image) {
  TRY_ASSIGN(image.bytes, tree_size(root_));
  image.created = ::time(nullptr);
  image.root = cat(images_, "/", image.id, "/root");
  const int directory = lock_.get();
  TRY(kernel::remove_tree(directory, "scratch"));
  TRY(kernel::remove_tree(directory, "builder"));
  TRY(kernel::write_new(directory, "image", write_record(image), 0644));
  if (::syncfs(directory) < 0) {
    return Error::sys("syncfs", path_);
  }
  const std::string target = cat(images_, "/", image.id);
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
    path_.clear();
    return {};
  }
  return errno == EEXIST ? Result<>() : Error::sys("rename", target);
}

void remove_abandoned(const std::string& images) {
  for (const auto& name : abandoned(images)) {
    const std::string path = cat(images, "/", name);
    const auto lock = lock_directory(path, LOCK_EX | LOCK_NB);
    if (lock) {
      (void)kernel::remove_tree(AT_FDCWD, path);  // the next one tries again
    }
  }
}

}  // namespace warren::image
