// The interfaces of a container, on the host and inside, from before its first program runs until
// it has ended.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/netlink.h"
#include "network/reconnection.h"
#include "plan/network.h"

namespace warren::network {

/// Messages that move interfaces to where they came from, even if all that is left is a process
/// that can do no more than write them to a socket.
struct WayBack {
  int socket = -1;           ///< in the container's network namespace
  int net_namespace = -1;    ///< the messages name it by this number
  std::string_view message;  ///< empty when there is nothing to move
};

class Links {
 public:
  Links() = default;
  /// Looks at what of the host's is needed, while its files can be seen, and makes nothing. An
  /// interface that is not there is an error that names what asked for it. `lock` is a file that
  /// whoever makes or removes a shared bridge has locked meanwhile.
  [[nodiscard]] static Result<Links> prepare(const plan::NetworkPlan& plan,
                                             const std::string& lock);
  Links(Links&& other) noexcept = default;
  Links& operator=(Links&&) = delete;
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links() { remove(); }

  /// Makes them, with all their addresses and routes, between this process's network namespace and
  /// `inside`, another one. What is to be moved stays where it is.
  [[nodiscard]] Result<> make(UniqueFd inside);

  /// How interfaces that are moved inside come back: valid as long as this lives.
  [[nodiscard]] Result<WayBack> way_back();
  /// Moves them inside. Whoever has the way back must be there already.
  [[nodiscard]] Result<> move_in();

  /// Where repairs are asked for as long as the container runs; none where nothing can break.
  [[nodiscard]] Result<std::optional<Reconnection>> reconnection() const;

  /// Takes them off the host, and the bridges that nobody needs any more.
  void remove();

 private:
  /// An interface of the host's as it was before.
  struct HostLink {
    int index = 0;
    bool was_up = false;
  };

  [[nodiscard]] Result<> look_up(const plan::NetworkPlan& plan);
  [[nodiscard]] Result<int> ensure_bridge(const plan::VethPlan& veth);
  [[nodiscard]] Result<> make_veths();
  [[nodiscard]] Result<> make_stacked();
  [[nodiscard]] Result<> find_made();
  [[nodiscard]] Result<> configure_inside(const kernel::Netlink& netlink) const;
  [[nodiscard]] Result<> bring_up_stacked(const kernel::Netlink& netlink) const;
  [[nodiscard]] Result<> configure_host() const;
  void remove_made();

  std::unique_ptr<const plan::NetworkPlan> plan_;
  std::optional<kernel::Netlink> host_;
  UniqueFd own_namespace_;
  UniqueFd sysctls_;               ///< /proc/sys/net of this process\'s network namespace
  UniqueFd lock_;                  ///< open where there are shared bridges
  std::vector<int> bridges_;       ///< indices, in the order of the plan's pairs; 0 for none
  std::vector<HostLink> parents_;  ///< the host's interfaces, in the plan's order
  UniqueFd inside_;                ///< where there are interfaces to move
  std::optional<kernel::Netlink> inside_socket_;
  kernel::NetlinkRequests returns_;
  std::vector<HostEnd> made_;
};

/// Takes away the shared bridges that have no port and that a killed warren with this `seed` (see
/// plan_network()) and `lock` has left.
void remove_abandoned_bridges(const std::string& lock, std::string_view seed);

/// A route socket in the network namespace behind `inside`; this process is back in its own,
/// `own`, afterwards.
[[nodiscard]] Result<kernel::Netlink> open_inside(int inside, int own);

}  // namespace warren::network
