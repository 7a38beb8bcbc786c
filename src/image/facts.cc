#include "image/facts.h"

#include <elf.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "image/users.h"
#include "kernel/file.h"
#include "plan/environment.h"

namespace warren::image {
namespace {

using Start = spec::Process::Start;

constexpr std::size_t kMostOfPasswd = std::size_t{4} << 20;

/// The image's own idea of init comes first: /usr/lib may be the host's, bound in.
constexpr auto kInits = std::to_array<const char*>(
    {"/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/init"});

bool is_program(int root, const std::string& path) {
  const auto file = kernel::open_in_root(root, path, O_PATH);
  if (!file) {
    return false;
  }
  const auto status = kernel::fstat(file->get(), path);
  return status && S_ISREG(status->st_mode) && (status->st_mode & 0111) != 0;
}

std::string find_init(int root) {
  for (const char* path : kInits) {
    if (is_program(root, path)) {
      return path;
    }
  }
  return {};
}

/// By the name of the program that it is a link to, mostly.
plan::InitKind kind_of(int root, const std::string& init) {
  const auto file = kernel::open_in_root(root, init, O_PATH);
  const std::string path = file ? kernel::path_of(file->get()) : "";
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return name == "systemd"   ? plan::InitKind::Systemd
         : name == "busybox" ? plan::InitKind::Busybox
                             : plan::InitKind::Other;
}

/// Whether the program at `path` is an ELF file for 32-bit x86; nothing when it is not ELF.
std::optional<bool> is_32bit_program(int root, const std::string& path) {
  const auto file = kernel::open_regular_in_root(root, path);
  Elf32_Ehdr header = {};  // the fields looked at are the same in the 64-bit one
  if (!file || ::pread(file->get(), &header, sizeof header, 0) != sizeof header ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return std::nullopt;
  }
  return header.e_ident[EI_CLASS] == ELFCLASS32 && header.e_machine == EM_386;
}

bool is_32bit_image(const spec::Container& container, int root, const std::string& init) {
  const auto& arguments = container.process.arguments;
  std::vector<std::string> telling;
  if (container.process.start == Start::Boot) {
    telling.push_back(init);
  } else if (!arguments.empty() && arguments.front().contains('/')) {
    telling.push_back(arguments.front());
  } else if (!arguments.empty()) {
    for (const auto directory : split(plan::kDefaultPath, ':')) {
      telling.push_back(cat(directory, "/", arguments.front()));
    }
  }
  telling.emplace_back("/bin/sh");
  for (const auto& path : telling) {
    if (const auto answer = is_32bit_program(root, path)) {
      return *answer;
    }
  }
  return false;
}

std::optional<std::string> read_machine_id(int root) {
  const auto file = kernel::open_regular_in_root(root, "/etc/machine-id");
  if (!file) {
    return std::nullopt;
  }
  const auto text = kernel::read_all(file->get(), "/etc/machine-id", 4096);
  if (!text) {
    return std::nullopt;
  }
  std::string id(trim(*text));
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool is_id = id.size() == 32 && id != std::string(32, '0') &&
                     std::ranges::all_of(id, [](unsigned char c) { return std::isxdigit(c) != 0; });
  return is_id ? std::optional(id) : std::nullopt;
}

plan::EtcFile read_etc_file(int etc, const std::string& name) {
  using Kind = plan::EtcFile::Kind;
  constexpr std::size_t kMost = std::size_t{64} << 10;
  const auto status = kernel::fstatat(etc, name);
  if (!status) {
    return {.kind = Kind::Absent, .content = {}};
  }
  if (S_ISLNK(status->st_mode)) {
    return {.kind = Kind::Symlink, .content = kernel::readlinkat(etc, name).value_or("")};
  }
  if (!S_ISREG(status->st_mode)) {
    return {.kind = Kind::Other, .content = {}};
  }
  const auto file = kernel::open_regular_in_root(etc, name);
  return {.kind = Kind::Regular,
          .content = file ? kernel::read_all(file->get(), name, kMost).value_or("") : ""};
}

/// Whether the programs and libraries of the image are all in /usr.
bool has_merged_usr(int root) {
  for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
    const auto target = kernel::readlinkat(root, name);
    if (target ? !target->substr(target->starts_with('/') ? 1 : 0).starts_with("usr/")
               : target.error().code != ENOENT) {
      return false;
    }
  }
  return kernel::open_in_root(root, "/usr", O_PATH | O_DIRECTORY).has_value();
}

void read_etc(plan::ImageFacts& facts, const spec::Container& container, int root) {
  if (container.root.volatile_mode == spec::Root::Volatile::Yes) {
    return;  // only /usr of the image is there
  }
  const auto etc = kernel::open_in_root(root, "/etc", O_PATH | O_DIRECTORY);
  if (!etc) {
    return;
  }
  facts.has_etc = true;
  facts.machine_id = read_machine_id(root);
  facts.resolv_conf = read_etc_file(etc->get(), "resolv.conf");
  facts.localtime = read_etc_file(etc->get(), "localtime");
}

/// A file of the container as it will be there, that is, also where a bind mount shows one of the
/// host's instead. Empty when there is none.
Result<std::string> read_shown_file(const spec::Container& container, int root,
                                    const std::string& path) {
  const spec::Mount* over = nullptr;
  for (const auto& mount : container.mounts) {
    const bool covers = path == mount.target || path.starts_with(cat(mount.target, "/"));
    if (mount.kind == spec::Mount::Kind::Bind && covers &&
        mount.sources.front().place == spec::Source::Place::Host &&
        (over == nullptr || over->target.size() <= mount.target.size())) {
      over = &mount;
    }
  }
  if (over != nullptr) {
    return kernel::read_file(cat(over->sources.front().path, path.substr(over->target.size())),
                             kMostOfPasswd);
  }
  const auto file = kernel::open_regular_in_root(root, path);
  if (!file) {
    return std::string();
  }
  return kernel::read_all(file->get(), path, kMostOfPasswd);
}

Result<plan::User> read_user(const spec::Container& container, int root) {
  const auto& process = container.process;
  const bool login_shell = process.start != Start::Boot && process.arguments.empty();
  if (process.user.empty() && !login_shell) {
    return root_user();
  }
  TRY_ASSIGN(const auto passwd, read_shown_file(container, root, "/etc/passwd"));
  TRY_ASSIGN(const auto group, read_shown_file(container, root, "/etc/group"));
  const std::string who = process.user.empty() ? "root" : process.user;
  auto user = find_user(who, passwd, group);
  return user || who != "root" ? std::move(user) : root_user();
}

}  // namespace

