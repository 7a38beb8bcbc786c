#include "image/tree_size.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/unique_fd.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks, whatever the file system has

struct Sum {
  std::uint64_t bytes = 0;
  std::set<ino_t> seen;  ///< files with more than one name; all are on one file system

  void add(const struct stat& status) {
    const bool again =
        !S_ISDIR(status.st_mode) && status.st_nlink > 1 && !seen.insert(status.st_ino).second;
    if (!again) {
      bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
    }
  }
};

/// Adds all that is in the directory behind `fd`.
Result<> add_entries(Sum& sum, UniqueFd fd, const std::string& name) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd.get()), ::closedir);
  if (!listing) {
    return Error::sys("list", name);
  }
  const int directory = fd.release();  // the listing has it now
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view child = entry->d_name;
    if (child == "." || child == "..") {
      continue;
    }
    TRY_ASSIGN(const auto status, kernel::fstatat(directory, entry->d_name));
    sum.add(status);
    if (S_ISDIR(status.st_mode)) {
      TRY_ASSIGN(auto below,
                 kernel::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      TRY(add_entries(sum, std::move(below), entry->d_name));
    }
  }
  return {};
}

}  // namespace

Result<std::uint64_t> tree_size(const std::string& directory) {
  Sum sum;
  TRY_ASSIGN(auto fd, kernel::open(directory, O_RDONLY | O_DIRECTORY));
  TRY_ASSIGN(const auto status, kernel::fstat(fd.get(), directory));
  sum.add(status);
  TRY(add_entries(sum, std::move(fd), directory));
  return sum.bytes;
}

}  // namespace warren::image
