#include "manager/container_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "image/listing.h"
#include "kernel/file.h"
#include "kernel/lock.h"
#include "manager/condition.h"
#include "manager/restart_note.h"

namespace warren::manager {
namespace {

constexpr std::string_view kNew = ".new-";  ///< is being made
constexpr std::string_view kOld = ".old-";  ///< is being removed
constexpr const char* kCurrent = "current";
constexpr const char* kGenerations = "generations";
constexpr const char* kMachineId = "machine-id";
constexpr const char* kDeclared = "declared";

std::string parent_of(const state::Paths& paths) { return cat(paths.state, "/containers"); }

Error no_such_container(const std::string& name) {
  return {.code = ENOENT,
          .operation = {},
          .subject = name,
          .reason = "there is no such container",
          .context = {},
          .hint = "see warren list"};
}

Result<std::string> make_machine_id() {
  std::array<unsigned char, 16> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return Error::sys("getrandom");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // a random UUID: machine-id(5)
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string id;
  for (const unsigned byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    id += kDigits[byte >> 4];
    id += kDigits[byte & 0xF];
  }
  return id;
}

Result<> write_generation(int generations, const std::string& place, const GenerationTexts& texts) {
  TRY(kernel::ensure_directory(generations, place, 0755));
  TRY(kernel::write_new(generations, place + "/declaration.json", texts.declaration, 0600));
  TRY(kernel::write_new(generations, place + "/listing", texts.listing, 0644));
  return kernel::write_new(generations, place + "/image", texts.image + "\n", 0644);
}

Result<> link_current(int directory, unsigned generation) {
  const std::string target = cat(kGenerations, "/", generation);
  const std::string temporary = cat(kNew, kCurrent);
  if (::unlinkat(directory, temporary.c_str(), 0) < 0 && errno != ENOENT) {
    return Error::sys("unlink", temporary);
  }
  if (::symlinkat(target.c_str(), directory, temporary.c_str()) < 0) {
    return Error::sys("symlink", temporary);
  }
  return ::renameat(directory, temporary.c_str(), directory, kCurrent) < 0
             ? Error::sys("rename", kCurrent)
             : Result<>();
}

/// A directory of this name that nobody else has, empty.
Result<UniqueFd> take_new_directory(const std::string& path, const std::string& name) {
  while (true) {
    if (::mkdir(path.c_str(), 0755) < 0 && errno != EEXIST) {
      return Error::sys("mkdir", path);
    }
    auto directory = kernel::open(path, O_RDONLY | O_DIRECTORY);
    if (!directory && directory.error().code == ENOENT) {
      continue;
    }
    if (!directory) {
      return directory;
    }
    if (!kernel::flock(directory->get(), LOCK_EX | LOCK_NB, path)) {
      return Error{.code = EBUSY,
                   .operation = {},
                   .subject = name,
                   .reason = "a container of this name is being created"};
    }
    if (kernel::is_still_at(AT_FDCWD, path, directory->get())) {
      TRY(kernel::empty_directory(directory->get()));  // of one that was killed
      return directory;
    }
  }
}

Error name_is_taken(const std::string& name) {
  return {.code = EEXIST,
          .operation = {},
          .subject = name,
          .reason = "there is a container of this name already",
          .context = {},
          .hint = "choose another name, or change it with warren update"};
}

/// What those who were killed left in a container that is held for a change.
void remove_leftovers(int directory) {
  for (const char* place : {".", kGenerations}) {
    const auto fd = kernel::openat(directory, place, O_RDONLY | O_DIRECTORY);
    const auto names = fd ? image::list_directory(cat("/proc/self/fd/", fd->get()))
                          : Result<std::vector<std::string>>(fd.error());
    for (const auto& name : names.value_or({})) {
      if (name.starts_with(kNew)) {
        (void)kernel::remove_tree(fd->get(), name);
      }
    }
  }
}

}  // namespace

Result<ContainerDirectory> ContainerDirectory::create(const state::Paths& paths,
                                                      const std::string& name,
                                                      const GenerationTexts& texts) {
  const std::string parent = parent_of(paths);
  TRY(kernel::make_path(parent, 0700));  // files inside are not for all users of the host
  if (::access(directory_of(paths, name).c_str(), F_OK) == 0) {
    return name_is_taken(name);
  }
  const std::string temporary = cat(parent, "/", kNew, name);
  TRY_ASSIGN(auto fd, take_new_directory(temporary, name));
  ContainerDirectory made(std::move(fd), parent, directory_of(paths, name), name);
  made.unpublished_.add([temporary] { (void)kernel::remove_tree(AT_FDCWD, temporary); });
  const int directory = made.directory_.get();
  TRY_ASSIGN(const auto id, make_machine_id());
  TRY(kernel::write_new(directory, kMachineId, id + "\n", 0644));
  TRY(kernel::ensure_directory(directory, kGenerations, 0755));
  TRY_ASSIGN(const auto generations, kernel::openat(directory, kGenerations, O_PATH | O_DIRECTORY));
  TRY(write_generation(generations.get(), "1", texts));
  TRY(link_current(directory, 1));
  return made;
}

Result<> ContainerDirectory::publish() {
  const std::string temporary = cat(parent_, "/", kNew, name_);
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) < 0) {
    return errno == EEXIST ? name_is_taken(name_) : Error::sys("rename", path_);
  }
  unpublished_.dismiss();
  return {};
}

