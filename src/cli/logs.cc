#include "cli/logs.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/text.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "config/values.h"
#include "kernel/file.h"
#include "manager/condition.h"
#include "manager/runnable.h"

namespace warren::cli {
namespace {

struct Request {
  bool follow = false;
  bool raw = false;
  bool help = false;
  std::size_t lines = std::numeric_limits<std::size_t>::max();
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"follow", 'f', Takes::Nothing, "", "go on with what is printed from now on",
     [](Request& r, std::string_view) {
       r.follow = true;
       return Result<>();
     }},
    {"lines", 'n', Takes::Value, "LINES", "only so many of the last lines",
     [](Request& r, std::string_view v) -> Result<> {
       const auto count = parse_number<std::size_t>(v);
       if (!count) {
         return Error::because("", "", "it is a number of lines");
       }
       r.lines = *count;
       return {};
     }},
    {"raw", 0, Takes::Nothing, "", "control characters too, which act on a terminal",
     [](Request& r, std::string_view) {
       r.raw = true;
       return Result<>();
     }},
    {"help", 'h', Takes::Nothing, "", "show this text",
     [](Request& r, std::string_view) {
       r.help = true;
       return Result<>();
     }},
});

/// A log as it is read on.
struct Reader {
  std::string path;
  std::string prefix;
  UniqueFd file;
  std::string begun;  ///< the beginning of a line
};

Result<> show(const Request& request, const Reader& reader, std::string_view line) {
  return kernel::write_all(
      STDOUT_FILENO, cat(reader.prefix, request.raw ? std::string(line) : printable(line), "\n"),
      "the log");
}

/// Shows what has been added to the open file.
Result<> read_on(const Request& request, Reader& reader) {
  constexpr std::size_t kLongest = 65536;
  std::array<char, 16384> buffer;
  while (true) {
    const auto length = ::read(reader.file.get(), buffer.data(), buffer.size());
    if (length <= 0) {
      return {};
    }
    reader.begun.append(buffer.data(), static_cast<std::size_t>(length));
    for (auto end = reader.begun.find('\n');
         end != std::string::npos || reader.begun.size() > kLongest;
         end = reader.begun.find('\n')) {
      end = std::min(end, reader.begun.size());
      TRY(show(request, reader, std::string_view(reader.begun).substr(0, end)));
      reader.begun.erase(0, end + 1);
    }
  }
}

/// Shows what is new, in the file that was renamed too.
Result<> follow_one(const Request& request, Reader& reader) {
  if (reader.file) {
    TRY(read_on(request, reader));
  }
  struct stat open = {};
  struct stat named = {};
  if (::stat(reader.path.c_str(), &named) < 0 ||
      (::fstat(reader.file.get(), &open) == 0 && open.st_ino == named.st_ino)) {
    return {};
  }
  if (auto next = kernel::open(reader.path, O_RDONLY)) {
    reader.file = *std::move(next);
    return read_on(request, reader);
  }
  return {};
}

Result<> follow(const Request& request, std::vector<Reader>& readers, int changes) {
  while (true) {
    for (auto& reader : readers) {
      TRY(follow_one(request, reader));
    }
    alignas(inotify_event) std::array<char, 4096> events;
    if (::read(changes, events.data(), events.size()) < 0 && errno != EINTR) {
      return Error::sys("read", "inotify");
    }
  }
}

Result<std::vector<Reader>> open_logs(std::vector<std::string> names, const state::Paths& paths) {
  if (names.empty()) {
    TRY_ASSIGN(names, manager::container_names(paths));
  }
  std::vector<Reader> readers;
  for (const auto& name : names) {
    TRY(config::parse_name(name) ? Result<>() : Error::because("", name, "it is no name"));
    if (::access(manager::directory_of(paths, name).c_str(), F_OK) < 0) {
      return Error{.code = ENOENT, .subject = name, .reason = "there is no such container"};
    }
    readers.push_back({.path = manager::log_of(paths, name),
                       .prefix = names.size() > 1 ? cat(name, ": ") : "",
                       .file = {},
                       .begun = {}});
  }
  return readers;
}

Result<int> logs_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(auto names, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    const std::string text = logs_help();
    return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
  }
  TRY_ASSIGN(auto readers, open_logs(std::move(names), paths));
  const UniqueFd changes(::inotify_init1(IN_CLOEXEC));
  for (auto& reader : readers) {
    // Watched before it is read, so that nothing is missed in between.
    const std::string directory = reader.path.substr(0, reader.path.rfind('/'));
    if (request.follow &&
        ::inotify_add_watch(changes.get(), directory.c_str(), IN_MODIFY | IN_CREATE) < 0) {
      return Error::sys("inotify_add_watch", directory);
    }
    if (auto file = kernel::open(reader.path, O_RDONLY); file && request.follow) {
      reader.file = *std::move(file);
      ::lseek(reader.file.get(), 0, SEEK_END);
    }
    for (const auto& line : last_lines(reader.path, request.lines)) {
      TRY(show(request, reader, line));
    }
  }
  if (request.follow) {
    TRY(follow(request, readers, changes.get()));
  }
  return 0;
}

}  // namespace

int logs(const std::vector<std::string>& arguments, const state::Paths& paths) {
  auto status = logs_or_fail(arguments, paths);
  if (!status) {
    report(std::move(status).error().with("logs"));
    return kExitFailed;
  }
  return *status;
}

std::string logs_help() {
  return cat(
      "Usage: warren logs [OPTIONS] [NAME…]\n\nShows what containers have printed on their "
      "consoles, all without a name.\n\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: warren logs -f web\n");
}

}  // namespace warren::cli