Result<UniqueFd> open_tree(const std::string& directory) {
  auto tree = kernel::open(directory, O_RDONLY | O_DIRECTORY);
  if (!tree) {
    return Error::from_errno(tree.error().code, "open root tree", directory);
  }
  return tree;
}

Result<plan::ImageFacts> read_facts(const spec::Container& container, int root,
                                    const std::string& timezone) {
  plan::ImageFacts facts;
  struct statvfs file_system = {};
  const bool has_layer = container.root.ephemeral || !container.root.changes.empty() ||
                         container.root.volatile_mode == spec::Root::Volatile::Overlay;
  facts.can_have_mount_points =
      has_layer || (::fstatvfs(root, &file_system) == 0 && (file_system.f_flag & ST_RDONLY) == 0);
  facts.writable = facts.can_have_mount_points && !container.root.read_only &&
                   container.root.volatile_mode != spec::Root::Volatile::State;
  if (container.root.volatile_mode == spec::Root::Volatile::Yes) {
    facts.has_merged_usr = has_merged_usr(root);
  }
  if (container.process.start == Start::Boot) {
    facts.init = find_init(root);
    facts.init_kind = kind_of(root, facts.init);
  }
  facts.is_32bit = is_32bit_image(container, root, facts.init);
  read_etc(facts, container, root);
  facts.has_zone =
      !timezone.empty() &&
      kernel::open_in_root(root, cat("/usr/share/zoneinfo/", timezone), O_PATH).has_value();
  TRY_ASSIGN(facts.user, read_user(container, root));
  return facts;
}

}  // namespace warren::image
