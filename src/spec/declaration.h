// What a person declares about a container: the schema of docs/DECLARATIONS.md as plain data, with
// every default filled in. config/ reads it from TOML, JSON and the command line; manager/ makes
// it so. Names are those of NixOS's containers.<name>.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/forward_port.h"
#include "spec/limits.h"

namespace warren::spec {

using Variables = std::vector<std::pair<std::string, std::string>>;  ///< NAME, VALUE

/// Where the root tree comes from.
struct ImageSource {
  enum class Kind {
    None,       ///< not declared: `path` says it
    Busybox,    ///< `busybox`: made from the host's static busybox
    Debian,     ///< `debian[:SUITE]`: made by mmdebstrap
    Directory,  ///< `directory:PATH`: a tree of the host's, used in place
    Archive,    ///< `archive:PATH`: a tar archive, unpacked into the store
    Stored,     ///< `image:NAME`: one that `warren image import` has put into the store
  };
  Kind kind = Kind::None;
  std::string argument;  ///< suite, absolute path, or name
  friend bool operator==(const ImageSource&, const ImageSource&) = default;
};

struct DeclaredUser {
  std::string name;
  std::optional<uid_t> uid;               ///< none: the next free one from 1000
  std::string group;                      ///< primary; empty: one of the user's own name
  std::vector<std::string> extra_groups;  ///< supplementary
  std::string home;                       ///< absolute
  bool create_home = false;
  std::string shell = "/bin/sh";
  std::string description;  ///< the GECOS field
  /// crypt(5) text, taken literally; empty: no password is valid.
  std::string hashed_password;
  std::vector<std::string> authorized_keys;  ///< lines of ~/.ssh/authorized_keys
  friend bool operator==(const DeclaredUser&, const DeclaredUser&) = default;
};

struct DeclaredGroup {
  std::string name;
  std::optional<gid_t> gid;  ///< none: the next free one from 1000
  std::vector<std::string> members;
  friend bool operator==(const DeclaredGroup&, const DeclaredGroup&) = default;
};

/// A program that the image's init keeps running.
struct DeclaredService {
  enum class Restart { No, OnFailure, Always };
  std::string name;
  std::string command;  ///< an absolute path inside and its arguments, as in systemd's ExecStart
  std::string user;     ///< empty: root
  Restart restart = Restart::Always;
  Variables environment;
  std::string working_directory;  ///< empty: /
  friend bool operator==(const DeclaredService&, const DeclaredService&) = default;
};

/// A file inside whose content is declared.
struct DeclaredFile {
  std::string path;                 ///< absolute, inside
  std::optional<std::string> text;  ///< the content …
  std::string source;               ///< … or a file on the host that has it; read at every start
  mode_t mode = 0644;
  std::string user = "root";   ///< name or number, inside
  std::string group = "root";  ///< name or number, inside
  friend bool operator==(const DeclaredFile&, const DeclaredFile&) = default;
};

struct DeclaredBind {
  std::string mount_point;  ///< absolute, inside
  std::string host_path;    ///< absolute; the default is the mount point's
  bool is_read_only = true;
  /// Who owns the files inside: empty (as on the host, seen as nobody), `root` (the source's
  /// owner is root inside), `same` (id N is id N), or a name or number of a user inside.
  std::string owner;
  bool create_host_path = false;  ///< make an empty directory when it is missing
  friend bool operator==(const DeclaredBind&, const DeclaredBind&) = default;
};

/// One virtual Ethernet pair.
struct DeclaredVeth {
  std::string name;  ///< of the interface inside; empty for the container's first, eth0
  std::string host_bridge;
  std::string host_address;   ///< IPv4, with or without a prefix length
  std::string host_address6;  ///< IPv6
  std::string local_address;  ///< IPv4, or `auto`
  std::string local_address6;
  std::string local_mac_address;
  std::vector<ForwardPort> forward_ports;
  friend bool operator==(const DeclaredVeth&, const DeclaredVeth&) = default;
};

struct DeclaredNetwork {
  bool is_private = false;  ///< privateNetwork
  DeclaredVeth first;       ///< hostAddress, localAddress, hostBridge, forwardPorts …
  std::vector<DeclaredVeth> extra_veths;
  std::vector<std::string> interfaces;         ///< moved in
  std::vector<std::string> macvlans;           ///< interfaces of the host to make them on
  std::string namespace_path;                  ///< networkNamespace
  bool internet = false;                       ///< to go out with the host's address
  std::string address_pool = "10.231.0.0/16";  ///< where `auto` takes addresses from
  bool copy_resolv_conf = true;
  friend bool operator==(const DeclaredNetwork&, const DeclaredNetwork&) = default;
};

/// What the monitor does when process 1 has ended by itself.
enum class RestartPolicy { No, OnFailure, Always };

struct Declaration {
  std::string name;

  // ---- the tree ----
  ImageSource image;
  std::string path;  ///< a ready-made read-only tree with its own init, instead of `image`
  std::vector<std::string> packages;
  bool ephemeral = false;
  bool read_only = false;
  std::vector<DeclaredBind> bind_mounts;
  std::vector<std::string> tmpfs;  ///< PATH[:OPTIONS]

  // ---- what is inside ----
  bool boot = true;                  ///< run the image's init; false: run `command`
  std::vector<std::string> command;  ///< instead of the init, or its arguments
  Variables environment;             ///< of process 1
  std::string host_name;             ///< empty: the container's name
  std::vector<DeclaredService> services;
  std::vector<DeclaredFile> files;
  std::vector<DeclaredUser> users;
  std::vector<DeclaredGroup> groups;
  bool mutable_users = true;  ///< an entry that the tree has already wins
  std::string time_zone;      ///< such as Europe/Berlin; empty: the host's

  // ---- network ----
  DeclaredNetwork network;

  // ---- isolation ----
  std::string private_users = "pick";  ///< as --private-users
  bool nesting = false;
  bool seccomp = true;
  std::vector<std::string> additional_capabilities;
  std::vector<AllowedDevice> allowed_devices;
  bool enable_tun = false;
  Limits limits;
  std::vector<std::string> extra_flags;  ///< options of `warren spawn`, applied last

  // ---- life ----
  bool auto_start = false;
  RestartPolicy restart = RestartPolicy::OnFailure;
  bool restart_if_changed = true;
  std::chrono::milliseconds timeout_start = std::chrono::minutes(1);
  std::chrono::milliseconds timeout_stop = std::chrono::seconds(90);
  std::vector<std::string>
      sockets;  ///< LISTEN_FDS sockets that the monitor opens: ADDRESS:PORT or PATH

  friend bool operator==(const Declaration&, const Declaration&) = default;
};

}  // namespace warren::spec
