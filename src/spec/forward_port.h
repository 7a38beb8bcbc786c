// A port of the host that leads into a container.
#pragma once

#include <cstdint>
#include <string>

namespace warren::spec {

struct ForwardPort {
  std::string protocol = "tcp";  ///< tcp or udp
  std::string host_address;      ///< empty: every address of the host
  std::string host_interface;    ///< only what comes in by it; empty: by any
  std::uint16_t host_port = 0;
  std::uint16_t container_port = 0;  ///< the default is the host's
  std::uint16_t count = 1;           ///< so many ports from there on
  friend bool operator==(const ForwardPort&, const ForwardPort&) = default;
};

}  // namespace warren::spec
