#include "manager/declaration_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/toml.h"
#include "kernel/file.h"

namespace warren::manager {
namespace {

constexpr auto kDirectories =
    std::to_array<std::string_view>({"/etc/warren", "/run/warren", "/usr/lib/warren"});

bool is_declaration_name(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".toml") || name.ends_with(".json"));
}

bool is_masked(const std::string& path) {
  const auto target = kernel::readlinkat(AT_FDCWD, path);
  return target && *target == "/dev/null";
}

class Reading {
 public:
  void add(const std::string& path, Result<std::string> text) {
    if (text) {
      result.files.push_back({.path = path, .text = *std::move(text)});
    } else {
      refuse(path, text.error());
    }
  }

  /// A FIFO in a directory is not waited for, and no device is touched.
  void add_regular(const std::string& path) {
    const auto file = kernel::open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (!file) {
      refuse(path, file.error());
      return;
    }
    const auto status = kernel::fstat(file->get(), path);
    if (status && !S_ISREG(status->st_mode)) {
      refuse(path, Error::because("", "", "it is no regular file"));
      return;
    }
    add(path, kernel::read_all(file->get(), path, config::kLargestText));
  }

  /// `seen` has the names that count no more.
  void add_directory(const std::string& path, std::set<std::string>& seen) {
    const auto names = kernel::list_names(path);
    if (!names) {
      if (names.error().code != ENOENT) {
        refuse(path, names.error());
      }
      return;
    }
    for (const auto& name : *names) {
      const std::string file = cat(path, "/", name);
      if (is_declaration_name(name) && seen.insert(name).second && !is_masked(file)) {
        add_regular(file);
      }
    }
  }

  DeclarationFiles result;

 private:
  void refuse(const std::string& path, const Error& error) {
    config::Position at;
    at.file = std::make_shared<const std::string>(path);
    result.problems.push_back({std::move(at), error.reason, {}});
  }
};

}  // namespace

DeclarationFiles read_declaration_files(const state::Paths& paths) {
  Reading reading;
  std::set<std::string> seen;
  for (const auto directory : kDirectories) {
    reading.add_directory(cat(paths.root, directory), seen);
  }
  return std::move(reading.result);
}

DeclarationFiles read_named_files(const std::vector<std::string>& names) {
  Reading reading;
  for (const auto& name : names) {
    struct stat status = {};
    std::set<std::string> seen;
    if (name == "-") {
      reading.add(name, kernel::read_all(STDIN_FILENO, name, config::kLargestText));
    } else if (::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      reading.add_directory(name, seen);
    } else {
      reading.add(name, kernel::read_file(name, config::kLargestText));
    }
  }
  return std::move(reading.result);
}

bool still_declares(const std::string& file, const std::string& name) {
  if (!file.starts_with('/') || (::access(file.c_str(), F_OK) < 0 && errno == ENOENT)) {
    return false;
  }
  const auto loaded = load_declarations(read_named_files({file}));
  const auto may_mean_it = [&](const config::Problem& problem) {
    return problem.container.empty() || problem.container == name;
  };
  return std::ranges::any_of(loaded.problems, may_mean_it) ||
         std::ranges::find(loaded.declarations, name, &spec::Declaration::name) !=
             loaded.declarations.end();
}

config::Loaded load_declarations(DeclarationFiles files) {
  config::Loaded loaded = config::load(files.files);
  std::ranges::move(files.problems, std::back_inserter(loaded.problems));
  std::ranges::stable_sort(loaded.problems, [](const config::Problem& a, const config::Problem& b) {
    return a.at.before(b.at);
  });
  return loaded;
}

}  // namespace warren::manager
