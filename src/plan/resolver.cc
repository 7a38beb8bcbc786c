#include "plan/resolver.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace warren::plan {
namespace {

/// The address of a line `nameserver ADDRESS`; empty for any other.
std::string_view server_of(std::string_view line) {
  constexpr std::string_view kWord = "nameserver";
  const bool is_one = line.starts_with(kWord) && line.size() > kWord.size() &&
                      (line[kWord.size()] == ' ' || line[kWord.size()] == '\t');
  const auto rest = is_one ? trim(line.substr(kWord.size())) : std::string_view();
  return rest.substr(0, rest.find_first_of(" \t#;"));
}

bool is_local(std::string_view server) {
  constexpr auto kBeginnings =
      std::to_array<std::string_view>({"127.", "0.0.0.0", "::1", "::ffff:127.", "fe80:", "FE80:"});
  return server == "::" || std::ranges::any_of(kBeginnings, [&](std::string_view beginning) {
           return server.starts_with(beginning) && (beginning != "::1" || server == "::1");
         });
}

}  // namespace

std::string without_local_servers(std::string_view text) {
  std::string kept;
  auto lines = split(text, '\n');
  if (lines.back().empty()) {
    lines.pop_back();
  }
  for (const auto line : lines) {
    const auto server = server_of(line);
    if (server.empty() || !is_local(server)) {
      kept += cat(line, "\n");
    }
  }
  return kept;
}

bool names_a_server(std::string_view text) {
  return std::ranges::any_of(split(text, '\n'),
                             [](std::string_view line) { return !server_of(line).empty(); });
}

}  // namespace warren::plan
