// The tree that a container of the floor sees: the second half of floor.cc.
#pragma once

namespace bench {

struct Shape {
  bool own_network = true;
  bool pair = false;       ///< a pair of interfaces
  bool addresses = false;  ///< and all that leads to it
  bool tunnels = false;    ///< /dev/net/tun, where the host has it
  bool under_init = false;
  bool console = false;
  const char* scratch = nullptr;
  const char* stays = nullptr;  ///< goes on in the background once it is ready, in this cgroup
};

/// What somebody waits for; -1 without it.
struct Watched {
  int console = -1;  ///< the terminal's master
  int ready = -1;    ///< where something inside writes that the system is up
};

/// Mounts of /proc, /sys, cgroup2 and mqueue that show the container's namespaces.
struct Views {
  int child;
  int mounts[4];
};

/// What warren builds, made as the container's root. The caller's root is the container's tree.
Watched build_tree(const Views& views, const Shape& shape);

}  // namespace bench
