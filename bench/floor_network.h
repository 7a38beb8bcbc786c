// A pair of interfaces for a container of the floor.
#pragma once

#include <sys/types.h>

namespace bench {

/// Makes host0 in the network namespace of `child`, and its other end here, both up. `proc` is a
/// descriptor of the host's /proc. Returns the number of this end. With `addresses` it has one of
/// each family at both ends, routes to them and by them, and a port of the host leads inside.
int make_pair(int proc, pid_t child, bool addresses);
void remove_pair(int link);

}  // namespace bench
