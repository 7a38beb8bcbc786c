// How far a declared container is, as its monitor notes it in /run/warren/NAME, and how its last
// run ended, as it is kept in /var/lib/warren/containers/NAME.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace warren::state {

/// The file below /run/warren/NAME.
inline constexpr const char* kRecordFile = "state";
/// Another one beside it, of those who have changed what runs.
inline constexpr const char* kAdoptedFile = "adopted";
/// The file below /var/lib/warren/containers/NAME.
inline constexpr const char* kLastFile = "last";

/// The file below /run/warren/NAME that says, a line each, what is declared and does not hold.
inline constexpr const char* kWarningsFile = "warnings";

enum class Phase { Starting, Running, Stopping, Restarting };

[[nodiscard]] const char* name_of(Phase phase);

struct Record {
  Phase phase = Phase::Starting;
  pid_t monitor = 0;
  std::uint64_t monitor_start = 0;  ///< when that started: tells it from a later one
  pid_t leader = 0;                 ///< 0 while there is none
  std::int64_t since = 0;           ///< when it got to this phase, seconds after 1970
  unsigned restarts = 0;            ///< since the monitor started
  unsigned generation = 0;
  friend bool operator==(const Record&, const Record&) = default;
};

/// The generation that what runs was brought to without a restart. It counts for the monitor that
/// is named, and for none that comes later.
struct Adopted {
  pid_t monitor = 0;
  std::uint64_t monitor_start = 0;
  unsigned generation = 0;
  friend bool operator==(const Adopted&, const Adopted&) = default;
};

/// How a run ended.
struct Ending {
  std::int64_t time = 0;  ///< seconds after 1970
  int status = 0;         ///< exit status, or the signal's number
  bool by_signal = false;
  bool failed = false;  ///< nobody wanted it to end
  std::string reason;   ///< one line
  friend bool operator==(const Ending&, const Ending&) = default;
};

[[nodiscard]] std::string to_text(const Record& record);
[[nodiscard]] std::string to_text(const Adopted& adopted);
[[nodiscard]] std::string to_text(const Ending& ending);
/// Fail for what to_text() has not written.
[[nodiscard]] Result<Record> parse_record(std::string_view text);
[[nodiscard]] Result<Adopted> parse_adopted(std::string_view text);
[[nodiscard]] Result<Ending> parse_ending(std::string_view text);

}  // namespace warren::state
