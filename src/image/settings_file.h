// Where the systemd.nspawn(5) file of a machine is.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace warren::image {

struct SettingsFile {
  std::string path;
  std::string text;
  bool trusted = false;  ///< it lies where only the host's administrator puts it
};

/// The first of NAME.nspawn in /etc/systemd/nspawn and /run/systemd/nspawn, both below `root` when
/// that is not empty, and in the directory that the root tree `tree` is in; nothing when there is
/// none. A link to /dev/null is an empty file. Without `tree` only the first two are looked at.
[[nodiscard]] Result<std::optional<SettingsFile>> find_settings(const std::string& root,
                                                                const std::string& name,
                                                                const std::string& tree);

}  // namespace warren::image
