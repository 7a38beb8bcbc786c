// The interfaces of a container, on the host and inside, from before its first program runs until
// it has ended.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/netlink.h"
#include "plan/network.h"

namespace warren::network {

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
  /// `inside`, a descriptor of another one.
  [[nodiscard]] Result<> make(int inside);

  /// Takes them off the host, and the bridges that nobody needs any more.
  void remove();

 private:
  /// A pair as it is on the host.
  struct Made {
    const plan::VethPlan* plan = nullptr;
    int index = 0;
  };

  [[nodiscard]] Result<> look_up(const plan::NetworkPlan& plan);
  [[nodiscard]] Result<int> ensure_bridge(const plan::VethPlan& veth);
  [[nodiscard]] Result<> make_veths(int inside);
  [[nodiscard]] Result<> make_stacked(int inside);
  [[nodiscard]] Result<> find_made();
  [[nodiscard]] Result<> configure_inside(const kernel::Netlink& netlink) const;
  [[nodiscard]] Result<> configure_host() const;
  void remove_made();

  std::unique_ptr<const plan::NetworkPlan> plan_;
  std::optional<kernel::Netlink> host_;
  UniqueFd own_namespace_;
  UniqueFd lock_;             ///< open where there are shared bridges
  std::vector<int> bridges_;  ///< indices, in the order of the plan's pairs; 0 for none
  std::vector<int> parents_;  ///< those of the host's interfaces, in the plan's order
  std::vector<Made> made_;
};

/// A route socket in the network namespace behind `inside`; this process is back in its own,
/// `own`, afterwards.
[[nodiscard]] Result<kernel::Netlink> open_inside(int inside, int own);

}  // namespace warren::network
