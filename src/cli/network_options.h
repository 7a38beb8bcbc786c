// Options of `warren spawn` for interfaces. Each gives the container a network of its own.
#pragma once

#include <string_view>

#include "base/result.h"
#include "spec/container.h"

namespace warren::cli {

using NetworkSetter = Result<> (*)(spec::Network& network, std::string_view value);

[[nodiscard]] Result<> add_veth(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_extra_veth(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_bridge(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_zone(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_interface(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_macvlan(spec::Network& network, std::string_view value);
[[nodiscard]] Result<> add_ipvlan(spec::Network& network, std::string_view value);
/// This one alone gives no network.
[[nodiscard]] Result<> add_port(spec::Network& network, std::string_view value);

}  // namespace warren::cli
