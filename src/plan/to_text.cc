// A plan as text: one line for each thing that will be done, in order.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "plan/plan.h"
#include "spec/capabilities.h"

namespace warren::plan {
namespace {

std::string flags_text(MountFlags flags) {
  std::string text;
  for (const auto& [bit, name] : {std::pair{kReadOnly, " ro"}, std::pair{kNoSuid, " nosuid"},
                                  std::pair{kNoDev, " nodev"}, std::pair{kNoExec, " noexec"}}) {
    text += (flags & bit) != 0 ? name : "";
  }
  return text;
}

std::string octal(mode_t mode) {
  std::string digits;
  for (unsigned rest = mode; rest != 0; rest /= 8) {
    digits.insert(digits.begin(), static_cast<char>('0' + (rest % 8)));
  }
  return cat("0", digits);
}

std::string layer_text(const Layer& layer) {
  return layer.source ? cat("source ", *layer.source, layer.path.empty() ? "" : "/", layer.path)
                      : layer.path;
}

std::string owner_text(uid_t owner) { return owner == 0 ? "" : cat(" of uid ", owner); }

struct Describe {
  std::string operator()(const MountFileSystem& step) const {
    std::string text = cat("mount ", step.type, " ", step.target, flags_text(step.flags));
    for (const auto& [key, value] : step.options) {
      text += cat(" ", key, value.empty() ? "" : "=", value);
    }
    return cat(text, owner_text(step.owner));
  }
  std::string operator()(const MountNamespaceView& step) const {
    constexpr const char* kNames[] = {"proc", "sysfs", "cgroup2", "mqueue"};
    return cat("view ", kNames[static_cast<std::size_t>(step.which)], " ", step.target,
               flags_text(step.flags));
  }
  std::string operator()(const BindSource& step) const {
    return cat(step.recursive ? "rbind" : "bind", " source ", step.source, " ", step.target,
               flags_text(step.flags));
  }
  std::string operator()(const BindInside& step) const {
    return cat(step.recursive ? "rbind " : "bind ", step.from, " ", step.target,
               flags_text(step.flags), (step.clear & kReadOnly) != 0 ? " rw" : "",
               step.if_present ? " if present" : "");
  }
  std::string operator()(const MountOverlay& step) const {
    std::string text = cat("overlay ", step.target, flags_text(step.flags));
    for (const auto& layer : step.lower) {
      text += cat(" lower=", layer_text(layer));
    }
    return step.upper ? cat(text, " upper=", layer_text(*step.upper), " work=", step.work) : text;
  }
  std::string operator()(const Hide& step) const {
    return cat("hide ", step.path, step.if_present ? " if present" : "");
  }
  std::string operator()(const MakeDirectory& step) const {
    return cat("mkdir ", step.path, " ", octal(step.mode));
  }
  std::string operator()(const MakeFile& step) const {
    return cat("file ", step.path, " ", octal(step.mode), " ", step.content.size(), " bytes",
               owner_text(step.owner));
  }
  std::string operator()(const MakeSymlink& step) const {
    return cat("symlink ", step.path, " -> ", step.target);
  }
  std::string operator()(const MakeNode& step) const {
    return cat("node ", step.path, " ", octal(step.mode), " ", step.major, ":", step.minor);
  }
  std::string operator()(const MakeNotifySocket& step) const {
    return cat("notify socket ", step.path);
  }
  std::string operator()(const MakeReadyFifo& step) const { return cat("ready fifo ", step.path); }
  std::string operator()(const MakeConsole& step) const {
    return cat("console ", step.path, " of uid ", step.owner);
  }
  std::string operator()(const Remove& step) const { return cat("remove ", step.path); }
  std::string operator()(const PutFile& step) const {
    constexpr const char* kKinds[] = {"file", "directory", "symlink"};
    return cat("put ", kKinds[static_cast<std::size_t>(step.file.kind)], " ", step.file.path, " ",
               octal(step.file.mode), " ", step.file.uid, ":", step.file.gid, " ",
               step.file.content.size(), " bytes");
  }
  std::string operator()(const ChangeFlags& step) const {
    return cat("flags ", step.path, flags_text(step.set));
  }
};

std::string root_text(const RootPlan& root) {
  constexpr const char* kLayouts[] = {"tree", "overlay", "tmpfs"};
  return cat("root ", kLayouts[static_cast<std::size_t>(root.layout)], " ", root.directory,
             root.map_ids ? " mapped" : "", root.no_devices ? " nodev" : "",
             root.read_only ? " ro" : "", root.changes.empty() ? "" : " changes=", root.changes,
             root.keep_changes ? " kept" : "",
             root.pivot_to.empty() ? "" : " pivot=", root.pivot_to,
             root.pivot_from.empty() ? "" : ":", root.pivot_from, "\n");
}

std::string device_text(const confine::DeviceRule& rule) {
  using confine::DeviceRule;
  return cat("device ", rule.type == DeviceRule::Type::Block ? "b " : "c ", rule.major, ":",
             rule.minor ? cat(*rule.minor) : std::string("*"), " ",
             (rule.access & DeviceRule::kRead) != 0 ? "r" : "",
             (rule.access & DeviceRule::kWrite) != 0 ? "w" : "",
             (rule.access & DeviceRule::kMake) != 0 ? "m" : "");
}

std::string process_text(const ProcessPlan& process) {
  std::string text = cat("exec ", join(process.candidates, " | "), "\n");
  for (const auto& argument : process.arguments) {
    text += cat("argv ", argument, "\n");
  }
  for (const auto& entry : process.environment) {
    text += cat("env ", entry, "\n");
  }
  text += cat("as ", process.uid, ":", process.gid, " in ", process.working_directory,
              process.under_init ? " under init" : "",
              process.no_new_privileges ? " without new privileges" : "", "\n");
  text += "capabilities";
  for (unsigned number = 0; number < 64; ++number) {
    if ((process.bounding >> number & 1) != 0) {
      text += cat(" ", spec::capability_name(number).substr(4));
    }
  }
  return cat(text, "\n");
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::string text = root_text(plan.root);
  text += plan.user_namespace ? cat("ids ", plan.ids.base, "+", plan.ids.count, "\n")
                              : std::string("ids of the host\n");
  text += plan.own_network ? "network own\n" : "";
  text += plan.network_namespace.empty() ? "" : cat("network ", plan.network_namespace, "\n");
  for (const auto& rule : plan.devices) {
    text += cat(device_text(rule), plan.devices_required ? " required" : "", "\n");
  }
  for (const auto& limit : plan.limits) {
    text += cat("limit ", limit.file, " ", limit.value, plan.limits_required ? "" : " if possible",
                "\n");
  }
  text += to_text(plan.network);
  for (const auto& source : plan.sources) {
    text += cat("source ", source.path, source.recursive ? " recursive" : "",
                source.temporary ? " temporary" : "",
                source.ownership != spec::Ownership::Unmapped ? " mapped" : "", "\n");
  }
  for (const auto& step : plan.steps) {
    text += cat(std::visit(Describe{}, step), "\n");
  }
  return cat(text, process_text(plan.process));
}

}  // namespace warren::plan
