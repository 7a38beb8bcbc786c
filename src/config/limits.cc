// The grammar of resource limits: that of systemd.exec(5), where a value is in the unit of what
// is limited.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"
#include "config/values.h"

namespace warren::config {
namespace {

constexpr rlim_t kSecond = 1000000;  // in microseconds

struct TimeUnit {
  std::string_view name;
  rlim_t microseconds;
};

constexpr auto kTimeUnits = std::to_array<TimeUnit>({
    {"us", 1},
    {"usec", 1},
    {"ms", 1000},
    {"msec", 1000},
    {"s", kSecond},
    {"sec", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"m", 60 * kSecond},
    {"min", 60 * kSecond},
    {"minute", 60 * kSecond},
    {"minutes", 60 * kSecond},
    {"h", 3600 * kSecond},
    {"hr", 3600 * kSecond},
    {"hour", 3600 * kSecond},
    {"hours", 3600 * kSecond},
    {"d", 86400 * kSecond},
    {"day", 86400 * kSecond},
    {"days", 86400 * kSecond},
    {"w", 604800 * kSecond},
    {"week", 604800 * kSecond},
    {"weeks", 604800 * kSecond},
});

std::optional<rlim_t> time_unit(std::string_view name, rlim_t if_none) {
  if (name.empty()) {
    return if_none;
  }
  const auto* at = std::ranges::find(kTimeUnits, name, &TimeUnit::name);
  return at != kTimeUnits.end() ? std::optional(at->microseconds) : std::nullopt;
}

/// "1min 30s" in microseconds; a number without a unit is in `unit`s.
std::optional<rlim_t> parse_time(std::string_view text, rlim_t unit) {
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  constexpr rlim_t kMost = std::numeric_limits<rlim_t>::max() - 1;  // infinity has a word
  rlim_t total = 0;
  text = trim(text);
  do {
    const auto digits =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
    const auto number = parse_number<rlim_t>(text.substr(0, digits));
    text = trim(text.substr(digits));
    const auto letters =
        static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin());
    const auto each = time_unit(trim(text.substr(0, letters)), unit);
    if (!number || !each || *number > (kMost - total) / *each) {
      return std::nullopt;
    }
    total += *number * *each;
    text.remove_prefix(letters);
  } while (!text.empty());
  return total;
}

// ---- one reader a kind of value ----

using Value = std::optional<rlim_t>;

Value read_count(std::string_view text) { return parse_size(text); }

Value read_seconds(std::string_view text) {
  const auto time = parse_time(text, kSecond);
  return time ? Value(*time / kSecond + (*time % kSecond != 0 ? 1 : 0)) : std::nullopt;
}

Value read_microseconds(std::string_view text) { return parse_time(text, 1); }

/// A nice level with its sign, or the limit as the kernel counts it: 20 less the level.
Value read_nice(std::string_view text) {
  constexpr int kLowest = -20;
  constexpr int kHighest = 19;
  if (text.starts_with('+') || text.starts_with('-')) {
    const auto level = parse_number<int>(text.substr(text.front() == '+' ? 1 : 0));
    return level && *level >= kLowest && *level <= kHighest && !text.starts_with("+-")
               ? Value(static_cast<rlim_t>(20 - *level))
               : std::nullopt;
  }
  const auto limit = parse_number<rlim_t>(text);
  return limit && *limit <= rlim_t{20} - kLowest ? limit : std::nullopt;
}

struct Limit {
  std::string_view name;
  std::size_t resource;
  Value (*read)(std::string_view text);
};

constexpr auto kLimits = std::to_array<Limit>({
    {"CPU", RLIMIT_CPU, read_seconds},
    {"FSIZE", RLIMIT_FSIZE, read_count},
    {"DATA", RLIMIT_DATA, read_count},
    {"STACK", RLIMIT_STACK, read_count},
    {"CORE", RLIMIT_CORE, read_count},
    {"RSS", RLIMIT_RSS, read_count},
    {"NOFILE", RLIMIT_NOFILE, read_count},
    {"AS", RLIMIT_AS, read_count},
    {"NPROC", RLIMIT_NPROC, read_count},
    {"MEMLOCK", RLIMIT_MEMLOCK, read_count},
    {"LOCKS", RLIMIT_LOCKS, read_count},
    {"SIGPENDING", RLIMIT_SIGPENDING, read_count},
    {"MSGQUEUE", RLIMIT_MSGQUEUE, read_count},
    {"NICE", RLIMIT_NICE, read_nice},
    {"RTPRIO", RLIMIT_RTPRIO, read_count},
    {"RTTIME", RLIMIT_RTTIME, read_microseconds},
});

Result<Limit> find_limit(std::string_view name) {
  for (const std::string_view prefix : {"RLIMIT_", "Limit"}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
    }
  }
  std::array<std::string_view, kLimits.size()> names;
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    if (kLimits[i].name == name) {
      return kLimits[i];
    }
    names[i] = kLimits[i].name;
  }
  Error error = Error::because("", "", cat("'", name, "' is no resource limit"));
  const auto close = nearest(name, names);
  return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
}

}  // namespace

Result<std::pair<std::size_t, rlimit>> parse_limit(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return Error::because("", "", "a limit is NAME=SOFT[:HARD]");
  }
  TRY_ASSIGN(const auto limit, find_limit(text.substr(0, equals)));
  const auto values = split(text.substr(equals + 1), ':');
  const auto read = [&limit](std::string_view value) {
    return value == "infinity" ? Value(RLIM_INFINITY) : limit.read(value);
  };
  const auto soft = read(values[0]);
  const auto hard = values.size() > 1 ? read(values[1]) : soft;
  if (!soft || !hard || values.size() > 2) {
    return Error::because("", "",
                          "a value is a whole number (sizes with K, M, G or T, times with ms, s, "
                          "min or h, nice levels with + or -) or infinity");
  }
  if (*soft > *hard) {
    return Error::because("", "", "the soft limit is above the hard one");
  }
  return std::pair(limit.resource, rlimit{.rlim_cur = *soft, .rlim_max = *hard});
}

}  // namespace warren::config
