// What plan/ must know about this host and this root tree to decide. Gathered by image/, state/
// and host/; plain data here, so that every decision can be tested without either.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/container.h"

namespace warren::plan {

/// A user of the container, from the container's own files.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary
  std::string home;
  std::string shell;
};

/// The ids that a container has on this host: `base` + N for N inside. Base 0 without a user
/// namespace.
struct IdRange {
  std::uint32_t base = 0;
  std::uint32_t count = 65536;
  /// The tree's files belong to the range already; mounting it with mapped ids is not needed.
  bool tree_is_shifted = false;
};

/// A file that may be absent, may be a symbolic link, and has this content if it is neither.
struct EtcFile {
  enum class Kind { Absent, Regular, Symlink, Other };
  Kind kind = Kind::Absent;
  std::string content;  ///< Regular: what is in it; Symlink: what it points to
  friend bool operator==(const EtcFile&, const EtcFile&) = default;
};

/// A device node of the host's that the container names.
struct DeviceFact {
  enum class Kind { Missing, Other, Character, Block };
  std::string path;
  Kind kind = Kind::Missing;
  unsigned major = 0;
  unsigned minor = 0;
  mode_t mode = 0;          ///< its permissions
  unsigned disk_major = 0;  ///< Block: of the disk that a partition is on; else its own
  unsigned disk_minor = 0;
  friend bool operator==(const DeviceFact&, const DeviceFact&) = default;
};

struct HostFacts {
  /// Capabilities this process could pass on; matters only without a user namespace.
  spec::Capabilities capabilities = 0;
  bool can_make_devices = true;  ///< mknod(2) of device nodes that work, not so in a container
  bool has_tun = false;          ///< there is a /dev/net/tun
  std::string os_release;        ///< text of the host's os-release(5), may be empty
  std::string boot_id;           ///< fresh, in the form of /proc/sys/kernel/random/boot_id
  std::string random_uuid;       ///< fresh, 32 hexadecimal digits
  std::string term;              ///< $TERM; empty when unset
  std::string timezone;   ///< "Europe/Berlin", from where /etc/localtime points; may be empty
  std::string localtime;  ///< "/etc/localtime" if the host has one
  std::string localtime_content;  ///< read when it is to be copied
  /// The resolver file that `resolv_conf` asks for: its path and what is in it; absent when the
  /// host has none.
  std::optional<std::pair<std::string, std::string>> resolv_conf;
  std::vector<DeviceFact> devices;  ///< those that are named
  std::string network_seed;         ///< of this host alone: its Ethernet addresses are made of it
  IdRange ids;
  std::string
      scratch;  ///< a directory of this container's own; removed, with all in it, at the end
  /// Names of the descriptors from 3 on that are passed in (sd_listen_fds(3)), "unknown" when
  /// they have none.
  std::vector<std::string> passed_descriptors;
};

/// Which program the image's init is: they are told things, and asked to end, in different ways.
enum class InitKind { Other, Busybox, Systemd };

struct ImageFacts {
  std::optional<std::string> machine_id;  ///< 32 hexadecimal digits, when it is initialised
  std::string init;                       ///< what `boot` runs, a path inside; empty for none
  InitKind init_kind = InitKind::Other;
  bool is_32bit = false;              ///< its programs are for 32-bit x86
  bool writable = true;               ///< files can be made in it
  bool can_have_mount_points = true;  ///< missing ones can be made, if only for a while
  bool has_merged_usr = true;         ///< it has /usr, and no programs elsewhere
  bool has_etc = false;               ///< it has a directory /etc
  bool has_zone = false;              ///< it has zoneinfo for the host's timezone
  User user;                          ///< who the first program runs as
  EtcFile resolv_conf;
  EtcFile localtime;
};

}  // namespace warren::plan
