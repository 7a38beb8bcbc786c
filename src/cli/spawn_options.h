// The options of `warren spawn`: systemd-nspawn's.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/options.h"
#include "config/values.h"
#include "spec/container.h"

namespace warren::cli {

/// `--settings`: whether a .nspawn file is read, and who wins.
enum class SettingsMode {
  No,
  Yes,       ///< the command line wins
  Override,  ///< the file wins
  Trusted,   ///< the command line wins; a file beside the tree counts like one in /etc
};

/// What the command line says, before the defaults are filled in.
struct SpawnRequest {
  spec::Container container;
  config::Surroundings surroundings;
  bool on_terminal = false;  ///< standard input and output are terminals
  std::optional<spec::Console> console;
  bool boot = false;
  bool as_pid2 = false;
  bool quiet = false;
  bool help = false;
  bool version = false;
  bool clean_up = false;
  SettingsMode settings = SettingsMode::Yes;
  bool name_is_ours = false;  ///< nobody asked for this name: another will do
};

/// In the order of the help text, with headings.
[[nodiscard]] std::span<const Option<SpawnRequest>> spawn_options();

}  // namespace warren::cli
