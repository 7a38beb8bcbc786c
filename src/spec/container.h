// What a container IS: plain data with every default filled in. Every front end makes one of
// these; nothing behind it knows which.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/forward_port.h"
#include "spec/limits.h"
#include "spec/mount.h"

namespace warren::spec {

/// A set of capabilities(7), bit N for capability number N.
using Capabilities = std::uint64_t;

/// The root tree.
struct Root {
  /// What is kept of the tree and what is thrown away (`--volatile`).
  enum class Volatile { No, Yes, State, Overlay };
  std::string directory;  ///< absolute
  std::string from;  ///< a tree to copy `directory` from when that does not exist; may be empty
  bool ephemeral = false;  ///< changes go to a layer that is removed at the end
  std::string changes;     ///< a directory for a layer that keeps them; empty for none
  bool read_only = false;
  Volatile volatile_mode = Volatile::No;
  std::string pivot_to;    ///< a directory inside that becomes the root; empty for none
  std::string pivot_from;  ///< where inside the new root the old one is then mounted; may be empty
};

/// The user namespace (`--private-users`).
struct Users {
  enum class Mode {
    None,      ///< `no`: the host's ids
    Identity,  ///< `identity`: a namespace, but ids 0…65535 are the host's
    Pick,      ///< `pick`: a free range of 65536, the same for a name as long as it is free
    Owner,     ///< `yes`: the range that owns the root tree
    Fixed,     ///< `BASE[:COUNT]`
  };
  Mode mode = Mode::Pick;
  std::uint32_t base = 0;       ///< Fixed
  std::uint32_t count = 65536;  ///< Fixed
  /// `off`: the tree's ids are the range's already; `map`: they start at 0 on disk.
  enum class Ownership { Auto, Off, Map };
  Ownership ownership = Ownership::Auto;
};

/// The first program and the surroundings it finds.
struct Process {
  enum class Start {
    Command,  ///< `arguments` as process 1
    Pid2,     ///< `arguments` as process 2 under warren's own little init
    Boot,     ///< the image's init, with `arguments` behind its name
  };
  Start start = Start::Command;
  std::vector<std::string> arguments;  ///< Command, Pid2: empty for a login shell
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of the contract's
  std::string working_directory;   ///< absolute; empty for the default
  std::string user;                ///< name or number; empty for root
  std::optional<int> kill_signal;  ///< what asks process 1 to end
  bool notify_ready = false;       ///< ready when process 1 says so, not at exec
  bool ready_fifo = false;         ///< ready when something inside writes to /run/host/ready
  bool ready_as_init = false;      ///< else as the image's init has it: systemd says so
  bool suppress_sync = false;      ///< fsync and the like do nothing
  std::optional<unsigned long> personality;                ///< personality(2)
  std::array<std::optional<rlimit>, RLIM_NLIMITS> limits;  ///< by RLIMIT_* number
  std::optional<int> oom_score_adjust;
  std::vector<unsigned> cpu_affinity;  ///< processors it may run on; empty leaves them
};

struct Identity {
  std::string machine;              ///< the name on the host
  std::string hostname;             ///< the name inside
  std::optional<std::string> uuid;  ///< 32 lower-case hexadecimal digits
  std::string manager = "warren";   ///< what `$container` says inside
};

/// A pair of interfaces: one end inside, the other on the host. Addresses may have a prefix length.
struct Veth {
  std::string name = "host0";  ///< inside
  std::string host_name;       ///< empty: ve-MACHINE, or vb-MACHINE with a bridge
  std::string bridge;          ///< of the host, for its end; may be empty
  std::string zone;            ///< a bridge that is made with its first port and goes with its last
  std::string mac;             ///< inside; empty: made from the machine's name
  std::string host_address;    ///< IPv4; may be empty, as the others
  std::string host_address6;
  std::string address;  ///< inside
  std::string address6;
  bool from_loopback = false;         ///< the host reaches it from 127.0.0.1 and ::1 from the start
  std::vector<ForwardPort> forwards;  ///< ports of the host that lead here
  std::string setting;                ///< what asked for the bridge, for messages
  friend bool operator==(const Veth&, const Veth&) = default;
};

/// An interface of the host's that is used inside.
struct HostInterface {
  enum class Use {
    Move,     ///< it is inside, and comes back at the end
    Macvlan,  ///< one that is made on it is
    Ipvlan,
  };
  Use use = Use::Move;
  std::string host;
  std::string name;     ///< inside
  std::string setting;  ///< what asked for it, for messages
  friend bool operator==(const HostInterface&, const HostInterface&) = default;
};

struct Network {
  bool isolated = false;          ///< a network namespace of its own
  std::string namespace_path;     ///< an existing network namespace to join; empty for none
  std::string namespace_setting;  ///< what asked for it, for messages
  std::vector<Veth> veths;
  std::vector<HostInterface> interfaces;
  std::vector<ForwardPort> ports;  ///< of the host that lead to the first pair
  bool internet = false;           ///< to go out with the host's address
  [[nodiscard]] bool has_links() const { return !veths.empty() || !interfaces.empty(); }
};

/// One word of a system-call filter: a call or an @group, to be allowed or refused.
struct SyscallRule {
  std::string name;
  bool allow = true;
  friend bool operator==(const SyscallRule&, const SyscallRule&) = default;
};

struct Security {
  Capabilities add = 0;
  Capabilities drop = 0;
  Capabilities ambient = 0;
  bool no_new_privileges = false;
  bool nesting = false;             ///< containers can be made inside
  bool seccomp = true;              ///< false: no system-call filter
  std::vector<SyscallRule> filter;  ///< in the order given; a refusal wins
};

/// Where the payload's standard streams go.
enum class Console {
  Interactive,  ///< a pseudo terminal, connected to the caller's streams both ways
  ReadOnly,     ///< a pseudo terminal whose output is copied; nothing is sent in
  Passive,      ///< a pseudo terminal that nobody serves
  Pipe,         ///< the caller's streams as they are
};

/// How a host file is shown in the container (`--resolv-conf`, `--timezone`).
enum class ResolvConf {
  Auto,
  Off,
  CopyHost,
  CopyStatic,
  CopyUplink,
  CopyStub,
  ReplaceHost,
  ReplaceStatic,
  ReplaceUplink,
  ReplaceStub,
  BindHost,
  BindStatic,
  BindUplink,
  BindStub,
  Delete,
  CopyReachable,  ///< the servers that a network of its own can reach; no word of the command line
};
enum class Timezone { Auto, Off, Copy, Bind, Symlink, Delete };

struct Credential {
  std::string name;
  std::string value;  ///< bytes
  friend bool operator==(const Credential&, const Credential&) = default;
};

/// Something that is in the tree before the payload runs. What is there as wanted stays untouched;
/// anything else at the path is replaced, but for a directory.
struct File {
  enum class Kind { Regular, Directory, Symlink };
  Kind kind = Kind::Regular;
  std::string path;     ///< absolute, inside; missing parents are made, for root
  std::string content;  ///< Symlink: where it points to
  mode_t mode = 0644;   ///< a directory that is there keeps its own, and its owner
  uid_t uid = 0;        ///< inside
  gid_t gid = 0;        ///< inside
  friend bool operator==(const File&, const File&) = default;
};

struct Container {
  Root root;
  Users users;
  Process process;
  Identity identity;
  Network network;
  Security security;
  Limits limits;
  std::vector<AllowedDevice> devices;  ///< beside those that every container has
  std::optional<bool> tun;             ///< /dev/net/tun; none: in a network of its own
  Console console = Console::Interactive;
  std::vector<Mount> mounts;  ///< in the order given
  ResolvConf resolv_conf = ResolvConf::Auto;
  Timezone timezone = Timezone::Auto;
  std::vector<Credential> credentials;
  std::vector<File> files;  ///< in this order, before anything is mounted
  /// Stay in the caller's unit, as its service: reboot becomes exit status 133.
  bool keep_unit = false;
};

}  // namespace warren::spec
