// The ordered, typed steps that make a container real. launch/ carries them out and decides
// nothing; everything that could be decided otherwise is decided here.
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "confine/device_program.h"
#include "confine/syscall_filter.h"
#include "plan/facts.h"
#include "plan/limits.h"
#include "plan/network.h"
#include "spec/container.h"

namespace warren::plan {

/// Bits of mount flags; the values are those of MOUNT_ATTR_* in mount_setattr(2).
using MountFlags = std::uint64_t;
inline constexpr MountFlags kReadOnly = 1;
inline constexpr MountFlags kNoSuid = 2;
inline constexpr MountFlags kNoDev = 4;
inline constexpr MountFlags kNoExec = 8;

struct MountOption {
  std::string key;
  std::string value;  ///< empty: an option without a value
  friend bool operator==(const MountOption&, const MountOption&) = default;
};

// ---- steps: paths are absolute, inside ----

/// A new file system. Its files belong to the container's root; ids in `options` are the
/// container's.
struct MountFileSystem {
  std::string type;
  std::string target;
  MountFlags flags = 0;
  std::vector<MountOption> options;
  bool through_links = false;  ///< `target` may lead through symbolic links of the image
  uid_t owner = 0;             ///< of its root directory, inside
};

/// A file system that shows one of the container's own namespaces.
struct MountNamespaceView {
  enum class Which { Proc, Sysfs, Cgroup, Mqueue };
  Which which = Which::Proc;
  std::string target;
  MountFlags flags = 0;
};

/// A copy of a host mount; `source` counts Plan::sources.
struct BindSource {
  std::size_t source = 0;
  std::string target;
  MountFlags flags = 0;  ///< to set, on all of a recursive one
  bool recursive = true;
};

/// One part of the tree shown at a second place.
struct BindInside {
  std::string from;
  std::string target;
  MountFlags flags = 0;  ///< to set
  MountFlags clear = 0;  ///< to clear
  bool recursive = false;
  bool if_present = false;   ///< nothing happens when `target` does not exist
  bool make_target = false;  ///< make the mount point when it does not exist
};

/// A layered file system; layers on the host are `sources`, the others are inside.
struct Layer {
  std::optional<std::size_t> source;
  std::string path;  ///< inside; or, for a source, below it
};
struct MountOverlay {
  std::string target;
  std::vector<Layer> lower;    ///< topmost first
  std::optional<Layer> upper;  ///< none: read-only
  std::string work;            ///< beside the upper layer, in the same source
  MountFlags flags = 0;
};

/// Hides what is at `path` behind an empty node of the same type that nobody may open.
struct Hide {
  std::string path;
  bool if_present = true;
};

struct MakeDirectory {
  std::string path;
  mode_t mode = 0755;
};
/// Replaces what is at `path`, unless that is a directory.
struct MakeFile {
  std::string path;
  std::string content;
  mode_t mode = 0644;
  uid_t owner = 0;  ///< inside
};
/// Replaces what is at `path`, unless that is a directory.
struct MakeSymlink {
  std::string path;
  std::string target;
};
/// A FIFO, a socket, an empty file, or a device node.
struct MakeNode {
  std::string path;
  mode_t mode = 0;  ///< type and permissions
  unsigned major = 0;
  unsigned minor = 0;
};
struct Remove {
  std::string path;
};
/// Puts a declared file into the tree.
struct PutFile {
  spec::File file;
};
/// The datagram socket on which process 1 reports; launch/ keeps the receiving end.
struct MakeNotifySocket {
  std::string path;
};
/// A FIFO for root alone in which something inside writes that the container is ready; launch/
/// keeps the reading end.
struct MakeReadyFifo {
  std::string path;
};
/// A pseudo terminal of the container's own devpts, shown as `path`; launch/ keeps both ends.
struct MakeConsole {
  std::string path;
  uid_t owner = 0;  ///< inside
};
/// Changes the flags of the mount at `path`.
struct ChangeFlags {
  std::string path;
  MountFlags set = 0;
};

using Step = std::variant<MountFileSystem, MountNamespaceView, BindSource, BindInside, MountOverlay,
                          Hide, MakeDirectory, MakeFile, MakeSymlink, MakeNode, MakeNotifySocket,
                          MakeReadyFifo, MakeConsole, Remove, PutFile, ChangeFlags>;

// ---- the rest of the plan ----

/// Something of the host that is copied into the tree's mount namespace.
struct Source {
  std::string path;
  bool recursive = false;
  bool temporary = false;  ///< `path` is made for the container, whose root owns it
  spec::Ownership ownership = spec::Ownership::Unmapped;
  std::uint32_t owner = 0;  ///< OwnerIsUser
  std::string target;       ///< OwnerIsTarget: whose owner inside
};

/// How the root file system comes about.
struct RootPlan {
  enum class Layout {
    Tree,     ///< the directory itself
    Overlay,  ///< a layer for changes above the directory
    Tmpfs,    ///< an empty one that shows the directory's /usr, read-only
  };
  Layout layout = Layout::Tree;
  std::string directory;      ///< on the host
  bool map_ids = false;       ///< the directory is mounted with the container's ids
  bool no_devices = false;    ///< device nodes of the tree cannot be opened
  std::string changes;        ///< Overlay: directory on the host that has them; empty: in memory
  bool keep_changes = false;  ///< they outlive the container, with ids as they are inside
  bool read_only = false;     ///< nothing in it can be changed once all steps are done
  std::string pivot_to;       ///< a directory of it that becomes the root instead; may be empty
  std::string pivot_from;     ///< where the whole is shown below that; may be empty