Result<ContainerDirectory> ContainerDirectory::open(const state::Paths& paths,
                                                    const std::string& name, Access access) {
  const std::string path = directory_of(paths, name);
  while (true) {
    auto directory = kernel::open(path, O_RDONLY | O_DIRECTORY);
    if (!directory) {
      return directory.error().code == ENOENT ? no_such_container(name)
                                              : std::move(directory).error();
    }
    if (access != Access::Look) {
      TRY(kernel::flock(directory->get(), access == Access::Change ? LOCK_EX : LOCK_SH, path));
    }
    if (kernel::is_still_at(AT_FDCWD, path, directory->get())) {
      if (access == Access::Change) {
        remove_leftovers(directory->get());
      }
      return ContainerDirectory(*std::move(directory), parent_of(paths), path, name);
    }
  }
}

Result<unsigned> ContainerDirectory::current() const {
  TRY_ASSIGN(const auto target, kernel::readlinkat(directory_.get(), kCurrent));
  const auto number = parse_number<unsigned>(target.substr(target.rfind('/') + 1));
  return number ? Result<unsigned>(*number)
                : Error::because("read", cat(path_, "/", kCurrent), "it leads to no generation");
}

Result<std::vector<unsigned>> ContainerDirectory::generations() const {
  TRY_ASSIGN(const auto names, image::list_directory(cat(path_, "/", kGenerations)));
  std::vector<unsigned> numbers;
  for (const auto& name : names) {
    if (const auto number = parse_number<unsigned>(name)) {
      numbers.push_back(*number);
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<GenerationTexts> ContainerDirectory::read(unsigned generation) const {
  constexpr std::size_t kLargest = std::size_t{16} << 20;
  const std::string place = cat(kGenerations, "/", generation);
  GenerationTexts texts;
  auto declaration = kernel::read_file(directory_.get(), place + "/declaration.json", kLargest);
  if (!declaration && declaration.error().code == ENOENT) {
    return Error{.code = ENOENT,
                 .operation = {},
                 .subject = name_,
                 .reason = cat("there is no generation ", generation),
                 .context = {},
                 .hint = cat("see warren generations ", name_)};
  }
  TRY_ASSIGN(texts.declaration, std::move(declaration));
  TRY_ASSIGN(const auto image, kernel::read_file(directory_.get(), place + "/image"));
  texts.image = trim(image);
  texts.listing = kernel::read_file(directory_.get(), place + "/listing").value_or("");
  return texts;
}

Result<std::int64_t> ContainerDirectory::time_of(unsigned generation) const {
  TRY_ASSIGN(const auto status,
             kernel::fstatat(directory_.get(), cat(kGenerations, "/", generation, "/image")));
  return status.st_mtim.tv_sec;
}

Result<unsigned> ContainerDirectory::add_generation(const GenerationTexts& texts) {
  TRY_ASSIGN(const auto numbers, generations());
  const unsigned number = numbers.empty() ? 1 : numbers.back() + 1;
  TRY_ASSIGN(const auto generations,
             kernel::openat(directory_.get(), kGenerations, O_PATH | O_DIRECTORY));
  const std::string temporary = cat(kNew, number);
  Undo undo;
  undo.add([&] { (void)kernel::remove_tree(generations.get(), temporary); });
  TRY(write_generation(generations.get(), temporary, texts));
  if (::renameat(generations.get(), temporary.c_str(), generations.get(),
                 std::to_string(number).c_str()) < 0) {
    return Error::sys("rename", cat(path_, "/", kGenerations, "/", number));
  }
  undo.dismiss();
  return number;
}

Result<> ContainerDirectory::switch_to(unsigned generation) {
  TRY_ASSIGN(const auto texts, read(generation));  // there is one, and it can be read
  return link_current(directory_.get(), generation);
}

void ContainerDirectory::prune_generations(std::span<const unsigned> keep) {
  const auto current = this->current();
  auto numbers = generations().value_or({});
  if (!current || numbers.size() <= kMostGenerations) {
    return;
  }
  numbers.resize(numbers.size() - kMostGenerations);
  for (const unsigned number : numbers) {
    if (number != *current && std::ranges::find(keep, number) == keep.end()) {
      (void)remove_generation(number);  // what stays goes the next time
    }
  }
}

Result<> ContainerDirectory::remove_generation(unsigned generation) {
  // Half of one would be read as a whole one.
  const std::string place = cat(kGenerations, "/", generation);
  const std::string aside = cat(kGenerations, "/", kNew, generation);
  if (::renameat(directory_.get(), place.c_str(), directory_.get(), aside.c_str()) < 0) {
    return Error::sys("rename", cat(path_, "/", place));
  }
  return kernel::remove_tree(directory_.get(), aside);
}

Result<> ContainerDirectory::note_restart() {
  // That it is there says all: nothing is written that could be half there.
  const auto note =
      kernel::openat(directory_.get(), kRestartNote, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);
  return note ? Result<>() : note.error();
}

Result<std::string> ContainerDirectory::machine_id() const {
  TRY_ASSIGN(const auto text, kernel::read_file(directory_.get(), kMachineId));
  return std::string(trim(text));
}

std::string ContainerDirectory::declared() const {
  return std::string(trim(kernel::read_file(directory_.get(), kDeclared).value_or("")));
}

Result<> ContainerDirectory::set_declared(const std::string& file) {
  return kernel::replace_file(directory_.get(), kDeclared, file + "\n", 0644);
}

Result<std::optional<std::string>> ContainerDirectory::mounted() const {
  constexpr std::size_t kLargest = std::size_t{64} << 20;
  TRY_ASSIGN(const auto mounts, kernel::read_file("/proc/self/mountinfo", kLargest));
  return mount_below(mounts, kernel::path_of(directory_.get()));
}

Result<> ContainerDirectory::remove() {
  TRY_ASSIGN(const auto place, mounted());
  if (place) {
    return something_is_mounted(name_, *place);
  }
  const std::string aside = cat(kOld, name_, "-", ::getpid());
  if (::rename(path_.c_str(), cat(parent_, "/", aside).c_str()) < 0) {
    return Error::sys("rename", path_);
  }
  return kernel::remove_tree(AT_FDCWD, cat(parent_, "/", aside));
}

Error something_is_mounted(const std::string& name, const std::string& place) {
  return {.code = EBUSY,
          .operation = {},
          .subject = name,
          .reason = cat("something is mounted at ", place),
          .context = {},
          .hint = cat("umount ", place)};
}

std::optional<std::string> mount_below(std::string_view mountinfo, const std::string& path) {
  for (const auto line : split(mountinfo, '\n')) {
    const auto fields = split(line, ' ');
    auto place = fields.size() > 4 ? unescape_c(fields[4]) : std::nullopt;
    if (place && (*place == path || place->starts_with(path + "/"))) {
      return place;
    }
  }
  return std::nullopt;
}

void remove_abandoned_containers(const state::Paths& paths) {
  const std::string parent = parent_of(paths);
  for (const auto& name : image::list_directory(parent).value_or({})) {
    if (!name.starts_with(kNew) && !name.starts_with(kOld)) {
      continue;
    }
    const std::string path = cat(parent, "/", name);
    const auto directory = kernel::open(path, O_RDONLY | O_DIRECTORY);
    if (directory && kernel::flock(directory->get(), LOCK_EX | LOCK_NB, path) &&
        kernel::is_still_at(AT_FDCWD, path, directory->get())) {
      (void)kernel::remove_tree(AT_FDCWD, path);
    }
  }
}

}  // namespace warren::manager
