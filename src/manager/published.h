// What of a container the rest of the world sees: its names, the ports of the host that lead into
// it, and, where it may, its packets with the host's address. See docs/NETWORK.md.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "manager/live.h"
#include "manager/publication.h"
#include "network/packet_filter.h"
#include "plan/packet_filter.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

/// What a declared container, of whose addresses none is `auto` any more, has others see. What is
/// in its extraFlags is left out.
[[nodiscard]] Publication publication_of(const spec::Declaration& declaration);

[[nodiscard]] network::PacketFilter packet_filter(const state::Paths& paths);

/// Published from take() to its end.
class Published {
 public:
  /// Fails with EADDRINUSE, naming the key, when a port is not to be had; then nothing is left.
  /// What a killed holder of the name left is replaced. Its directory must be there.
  [[nodiscard]] static Result<Published> take(const Publication& publication,
                                              const state::Paths& paths);

  Published(Published&& other) noexcept;
  Published& operator=(Published&&) = delete;
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  ~Published();

 private:
  Published(const state::Paths& paths, std::string name);

  const state::Paths* paths_;
  std::string name_;  ///< empty when it was moved from
};

/// Makes what is published of a container that runs be this; connections that are open stay.
[[nodiscard]] Result<> renew(const Publication& publication, const state::Paths& paths);

/// Puts the rules of a container that runs back after somebody has taken the table away. Until they
/// are there nothing leads from the host's loopback to the container, nor back.
[[nodiscard]] Result<> restore(const Publication& publication, const state::Paths& paths);

/// Changes what is published of a declared container that runs; when it fails all is as before.
[[nodiscard]] Result<> republish(const LiveChange& change);

/// The tables of others that drop what the host would forward to or from the container; none for
/// one that only the host reaches.
[[nodiscard]] std::vector<std::string> tables_that_drop(const spec::Declaration& declaration,
                                                        const state::Paths& paths);

/// Takes all of it back, for a holder of the name that was killed.
void unpublish(const std::string& name, const state::Paths& paths);

/// The same for all names that nobody holds. Cheap when there is nothing to do.
void reap_published(const state::Paths& paths);

}  // namespace warren::manager
