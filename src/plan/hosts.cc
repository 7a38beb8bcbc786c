#include "plan/hosts.h"

#include <unordered_set>

#include "base/text.h"

namespace warren::plan {
namespace {

constexpr std::string_view kBegin = "# warren: containers that run; do not write here\n";
constexpr std::string_view kEnd = "# warren: end\n";
constexpr std::string_view kDomain = ".containers";

/// A hosts file taken apart at the marks.
struct Parts {
  std::string_view before;
  std::string_view block;
  std::string_view after;
};

Parts take_apart(std::string_view text) {
  const auto begin = text.find(kBegin);
  const bool at_line = begin == 0 || (begin != std::string_view::npos && text[begin - 1] == '\n');
  const auto end = at_line ? text.find(kEnd, begin) : std::string_view::npos;
  if (end == std::string_view::npos) {
    return {.before = text, .block = {}, .after = {}};
  }
  const auto inside = begin + kBegin.size();
  return {.before = text.substr(0, begin),
          .block = text.substr(inside, end - inside),
          .after = text.substr(end + kEnd.size())};
}

/// Whose line of the block it is: `ADDRESS NAME.containers NAME`.
std::string_view container_of(std::string_view line) {
  const auto words = split(line, ' ');
  return words.size() == 3 && words[1].ends_with(kDomain) ? words[2] : std::string_view();
}

std::string put_together(const Parts& parts, std::string_view block) {
  if (block.empty()) {
    return cat(parts.before, parts.after);
  }
  const std::string_view gap = parts.before.empty() || parts.before.ends_with('\n') ? "" : "\n";
  return cat(parts.before, gap, kBegin, block, kEnd, parts.after);
}

}  // namespace

std::string with_names(std::string_view text, std::string_view container,
                       const std::vector<std::string>& addresses) {
  const Parts parts = take_apart(text);
  std::string block;
  for (const auto line : split(parts.block, '\n')) {
    if (!line.empty() && container_of(line) != container) {
      block += cat(line, "\n");
    }
  }
  for (const auto& address : addresses) {
    block += cat(address, " ", container, kDomain, " ", container, "\n");
  }
  return put_together(parts, block);
}

std::string without_names(std::string_view text) {
  const Parts parts = take_apart(text);
  std::string block;
  for (const auto line : split(parts.block, '\n')) {
    if (!line.empty() && container_of(line).empty()) {
      block += cat(line, "\n");
    }
  }
  return put_together(parts, block);
}

std::vector<std::string> named_containers(std::string_view text) {
  std::vector<std::string> names;
  std::unordered_set<std::string_view> seen;
  for (const auto line : split(take_apart(text).block, '\n')) {
    const auto name = container_of(line);
    if (!name.empty() && seen.insert(name).second) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace warren::plan
