#include "image/users.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace warren::image {
namespace {

/// Not a user: (uid_t) -1 means "unchanged" to the system calls that set ids.
constexpr std::uint32_t kNoId = UINT32_MAX;

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto id = parse_number<std::uint32_t>(text);
  return id && *id != kNoId ? id : std::nullopt;
}

std::optional<plan::User> parse_passwd_line(std::string_view line) {
  const auto fields = split(line, ':');
  if (fields.size() != 7 || fields[0].empty()) {
    return std::nullopt;
  }
  const auto uid = parse_id(fields[2]);
  const auto gid = parse_id(fields[3]);
  if (!uid || !gid) {
    return std::nullopt;
  }
  return plan::User{.name = std::string(fields[0]),
                    .uid = *uid,
                    .gid = *gid,
                    .groups = {},
                    .home = std::string(fields[5].starts_with('/') ? fields[5] : "/"),
                    .shell = std::string(fields[6])};
}

bool is_member(std::string_view members, std::string_view name) {
  const auto names = split(members, ',');
  return std::ranges::find(names, name) != names.end();
}

std::vector<gid_t> groups_of(const plan::User& user, std::string_view group_file) {
  constexpr std::size_t kMost = 1024;
  std::vector<gid_t> groups = {user.gid};
  for (const auto line : split(group_file, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() != 4 || groups.size() == kMost) {
      continue;
    }
    const auto gid = parse_id(fields[2]);
    if (gid && is_member(fields[3], user.name) && std::ranges::find(groups, *gid) == groups.end()) {
      groups.push_back(*gid);
    }
  }
  return groups;
}

}  // namespace

plan::User root_user() {
  return {.name = "root", .uid = 0, .gid = 0, .groups = {}, .home = "/root", .shell = {}};
}

Result<plan::User> find_user(std::string_view who, std::string_view passwd,
                             std::string_view group) {
  const auto number = parse_id(who);
  for (const auto line : split(passwd, '\n')) {
    auto user = parse_passwd_line(line);
    if (user && (user->name == who || (number && user->uid == *number))) {
      user->groups = groups_of(*user, group);
      return *std::move(user);
    }
  }
  if (number) {
    return plan::User{.name = std::string(who),
                      .uid = *number,
                      .gid = *number,
                      .groups = {*number},
                      .home = "/",
                      .shell = {}};
  }
  if (who == "root") {
    return root_user();  // there is one, whatever a tree of a single program says about it
  }
  return Error::because("user", who, "the container's /etc/passwd has no such user");
}

}  // namespace warren::image
