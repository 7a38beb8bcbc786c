// Sockets that are opened for a container; its process 1 finds them from descriptor 3 on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::manager {

/// What a socket is called in LISTEN_FDNAMES: its address, with `:`, which stands between two
/// names, and `\` written as systemd does in names of units: `\x3a`, `\x5c`.
[[nodiscard]] std::string descriptor_name(std::string_view address);

class PassedSockets {
 public:
  PassedSockets() = default;
  PassedSockets(const PassedSockets&) = delete;
  PassedSockets& operator=(const PassedSockets&) = delete;
  /// Removes those that have a path.
  ~PassedSockets();

  /// Takes the descriptors, from 3 on, before anything else does.
  [[nodiscard]] Result<> reserve(std::size_t count);
  /// Listens at as many addresses as were reserved.
  [[nodiscard]] Result<> open(const std::vector<std::string>& addresses);

  /// For LISTEN_FDNAMES.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<UniqueFd> sockets_;
  std::vector<std::string> names_;
  std::vector<std::string> paths_;
};

}  // namespace warren::manager
