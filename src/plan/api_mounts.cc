#include "plan/api_mounts.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/devices.h"
#include "plan/environment.h"

namespace warren::plan {
namespace {

constexpr MountFlags kInert = kNoSuid | kNoDev | kNoExec;

MountFileSystem tmpfs(std::string target, MountFlags flags, std::string mode, std::string size,
                      std::string inodes) {
  return {
      .type = "tmpfs",
      .target = std::move(target),
      .flags = flags,
      .options = {
          {"mode", std::move(mode)}, {"size", std::move(size)}, {"nr_inodes", std::move(inodes)}}};
}

struct DeviceNode {
  const char* name;
  unsigned major;
  unsigned minor;
};

// Documentation/admin-guide/devices.txt of Linux.
constexpr auto kDevices = std::to_array<DeviceNode>({
    {"null", 1, 3},
    {"zero", 1, 5},
    {"full", 1, 7},
    {"random", 1, 8},
    {"urandom", 1, 9},
    {"tty", 5, 0},
});

/// For containers with a network of their own: in the host's they could make no tunnel.
constexpr DeviceNode kTunnel = {"net/tun", 10, 200};

struct Link {
  const char* path;
  const char* target;
};

constexpr auto kDeviceLinks = std::to_array<Link>({
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
    {"/dev/core", "/proc/kcore"},
    {"/dev/ptmx", "pts/ptmx"},
});

// What tells about the host or acts on all of it, whoever asks.
constexpr auto kHidden = std::to_array<const char*>({
    "/proc/acpi",
    "/proc/asound",
    "/proc/dynamic_debug",
    "/proc/kallsyms",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/sysrq-trigger",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
});

// What may be read, but not changed.
constexpr auto kFrozen = std::to_array<const char*>({
    "/proc/apm",
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
});

bool has_own_mount(const spec::Container& container, std::string_view target) {
  return std::ranges::any_of(container.mounts,
                             [&](const spec::Mount& mount) { return mount.target == target; });
}

Step plan_device(const DeviceNode& device, const HostFacts& host, std::vector<Source>& sources) {
  std::string path = cat("/dev/", device.name);
  if (host.can_make_devices) {
    return MakeNode{.path = std::move(path),
                    .mode = S_IFCHR | 0666,
                    .major = device.major,
                    .minor = device.minor};
  }
  sources.push_back({.path = path});
  return BindSource{.source = sources.size() - 1, .target = std::move(path), .recursive = false};
}

}  // namespace

std::vector<Step> plan_device_tree(const spec::Container& container, const HostFacts& host,
                                   std::vector<Source>& sources) {
  std::vector<DeviceNode> devices(kDevices.begin(), kDevices.end());
  std::vector<Step> steps = {tmpfs("/dev", kNoSuid | kNoExec, "0755", "4m", "65536")};
  if (shows_tunnels(container, host)) {
    devices.push_back(kTunnel);
    steps.emplace_back(MakeDirectory{.path = "/dev/net"});
  }
  for (const auto& device : devices) {
    steps.push_back(plan_device(device, host, sources));
  }
  for (const auto& [path, target] : kDeviceLinks) {
    steps.emplace_back(MakeSymlink{.path = path, .target = target});
  }
  steps.emplace_back(MakeDirectory{.path = "/dev/char"});
  for (const auto& [name, major, minor] : devices) {
    steps.emplace_back(
        MakeSymlink{.path = cat("/dev/char/", major, ":", minor), .target = cat("../", name)});
  }
  for (const char* path : {"/dev/pts", "/dev/shm", "/dev/mqueue"}) {
    steps.emplace_back(MakeDirectory{.path = path});
  }
  steps.emplace_back(
      MountFileSystem{.type = "devpts",
                      .target = "/dev/pts",
                      .flags = kNoSuid | kNoExec,
                      .options = {{"gid", "5"}, {"mode", "620"}, {"ptmxmode", "666"}}});
  steps.emplace_back(tmpfs("/dev/shm", kNoSuid | kNoDev, "1777", "50%", "1m"));
  return steps;
}

std::vector<Step> plan_runtime_tree(const spec::Container& container, const HostFacts& host,
                                    const std::string& uuid, uid_t user) {
  // systemd-nspawn inside binds parts of it without these flags, which the kernel would have
  // locked.
  const MountFlags flags = container.security.nesting ? 0 : kNoSuid | kNoDev;
  std::vector<Step> steps = {tmpfs("/run", flags, "0755", "20%", "819200")};
  if (!has_own_mount(container, "/tmp")) {
    steps.emplace_back(tmpfs("/tmp", kNoSuid | kNoDev, "1777", "10%", "409600"));
  }
  steps.emplace_back(MakeDirectory{.path = "/run/host"});
  steps.emplace_back(tmpfs("/run/host", kNoSuid | kNoDev | kNoExec, "0755", "4m", "1024"));
  steps.emplace_back(MakeFile{.path = "/run/host/container-manager",
                              .content = cat(container.identity.manager, "\n"),
                              .mode = 0444});
  steps.emplace_back(MakeFile{
      .path = "/run/host/container-uuid", .content = cat(dashed(uuid), "\n"), .mode = 0444});
  if (!host.os_release.empty()) {
    steps.emplace_back(
        MakeFile{.path = "/run/host/os-release", .content = host.os_release, .mode = 0444});
  }
  // Where systemd-machined would hand mounts over. Others may not look, as it has it.
  steps.emplace_back(MakeDirectory{.path = "/run/host/incoming", .mode = 0600});
  steps.emplace_back(MakeDirectory{.path = kInaccessible});
  for (const auto& [name, type] :
       std::to_array<std::pair<const char*, mode_t>>({{"reg", S_IFREG},
                                                      {"fifo", S_IFIFO},
                                                      {"sock", S_IFSOCK},
                                                      {"chr", S_IFCHR},
                                                      {"blk", S_IFBLK}})) {
    if (host.can_make_devices || (type != S_IFCHR && type != S_IFBLK)) {
      steps.emplace_back(MakeNode{.path = cat(kInaccessible, "/", name), .mode = type});
    }
  }
  steps.emplace_back(MakeDirectory{.path = cat(kInaccessible, "/dir"), .mode = 0});
  steps.emplace_back(MakeNotifySocket{kNotifySocket});
  if (!container.credentials.empty()) {
    constexpr const char* kDirectory = "/run/host/credentials";
    steps.emplace_back(MakeDirectory{.path = kDirectory});
    // ramfs: what is in it never goes to swap.
    steps.emplace_back(MountFileSystem{.type = "ramfs",
                                       .target = kDirectory,
                                       .flags = kInert,
                                       .options = {{"mode", "0500"}},
                                       .owner = user});
    for (const auto& credential : container.credentials) {
      steps.emplace_back(MakeFile{.path = cat(kDirectory, "/", credential.name),
                                  .content = credential.value,
                                  .mode = 0400,
                                  .owner = user});
    }
    steps.emplace_back(ChangeFlags{.path = kDirectory, .set = kReadOnly});
  }
  return steps;
}

std::vector<Step> plan_namespace_views() {
  using Which = MountNamespaceView::Which;
  return {
      MountNamespaceView{.which = Which::Proc, .target = "/proc", .flags = kInert},
      MountNamespaceView{.which = Which::Sysfs, .target = "/sys", .flags = kInert | kReadOnly},
      MountNamespaceView{.which = Which::Cgroup, .target = "/sys/fs/cgroup", .flags = kInert},
      MountNamespaceView{.which = Which::Mqueue, .target = "/dev/mqueue", .flags = kInert},
  };
}

std::vector<Step> plan_nesting(const spec::Container& container) {
  if (!container.security.nesting) {
    return {};
  }
  std::vector<Step> steps = {MakeDirectory{.path = kNestingViews, .mode = 0700}};
  for (const char* view : {"/proc", "/sys"}) {
    const std::string place = cat(kNestingViews, view);
    steps.emplace_back(MakeDirectory{.path = place});
    steps.emplace_back(
        BindInside{.from = view, .target = place, .clear = kReadOnly, .recursive = false});
  }
  return steps;
}

std::vector<Step> plan_masks(const spec::Container& container, const HostFacts& host) {
  std::vector<Step> steps;
  steps.reserve(std::size(kFrozen));
  for (const char* path : kFrozen) {
    steps.emplace_back(
        BindInside{.from = path, .target = path, .flags = kReadOnly, .if_present = true});
  }
  if (container.network.isolated) {
    steps.emplace_back(BindInside{.from = "/proc/sys/net",
                                  .target = "/proc/sys/net",
                                  .clear = kReadOnly,
                                  .if_present = true});
  }
  for (const char* path : kHidden) {
    steps.emplace_back(Hide{.path = path});
  }
  // A kernel log that never says anything, and a boot id of its own. Neither file may be removed
  // afterwards: nothing could be mounted over it then, which services inside want to do.
  steps.emplace_back(
      BindInside{.from = cat(kInaccessible, "/fifo"), .target = "/proc/kmsg", .if_present = true});
  constexpr const char* kBootId = "/run/host/.boot-id";
  steps.emplace_back(MakeFile{.path = kBootId, .content = cat(host.boot_id, "\n"), .mode = 0444});
  steps.emplace_back(BindInside{
      .from = kBootId, .target = "/proc/sys/kernel/random/boot_id", .flags = kReadOnly | kInert});
  return steps;
}

}  // namespace warren::plan
