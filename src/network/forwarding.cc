#include "network/forwarding.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::network {
namespace {

constexpr std::string_view kSysctls = "/proc/sys/net/";
constexpr const char* kForward4 = "ipv4/ip_forward";
constexpr const char* kForward6 = "ipv6/conf/all/forwarding";

std::string read(std::string_view name) {
  return std::string(trim(kernel::read_file(cat(kSysctls, name)).value_or("")));
}

Result<> write(std::string_view name, std::string_view value) {
  return kernel::write_existing(AT_FDCWD, cat(kSysctls, name), value);
}

/// What turning it on changes. The first of a family is the switch; the kernel makes some of the
/// others by itself.
struct Change {
  std::string name;
  std::string before;
  std::string after;
};
using Changes = std::vector<Change>;

std::string to_text(const Changes& changes) {
  std::string text;
  for (const auto& [name, before, after] : changes) {
    text += cat(name, " ", before, " ", after, "\n");
  }
  return text;
}

/// One list for each switch.
std::vector<Changes> parse_changes(std::string_view text) {
  std::vector<Changes> all;
  for (const auto line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 3) {
      continue;
    }
    if (words[0] == kForward4 || words[0] == kForward6) {
      all.emplace_back();
    }
    if (!all.empty()) {
      all.back().push_back({.name = std::string(words[0]),
                            .before = std::string(words[1]),
                            .after = std::string(words[2])});
    }
  }
  return all;
}

/// Adds setting `key` of each interface that has `before`.
void add_each(Changes& changes, std::string_view family, std::string_view key,
              std::string_view before, std::string_view after) {
  const auto names = kernel::list_names(cat(kSysctls, family, "/conf"));
  for (const auto& name : names ? *names : std::vector<std::string>()) {
    std::string setting = cat(family, "/conf/", name, "/", key);
    if (name != "all" && name != "default" && read(setting) == before) {
      changes.push_back(
          {.name = std::move(setting), .before = std::string(before), .after = std::string(after)});
    }
  }
}

Changes changes_of_ipv4() {
  constexpr const char* kRedirects = "ipv4/conf/all/accept_redirects";
  Changes changes = {{.name = kForward4, .before = "0", .after = "1"},
                     {.name = kRedirects, .before = read(kRedirects), .after = "0"}};
  add_each(changes, "ipv4", "forwarding", "1", "1");  // the switch turns off those of all
  return changes;
}

/// A host that forwards listens to no router (accept_ra 1), unless told that it is to (2). Only
/// interfaces that are there: those of containers come later, and nobody listens to them.
Changes changes_of_ipv6() {
  Changes changes = {{.name = kForward6, .before = "0", .after = "1"}};
  add_each(changes, "ipv6", "forwarding", "1", "1");
  add_each(changes, "ipv6", "accept_ra", "1", "2");
  return changes;
}

Result<> turn_on(const Changes& changes, int directory) {
  const std::string noted = kernel::read_file(directory, kForwardingRecord).value_or("");
  TRY(kernel::replace_file(directory, kForwardingRecord, noted + to_text(changes), 0600));
  for (std::size_t i = 1; i < changes.size(); ++i) {
    (void)write(changes[i].name, changes[i].after);  // the switch is what is needed
  }
  auto done = write(changes.front().name, changes.front().after);
  return done ? Result<>()
              : std::move(done).error().with("forwardPorts and internet need the host to forward");
}

void turn_off(const Changes& changes) {
  if (read(changes.front().name) != changes.front().after) {
    return;  // somebody has taken it in hand
  }
  Changes later;
  for (std::size_t i = 1; i < changes.size(); ++i) {
    const auto& [name, before, after] = changes[i];
    std::string now = read(name);
    later.push_back({.name = name, .before = now, .after = now == after ? before : now});
  }
  (void)write(changes.front().name, changes.front().before);
  for (const auto& [name, before, after] : later) {
    (void)write(name, after);  // it may be gone
  }
}

}  // namespace

Result<> enable_forwarding(plan::Families families, int directory) {
  if (families.ipv4 && read(kForward4) == "0") {
    TRY(turn_on(changes_of_ipv4(), directory));
  }
  if (families.ipv6 && read(kForward6) == "0") {
    TRY(turn_on(changes_of_ipv6(), directory));
  }
  return {};
}

void restore_forwarding(int directory, const std::function<bool()>& somebody_needs_it) {
  const auto text = kernel::read_file(directory, kForwardingRecord);
  if (!text) {
    return;
  }
  const bool is_needed = somebody_needs_it();
  for (const auto& changes : parse_changes(*text)) {
    if (!is_needed) {
      turn_off(changes);
    }
  }
  ::unlinkat(directory, kForwardingRecord, 0);
}

}  // namespace warren::network
