#include "state/entry.h"

#include <utility>

#include "base/text.h"

namespace warren::state {
namespace {

// Records end with NUL, since values may have every other byte; an empty one ends the list, and
// the filter follows.
constexpr char kEnd = '\0';
constexpr char kSeparator = '\n';

Error malformed() { return Error::because("read", kEntryFile, "it is not as warren writes it"); }

/// Takes the number of a `key=` record; false when it is not of this key, or no number.
template <typename Number>
bool take(std::string_view record, std::string_view key, Number& number, int base = 10) {
  if (!record.starts_with(key)) {
    return false;
  }
  const auto value = parse_number<Number>(record.substr(key.size()), base);
  number = value.value_or(number);
  return value.has_value();
}

bool take_record(Entry& entry, std::string_view record) {
  constexpr std::string_view kEnvironment = "env=";
  if (record.starts_with(kEnvironment)) {
    entry.environment.emplace_back(record.substr(kEnvironment.size()));
    return true;
  }
  constexpr std::string_view kCgroup = "cgroup=";
  if (record.starts_with(kCgroup)) {
    entry.cgroup = record.substr(kCgroup.size());
    return true;
  }
  constexpr std::string_view kWeakening = "weakening=";
  if (record.starts_with(kWeakening)) {
    record.remove_prefix(kWeakening.size());
    const auto end = record.rfind(kSeparator);  // a path may have one
    if (end == std::string_view::npos) {
      return false;
    }
    entry.weakenings.emplace_back(record.substr(0, end), record.substr(end + 1));
    return true;
  }
  unsigned flag = 0;
  unsigned long personality = 0;
  if (take(record, "user-namespace=", flag)) {
    entry.user_namespace = flag != 0;
    return true;
  }
  if (take(record, "no-new-privileges=", flag)) {
    entry.no_new_privileges = flag != 0;
    return true;
  }
  if (take(record, "personality=", personality)) {
    entry.personality = personality;
    return true;
  }
  return take(record, "leader=", entry.leader) ||
         take(record, "leader-start=", entry.leader_start) ||
         take(record, "bounding=", entry.bounding);
}

}  // namespace

std::string to_text(const Entry& entry) {
  std::string text =
      cat("leader=", entry.leader, kEnd, "leader-start=", entry.leader_start, kEnd,
          "cgroup=", entry.cgroup, kEnd, "user-namespace=", entry.user_namespace ? 1 : 0, kEnd,
          "bounding=", entry.bounding, kEnd, "no-new-privileges=", entry.no_new_privileges ? 1 : 0,
          kEnd);
  if (entry.personality) {
    text += cat("personality=", *entry.personality, kEnd);
  }
  for (const auto& variable : entry.environment) {
    text += cat("env=", variable, kEnd);
  }
  for (const auto& [setting, consequence] : entry.weakenings) {
    text += cat("weakening=", setting, kSeparator, consequence, kEnd);
  }
  return cat(text, kEnd, entry.filter);
}

Result<Entry> parse_entry(std::string_view text) {
  Entry entry;
  while (true) {
    const auto end = text.find(kEnd);
    if (end == std::string_view::npos) {
      return malformed();
    }
    const auto record = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (record.empty()) {
      break;
    }
    if (!take_record(entry, record)) {
      return malformed();
    }
  }
  entry.filter = text;
  if (entry.leader <= 0) {
    return malformed();
  }
  return entry;
}

}  // namespace warren::state
