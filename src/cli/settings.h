// systemd.nspawn(5) files as options of `warren spawn`: what their keys mean, and who wins.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "cli/spawn_options.h"
#include "image/settings_file.h"

namespace warren::cli {

/// How a value of the file becomes values of an option.
enum class KeyForm {
  Switch,      ///< a boolean: with yes the option, which takes no value
  Value,       ///< as it is
  Each,        ///< words, an option for each
  List,        ///< words, with commas between
  Variables,   ///< words that are NAME=VALUE, an option for each
  Limit,       ///< LimitNAME=: with NAME= in front
  Filter,      ///< as it is; a list of what is allowed is the administrator's
  Parameters,  ///< words: the command, or the init's arguments
};

/// Whose word counts.
enum class KeyTrust {
  Anyone,  ///< nothing on the host depends on it
  Unsaid,  ///< it can only restrict, as long as it replaces nothing of the command line
  Owner,   ///< it gives rights or resources of the host: the administrator's alone
};

struct SettingsKey {
  std::string_view section;
  std::string_view key;
  const char* option;  ///< its long name; empty for Parameters
  KeyForm form;
  KeyTrust trust;
};

/// Every key that systemd 252 to 257 documents.
[[nodiscard]] std::span<const SettingsKey> settings_keys();

/// What is said by any of its options: `boot` and `as-pid2` answer the same question. Either the
/// file or the command line answers it, never both.
[[nodiscard]] std::string subject_of(std::string_view option, std::string_view value);

struct FileOption {
  ParsedOption option;
  std::string origin;  ///< "FILE:LINE: KEY=VALUE"
};

struct FileSubject {
  std::string name;
  bool yields = false;  ///< to the command line, whoever else would win
};

/// What a file says.
struct FileSettings {
  std::vector<FileOption> options;
  std::vector<std::string> arguments;
  std::vector<FileSubject> subjects;  ///< what it answers, also where the answer is "no option"
  std::vector<std::string> notices;   ///< lines about what was not taken
};

/// Privileged keys count only in a file that is `trusted`. Keys and sections that are not known,
/// such as those of newer versions, are passed over with a notice.
[[nodiscard]] Result<FileSettings> read_settings(const image::SettingsFile& file, bool trusted);

/// An error of what stands at `origin`; the text is a stranger's, and made printable.
[[nodiscard]] Error at_origin(const std::string& origin, Error error);

/// Takes from each side what the other one has decided.
void settle(SettingsMode mode, ParsedCommandLine& given, FileSettings& file);

[[nodiscard]] Result<SettingsMode> parse_settings_mode(std::string_view text);

}  // namespace warren::cli
