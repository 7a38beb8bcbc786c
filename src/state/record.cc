#include "state/record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "base/text.h"

namespace warren::state {
namespace {

constexpr auto kPhases =
    std::to_array<const char*>({"starting", "running", "stopping", "restarting"});

Error malformed(const char* file) {
  return Error::because("read", file, "it is not as warren writes it");
}

/// The value of the line `key=value`; none when there is no such line.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  for (const auto line : split(text, '\n')) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with('=')) {
      return line.substr(key.size() + 1);
    }
  }
  return std::nullopt;
}

/// Takes the number of a line; false when it is missing or no number.
template <typename Number>
bool take(std::string_view text, std::string_view key, Number& number) {
  const auto value = parse_number<Number>(value_of(text, key).value_or(""));
  number = value.value_or(number);
  return value.has_value();
}

bool take_flag(std::string_view text, std::string_view key, bool& flag) {
  const auto value = value_of(text, key);
  flag = value == "yes";
  return flag || value == "no";
}

const char* word(bool flag) { return flag ? "yes" : "no"; }

}  // namespace

const char* name_of(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }

std::string to_text(const Record& record) {
  return cat("state=", name_of(record.phase), "\nmonitor=", record.monitor,
             "\nmonitor-start=", record.monitor_start, "\nleader=", record.leader,
             "\nsince=", record.since, "\nrestarts=", record.restarts,
             "\ngeneration=", record.generation, "\n");
}

std::string to_text(const Adopted& adopted) {
  return cat("monitor=", adopted.monitor, "\nmonitor-start=", adopted.monitor_start,
             "\ngeneration=", adopted.generation, "\n");
}

std::string to_text(const Ending& ending) {
  std::string reason = ending.reason;
  std::ranges::replace(reason, '\n', ' ');
  return cat("time=", ending.time, "\nstatus=", ending.status,
             "\nby-signal=", word(ending.by_signal), "\nfailed=", word(ending.failed),
             "\nreason=", printable_line(reason), "\n");
}

Result<Record> parse_record(std::string_view text) {
  Record record;
  const auto* const phase =
      std::ranges::find(kPhases, value_of(text, "state").value_or(""),
                        [](const char* name) { return std::string_view(name); });
  if (phase == kPhases.end() || !take(text, "monitor", record.monitor) ||
      !take(text, "monitor-start", record.monitor_start) || !take(text, "leader", record.leader) ||
      !take(text, "since", record.since) || !take(text, "restarts", record.restarts) ||
      !take(text, "generation", record.generation)) {
    return malformed(kRecordFile);
  }
  record.phase = static_cast<Phase>(phase - kPhases.begin());
  return record;
}

Result<Adopted> parse_adopted(std::string_view text) {
  Adopted adopted;
  if (!take(text, "monitor", adopted.monitor) ||
      !take(text, "monitor-start", adopted.monitor_start) ||
      !take(text, "generation", adopted.generation)) {
    return malformed(kAdoptedFile);
  }
  return adopted;
}

Result<Ending> parse_ending(std::string_view text) {
  Ending ending;
  const auto reason = value_of(text, "reason");
  if (!reason || !take(text, "time", ending.time) || !take(text, "status", ending.status) ||
      !take_flag(text, "by-signal", ending.by_signal) ||
      !take_flag(text, "failed", ending.failed)) {
    return malformed(kLastFile);
  }
  ending.reason = printable_line(*reason);
  return ending;
}

}  // namespace warren::state
