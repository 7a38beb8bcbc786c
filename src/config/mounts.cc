// The grammar of mounts: systemd-nspawn's, with its escapes and its marks for where a path lies.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "config/values.h"

namespace warren::config {
namespace {

Error refuse(std::string_view reason) { return Error::because("", "", reason); }

/// Nothing for a temporary directory, `+/path` for one inside, else a path on the host.
Result<spec::Source> parse_source(std::string_view text, const Surroundings& surroundings) {
  using Place = spec::Source::Place;
  if (text.empty()) {
    return spec::Source{.place = Place::Temporary, .path = {}};
  }
  if (text.starts_with('+')) {
    TRY_ASSIGN(auto path, inside_path(text.substr(1)));
    return spec::Source{.place = Place::Container, .path = std::move(path)};
  }
  TRY_ASSIGN(auto path, absolute_path(text, surroundings.working_directory));
  return spec::Source{.place = Place::Host, .path = std::move(path)};
}

/// The parts of a path list between colons, where `\:` is a colon of a path.
Result<std::vector<std::string>> parse_list(std::string_view text, std::size_t least,
                                            std::size_t most) {
  auto parts = split_escaped(text, ':');
  if (parts.size() < least || parts.size() > most) {
    return refuse(cat("it takes ", least, " to ", most, " parts with colons between"));
  }
  return parts;
}

Result<> apply_bind_option(std::string_view option, spec::Mount& mount) {
  using spec::Ownership;
  constexpr auto kOwnership = std::to_array<std::pair<std::string_view, Ownership>>({
      {"noidmap", Ownership::Unmapped},
      {"idmap", Ownership::Same},
      {"rootidmap", Ownership::RootIsOwner},
      {"owneridmap", Ownership::OwnerIsTarget},
  });
  if (option == "rbind" || option == "norbind") {
    mount.recursive = option == "rbind";
    return {};
  }
  for (const auto& [word, ownership] : kOwnership) {
    if (word == option) {
      mount.ownership = ownership;
      return {};
    }
  }
  constexpr auto kKnown = std::to_array<std::string_view>(
      {"rbind", "norbind", "noidmap", "idmap", "rootidmap", "owneridmap"});
  Error error = refuse(cat("'", option, "' is no mount option"));
  const auto close = nearest(option, kKnown);
  return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
}

}  // namespace

Result<std::string> absolute_path(std::string_view path, const std::string& working_directory) {
  if (path.empty()) {
    return refuse("a path is missing");
  }
  std::string joined;
  if (!path.starts_with('/')) {
    if (working_directory.empty()) {
      return refuse("the current directory does not exist any more");
    }
    joined = cat(working_directory, "/");
  }
  joined += path;
  std::string clean;
  for (const auto part : split(joined, '/')) {
    if (!part.empty() && part != ".") {
      clean += cat("/", part);
    }
  }
  return clean.empty() ? "/" : clean;
}

Result<std::string> inside_path(std::string_view path) {
  if (!path.starts_with('/')) {
    return refuse(cat("'", path, "' is not an absolute path inside"));
  }
  const auto parts = split(path, '/');
  if (std::ranges::find(parts, "..") != parts.end()) {
    return refuse(cat("'", path, "' contains .."));
  }
  return absolute_path(path, "/");
}

Result<std::pair<std::string, std::string>> parse_pivot_root(std::string_view text) {
  TRY_ASSIGN(const auto parts, parse_list(text, 1, 2));
  TRY_ASSIGN(auto to, inside_path(parts[0]));
  std::string from;
  if (parts.size() == 2) {
    TRY_ASSIGN(from, inside_path(parts[1]));
  }
  if (to == "/" || to == from) {
    return refuse("the new root is a directory below the old one");
  }
  return std::pair(std::move(to), std::move(from));
}

Result<spec::Mount> parse_bind(std::string_view text, bool read_only,
                               const Surroundings& surroundings) {
  TRY_ASSIGN(const auto parts, parse_list(text, 1, 3));
  spec::Mount mount{.kind = spec::Mount::Kind::Bind, .read_only = read_only};
  TRY_ASSIGN(auto source, parse_source(parts[0], surroundings));
  if (parts.size() == 1 || parts[1].empty()) {
    if (source.path.empty()) {
      return refuse("without a source it needs a target");
    }
    TRY_ASSIGN(mount.target, inside_path(source.path));
  } else {
    TRY_ASSIGN(mount.target, inside_path(parts[1]));
  }
  mount.sources = {std::move(source)};
  if (parts.size() == 3 && !parts[2].empty()) {
    for (const auto option : split(parts[2], ',')) {
      TRY(apply_bind_option(option, mount));
    }
  }
  return mount;
}

Result<spec::Mount> parse_tmpfs(std::string_view text) {
  const auto colon = text.find(':');
  spec::Mount mount{.kind = spec::Mount::Kind::Tmpfs};
  TRY_ASSIGN(mount.target, inside_path(text.substr(0, colon)));
  if (colon != std::string_view::npos) {
    mount.options = text.substr(colon + 1);
  }
  return mount;
}

Result<spec::Mount> parse_overlay(std::string_view text, bool read_only,
                                  const Surroundings& surroundings) {
  constexpr std::size_t kMostLayers = 64;
  TRY_ASSIGN(auto parts, parse_list(text, 2, kMostLayers));
  spec::Mount mount{.kind = spec::Mount::Kind::Overlay, .read_only = read_only};
  if (parts.size() == 2) {
    // The upper layer's own place is where the whole is shown.
    parts.push_back(parts[1].starts_with('+') ? parts[1].substr(1) : parts[1]);
  }
  TRY_ASSIGN(mount.target, inside_path(parts.back()));
  parts.pop_back();
  for (const auto& part : parts) {
    TRY_ASSIGN(auto source, parse_source(part, surroundings));
    mount.sources.push_back(std::move(source));
  }
  return mount;
}

Result<spec::Mount> parse_inaccessible(std::string_view text) {
  spec::Mount mount{.kind = spec::Mount::Kind::Inaccessible};
  TRY_ASSIGN(mount.target, inside_path(text));
  return mount;
}

}  // namespace warren::config
