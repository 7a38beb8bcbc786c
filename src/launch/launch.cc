// Runs in: the launcher, which is the process that later waits for the container.
//
// launcher                                   child (the payload's process 1)
//   enter the build namespace
//   clone3 ---------------------------------> shares the build namespace
//   write id maps, kIdsMapped --------------> makes a network namespace
//   hold the devices, attach the root,
//     pivot into it
//   start the collector of views ---------->    (which waits for kNamespacesReady)
//   take the host's tree away                kNamespacesReady
//   carry out the steps; the first one that  does what needs no tree; waits
//     shows a namespace waits for the views
//   kTreeReady -----------------------------> copies the mount namespace: all mounts locked
//   leave the build namespace                 becomes what the plan says
//   make the lifeline
//   kHeld ----------------------------------> may lose its death signal
//   end of stream <-------------------------- execve          (or a ChildFailure)
#include "launch/launch.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "launch/build_namespace.h"
#include "launch/device_policy.h"
#include "launch/id_mapping.h"
#include "launch/init_image.h"
#include "launch/keyring.h"
#include "launch/lifeline.h"
#include "launch/namespace_views.h"
#include "launch/overlay_layers.h"
#include "launch/prepared_child.h"
#include "launch/resource_limits.h"
#include "launch/root_mount.h"
#include "launch/sources.h"
#include "launch/tree_builder.h"
#include "plan/api_mounts.h"

namespace warren::launch {
namespace {

/// A mode mask of 0 while it lives, so that what is made has the mode that was asked for.
class ExactModes {
 public:
  ExactModes() : saved_(::umask(0)) {}
  ~ExactModes() { ::umask(saved_); }
  ExactModes(const ExactModes&) = delete;
  ExactModes& operator=(const ExactModes&) = delete;

 private:
  mode_t saved_;
};

/// The child, killed and reaped unless it is released.
class ChildGuard {
 public:
  explicit ChildGuard(kernel::Child child) : child_(std::move(child)) {}
  ~ChildGuard() {
    if (child_.pid_fd) {
      (void)kernel::send_signal(child_.pid_fd.get(), SIGKILL);
      (void)kernel::wait_for_exit(child_.pid_fd.get());
    }
  }
  ChildGuard(const ChildGuard&) = delete;
  ChildGuard& operator=(const ChildGuard&) = delete;

  [[nodiscard]] const kernel::Child& child() const { return child_; }
  [[nodiscard]] kernel::Child release() { return std::move(child_); }

