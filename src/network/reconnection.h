// Keeps the host's ends of a running container's interfaces connected: a bridge that was made again
// gets its port back, an end that was down and is up again its addresses and routes.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "kernel/netlink.h"
#include "plan/network.h"

namespace warren::network {

/// The host's end of a pair.
struct HostEnd {
  const plan::VethPlan* plan = nullptr;
  int index = 0;
  int bridge = 0;  ///< index of what it is a port of; 0 for none
  bool is_up = true;
};

class Reconnection {
 public:
  /// In this process's network namespace. What the plans point to must outlive this. The kernel
  /// wakes it only for what is about these ends and their bridges, however many others there are.
  [[nodiscard]] static Result<Reconnection> start(std::vector<HostEnd> ends);

  /// Readable when there is something to serve.
  [[nodiscard]] int fd() const { return events_.fd(); }
  void serve();

 private:
  Reconnection(std::vector<HostEnd> ends, kernel::Netlink events, kernel::Netlink requests)
      : ends_(std::move(ends)), events_(std::move(events)), requests_(std::move(requests)) {}
  void look_at_all();

  std::vector<HostEnd> ends_;
  kernel::Netlink events_;
  kernel::Netlink requests_;
};

}  // namespace warren::network
