// All declarations of a host at once: from the texts of their files to what they declare and what
// is wrong with them; and one declaration as the text that a generation keeps.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/problem.h"
#include "spec/declaration.h"

namespace warren::config {

struct SourceFile {
  std::string path;  ///< for messages, and JSON where it ends in `.json`
  std::string text;  ///< JSON also where it begins with `{`, TOML otherwise
};

struct Loaded {
  /// Those with nothing wrong, by name.
  std::vector<spec::Declaration> declarations;
  std::vector<Position> places;  ///< where each of them is declared
  Problems problems;             ///< by position; each names the container that it costs
};

/// Reads `files`, in which `containers` and `templates` are tables by name.
[[nodiscard]] Loaded load(std::span<const SourceFile> files);

/// Everything but the name, with every default filled in.
[[nodiscard]] std::string declaration_to_json(const spec::Declaration& declaration);
[[nodiscard]] Result<spec::Declaration> declaration_from_json(std::string_view text,
                                                              const std::string& name);

}  // namespace warren::config
