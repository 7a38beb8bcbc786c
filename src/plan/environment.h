// The environment that the payload's first program is promised.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/facts.h"
#include "spec/container.h"

namespace warren::plan {

/// Where commands are looked for, inside.
inline constexpr const char* kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where process 1 reports that it is ready; the socket is made by launch/.
inline constexpr const char* kNotifySocket = "/run/host/notify";

/// An ordered list of variables in which a later value replaces an earlier one.
class Environment {
 public:
  void set(std::string_view name, std::string_view value);
  /// NAME=VALUE.
  [[nodiscard]] std::vector<std::string> take() && { return std::move(entries_); }

 private:
  std::vector<std::string> entries_;
};

/// NAME=VALUE: the contract of a container manager (systemd's CONTAINER_INTERFACE), then what
/// the spec sets, which wins. Nothing of warren's own environment is in it.
/// LISTEN_PID is that of process 1; warren's own init corrects it for process 2.
[[nodiscard]] std::vector<std::string> payload_environment(const spec::Container& container,
                                                           const HostFacts& host,
                                                           const ImageFacts& image,
                                                           const std::string& uuid);

/// The value of `name`, empty when it is not set.
[[nodiscard]] std::string environment_value(const std::vector<std::string>& environment,
                                            std::string_view name);

/// `uuid` (32 hexadecimal digits) with dashes.
[[nodiscard]] std::string dashed(const std::string& uuid);

}  // namespace warren::plan
