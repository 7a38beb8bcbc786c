#include "plan/environment.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

/// The value of a KEY=value line of os-release(5), without its quotes.
std::string_view os_release_value(std::string_view text, std::string_view key) {
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (line.starts_with(key) && line.substr(key.size()).starts_with('=')) {
      line.remove_prefix(key.size() + 1);
      const bool quoted =
          line.size() >= 2 && (line[0] == '"' || line[0] == '\'') && line.back() == line[0];
      return quoted ? line.substr(1, line.size() - 2) : line;
    }
  }
  return {};
}

void set_host_variables(Environment& environment, const HostFacts& host) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFields = {{
      {"ID", "container_host_id"},
      {"VERSION_ID", "container_host_version_id"},
      {"BUILD_ID", "container_host_build_id"},
      {"VARIANT_ID", "container_host_variant_id"},
  }};
  for (const auto& [key, name] : kFields) {
    if (const auto value = os_release_value(host.os_release, key); !value.empty()) {
      environment.set(name, value);
    }
  }
}

}  // namespace

void Environment::set(std::string_view name, std::string_view value) {
  const std::string entry = cat(name, "=", value);
  for (auto& existing : entries_) {
    if (existing.starts_with(std::string_view(entry).substr(0, name.size() + 1))) {
      existing = entry;
      return;
    }
  }
  entries_.push_back(entry);
}

std::string dashed(const std::string& uuid) {
  return cat(uuid.substr(0, 8), "-", uuid.substr(8, 4), "-", uuid.substr(12, 4), "-",
             uuid.substr(16, 4), "-", uuid.substr(20));
}

std::vector<std::string> payload_environment(const spec::Container& container,
                                             const HostFacts& host, const ImageFacts& image,
                                             const std::string& uuid) {
  Environment environment;
  environment.set("PATH", kDefaultPath);
  environment.set("container", container.identity.manager);
  if (!host.term.empty()) {
    environment.set("TERM", host.term);
  }
  environment.set("HOME", image.user.home);
  environment.set("USER", image.user.name);
  environment.set("LOGNAME", image.user.name);
  environment.set("container_uuid", dashed(uuid));
  environment.set("NOTIFY_SOCKET", kNotifySocket);
  if (!container.credentials.empty()) {
    environment.set("CREDENTIALS_DIRECTORY", "/run/host/credentials");
  }
  if (!host.passed_descriptors.empty()) {
    environment.set("LISTEN_FDS", cat(host.passed_descriptors.size()));
    environment.set("LISTEN_PID", "1");
    environment.set("LISTEN_FDNAMES", join(host.passed_descriptors, ":"));
  }
  if (container.process.start != spec::Process::Start::Boot) {
    environment.set("LANG", "C.UTF-8");
  }
  set_host_variables(environment, host);
  for (const auto& [name, value] : container.process.environment) {
    environment.set(name, value);
  }
  return std::move(environment).take();
}

std::string environment_value(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string_view entry : environment) {
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return {};
}

}  // namespace warren::plan
