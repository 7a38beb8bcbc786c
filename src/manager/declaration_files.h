// The files that declare the containers of a host.
#pragma once

#include <string>
#include <vector>

#include "config/declarations.h"
#include "config/problem.h"
#include "state/paths.h"

namespace warren::manager {

struct DeclarationFiles {
  std::vector<config::SourceFile> files;
  config::Problems problems;  ///< with those that cannot be read
};

/// *.toml and *.json in etc/warren, run/warren and usr/lib/warren below the root, in this order: a
/// file in an earlier directory replaces one of the same name in a later; a symbolic link to
/// /dev/null takes its place with nothing. A directory that is not there is empty.
[[nodiscard]] DeclarationFiles read_declaration_files(const state::Paths& paths);

/// The same of what somebody has named: files of any name, directories, and `-` for standard input.
[[nodiscard]] DeclarationFiles read_named_files(const std::vector<std::string>& names);

/// Whether `file`, which has declared container `name` once, may still do so: it does, or nobody
/// knows as it has mistakes. One that is gone, and standard input, does not.
[[nodiscard]] bool still_declares(const std::string& file, const std::string& name);

/// What is declared in `files`, with the problems of both.
[[nodiscard]] config::Loaded load_declarations(DeclarationFiles files);

}  // namespace warren::manager