 private:
  kernel::Child child_;
};

/// Things of the host that are needed once the host's tree is out of sight.
struct HostView {
  UniqueFd proc;
  UniqueFd pid_namespace;
  UniqueFd network;         ///< own network namespace, if another one is joined
  UniqueFd joined_network;  ///< that one
  std::vector<confine::DeviceRule> devices;
  bool is_container = false;
};

Result<HostView> open_host_view(const plan::Plan& plan) {
  HostView host;
  TRY_ASSIGN(host.proc, kernel::open("/proc", O_PATH | O_DIRECTORY));
  TRY_ASSIGN(host.pid_namespace, kernel::open("/proc/self/ns/pid", O_RDONLY));
  host.is_container = !kernel::in_first_user_namespace();
  if (!plan.network_namespace.empty()) {
    TRY_ASSIGN(host.network, kernel::open("/proc/self/ns/net", O_RDONLY));
    auto joined = kernel::open_namespace(plan.network_namespace, CLONE_NEWNET);
    if (!joined) {
      return joined.error().code == EINVAL
                 ? std::move(joined).error().advise("it is no network namespace")
                 : std::move(joined).error();
    }
    host.joined_network = *std::move(joined);
  }
  return host;
}

/// Those that the clone makes. The mount and the network namespace are the child's to make.
std::uint64_t namespace_flags(const plan::Plan& plan) {
  std::uint64_t flags = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (plan.user_namespace) {
    flags |= CLONE_NEWUSER;
  }
  return flags;
}

Result<kernel::Child> clone_child(const plan::Plan& plan, const HostView& host, int cgroup,
                                  PreparedChild& child) {
  if (host.joined_network) {
    TRY(kernel::setns(host.joined_network.get(), CLONE_NEWNET, plan.network_namespace));
  }
  auto cloned = kernel::clone3_with_memory({.main = child_main,
                                            .argument = &child.plan(),
                                            .stack = child.stack(),
                                            .flags = namespace_flags(plan),
                                            .cgroup = cgroup});
  if (host.joined_network) {
    TRY(kernel::setns(host.network.get(), CLONE_NEWNET, "warren's network namespace"));
  }
  return cloned;
}

/// The child's user namespace, with its ids written; none without one.
Result<UniqueFd> set_up_ids(const plan::Plan& plan, const HostView& host,
                            const kernel::Child& child) {
  if (!plan.user_namespace) {
    return UniqueFd();
  }
  const auto mapping = container_mapping(plan.ids);
  TRY(kernel::write_id_maps(host.proc.get(), child.pid, mapping, mapping));
  return kernel::openat(host.proc.get(), cat(child.pid, "/ns/user"), O_RDONLY);
}

/// A child that has ended is noticed when its program is waited for.
Result<> say(int link, char word) {
  if (::send(link, &word, 1, MSG_NOSIGNAL) < 0 && errno != EPIPE) {
    return Error::sys("send", "the child");
  }
  return {};
}

Result<> make_links(network::Links& links, const HostView& host, const kernel::Child& child) {
  TRY_ASSIGN(auto inside, kernel::openat(host.proc.get(), cat(child.pid, "/ns/net"), O_RDONLY));
  return links.make(std::move(inside));
}

/// The /sys that this container sees, in the mount namespace that this process is in now.
UniqueFd open_own_sysfs() {
  for (const std::string& path : {cat(plan::kNestingViews, "/sys"), std::string("/sys")}) {
    if (auto directory = kernel::open(path, O_PATH | O_DIRECTORY)) {
      return *std::move(directory);
    }
  }
  return {};
}

/// Starts what mounts the views, and leaves the host's tree, of which `sysfs` is the /sys.
Result<ViewCollector> leave_host(const plan::Plan& plan, const HostView& host,
                                 const kernel::Child& child, int link, int sysfs) {
  const SharedNetwork network = {.shared = !plan.own_network && plan.network_namespace.empty(),
                                 .sysfs = plan.own_network ? -1 : sysfs};
  TRY_ASSIGN(auto collector, ViewCollector::start(child, link, host.pid_namespace.get(), network));
  if (host.is_container) {
    // There the kernel lets mount only what can be seen already.
    TRY(collector.wait());
  }
  TRY(leave_host_tree());
  return collector;
}

/// Everything between the clone and the moment when the child may go on.
Result<BuiltTree> make_tree(const plan::Plan& plan, const Claims& claims, const HostView& host,
                            const kernel::Child& child, int link, RootParts parts,
                            std::vector<OpenSource>& sources, network::Links& links) {
  TRY_ASSIGN(const auto user_namespace, set_up_ids(plan, host, child));
  TRY(say(link, kIdsMapped));
  TRY(hold_devices(claims.cgroup, host.devices, plan.devices_required));
  const kernel::FileOwner owner(plan.ids.base, plan.ids.base);
  const ExactModes exact;
  TRY_ASSIGN(const auto root, attach_root(plan.root, std::move(parts), user_namespace.get()));
  std::vector<MadeEntry> made;
  Undo undo;
  undo.add([&made] { remove_made_entries(made); });
  TRY_ASSIGN(auto overlays, make_overlays(plan, sources, root.get(), made));
  const UniqueFd sysfs = host.is_container ? open_own_sysfs() : UniqueFd();
  TRY(enter_root(root.get()));
  TRY_ASSIGN(auto collector, leave_host(plan, host, child, link, sysfs.get()));
  // From here on paths lead to the container's tree, and nowhere else.
  const auto await_views = [&]() -> Result<NamespaceViews> {
    TRY(collector.wait());  // the kernel wakes one of two who wait for the child's word
    TRY(await_namespaces(link, plan.process));
    if (!plan.network.empty()) {
      TRY(make_links(links, host, child));
    }
    return collector.finish();
  };
  TRY_ASSIGN(auto built, build_tree({.plan = &plan,
                                     .sources = &sources,
                                     .overlays = &overlays,
                                     .root = root.get(),
                                     .user_namespace = user_namespace.get(),
                                     .host_proc = host.proc.get(),
                                     .window = claims.window,
                                     .record = claims.record,
                                     .await_views = await_views},
                                    made));
  if (plan.root.read_only) {
    TRY(kernel::mount_setattr(root.get(), "", {.set = MOUNT_ATTR_RDONLY}));
  }
  undo.dismiss();
  built.made = std::move(made);
  return built;
}

/// Lets the child go on, makes what ends it with this process, and waits until it has executed
/// the program. What takes a while is done while the child is busy.
Result<Lifeline> let_go(int link, const kernel::Child& child, const plan::ProcessPlan& process,
                        BuildNamespace& build_namespace, network::Links& links) {
  TRY(say(link, kTreeReady));
  build_namespace.leave();  // so that the lifeline is not in it
  TRY_ASSIGN(const auto way_back, links.way_back());
  TRY_ASSIGN(auto lifeline, Lifeline::make(child.pid_fd.get(), way_back));
  TRY(links.move_in());
  TRY(say(link, kHeld));
  TRY(await_program(link, process));
  return lifeline;
}

/// Lets the payload open its standard streams again by name (/dev/stdout), which a pipe grants to
/// its owner only. Files are left alone: they have an owner who counts.
void give_pipes(uid_t owner) {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct statfs file_system = {};
    if (::fstatfs(stream, &file_system) == 0 && file_system.f_type == PIPEFS_MAGIC) {
      (void)!::fchown(stream, owner,
                      static_cast<gid_t>(-1));  // without it things work but for that
    }
  }
}

}  // namespace

