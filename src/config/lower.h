// From what a person declares to what the engine runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "spec/container.h"
#include "spec/declaration.h"

namespace warren::config {

/// Where the root of a declared container is on the host.
struct TreePlace {
  std::string directory;  ///< the image's tree, or the one that is used in place
  std::string changes;    ///< the directory of the layer that keeps what the container changes
  bool in_place = false;  ///< there is no such layer: `directory` itself is changed
};

struct Lowered {
  spec::Container container;
  std::vector<std::string> make_on_host;  ///< directories that must be there, empty if need be
};

/// The container that `declaration` means, on the tree at `place`. Left to the caller: extraFlags,
/// the console, the times and sockets, the files inside, and, where none is chosen, the signal
/// that asks process 1 to end.
[[nodiscard]] Result<Lowered> lower(const spec::Declaration& declaration, const TreePlace& place);

/// Its part that is about the network.
[[nodiscard]] spec::Network lower_network(const spec::Declaration& declaration);

}  // namespace warren::config
