#include "image/debian.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "image/apt_sources.h"
#include "image/identity.h"
#include "image/listing.h"
#include "image/program.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

/// Part of the image's name: to be raised when what is made here changes.
constexpr int kVersion = 1;

/// What makes a minimal Debian a machine of its own.
constexpr const char* kBasePackages =
    "systemd,systemd-sysv,dbus,libpam-systemd,login,passwd,procps,iproute2,netbase";

/// Lower case letters, digits and `others`, the first one no dash.
bool is_plain_name(std::string_view text, std::string_view others) {
  return !text.empty() && text[0] != '-' && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.contains(c);
  });
}

std::string host_suite() {
  const auto text = kernel::read_file("/etc/os-release").value_or("");
  std::string id;
  std::string suite;
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("ID=")) {
      id = line.substr(3);
    } else if (line.starts_with("VERSION_CODENAME=")) {
      suite = line.substr(17);
    }
  }
  return id == "debian" && is_plain_name(suite, "-") ? suite : "stable";
}

/// The text of all of apt's files with this ending.
std::string read_sources(std::string_view ending, std::string first) {
  const std::string directory = "/etc/apt/sources.list.d";
  const auto names = list_directory(directory).value_or({});
  for (const auto& name : names) {
    if (name.ends_with(ending)) {
      first += cat("\n", kernel::read_file(cat(directory, "/", name)).value_or(""), "\n");
    }
  }
  return first;
}

/// What comes behind the target on mmdebstrap's command line; nothing for its own idea.
std::vector<std::string> choose_sources(const std::string& suite) {
  if (const char* mirror = std::getenv("WARREN_DEBIAN_MIRROR")) {
    return {mirror};
  }
  return debian_sources(
      suite, read_sources(".list", kernel::read_file("/etc/apt/sources.list").value_or("")),
      read_sources(".sources", ""));
}

/// The line of mmdebstrap's or apt's that says why, from many that only follow from it.
class Reason {
 public:
  void operator()(std::string_view line) {
    const int rank = line.starts_with("E: ") && !line.starts_with("E: apt-get ") &&
                             !line.starts_with("E: run_chroot")
                         ? 2
                     : line.find("rror") != std::string_view::npos ? 1
                                                                   : 0;
    if (reason_.empty() || rank > rank_) {
      reason_ = line.substr(line.starts_with("E: ") ? 3 : 0);
      rank_ = rank;
    }
  }
  [[nodiscard]] const std::string& text() const { return reason_; }

 private:
  std::string reason_;
  int rank_ = -1;
};

Result<> run_mmdebstrap(const std::string& suite, const std::string& packages,
                        const Building& building, const Progress& progress) {
  const std::string mmdebstrap = find_program("mmdebstrap");
  if (mmdebstrap.empty()) {
    return Error::from_errno(ENOENT, "run", "mmdebstrap").advise("apt install mmdebstrap");
  }
  Program program;
  program.words = {mmdebstrap, "--mode=root",  "--variant=minbase", cat("--include=", packages),
                   suite,      building.root()};
  for (auto& source : choose_sources(suite)) {
    program.words.push_back(std::move(source));
  }
  program.environment = {cat("TMPDIR=", building.scratch()), "LC_ALL=C.UTF-8",
                         "DEBIAN_FRONTEND=noninteractive"};
  Reason reason;
  const auto exits = run_programs({&program, 1}, [&](std::string_view line) {
    reason(line);
    progress.show(line);
  });
  if (!exits) {
    return exits.error();
  }
  const bool done = !exits->front().by_signal && exits->front().code == 0;
  return done ? Result<>() : Error::because("", "mmdebstrap", reason.text());
}

/// What the tree knows of the host that it was made on.
Result<> forget_host(int root) {
  TRY_ASSIGN(const auto etc, kernel::openat(root, "etc", O_RDONLY | O_DIRECTORY));
  for (const auto* name : {"hostname", "resolv.conf"}) {
    if (::unlinkat(etc.get(), name, 0) < 0 && errno != ENOENT) {
      return Error::sys("unlink", name);
    }
  }
  TRY(kernel::replace_file(etc.get(), "machine-id", "", 0444));
  return forget_identity(root);
}

Result<> build(const std::string& suite, const std::string& packages, const Building& building,
               const Progress& progress) {
  TRY(run_mmdebstrap(suite, packages, building, progress));
  TRY_ASSIGN(const auto root, kernel::open(building.root(), O_RDONLY | O_DIRECTORY));
  return forget_host(root.get());
}

}  // namespace

Result<Recipe> debian_recipe(const std::string& wanted, std::span<const std::string> packages) {
  const std::string suite = wanted.empty() ? host_suite() : wanted;
  if (!is_plain_name(suite, "-")) {
    return Error::because("image", cat("debian:", suite), "a suite cannot be called so")
        .advise("such as debian:bookworm");
  }
  Recipe recipe;
  recipe.image.packages.assign(packages.begin(), packages.end());
  auto& names = recipe.image.packages;
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const auto& name : names) {
    if (!is_plain_name(name, "+-.:")) {
      return Error::because("image", cat("debian:", suite),
                            cat("a package cannot be called ", printable_line(name)));
    }
  }
  std::string all = kBasePackages;
  for (const auto& name : names) {
    all += cat(",", name);
  }
  recipe.image.source = cat("debian:", suite);
  recipe.image.id = make_image_id("debian", hash(cat(kVersion, " ", suite, " ", all)));
  recipe.key = recipe.image.id;
  recipe.build = [suite, all](const Building& building, StoredImage& /*image*/,
                              const Progress& progress) {
    return build(suite, all, building, progress);
  };
  return recipe;
}

}  // namespace warren::image
