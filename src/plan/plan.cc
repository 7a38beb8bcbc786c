#include "plan/plan.h"

#include <iterator>
#include <utility>

#include "base/text.h"
#include "plan/api_mounts.h"
#include "plan/custom_mounts.h"
#include "plan/devices.h"
#include "plan/etc_files.h"
#include "plan/init.h"
#include "plan/process.h"

namespace warren::plan {
namespace {

using Volatile = spec::Root::Volatile;

RootPlan plan_root(const spec::Container& container, const HostFacts& host, bool user_namespace) {
  const spec::Root& wanted = container.root;
  RootPlan root;
  root.directory = wanted.directory;
  root.map_ids = user_namespace && container.users.mode != spec::Users::Mode::Identity &&
                 !host.ids.tree_is_shifted;
  // Nobody inside can make device nodes, so those that are there are the image's: a way around
  // every other boundary if the image is a stranger's.
  root.no_devices = user_namespace;
  root.read_only = wanted.read_only || wanted.volatile_mode == Volatile::State;
  root.pivot_to = wanted.pivot_to;
  root.pivot_from = wanted.pivot_from;
  if (wanted.volatile_mode == Volatile::Yes) {
    root.layout = RootPlan::Layout::Tmpfs;
  } else if (wanted.volatile_mode == Volatile::Overlay) {
    root.layout = RootPlan::Layout::Overlay;
  } else if (wanted.ephemeral) {
    root.layout = RootPlan::Layout::Overlay;
    root.changes = cat(host.scratch, "/root");
  } else if (!wanted.changes.empty()) {
    root.layout = RootPlan::Layout::Overlay;
    root.changes = wanted.changes;
    root.keep_changes = true;
  }
  return root;
}

void append(std::vector<Step>& steps, std::vector<Step> more) {
  steps.insert(steps.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

Result<std::vector<Step>> plan_steps(const spec::Container& container, const HostFacts& host,
                                     const ImageFacts& image, const std::string& uuid,
                                     std::vector<Source>& sources) {
  std::vector<Step> steps;
  for (const auto& file : container.files) {
    steps.emplace_back(PutFile{.file = file});
  }
  append(steps, plan_resolv_conf(container, host, image, sources));
  append(steps, plan_timezone(container, host, image, sources));
  append(steps, plan_device_tree(container, host, sources));
  TRY_ASSIGN(auto devices, plan_named_devices(container, host, sources));
  append(steps, std::move(devices));
  if (container.console != spec::Console::Pipe) {
    steps.emplace_back(MakeConsole{.path = "/dev/console", .owner = image.user.uid});
  }
  append(steps, plan_runtime_tree(container, host, uuid, image.user.uid));
  if (container.process.ready_fifo) {
    steps.emplace_back(MakeReadyFifo{kReadyFifo});
  }
  // The container's namespaces are being made until here.
  append(steps, plan_namespace_views());
  append(steps, plan_nesting(container));  // what follows hides things
  append(steps, plan_masks(container, host));
  if (container.root.volatile_mode == Volatile::State) {
    steps.emplace_back(MountFileSystem{.type = "tmpfs",
                                       .target = "/var",
                                       .flags = kNoSuid | kNoDev,
                                       .options = {{"mode", "0755"}},
                                       .through_links = true});
  }
  TRY_ASSIGN(auto custom, plan_custom_mounts(container, host, sources));
  append(steps, std::move(custom));
  steps.emplace_back(ChangeFlags{.path = "/run/host", .set = kReadOnly});
  return steps;
}

}  // namespace

Result<Plan> make_plan(const spec::Container& container, const HostFacts& host,
                       const ImageFacts& image) {
  if (container.root.volatile_mode == Volatile::Yes && !image.has_merged_usr) {
    return Error::because("", "--volatile=yes",
                          cat(container.root.directory, " has no /usr with all its programs"))
        .advise("it keeps nothing else: use --volatile=overlay or --volatile=state");
  }
  Plan plan;
  plan.uuid = image.machine_id.value_or(container.identity.uuid.value_or(host.random_uuid));
  plan.ids = host.ids;
  plan.user_namespace = container.users.mode != spec::Users::Mode::None;
  plan.own_network = container.network.isolated;
  plan.network_namespace = container.network.namespace_path;
  TRY_ASSIGN(plan.network,
             plan_network(container.network, container.identity.machine, host.network_seed));
  plan.console = container.console;
  plan.readiness = plan_readiness(container.process, image.init_kind);
  plan.stop_signal = plan_stop_signal(container.process, image.init_kind);
  plan.devices = plan_device_rules(container, host);
  // With a user namespace nobody inside can make nodes, and those of the image are dead.
  plan.devices_required = !plan.user_namespace && host.can_make_devices;
  TRY_ASSIGN(plan.limits, plan_limits(container.limits, host.devices));
  plan.limits_required = container.limits.required;
  plan.root = plan_root(container, host, plan.user_namespace);
  TRY_ASSIGN(plan.steps, plan_steps(container, host, image, plan.uuid, plan.sources));
  TRY_ASSIGN(plan.process, plan_process(container, host, image, plan.uuid));
  return plan;
}

}  // namespace warren::plan