Result<Launched> launch(const plan::Plan& plan, const Claims& claims) {
  if (!kernel::is_single_threaded()) {
    return Error::because("launch", "", "this process has threads");
  }
  TRY_ASSIGN(auto host, open_host_view(plan));
  TRY_ASSIGN(auto links, network::Links::prepare(plan.network, claims.bridge_lock));
  TRY_ASSIGN(auto parts, open_root_parts(plan.root, plan.ids, claims.tree));
  TRY_ASSIGN(auto sources, open_sources(plan));
  host.devices = device_rules(plan, sources);
  UniqueFd init;
  if (plan.process.under_init) {
    TRY_ASSIGN(init, open_init_image());
  }
  join_fresh_keyring();
  TRY_ASSIGN(auto link, kernel::socket_pair());
  PreparedChild prepared(plan, link, init.get());

  TRY_ASSIGN(auto build_namespace, BuildNamespace::enter(claims.empty_namespace));
  TRY_ASSIGN(auto cloned, clone_child(plan, host, claims.cgroup, prepared));
  ChildGuard guard(std::move(cloned));
  link.second.reset();
  TRY(set_resource_limits(plan.process, guard.child().pid, host.proc.get()));
  if (plan.console == spec::Console::Pipe) {
    give_pipes(plan.ids.base + plan.process.uid);
  }
  auto built = make_tree(plan, claims, host, guard.child(), link.first.get(), std::move(parts),
                         sources, links);
  if (!built) {
    return failure_of_child(link.first.get(), plan.process).value_or(std::move(built).error());
  }
  auto lifeline = let_go(link.first.get(), guard.child(), plan.process, build_namespace, links);
  if (!lifeline) {
    remove_made_entries(built->made);
    return std::move(lifeline).error();
  }
  return Launched{.lifeline = std::move(*lifeline),
                  .leader = guard.release(),
                  .console = std::move(built->console),
                  .notify_socket = std::move(built->notify_socket),
                  .ready_fifo = std::move(built->ready_fifo),
                  .links = std::move(links),
                  .made = std::move(built->made),
                  .many_mounts = build_namespace.was_slow()};
}

}  // namespace warren::launch
