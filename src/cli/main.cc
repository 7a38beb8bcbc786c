#include "cli/main.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "cli/image.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/spawn.h"
#include "cli/version.h"
#include "state/paths.h"

namespace warren::cli {
namespace {

/// What stands in front of the verb.
struct Request {
  std::string root;
  bool help = false;
  bool version = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {.name = "root",
     .takes = Takes::Value,
     .value = "DIR",
     .apply = [](Request& r, std::string_view v) -> Result<> {
       if (!v.starts_with('/')) {
         return Error::because("", "", "it is an absolute path");
       }
       r.root = v;
       return {};
     }},
    {.name = "help",
     .letter = 'h',
     .apply =
         [](Request& r, std::string_view) {
           r.help = true;
           return Result<>();
         }},
    {.name = "version",
     .apply =
         [](Request& r, std::string_view) {
           r.version = true;
           return Result<>();
         }},
});

using Words = std::vector<std::string>;

int print(const std::string& text) {
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
}

struct Verb {
  std::string_view name;
  int (*run)(const Words& arguments, const state::Paths& paths);
};

constexpr auto kVerbs = std::to_array<Verb>({
    {"spawn", [](const Words& w, const state::Paths& p) { return spawn(w, p, false); }},
    {"image", image},
    {"help",
     [](const Words& w, const state::Paths&) {
       const std::string verb = w.empty() ? "" : w[0];
       return print(verb == "spawn" ? spawn_help() : verb == "image" ? image_help() : main_help());
     }},
});

int run_verb(const Words& words, const state::Paths& paths) {
  std::array<std::string_view, kVerbs.size()> names;
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    names[i] = kVerbs[i].name;
    if (kVerbs[i].name == words[0]) {
      return kVerbs[i].run(Words(words.begin() + 1, words.end()), paths);
    }
  }
  const auto close = nearest(words[0], names);
  report(Error::because("", words[0], "no such verb")
             .advise(close.empty() ? std::string("see warren --help")
                                   : cat("did you mean ", close, "?")));
  return kExitFailed;
}

/// The three standard streams exist, so that no file that is opened becomes one of them.
void open_standard_streams() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) {
    ::close(fd);
  }
}

}  // namespace

int run(const std::string& program, const Words& arguments) {
  open_standard_streams();
  Request request;
  if (const char* root = std::getenv("WARREN_ROOT")) {
    request.root = root;
  }
  if (program.substr(program.rfind('/') + 1) == "systemd-nspawn") {
    return spawn(arguments, state::Paths::below(request.root), true);
  }
  auto words = apply_options<Request>(kOptions, arguments, request);
  if (!words) {
    report(std::move(words).error());
    return kExitFailed;
  }
  if (request.version || request.help) {
    return print(request.version ? version_text(false) : main_help());
  }
  if (words->empty()) {
    report(Error::because("", "", "a verb is missing").advise("see warren --help"));
    return kExitFailed;
  }
  return run_verb(*words, state::Paths::below(request.root));
}

}  // namespace warren::cli
