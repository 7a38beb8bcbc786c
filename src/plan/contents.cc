#include "plan/contents.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "plan/services.h"

namespace warren::plan {
namespace {

using Files = std::vector<spec::File>;

/// Passwords are for root, and for the group that distributions have for programs that check them.
void add_accounts(Files& files, const Accounts& accounts) {
  files.push_back({.path = "/etc/passwd", .content = accounts.passwd});
  files.push_back({.path = "/etc/group", .content = accounts.group});
  const auto shadow = find_account("shadow", accounts.group);
  files.push_back({.path = "/etc/shadow",
                   .content = accounts.shadow,
                   .mode = shadow ? 0640U : 0600U,
                   .gid = shadow.value_or(0)});
}

Result<> add_homes(Files& files, const spec::Declaration& declaration, const Accounts& accounts) {
  for (const auto& user : declaration.users) {
    if (!user.create_home && user.authorized_keys.empty()) {
      continue;
    }
    TRY_ASSIGN(const uid_t uid, find_account(user.name, accounts.passwd));
    TRY_ASSIGN(const gid_t gid, find_primary_group(user.name, accounts.passwd));
    const auto directory = [&](const std::string& path) {
      files.push_back({.kind = spec::File::Kind::Directory,
                       .path = path,
                       .content = {},
                       .mode = 0700,
                       .uid = uid,
                       .gid = gid});
    };
    if (user.home.empty()) {
      return Error::because("user", user.name, "its home is not declared")
          .advise(cat("set users.", user.name, ".home"));
    }
    directory(user.home);
    if (!user.authorized_keys.empty()) {
      directory(cat(user.home, "/.ssh"));
      files.push_back({.path = cat(user.home, "/.ssh/authorized_keys"),
                       .content = cat(join(user.authorized_keys, "\n"), "\n"),
                       .mode = 0600,
                       .uid = uid,
                       .gid = gid});
    }
  }
  return {};
}

/// Whether a line of hosts(5) names the host so.
bool names_host(std::string_view line, std::string_view host_name) {
  constexpr std::string_view kBlanks = " \t";
  line = line.substr(0, line.find('#'));
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of(kBlanks), line.size());
    if (line.substr(0, end) == host_name) {
      return true;
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return false;
}

/// A container knows its own name, whatever else is in the file.
std::string hosts_text(std::string_view present, const std::string& host_name) {
  if (present.empty()) {
    return cat("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 ",
               host_name, "\n");
  }
  for (const auto line : split(present, '\n')) {
    if (names_host(line, host_name)) {
      return std::string(present);
    }
  }
  return cat(present, present.ends_with('\n') ? "" : "\n", "127.0.1.1 ", host_name, "\n");
}

void add_identity(Files& files, const spec::Declaration& declaration, const TreeTexts& present) {
  const std::string& name =
      declaration.host_name.empty() ? declaration.name : declaration.host_name;
  files.push_back({.path = "/etc/hostname", .content = cat(name, "\n")});
  files.push_back({.path = "/etc/hosts", .content = hosts_text(present.hosts, name)});
  if (!declaration.time_zone.empty()) {
    files.push_back({.kind = spec::File::Kind::Symlink,
                     .path = "/etc/localtime",
                     .content = cat("../usr/share/zoneinfo/", declaration.time_zone)});
    files.push_back({.path = "/etc/timezone", .content = cat(declaration.time_zone, "\n")});
  }
}

Result<> add_declared(Files& files, const spec::Declaration& declaration, const Accounts& accounts,
                      const std::vector<std::string>& sources) {
  auto source = sources.begin();
  for (const auto& file : declaration.files) {
    auto uid = find_account(file.user, accounts.passwd);
    auto gid = find_account(file.group, accounts.group);
    if (!uid || !gid) {
      return std::move(uid ? gid.error() : uid.error()).with(cat("files.\"", file.path, "\""));
    }
    files.push_back({.path = file.path,
                     .content = file.text ? *file.text : *source++,
                     .mode = file.mode,
                     .uid = *uid,
                     .gid = *gid});
  }
  return {};
}

}  // namespace

Result<Files> declared_contents(const spec::Declaration& declaration, const TreeTexts& present,
                                const std::vector<std::string>& sources) {
  if (!declaration.services.empty() && present.init == InitKind::Other) {
    return Error::because("services", declaration.services.front().name,
                          "the image's init is neither BusyBox's nor systemd")
        .advise("declare what its own init needs with files");
  }
  const bool is_mutable = declaration.mutable_users;
  TRY_ASSIGN(const auto accounts,
             merge_accounts(is_mutable ? present.accounts : present.image_accounts,
                            declaration.users, declaration.groups, is_mutable));
  Files files;
  if (!declaration.users.empty() || !declaration.groups.empty() || !is_mutable) {
    add_accounts(files, accounts);
  }
  add_identity(files, declaration, present);
  TRY(add_homes(files, declaration, accounts));
  auto services = service_files(declaration.services, present.init, present.inittab);
  files.insert(files.end(), std::make_move_iterator(services.begin()),
               std::make_move_iterator(services.end()));
  // Last, so that a declared file is the last word on its path.
  TRY(add_declared(files, declaration, accounts, sources));
  return files;
}

}  // namespace warren::plan
