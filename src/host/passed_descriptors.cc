#include "host/passed_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace warren::host {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : std::string_view();
}

}  // namespace

std::vector<std::string> passed_descriptors() {
  constexpr int kFirst = 3;
  constexpr int kMost = 1024;
  const auto count = parse_number<int>(variable("LISTEN_FDS"));
  if (parse_number<pid_t>(variable("LISTEN_PID")) != ::getpid() || !count || *count <= 0 ||
      *count > kMost) {
    return {};
  }
  std::vector<std::string> names;
  const auto given = split(variable("LISTEN_FDNAMES"), ':');
  for (int i = 0; i < *count; ++i) {
    if (::fcntl(kFirst + i, F_GETFD) < 0) {
      break;
    }
    const auto at = static_cast<std::size_t>(i);
    names.emplace_back(at < given.size() && !given[at].empty() ? given[at] : "unknown");
  }
  return names;
}

}  // namespace warren::host
