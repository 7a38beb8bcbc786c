#include "cli/usage_text.h"

#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace warren::cli {
namespace {

using config::Value;
using manager::Used;

Value used_value(const std::optional<Used>& used) {
  return used ? Value::table({{"used", used->used}, {"allowed", used->allowed}}) : Value();
}

/// With two digits behind the point at most, and none that say nothing.
std::string decimal_text(double number) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.2f", number);
  std::string_view digits(text.data(), static_cast<std::size_t>(length));
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  return std::string(digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::string_view kSuffixes = "BKMGTPE";
  constexpr double kStep = 1024;
  auto size = static_cast<double>(bytes);
  std::size_t suffix = 0;
  while (size >= kStep && suffix + 1 < kSuffixes.size()) {
    size /= kStep;
    ++suffix;
  }
  return cat(decimal_text(size), kSuffixes.substr(suffix, 1));
}

std::string count_text(std::uint64_t count) { return cat(count); }

void add(std::string& text, std::string_view part) { text += cat(text.empty() ? "" : ", ", part); }

void add_used(std::string& text, std::string_view name, const std::optional<Used>& used,
              std::string (*write)(std::uint64_t)) {
  if (used) {
    add(text, cat(name, " ", write(used->used),
                  used->allowed ? cat(" of ", write(*used->allowed)) : std::string()));
  }
}

}  // namespace

Value to_value(const manager::Usage& usage) {
  return Value::table({{"memory", used_value(usage.memory)},
                       {"swap", used_value(usage.swap)},
                       {"tasks", used_value(usage.tasks)},
                       {"cpu", usage.cpu_seconds ? Value::table({{"seconds", *usage.cpu_seconds},
                                                                 {"allowed", usage.cpus_allowed}})
                                                 : Value()},
                       {"memoryKills", usage.memory_kills}});
}

std::string to_text(const manager::Usage& usage) {
  std::string text;
  add_used(text, "memory", usage.memory, bytes_text);
  add_used(text, "swap", usage.swap, bytes_text);
  add_used(text, "tasks", usage.tasks, count_text);
  if (usage.cpu_seconds) {
    add(text, cat("cpu ", decimal_text(*usage.cpu_seconds), "s",
                  usage.cpus_allowed ? cat(" of ", decimal_text(*usage.cpus_allowed), " processors")
                                     : std::string()));
  }
  if (usage.memory_kills.value_or(0) > 0) {
    add(text, cat(*usage.memory_kills, " killed for want of memory"));
  }
  return text;
}

}  // namespace warren::cli
