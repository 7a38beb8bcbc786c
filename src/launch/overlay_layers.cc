// Runs in: the launcher, in the build namespace, with the host's tree at "/".
#include "launch/overlay_layers.h"

#include <fcntl.h>

#include <utility>
#include <variant>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::launch {
namespace {

/// What a layer needs to stay open until the overlay is mounted.
using OpenLayers = std::vector<UniqueFd>;

struct Site {
  const plan::Plan& plan;
  const std::vector<OpenSource>& sources;
  int root;
  std::vector<MadeEntry>& made;

  [[nodiscard]] Result<std::string> path_of(const plan::Layer& layer, OpenLayers& open) const;
  [[nodiscard]] Result<> prepare_work(const plan::MountOverlay& step) const;
  [[nodiscard]] Result<UniqueFd> make(const plan::MountOverlay& step) const;
};

Result<std::string> Site::path_of(const plan::Layer& layer, OpenLayers& open) const {
  if (layer.source) {
    const int tree = sources[*layer.source].tree.get();
    return layer.path.empty() ? layer_path(tree) : cat(layer_path(tree), "/", layer.path);
  }
  TRY_ASSIGN(auto directory, kernel::open_in_root(root, layer.path, O_PATH | O_DIRECTORY));
  open.push_back(std::move(directory));
  return layer_path(open.back().get());
}

/// The upper layer's parent and the name of the work directory in it.
struct WorkPlace {
  UniqueFd parent;
  std::string name;
};

Result<WorkPlace> work_place(const Site& site, const plan::MountOverlay& step) {
  const auto slash = step.work.rfind('/');
  WorkPlace place{.parent = {}, .name = step.work.substr(slash + 1)};
  if (step.upper->source) {
    TRY_ASSIGN(place.parent, kernel::duplicate(site.sources[*step.upper->source].tree.get()));
  } else {
    TRY_ASSIGN(place.parent,
               kernel::open_in_root(site.root, slash == 0 ? "/" : step.work.substr(0, slash),
                                    O_PATH | O_DIRECTORY));
  }
  return place;
}

/// Makes the work directory, and the upper one of a temporary layer.
Result<> Site::prepare_work(const plan::MountOverlay& step) const {
  TRY_ASSIGN(auto place, work_place(*this, step));
  const bool temporary = step.upper->source && plan.sources[*step.upper->source].temporary;
  if (temporary) {
    TRY(kernel::ensure_directory(place.parent.get(), step.upper->path, 0755));
  } else {
    TRY(kernel::remove_tree(place.parent.get(), place.name));  // of a warren that was killed
  }
  TRY(kernel::ensure_directory(place.parent.get(), place.name, 0700));
  if (!temporary) {
    made.push_back({.parent = std::move(place.parent),
                    .name = std::move(place.name),
                    .is_directory = true,
                    .with_content = true});
  }
  return {};
}

Result<UniqueFd> Site::make(const plan::MountOverlay& step) const {
  OpenLayers open;
  std::string lower;
  for (const auto& layer : step.lower) {
    TRY_ASSIGN(const auto path, path_of(layer, open));
    lower += cat(lower.empty() ? "" : ":", path);
  }
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("overlay"));
  TRY(file_system.set("lowerdir", lower));
  UniqueFd work_parent;
  if (step.upper) {
    TRY(prepare_work(step));
    TRY_ASSIGN(const auto upper, path_of(*step.upper, open));
    TRY_ASSIGN(auto place, work_place(*this, step));
    work_parent = std::move(place.parent);
    TRY(file_system.set("upperdir", upper));
    TRY(file_system.set("workdir", cat(layer_path(work_parent.get()), "/", place.name)));
  }
  auto mount = file_system.mount(step.flags);
  return mount ? std::move(mount) : std::move(mount).error().with(cat("overlay ", step.target));
}

/// Attaches the host's layers of `step`.
Result<> attach_sources(const plan::MountOverlay& step, const std::vector<OpenSource>& sources) {
  for (const auto& layer : step.lower) {
    if (layer.source) {
      TRY(attach_layer(sources[*layer.source].tree.get()));
    }
  }
  return step.upper && step.upper->source ? attach_layer(sources[*step.upper->source].tree.get())
                                          : Result<>();
}

}  // namespace

Result<> attach_layer(int mount) {
  // Not at "/": the container's root goes there, and must have nothing mounted over it.
  return kernel::move_mount(mount, AT_FDCWD, "/dev");
}

std::string layer_path(int fd) { return cat("/proc/self/fd/", fd); }

Result<std::vector<UniqueFd>> make_overlays(const plan::Plan& plan,
                                            const std::vector<OpenSource>& sources, int root,
                                            std::vector<MadeEntry>& made) {
  std::vector<UniqueFd> overlays;
  for (const auto& step : plan.steps) {
    if (const auto* overlay = std::get_if<plan::MountOverlay>(&step)) {
      TRY(attach_sources(*overlay, sources));
      TRY_ASSIGN(auto mount, Site({plan, sources, root, made}).make(*overlay));
      overlays.push_back(std::move(mount));
    }
  }
  return overlays;
}

}  // namespace warren::launch
