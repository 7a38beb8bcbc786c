#include "image/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "image/archive.h"
#include "image/busybox.h"
#include "image/debian.h"
#include "image/in_use.h"
#include "image/labels.h"
#include "image/listing.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

using Kind = spec::ImageSource::Kind;

constexpr std::string_view kDirectory = "directory:";
constexpr const char* kNames = "/.names";        ///< Labels: names that imports gave
constexpr const char* kArchives = "/.archives";  ///< Labels: archives as they were when unpacked

struct KindText {
  Kind kind;
  const char* text;
};

constexpr auto kKinds = std::to_array<KindText>({{Kind::Busybox, "busybox"},
                                                 {Kind::Debian, "debian"},
                                                 {Kind::Directory, "directory"},
                                                 {Kind::Archive, "archive"},
                                                 {Kind::Stored, "image"}});

Error no_such_image(std::string_view name) {
  return {.code = ENOENT,
          .operation = "image",
          .subject = std::string(name),
          .reason = "there is none of that name",
          .context = {},
          .hint = "see warren image list"};
}

/// Readable, a directory, and absolute: a tree of the host's that is used in place.
Result<StoredImage> use_directory(const std::string& path) {
  if (!path.starts_with('/')) {
    return Error::because("image", cat(kDirectory, path), "the path is not absolute");
  }
  const auto tree = kernel::open(path, O_RDONLY | O_DIRECTORY);
  if (!tree) {
    return Error::from_errno(tree.error().code, "image", cat(kDirectory, path))
        .advise("it is the root directory of a tree");
  }
  StoredImage image;
  image.id = image.source = cat(kDirectory, path);
  image.root = path;
  return image;
}

std::string users_text(const std::vector<ImageUse>& uses, std::string_view id) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> names;
  for (const auto& use : uses) {
    if (use.image == id) {
      names.push_back(use.container);
    }
  }
  if (names.size() > kMost) {
    const auto more = names.size() - kMost;
    names.resize(kMost);
    names.push_back(cat("and ", more, " more"));
  }
  return join(names, ", ");
}

Error busy(std::string_view name, std::string_view reason) {
  return {.code = EBUSY,
          .operation = "remove image",
          .subject = std::string(name),
          .reason = std::string(reason)};
}

/// Locks the image's directory and tree, so that nobody begins to use it; fails when somebody does.
Result<std::array<UniqueFd, 2>> lock_for_removal(const std::string& path, std::string_view name) {
  std::array<UniqueFd, 2> locks;
  const std::array<std::string, 2> paths = {path, path + "/root"};
  for (std::size_t i = 0; i < locks.size(); ++i) {
    auto lock = lock_directory(paths[i], LOCK_EX | LOCK_NB);
    if (!lock && lock.error().code == EWOULDBLOCK) {
      return busy(name, i == 0 ? "a container is being made of it" : "a container runs on it");
    }
    if (lock) {
      locks[i] = *std::move(lock);
    } else if (i == 0 || lock.error().code != ENOENT) {
      return std::move(lock).error();
    }
  }
  return locks;
}

}  // namespace

std::string to_text(const spec::ImageSource& source) {
  const auto* kind = std::ranges::find(kKinds, source.kind, &KindText::kind);
  if (kind == kKinds.end()) {
    return {};
  }
  return source.argument.empty() ? std::string(kind->text) : cat(kind->text, ":", source.argument);
}

Store::Store(std::string state_directory)
    : state_(std::move(state_directory)), images_(state_ + "/images") {}

Result<StoredImage> Store::find_id(const std::string& id) const {
  const std::string directory = cat(images_, "/", id);
  const auto record = kernel::read_file(directory + "/image");
  if (!record) {
    return record.error().code == ENOENT ? no_such_image(id) : record.error();
  }
  auto image = parse_record(*record);
  if (!image) {
    return std::move(image)
        .error()
        .with(directory + "/image")
        .advise(cat("remove it: warren image remove ", id));
  }
  image->id = id;
  image->root = directory + "/root";
  return image;
}

Result<StoredImage> Store::find(const std::string& id_or_name) const {
  if (is_image_id(id_or_name)) {
    return find_id(id_or_name);
  }
  if (id_or_name.starts_with(kDirectory)) {
    return use_directory(id_or_name.substr(kDirectory.size()));
  }
  const std::string id =
      is_image_name(id_or_name) ? Labels(images_ + kNames).find(id_or_name) : std::string();
  return is_image_id(id) ? find_id(id) : no_such_image(id_or_name);
}

Result<StoredImage> Store::make(const Recipe& recipe, const Find& find_made,
                                const Progress& progress) const {
  auto found = find_made();
  if (found || found.error().code != ENOENT) {
    return found;
  }
  const auto make_it = [&]() -> Result<StoredImage> {
    TRY_ASSIGN(auto building, Building::take(images_, recipe.key, recipe.image.source, progress));
    auto meanwhile = find_made();
    if (meanwhile || meanwhile.error().code != ENOENT) {
      return meanwhile;
    }
    StoredImage image = recipe.image;
    TRY(recipe.build(building, image, progress));
    TRY(building.publish(image));
    TRY_ASSIGN(auto stored, find_id(image.id));
    if (stored.digest != image.digest) {
      return Error::because("", image.id, cat("another archive has this id: ", stored.source));
    }
    return stored;
  };
  auto made = make_it();
  if (!made) {
    return std::move(made).error().with(cat("make image ", recipe.image.source));
  }
  return made;
}

