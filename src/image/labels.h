// What points to images by something else than their id: names that imports gave, and archives
// that were unpacked before. Symbolic links in a directory of the store, KEY -> ID.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace warren::image {

class Labels {
 public:
  explicit Labels(std::string directory) : directory_(std::move(directory)) {}

  /// The id that `key` points to; empty for none.
  [[nodiscard]] std::string find(const std::string& key) const;
  /// Makes `key`, a file name, point to `id`, whatever it pointed to before.
  [[nodiscard]] Result<> set(const std::string& key, const std::string& id) const;
  /// Takes away all that point to `id`.
  [[nodiscard]] Result<> remove(const std::string& id) const;
  /// The keys by the ids that they point to.
  [[nodiscard]] Result<std::map<std::string, std::vector<std::string>>> by_id() const;

 private:
  std::string directory_;
};

}  // namespace warren::image
