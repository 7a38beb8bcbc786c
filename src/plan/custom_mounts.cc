#include "plan/custom_mounts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

using Place = spec::Source::Place;

struct Planner {
  const spec::Container& container;
  const HostFacts& host;
  std::vector<Source>& sources;

  std::size_t add(Source source) const {
    sources.push_back(std::move(source));
    return sources.size() - 1;
  }

  /// A fresh directory; `part` tells those of one mount apart.
  [[nodiscard]] std::string temporary_directory() const {
    return cat(host.scratch, "/mount-", sources.size());
  }

  [[nodiscard]] Step bind(const spec::Mount& mount) const;
  [[nodiscard]] Result<Step> overlay(const spec::Mount& mount) const;
  [[nodiscard]] Layer lower_layer(const spec::Source& source) const;
  void upper_layer(MountOverlay& step, const spec::Source& source) const;
};

Step Planner::bind(const spec::Mount& mount) const {
  const MountFlags flags = mount.read_only ? kReadOnly : 0;
  const spec::Source& from = mount.sources.front();
  if (from.place == Place::Container) {
    return BindInside{.from = from.path,
                      .target = mount.target,
                      .flags = flags,
                      .recursive = mount.recursive,
                      .make_target = true};
  }
  const bool temporary = from.place == Place::Temporary;
  const std::size_t source = add({.path = temporary ? temporary_directory() : from.path,
                                  .recursive = mount.recursive,
                                  .temporary = temporary,
                                  .ownership = mount.ownership,
                                  .owner = mount.owner,
                                  .target = mount.target});
  return BindSource{
      .source = source, .target = mount.target, .flags = flags, .recursive = mount.recursive};
}

Layer Planner::lower_layer(const spec::Source& source) const {
  if (source.place == Place::Container) {
    return {.source = std::nullopt, .path = source.path};
  }
  const bool temporary = source.place == Place::Temporary;
  return {.source = add(
              {.path = temporary ? temporary_directory() : source.path, .temporary = temporary}),
          .path = {}};
}

/// The kernel wants the upper layer and a work directory in the same mount, so the source is what
/// holds both.
void Planner::upper_layer(MountOverlay& step, const spec::Source& source) const {
  if (source.place == Place::Temporary) {
    const auto parent = add({.path = temporary_directory(), .temporary = true});
    step.upper = Layer{.source = parent, .path = "upper"};
    step.work = "work";
    return;
  }
  const auto slash = source.path.rfind('/');
  const std::string parent = slash == 0 ? "/" : source.path.substr(0, slash);
  const std::string name = source.path.substr(slash + 1);
  const std::string work = cat(".#", name, ".warren-", container.identity.machine);
  if (source.place == Place::Container) {
    step.upper = Layer{.source = std::nullopt, .path = source.path};
    step.work = cat(parent == "/" ? "" : parent, "/", work);
  } else {
    step.upper = Layer{.source = add({.path = parent}), .path = name};
    step.work = work;
  }
}

Result<Step> Planner::overlay(const spec::Mount& mount) const {
  MountOverlay step{.target = mount.target,
                    .lower = {},
                    .upper = {},
                    .work = {},
                    .flags = (mount.read_only ? kReadOnly : 0) |
                             (container.users.mode != spec::Users::Mode::None ? kNoDev : 0)};
  auto lower = mount.sources;
  if (!mount.read_only) {
    upper_layer(step, lower.back());
    lower.pop_back();
  }
  std::ranges::reverse(lower);
  for (const auto& source : lower) {
    step.lower.push_back(lower_layer(source));
  }
  return Step(std::move(step));
}

/// Options of --tmpfs are those of mount(8): some are flags of the mount, some of the file system.
MountFileSystem tmpfs(const spec::Mount& mount) {
  constexpr auto kFlags = std::to_array<std::pair<std::string_view, MountFlags>>(
      {{"ro", kReadOnly}, {"nosuid", kNoSuid}, {"nodev", kNoDev}, {"noexec", kNoExec}});
  MountFileSystem step{.type = "tmpfs",
                       .target = mount.target,
                       .flags = kNoSuid | kNoDev,
                       .options = {{"mode", "0755"}},
                       .through_links = true};
  for (const auto option : split(mount.options, ',')) {
    const auto* const flag =
        std::ranges::find(kFlags, option, &std::pair<std::string_view, MountFlags>::first);
    const auto equals = option.find('=');
    if (flag != kFlags.end()) {
      step.flags |= flag->second;
    } else if (option == "suid") {
      step.flags &= ~kNoSuid;
    } else if (option == "dev") {
      step.flags &= ~kNoDev;
    } else if (option.starts_with("mode=")) {
      step.options.front().value = option.substr(equals + 1);
    } else if (!option.empty() && option != "rw" && option != "exec") {
      step.options.push_back(
          {std::string(option.substr(0, equals)), equals == std::string_view::npos
                                                      ? std::string()
                                                      : std::string(option.substr(equals + 1))});
    }
  }
  return step;
}

}  // namespace

Result<std::vector<Step>> plan_custom_mounts(const spec::Container& container,
                                             const HostFacts& host, std::vector<Source>& sources) {
  std::vector<spec::Mount> mounts = container.mounts;
  std::ranges::stable_sort(mounts, {}, &spec::Mount::target);
  const Planner planner{container, host, sources};
  std::vector<Step> steps;
  for (const auto& mount : mounts) {
    if (mount.target == "/") {
      return Error::because("mount", "/", "the root itself cannot be mounted over")
          .advise("choose it with --directory, --volatile or --ephemeral");
    }
    if (mount.target == "/run" || mount.target == "/run/host") {
      return Error::because("mount", mount.target, "what the container is told lies in /run/host")
          .advise("mount something at a directory below /run");
    }
    switch (mount.kind) {
      case spec::Mount::Kind::Bind:
        steps.push_back(planner.bind(mount));
        break;
      case spec::Mount::Kind::Tmpfs:
        steps.emplace_back(tmpfs(mount));
        break;
      case spec::Mount::Kind::Inaccessible:
        steps.emplace_back(Hide{.path = mount.target, .if_present = false});
        break;
      case spec::Mount::Kind::Overlay: {
        TRY_ASSIGN(auto step, planner.overlay(mount));
        steps.push_back(std::move(step));
        break;
      }
    }
  }
  return steps;
}

}  // namespace warren::plan