Result<StoredImage> Store::make_known(const Recipe& recipe, const Progress& progress) const {
  return make(
      recipe, [&] { return find_id(recipe.image.id); }, progress);
}

Result<StoredImage> Store::make_archive(const std::string& path, const Progress& progress) const {
  const Labels archives(images_ + kArchives);
  TRY_ASSIGN(auto recipe, archive_recipe(path));
  recipe.build = [&archives, &recipe, unpack = recipe.build](const Building& building,
                                                             StoredImage& image,
                                                             const Progress& shown) -> Result<> {
    TRY(unpack(building, image, shown));
    return archives.set(recipe.key, image.id);
  };
  const auto find_unpacked = [&] {
    const auto id = archives.find(recipe.key);
    return is_image_id(id) ? find_id(id) : no_such_image(path);
  };
  return make(recipe, find_unpacked, progress);
}

Result<StoredImage> Store::ensure(const spec::ImageSource& source,
                                  std::span<const std::string> packages, const Progress& progress) {
  if (!packages.empty() && source.kind != Kind::Debian) {
    return Error::because("image", to_text(source), "it cannot have packages")
        .advise("only a debian image is made of them");
  }
  switch (source.kind) {
    case Kind::None:
      break;
    case Kind::Busybox: {
      TRY_ASSIGN(const auto recipe, busybox_recipe());
      return make_known(recipe, progress);
    }
    case Kind::Debian: {
      TRY_ASSIGN(const auto recipe, debian_recipe(source.argument, packages));
      return make_known(recipe, progress);
    }
    case Kind::Directory:
      return use_directory(source.argument);
    case Kind::Archive:
      return make_archive(source.argument, progress);
    case Kind::Stored:
      return find(source.argument);
  }
  return Error::because("image", "", "none is declared");
}

Result<std::vector<StoredImage>> Store::list() const {
  remove_abandoned(images_);
  std::vector<StoredImage> images;
  TRY_ASSIGN(const auto names_of, Labels(images_ + kNames).by_id());
  TRY_ASSIGN(const auto ids, list_directory(images_));
  for (const auto& id : ids) {
    if (!is_image_id(id)) {
      continue;
    }
    auto image = find_id(id);
    if (!image) {
      image = StoredImage{.id = id, .source = "damaged", .root = cat(images_, "/", id, "/root")};
    }
    if (const auto names = names_of.find(id); names != names_of.end()) {
      image->names = names->second;
    }
    images.push_back(*std::move(image));
  }
  return images;
}

Result<StoredImage> Store::import(const std::string& path, const std::string& name,
                                  const Progress& progress) {
  if (!is_image_name(name)) {
    return Error::because("import", path, cat("an image cannot be called ", name))
        .advise("letters, digits and ._-:+, 64 at the most, and not in the form of an id");
  }
  TRY_ASSIGN(const auto recipe, import_recipe(path));
  TRY_ASSIGN(auto image, make(
                             recipe, [&] { return no_such_image(path); }, progress));
  TRY(Labels(images_ + kNames).set(name, image.id));
  image.names = {name};
  return image;
}

Result<std::string> Store::id_of(const std::string& text) const {
  if (is_image_id(text)) {
    return text;
  }
  if (const auto id = is_image_name(text) ? Labels(images_ + kNames).find(text) : std::string();
      is_image_id(id)) {
    return id;
  }
  TRY_ASSIGN(const auto images, list());
  std::vector<std::string> ids;
  for (const auto& image : images) {
    if (image.source == text) {
      ids.push_back(image.id);
    }
  }
  if (ids.size() > 1) {
    return Error::because("image", text, "several are called so").advise(join(ids, " or "));
  }
  return ids.empty() ? Result<std::string>(no_such_image(text)) : std::move(ids.front());
}

Result<> Store::remove(const std::string& id_or_name) {
  remove_abandoned(images_);
  const Labels names(images_ + kNames);
  TRY_ASSIGN(const std::string id, id_of(id_or_name));
  const std::string path = cat(images_, "/", id);
  auto locks = lock_for_removal(path, id_or_name);
  if (!locks) {
    return locks.error().code == ENOENT ? no_such_image(id_or_name) : std::move(locks).error();
  }
  TRY_ASSIGN(const auto uses, image_uses(state_));
  if (const auto users = users_text(uses, id); !users.empty()) {
    return busy(id_or_name, cat("containers are made of it: ", users))
        .advise("destroy them first, or their old generations");
  }
  const std::string removing = cat(images_, "/.removing-", id);
  if (::rename(path.c_str(), removing.c_str()) < 0) {
    return Error::sys("rename", path);
  }
  TRY(names.remove(id));
  TRY(Labels(images_ + kArchives).remove(id));
  return kernel::remove_tree(AT_FDCWD, removing);
}

Result<UniqueFd> Store::use(const std::string& id) const {
  auto lock = is_image_id(id) ? lock_directory(cat(images_, "/", id), LOCK_SH) : no_such_image(id);
  if (!lock && lock.error().code == ENOENT) {
    return no_such_image(id);
  }
  return lock;
}

}  // namespace warren::image
