#include "image/busybox.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "image/program.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

/// Part of the image's name: to be raised when what is made here changes.
constexpr int kVersion = 1;

struct Directory {
  const char* path;
  mode_t mode = 0755;
};

constexpr auto kDirectories = std::to_array<Directory>({
    {"bin"},
    {"dev"},
    {"etc"},
    {"home"},
    {"lib"},
    {"mnt"},
    {"proc"},
    {"root", 0700},
    {"run"},
    {"srv"},
    {"sys"},
    {"tmp", 01777},
    {"usr"},
    {"usr/lib"},
    {"usr/local"},
    {"usr/share"},
    {"var"},
    {"usr/local/bin"},
    {"usr/local/sbin"},
    {"var/cache"},
    {"var/empty"},
    {"var/lib"},
    {"var/log"},
    {"var/spool"},
    {"var/spool/cron"},
    {"var/www"},
    {"var/tmp", 01777},
    {"var/spool/cron/crontabs", 0700},
});

struct Link {
  const char* path;
  const char* target;
};

/// All programs are in /bin, which every usual PATH finds.
constexpr auto kLinks = std::to_array<Link>({
    {"sbin", "bin"},
    {"usr/bin", "../bin"},
    {"usr/sbin", "../bin"},
    {"etc/mtab", "../proc/self/mounts"},
    {"var/run", "../run"},
});

struct File {
  const char* path;
  mode_t mode;
  const char* text;
};

/// No password is valid, root's neither: who may log in is for the declaration to say.
constexpr auto kFiles = std::to_array<File>({
    {"etc/passwd", 0644,
     "root:x:0:0:root:/root:/bin/sh\n"
     "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
     "nobody:x:65534:65534:nobody:/var/empty:/bin/false\n"},
    {"etc/group", 0644,
     "root:x:0:\ndaemon:x:1:\nadm:x:4:\ntty:x:5:\nwheel:x:10:root\nusers:x:100:\n"
     "nogroup:x:65534:\n"},
    {"etc/shadow", 0600, "root:*:::::::\ndaemon:*:::::::\nnobody:*:::::::\n"},
    {"etc/shells", 0644, "/bin/sh\n/bin/ash\n"},
    {"etc/os-release", 0644, "NAME=\"BusyBox\"\nID=busybox\nPRETTY_NAME=\"BusyBox (warren)\"\n"},
    {"etc/inittab", 0644,
     "::respawn:/sbin/syslogd -n\n"
     "console::respawn:/sbin/getty 38400 console\n"
     "::ctrlaltdel:/sbin/reboot\n"
     "::restart:/sbin/init\n"},
    {"etc/profile", 0644,
     "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
     "export PS1='\\u@\\h:\\w\\$ '\n"},
});

/// An executable for this machine that needs no interpreter, so nothing else in its tree.
Result<> check_static(int fd, const std::string& path) {
  Elf64_Ehdr header = {};
  const bool read = ::pread(fd, &header, sizeof header, 0) == ssize_t{sizeof header};
  if (!read || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) {
    return Error::because("", path, "it is not a program for this machine");
  }
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part = {};
    const auto offset = static_cast<off_t>(header.e_phoff + i * sizeof part);
    if (::pread(fd, &part, sizeof part, offset) != ssize_t{sizeof part} ||
        part.p_type == PT_INTERP) {
      return Error::because("", path, "it needs shared libraries");
    }
  }
  return {};
}

Result<std::string> find_busybox() {
  constexpr auto kPlaces = std::to_array<const char*>({"/bin/busybox", "/usr/bin/busybox"});
  constexpr const char* kAdvice = "apt install busybox-static";
  for (const char* path : kPlaces) {
    const auto fd = kernel::open(path, O_RDONLY);
    if (fd) {
      auto fits = check_static(fd->get(), path);
      return fits ? Result<std::string>(path) : std::move(fits).error().advise(kAdvice);
    }
  }
  return Error::because("", "/bin/busybox", "the host has none").advise(kAdvice);
}

Result<> copy_program(const std::string& from, int root) {
  const std::string to = "bin/busybox";
  TRY_ASSIGN(const auto source, kernel::open(from, O_RDONLY));
  TRY_ASSIGN(const auto status, kernel::fstat(source.get(), from));
  TRY_ASSIGN(const auto target, kernel::openat(root, to, O_WRONLY | O_CREAT | O_EXCL, 0755));
  for (off_t at = 0; at < status.st_size;) {
    const auto length =
        ::sendfile(target.get(), source.get(), &at, static_cast<std::size_t>(status.st_size - at));
    if (length <= 0) {
      return length == 0 ? Error::because("copy", from, "it became shorter meanwhile")
                         : Error::sys("write", to);
    }
  }
  // For su and passwd; all others give the rights back first. No user of the host gets here.
  return ::fchmod(target.get(), 04755) == 0 ? Result<>() : Error::sys("chmod", to);
}

Result<> link_applets(const std::string& busybox, int root) {
  TRY_ASSIGN(const auto names, program_output({busybox, "--list"}));
  TRY_ASSIGN(const auto bin, kernel::openat(root, "bin", O_PATH | O_DIRECTORY));
  for (const auto name : split(trim(names), '\n')) {
    const std::string applet(name);
    if (applet != "busybox" && ::symlinkat("busybox", bin.get(), applet.c_str()) < 0) {
      return Error::sys("symlink", applet);
    }
  }
  return {};
}

Result<> make_skeleton(int root) {
  for (const auto& directory : kDirectories) {
    TRY(kernel::ensure_directory(root, directory.path, directory.mode));
    if (::fchmodat(root, directory.path, directory.mode, 0) < 0) {
      return Error::sys("chmod", directory.path);
    }
  }
  for (const auto& link : kLinks) {
    if (::symlinkat(link.target, root, link.path) < 0) {
      return Error::sys("symlink", link.path);
    }
  }
  for (const auto& file : kFiles) {
    TRY(kernel::write_new(root, file.path, file.text, file.mode));
    if (::fchmodat(root, file.path, file.mode, 0) < 0) {
      return Error::sys("chmod", file.path);
    }
  }
  return {};
}

Result<> build(const std::string& busybox, const Building& building) {
  TRY_ASSIGN(const auto root, kernel::open(building.root(), O_RDONLY | O_DIRECTORY));
  TRY(make_skeleton(root.get()));
  TRY(copy_program(busybox, root.get()));
  return link_applets(busybox, root.get());
}

}  // namespace

Result<Recipe> busybox_recipe() {
  TRY_ASSIGN(const auto path, find_busybox());
  struct stat status = {};
  if (::stat(path.c_str(), &status) < 0) {
    return Error::sys("stat", path);
  }
  Recipe recipe;
  recipe.image.source = "busybox";
  recipe.image.id = make_image_id(
      "busybox", hash(cat(kVersion, " ", status.st_size, " ", status.st_mtim.tv_sec)));
  recipe.key = recipe.image.id;
  recipe.build = [path](const Building& building, StoredImage& /*image*/,
                        const Progress& /*progress*/) { return build(path, building); };
  return recipe;
}

}  // namespace warren::image
