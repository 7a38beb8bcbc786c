#include "image/identity.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

/// Files whose names begin and end so.
struct Secret {
  const char* directory;
  std::string_view begin;
  std::string_view end;
};

constexpr auto kSecrets = std::to_array<Secret>({
    {"/etc/ssh", "ssh_host_", "_key"},
    {"/etc/ssh", "ssh_host_", "_key.pub"},
    {"/etc/dropbear", "dropbear_", "_host_key"},
    {"/var/lib/systemd", "random-seed", ""},
    {"/var/lib/urandom", "random-seed", ""},
    {"/var/lib/dbus", "machine-id", ""},
});

/// Debian makes the keys of its sshd once, when the package is installed.
constexpr const char* kMakeKeys =
    "[Service]\n"
    "ExecStartPre=\n"
    "ExecStartPre=/usr/bin/ssh-keygen -A\n"
    "ExecStartPre=/usr/sbin/sshd -t\n";

/// A directory of the tree, opened for listing; none when it is not there or something else.
UniqueFd open_directory(int root, const std::string& path) {
  auto fd = kernel::open_in_root(root, path, O_RDONLY | O_DIRECTORY);
  return fd ? *std::move(fd) : UniqueFd();
}

Result<> remove_secrets(int root, const Secret& secret) {
  UniqueFd fd = open_directory(root, secret.directory);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(fd ? ::fdopendir(fd.get()) : nullptr,
                                                    ::closedir);
  if (!listing) {
    return {};
  }
  const int directory = fd.release();  // the listing has it now
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(secret.begin) && name.ends_with(secret.end)) {
      names.emplace_back(name);
    }
  }
  for (const auto& name : names) {
    if (::unlinkat(directory, name.c_str(), 0) < 0 && errno != EISDIR) {
      return Error::sys("unlink", cat(secret.directory, "/", name));
    }
  }
  return {};
}

/// Empty means: to be made at boot.
Result<> empty_machine_id(int root) {
  const UniqueFd etc = open_directory(root, "/etc");
  if (!etc || !kernel::fstatat(etc.get(), "machine-id")) {
    return {};
  }
  if (::unlinkat(etc.get(), "machine-id", 0) < 0) {
    return Error::sys("unlink", "/etc/machine-id");
  }
  return kernel::write_new(etc.get(), "machine-id", "", 0444);
}

/// Only where there is the sshd that needs it.
Result<> make_keys_at_boot(int root) {
  const UniqueFd units = open_directory(root, "/etc/systemd/system");
  if (!units || !kernel::open_in_root(root, "/usr/sbin/sshd", O_PATH)) {
    return {};
  }
  const std::string directory = "ssh.service.d";
  TRY(kernel::ensure_directory(units.get(), directory, 0755));
  TRY_ASSIGN(const auto fd,
             kernel::openat(units.get(), directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return kernel::replace_file(fd.get(), "warren-host-keys.conf", kMakeKeys, 0644);
}

}  // namespace

Result<> forget_identity(int root) {
  for (const auto& secret : kSecrets) {
    TRY(remove_secrets(root, secret));
  }
  TRY(empty_machine_id(root));
  return make_keys_at_boot(root);
}

}  // namespace warren::image