  /// Where a path of the container's root is in the tree.
  [[nodiscard]] std::string in_tree(const std::string& path) const { return pivot_to + path; }
};

struct ProcessPlan {
  std::vector<std::string> candidates;   ///< programs to try in order, absolute paths inside
  std::vector<std::string> arguments;    ///< argv, the name first
  std::vector<std::string> environment;  ///< NAME=VALUE
  bool under_init = false;               ///< as process 2
  bool take_terminal = false;            ///< the console, if any, is its controlling terminal
  std::string working_directory = "/";
  std::string fallback_directory;  ///< used when that one is missing; empty: it must exist
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  spec::Capabilities bounding = 0;
  spec::Capabilities ambient = 0;
  bool no_new_privileges = false;
  confine::SyscallFilter filter;
  std::string hostname;
  std::optional<unsigned long> personality;
  /// By RLIMIT_* number; applied as far as this host lets them be raised.
  std::array<std::optional<rlimit>, RLIM_NLIMITS> limits;
  std::optional<int> oom_score_adjust;
  std::vector<unsigned> cpu_affinity;
  unsigned passed_descriptors = 0;  ///< from 3 on
};

/// When a container is ready.
enum class Readiness {
  Executed,  ///< when process 1's program runs
  Notified,  ///< when process 1 says so on its notify socket
  Written,   ///< when something is written to the ready FIFO
};

struct Plan {
  RootPlan root;
  std::vector<Source> sources;
  std::vector<Step> steps;
  ProcessPlan process;
  IdRange ids;
  bool user_namespace = true;
  bool own_network = false;
  std::string network_namespace;  ///< path of one to join; may be empty
  std::vector<confine::DeviceRule> devices;
  bool devices_required = false;  ///< nothing but a device program keeps others away
  std::vector<CgroupSetting> limits;
  bool limits_required = true;  ///< a host that cannot hold them is an error
  NetworkPlan network;          ///< interfaces of its own network
  spec::Console console = spec::Console::Interactive;
  std::string uuid;  ///< 32 hexadecimal digits
  Readiness readiness = Readiness::Executed;
  std::optional<int> stop_signal;  ///< what asks process 1 to end; none: SIGTERM, if it listens
};

/// The plan as text, one line a step: for golden tests and for people.
[[nodiscard]] std::string to_text(const Plan& plan);

/// Decides everything. Fails when the spec cannot be carried out on this host with this image.
[[nodiscard]] Result<Plan> make_plan(const spec::Container& container, const HostFacts& host,
                                     const ImageFacts& image);

}  // namespace warren::plan
