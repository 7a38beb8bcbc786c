#include "manager/usage.h"

#include "base/text.h"
#include "kernel/file.h"
#include "monitor/memory_kills.h"

namespace warren::manager {
namespace {

std::optional<std::string> read(int cgroup, const std::string& file) {
  const auto text = kernel::read_file(cgroup, file);
  return text ? std::optional(std::string(trim(*text))) : std::nullopt;
}

/// CONTROLLER.current of CONTROLLER.max.
std::optional<Used> read_used(int cgroup, const std::string& controller) {
  const auto used = parse_number<std::uint64_t>(read(cgroup, controller + ".current").value_or(""));
  if (!used) {
    return std::nullopt;
  }
  return Used{
      .used = *used,
      .allowed = parse_number<std::uint64_t>(read(cgroup, controller + ".max").value_or(""))};
}

std::optional<double> read_cpu_seconds(int cgroup) {
  constexpr std::string_view kKey = "usage_usec ";
  constexpr double kSecond = 1e6;
  const std::string text = read(cgroup, "cpu.stat").value_or("");
  for (const auto line : split(text, '\n')) {
    if (const auto time = line.starts_with(kKey)
                              ? parse_number<std::uint64_t>(line.substr(kKey.size()))
                              : std::nullopt) {
      return static_cast<double>(*time) / kSecond;
    }
  }
  return std::nullopt;
}

std::optional<double> read_cpus_allowed(int cgroup) {
  const std::string text = read(cgroup, "cpu.max").value_or("");
  const auto words = split(text, ' ');  // quota and period in microseconds, or "max" and period
  const auto quota = parse_number<std::uint64_t>(words[0]);
  const auto period = parse_number<std::uint64_t>(words.size() > 1 ? words[1] : "");
  return quota && period && *period != 0
             ? std::optional(static_cast<double>(*quota) / static_cast<double>(*period))
             : std::nullopt;
}

}  // namespace

Usage read_usage(int cgroup) {
  const auto events = read(cgroup, "memory.events");
  return {
      .memory = read_used(cgroup, "memory"),
      .swap = read_used(cgroup, "memory.swap"),
      .tasks = read_used(cgroup, "pids"),
      .cpu_seconds = read_cpu_seconds(cgroup),
      .cpus_allowed = read_cpus_allowed(cgroup),
      .memory_kills = events ? std::optional(monitor::parse_memory_kills(*events)) : std::nullopt};
}

}  // namespace warren::manager
