#include "cli/image.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include "base/text.h"
#include "cli/image_listing.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "image/find.h"
#include "image/in_use.h"
#include "image/store.h"

namespace warren::cli {
namespace {

using Words = std::vector<std::string>;
using Kind = spec::ImageSource::Kind;

/// What the options say.
struct Request {
  bool json = false;
  bool help = false;
  Words packages;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {.name = "json",
     .help = "list: as JSON, sizes in bytes",
     .apply =
         [](Request& r, std::string_view) {
           r.json = true;
           return Result<>();
         }},
    {.name = "package",
     .letter = 'p',
     .takes = Takes::Value,
     .value = "NAME,…",
     .help = "build: packages for a Debian image",
     .apply =
         [](Request& r, std::string_view v) {
           for (const auto name : split(v, ',')) {
             r.packages.emplace_back(name);
           }
           return Result<>();
         }},
    {.name = "help",
     .letter = 'h',
     .help = "show this",
     .apply =
         [](Request& r, std::string_view) {
           r.help = true;
           return Result<>();
         }},
});

int print(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto length = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (length < 0) {
      return kExitFailed;
    }
    rest.remove_prefix(static_cast<std::size_t>(length));
  }
  return 0;
}

Result<> expect(const Words& words, std::size_t least, std::size_t most, std::string_view usage) {
  if (words.size() < least || words.size() > most) {
    return Error::because(
               "", "",
               words.size() < least ? "an argument is missing" : "there are too many arguments")
        .advise(usage);
  }
  return {};
}

Result<int> list(const Request& request, const Words& words, const state::Paths& paths) {
  TRY(expect(words, 0, 0, "warren image list [--json]"));
  TRY_ASSIGN(const auto images, image::Store(paths.state).list());
  TRY_ASSIGN(const auto uses, image::image_uses(paths.state));
  const auto rows = listed_images(images, uses);
  return print(request.json ? to_json(rows) : to_table(rows));
}

/// KIND[:ARGUMENT], as in a declaration.
Result<spec::ImageSource> parse_source(const std::string& text) {
  struct Form {
    std::string_view word;
    Kind kind;
    bool needs_argument;
  };
  constexpr auto kForms = std::to_array<Form>({{"busybox", Kind::Busybox, false},
                                               {"debian", Kind::Debian, false},
                                               {"archive", Kind::Archive, true}});
  const auto colon = text.find(':');
  const auto* form = std::ranges::find(kForms, text.substr(0, colon), &Form::word);
  const bool has_argument = colon != std::string::npos && colon + 1 < text.size();
  if (form == kForms.end() || (form->needs_argument && !has_argument) ||
      (form->kind == Kind::Busybox && colon != std::string::npos)) {
    return Error::because("image", text, "this is not how an image is made")
        .advise("busybox, debian[:SUITE] or archive:PATH");
  }
  spec::ImageSource source{.kind = form->kind, .argument = {}};
  source.argument = has_argument ? text.substr(colon + 1) : "";
  if (form->kind == Kind::Archive) {
    TRY_ASSIGN(source.argument, image::resolve(source.argument));
  }
  return source;
}

Result<int> build(const Request& request, const Words& words, const state::Paths& paths) {
  TRY(expect(words, 1, 1, "warren image build busybox|debian[:SUITE]|archive:PATH"));
  TRY_ASSIGN(const auto source, parse_source(words[0]));
  ProgressLine line;
  TRY_ASSIGN(const auto made,
             image::Store(paths.state).ensure(source, request.packages, line.progress(words[0])));
  return print(cat(made.id, "\n"));
}

/// The file's name without what says how it is packed.
std::string name_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  std::string name = path.substr(path.rfind('/') + 1);
  constexpr auto kEndings = std::to_array<std::string_view>(
      {".gz", ".xz", ".zst", ".zstd", ".tgz", ".txz", ".tzst", ".tar"});
  for (const auto ending : kEndings) {
    if (name.ends_with(ending) && name.size() > ending.size()) {
      name.resize(name.size() - ending.size());
    }
  }
  return name;
}

Result<int> import(const Request& /*request*/, const Words& words, const state::Paths& paths) {
  TRY(expect(words, 1, 2, "warren image import PATH [NAME]"));
  auto path = image::resolve(words[0]);
  if (!path) {
    return std::move(path).error().with(cat("import ", words[0]));
  }
  ProgressLine line;
  TRY_ASSIGN(const auto made, image::Store(paths.state)
                                  .import(*path, words.size() > 1 ? words[1] : name_of(*path),
                                          line.progress(words[0])));
  return print(cat(made.id, "\n"));
}

Result<int> remove(const Request& /*request*/, const Words& words, const state::Paths& paths) {
  TRY(expect(words, 1, SIZE_MAX, "warren image remove NAME…"));
  int status = 0;
  for (const auto& word : words) {
    if (auto removed = image::Store(paths.state).remove(word); !removed) {
      report(std::move(removed).error());
      status = kExitFailed;
    }
  }
  return status;
}

struct ImageVerb {
  std::string_view name;
  Result<int> (*run)(const Request& request, const Words& words, const state::Paths& paths);
};

constexpr auto kVerbs = std::to_array<ImageVerb>(
    {{"list", list}, {"build", build}, {"import", import}, {"remove", remove}});

/// Options may stand on either side of the verb's own word.
Result<int> run(const Words& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(auto words, apply_options<Request>(kOptions, arguments, request));
  if (words.empty() && !request.help) {
    return Error::because("image", "", "what to do is missing").advise("see warren image --help");
  }
  const std::string verb = words.empty() ? "" : words[0];
  Words rest;
  while (words.size() > 1) {  // getopt stops at the first word that is no option
    TRY_ASSIGN(words,
               apply_options<Request>(kOptions, Words(words.begin() + 1, words.end()), request));
    if (!words.empty()) {
      rest.push_back(words[0]);
    }
  }
  if (request.help) {
    return print(image_help());
  }
  const auto* entry = std::ranges::find(kVerbs, verb, &ImageVerb::name);
  if (entry == kVerbs.end()) {
    return Error::because("image", verb, "no such verb").advise("list, build, import or remove");
  }
  return entry->run(request, rest, paths);
}

}  // namespace

int image(const std::vector<std::string>& arguments, const state::Paths& paths) {
  auto status = run(arguments, paths);
  if (!status) {
    report(std::move(status).error());
    return kExitFailed;
  }
  return *status;
}

std::string image_help() {
  return cat(
      "Usage: warren image list [--json]\n"
      "       warren image build busybox | debian[:SUITE] [-p NAME,…] | archive:PATH\n"
      "       warren image import PATH [NAME]\n"
      "       warren image remove NAME…\n"
      "\n"
      "The store of images: read-only trees that many containers share. A declaration's image\n"
      "is built when it is needed; build does it beforehand. import takes a tar archive (plain,\n"
      "gzip, xz or zstd) or a directory, for image = \"image:NAME\". An image that containers are\n"
      "made of cannot be removed. build and import print the image's id.\n"
      "\n"
      "Examples: warren image build debian:bookworm -p nginx-light,curl\n"
      "          warren image import alpine-minirootfs.tar.gz alpine\n"
      "\n",
      option_help(shapes<Request>(kOptions)));
}

}  // namespace warren::cli
