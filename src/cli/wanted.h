// A declaration from the command line: `create` and `update`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::cli {

/// What somebody wants of a container.
struct Wanted {
  std::string config;                 ///< a file of declarations; empty for none
  std::string image;                  ///< as in a declaration; empty for none
  std::vector<std::string> settings;  ///< KEY=VALUE
  [[nodiscard]] bool nothing() const { return config.empty() && image.empty() && settings.empty(); }
};

/// What is declared, and the file where.
struct Found {
  spec::Declaration declaration;
  std::string file;
};

/// The declaration of `name` among those of the host. ENOENT when there is none; fails when it has
/// a mistake, which is reported.
[[nodiscard]] Result<Found> find_declared(const state::Paths& paths, const std::string& name);

/// The declaration of a container `name` that `wanted` says, on top of `base`, which may be null.
/// Mistakes are reported a line each. A config of one container declares this one, whatever it is
/// called there.
[[nodiscard]] Result<spec::Declaration> read_wanted(const std::string& name, const Wanted& wanted,
                                                    const spec::Declaration* base);

/// Fails for what could never be started, or not on this host as it is.
[[nodiscard]] Result<> check_declaration(const state::Paths& paths,
                                         const spec::Declaration& declaration);

}  // namespace warren::cli
