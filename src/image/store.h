// The store of images: trees that many containers share, STATE/images/ID/root, each with a record
// beside it. A tree is never written to after the rename that makes it appear.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "image/progress.h"
#include "image/recipe.h"
#include "image/stored_image.h"
#include "spec/declaration.h"

namespace warren::image {

class Store {
 public:
  /// `state_directory` is warren's (state::Paths::state). Nothing is made here.
  explicit Store(std::string state_directory);

  /// The image that `source` and `packages` say, built when it is not there: once, however many
  /// ask at the same time. A `directory:` is looked at and used in place: its id is
  /// directory:PATH. `packages` are for Debian images only.
  [[nodiscard]] Result<StoredImage> ensure(const spec::ImageSource& source,
                                           std::span<const std::string> packages,
                                           const Progress& progress);

  /// The image with this id or name; fails with ENOENT when there is none.
  [[nodiscard]] Result<StoredImage> find(const std::string& id_or_name) const;

  /// All images, by id. Removes what killed builders left. One whose record cannot be read
  /// has `damaged` as its source.
  [[nodiscard]] Result<std::vector<StoredImage>> list() const;

  /// Unpacks the archive, or copies the directory, at `path` and calls it `name`. A name moves
  /// from the image that had it.
  [[nodiscard]] Result<StoredImage> import(const std::string& path, const std::string& name,
                                           const Progress& progress);

  /// Removes an image, by its id, a name, or the one source that it was made from, with all its
  /// names. Fails with EBUSY when containers are made of it, which the message names, or are just
  /// being made.
  [[nodiscard]] Result<> remove(const std::string& id_or_name);

  /// While the result is held, the image cannot be removed. Take it before a file that says that
  /// a container uses the image is written, and keep it until then.
  [[nodiscard]] Result<UniqueFd> use(const std::string& id) const;

 private:
  /// The id of what people call `text`: an id, a name of an import, or what it was made from.
  [[nodiscard]] Result<std::string> id_of(const std::string& text) const;
  [[nodiscard]] Result<StoredImage> find_id(const std::string& id) const;
  using Find = std::function<Result<StoredImage>()>;  ///< fails with ENOENT when it is not there
  /// Builds what `find_made` does not find.
  [[nodiscard]] Result<StoredImage> make(const Recipe& recipe, const Find& find_made,
                                         const Progress& progress) const;
  /// Builds an image whose id is known beforehand.
  [[nodiscard]] Result<StoredImage> make_known(const Recipe& recipe,
                                               const Progress& progress) const;
  [[nodiscard]] Result<StoredImage> make_archive(const std::string& path,
                                                 const Progress& progress) const;

  std::string state_;
  std::string images_;
};

/// The source as people write it: `debian:bookworm`.
[[nodiscard]] std::string to_text(const spec::ImageSource& source);

}  // namespace warren::image
