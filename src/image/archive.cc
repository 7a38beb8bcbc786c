#include "image/archive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "image/identity.h"
#include "image/program.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"

namespace warren::image {
namespace {

/// Who the unpacker is on the host: ids right behind those that containers get, nobody's.
constexpr std::uint32_t kUnpackerIds = 1879048192;
constexpr std::uint32_t kIds = 65536;

/// In the build tree the helpers are beside warren's executable, installed below its prefix.
Result<std::vector<std::string>> helper_directories() {
  if (const char* directory = std::getenv("WARREN_LIBEXEC")) {
    return std::vector<std::string>{directory};
  }
  TRY_ASSIGN(const auto self, kernel::readlinkat(AT_FDCWD, "/proc/self/exe"));
  const std::string own = self.substr(0, self.rfind('/'));
  return std::vector<std::string>{cat(own, "/libexec/warren"),
                                  cat(own.substr(0, own.rfind('/')), "/libexec/warren")};
}

Result<std::string> find_unpacker() {
  TRY_ASSIGN(const auto directories, helper_directories());
  for (const auto& directory : directories) {
    std::string path = directory + "/unpack";
    if (::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return Error::from_errno(ENOENT, "run", directories.back() + "/unpack")
      .advise("install all of warren, or say where its helpers are with $WARREN_LIBEXEC");
}

/// The tree, as a mount of its own on which the unpacker's ids are those of the disk.
struct MappedTree {
  UniqueFd mount;
  UniqueFd users;
};

Result<MappedTree> map_tree(const std::string& root) {
  TRY_ASSIGN(const auto proc, kernel::open("/proc", O_PATH | O_DIRECTORY));
  constexpr kernel::IdMapping kMapping = {.inside = 0, .outside = kUnpackerIds, .count = kIds};
  MappedTree tree;
  TRY_ASSIGN(tree.users, kernel::make_user_namespace(proc.get(), kMapping, kMapping));
  TRY_ASSIGN(tree.mount, kernel::clone_tree(AT_FDCWD, root, false));
  auto mapped = kernel::mount_setattr(
      tree.mount.get(), "",
      {.set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
       .user_namespace = tree.users.get()});
  if (!mapped && mapped.error().code == EINVAL) {
    return std::move(mapped).error().advise("this file system cannot map ids: choose another one");
  }
  TRY(std::move(mapped));
  return tree;
}

/// What the helpers say, taken apart. They are as hostile as the archive is.
class Messages {
 public:
  explicit Messages(const Progress& progress) : progress_(progress) {}

  void operator()(std::string_view line) {
    constexpr unsigned kMostWarnings = 20;
    if (take(line, "status ")) {
      progress_.show(line);
    } else if (take(line, "warning ")) {
      if (++warnings_ <= kMostWarnings) {
        progress_.tell(line);
      }
    } else {
      take(line, "error ");
      if (first_error_.empty()) {
        first_error_ = line;
      }
    }
  }
  [[nodiscard]] const std::string& first_error() const { return first_error_; }

 private:
  static bool take(std::string_view& line, std::string_view word) {
    const bool has = line.starts_with(word);
    line.remove_prefix(has ? word.size() : 0);
    return has;
  }

  const Progress& progress_;
  std::string first_error_;
  unsigned warnings_ = 0;
};

/// The digest that its process has written to the memory file `fd`.
Result<std::string> read_digest(int fd) {
  if (::lseek(fd, 0, SEEK_SET) < 0) {
    return Error::sys("lseek", "digest");
  }
  TRY_ASSIGN(auto digest, kernel::read_all(fd, "digest"));
  constexpr std::size_t kDigits = 64;
  return digest.size() == kDigits ? Result<std::string>(std::move(digest))
                                  : Error::because("read", "", "its digest is missing");
}

/// Where the archive's bytes come from: a file, or what a program writes.
struct Bytes {
  std::shared_ptr<UniqueFd> file;
  std::vector<std::string> program;
};

Result<std::vector<Program>> make_pipeline(const Bytes& bytes, const MappedTree& tree, int digest) {
  TRY_ASSIGN(const auto unpacker, find_unpacker());
  std::vector<Program> programs;
  if (!bytes.program.empty()) {
    programs.push_back({.words = bytes.program, .private_network = true});
  } else if (::lseek(bytes.file->get(), 0, SEEK_SET) < 0) {
    return Error::sys("lseek", "the archive");
  }
  programs.push_back({.words = {unpacker, "digest"},
                      .input = bytes.file ? bytes.file->get() : -1,
                      .passed = {digest},
                      .private_network = true});
  programs.push_back({.words = {unpacker, "extract"},
                      .passed = {tree.mount.get(), tree.users.get()},
                      .private_network = true});
  return programs;
}

/// One process makes the digest of what another one, which the archive may have taken over,
/// unpacks: so nobody gives an image the name of another one.
Result<std::string> unpack(const Bytes& bytes, const std::string& root, const Progress& progress) {
  TRY_ASSIGN(const auto tree, map_tree(root));
  const UniqueFd digest(::memfd_create("digest", MFD_CLOEXEC));
  if (!digest) {
    return Error::sys("memfd_create");
  }
  TRY_ASSIGN(const auto programs, make_pipeline(bytes, tree, digest.get()));
  Messages messages(progress);
  TRY_ASSIGN(const auto exits,
             run_programs(programs, [&](std::string_view line) { messages(line); }));
  const bool failed =
      std::ranges::any_of(exits, [](const kernel::Exit& e) { return e.by_signal || e.code != 0; });
  if (failed || !messages.first_error().empty()) {
    const auto& said = messages.first_error();
    return Error::because("", "", said.empty() ? "the unpacker was killed" : said);
  }
  return read_digest(digest.get());
}

/// A root directory that users cannot enter is never what was meant.
Result<> open_to_users(int root) {
  if (::fchown(root, 0, 0) < 0 || ::fchmod(root, 0755) < 0) {
    return Error::sys("chmod", "the root directory");
  }
  return {};
}

Result<> build(const Bytes& bytes, const Building& building, StoredImage& image,
               const Progress& progress) {
  TRY_ASSIGN(image.digest, unpack(bytes, building.root(), progress));
  image.id = cat("archive-", image.digest.substr(0, 16));
  TRY_ASSIGN(const auto root, kernel::open(building.root(), O_RDONLY | O_DIRECTORY));
  TRY(open_to_users(root.get()));
  return forget_identity(root.get());
}

Recipe make_recipe(Bytes bytes, const std::string& path) {
  Recipe recipe;
  recipe.image.source = cat(bytes.file ? "archive:" : "directory:", printable_line(path));
  recipe.build = [bytes = std::move(bytes)](const Building& building, StoredImage& image,
                                            const Progress& progress) {
    return build(bytes, building, image, progress);
  };
  return recipe;
}

/// GNU tar writes the same stream for the same content.
Result<Bytes> read_directory(const std::string& path) {
  const std::string tar = find_program("tar");
  if (tar.empty()) {
    return Error::from_errno(ENOENT, "run", "tar").advise("apt install tar");
  }
  return Bytes{
      .file = {},
      .program = {tar, "--create", "--format=posix",
                  "--pax-option=exthdr.name=%d/%f,delete=atime,delete=ctime", "--sort=name",
                  "--numeric-owner", "--one-file-system", "--xattrs", "--xattrs-include=*",
                  "--acls", "--sparse", "--warning=no-file-ignored", "--directory", path, "."}};
}

Result<Bytes> open_archive(const std::string& path) {
  TRY_ASSIGN(auto file, kernel::open(path, O_RDONLY | O_NONBLOCK));  // a FIFO holds nobody up
  TRY_ASSIGN(const auto status, kernel::fstat(file.get(), path));
  if (!S_ISREG(status.st_mode)) {
    return Error::because("open", path, "it is no archive");
  }
  return Bytes{.file = std::make_shared<UniqueFd>(std::move(file)), .program = {}};
}

}  // namespace

Result<Recipe> archive_recipe(const std::string& path) {
  TRY_ASSIGN(auto bytes, open_archive(path));
  TRY_ASSIGN(const auto status, kernel::fstat(bytes.file->get(), path));
  const auto now = hash(cat(path, " ", status.st_dev, " ", status.st_ino, " ", status.st_size, " ",
                            status.st_mtim.tv_sec, " ", status.st_mtim.tv_nsec, " ",
                            status.st_ctim.tv_sec, " ", status.st_ctim.tv_nsec));
  Recipe recipe = make_recipe(std::move(bytes), path);
  recipe.key = make_image_id("file", now);
  return recipe;
}

Result<Recipe> import_recipe(const std::string& path) {
  TRY_ASSIGN(const auto file, kernel::open(path, O_PATH));
  TRY_ASSIGN(const auto status, kernel::fstat(file.get(), path));
  TRY_ASSIGN(auto bytes, S_ISDIR(status.st_mode) ? read_directory(path) : open_archive(path));
  Recipe recipe = make_recipe(std::move(bytes), path);
  recipe.key = cat("import-", ::getpid());
  return recipe;
}

}  // namespace warren::image
