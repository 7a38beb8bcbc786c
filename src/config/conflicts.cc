#include "config/conflicts.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "config/addresses.h"
#include "config/toml.h"
#include "config/values.h"

namespace warren::config {
namespace {

using spec::Declaration;

/// Who wants something, and where that is written.
struct Claim {
  const Declaration* owner = nullptr;
  Position at;
  std::string key;  ///< of the setting, for the message
};

/// From `first` to `last` of numbers of a kind; `address` is the host's for ports.
struct Span {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string address;
  Claim claim;
};

Position place(const Value& table, std::string_view key, std::size_t item = SIZE_MAX) {
  const Member* member = table.find(key);
  if (member == nullptr) {
    return table.at;
  }
  const auto* items = member->value.array();
  return items != nullptr && item < items->size() ? (*items)[item].at : member->value.at;
}

const Value& veth_table(const Value& table, const std::string& name) {
  const Member* veths = table.find("extraVeths");
  const Member* veth = veths != nullptr ? veths->value.find(name) : nullptr;
  return veth != nullptr ? veth->value : table;
}

bool shares_address(const std::string& a, const std::string& b) {
  const auto covers = [](const std::string& all, const std::string& one) {
    return all.empty() || all == "::" || (all == "0.0.0.0" && !one.contains(':'));
  };
  return a == b || covers(a, b) || covers(b, a);
}

class Conflicts {
 public:
  explicit Conflicts(Problems& problems) : problems_(problems) {}

  void add(const Declared& one) {
    const auto& network = one.declaration.network;
    add_veth(one, network.first, one.table, "");
    for (const auto& veth : network.extra_veths) {
      add_veth(one, veth, veth_table(one.table, veth.name), cat("extraVeths.", veth.name, "."));
    }
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
      claim(cat("interface ", network.interfaces[i]),
            {&one.declaration, place(one.table, "interfaces", i), "interfaces"});
    }
    for (std::size_t i = 0; i < network.macvlans.size(); ++i) {
      shared_.emplace_back(cat("interface ", network.macvlans[i]),
                           Claim{&one.declaration, place(one.table, "macvlans", i), "macvlans"});
    }
    add_sockets(one);
    add_ids(one);
  }

  void finish() {
    // Many macvlans share an interface, but not with who takes it away; many links the address of
    // the host's end, but not with who is at the other.
    for (const auto& [what, wants] : shared_) {
      if (const auto taken = single_.find(what); taken != single_.end()) {
        refuse(wants, taken->second, what);
      }
    }
    for (auto& [what, spans] : spans_) {
      find_overlaps(what, spans);
    }
  }

 private:
  void add_veth(const Declared& one, const spec::DeclaredVeth& veth, const Value& table,
                const std::string& before) {
    const Declaration* owner = &one.declaration;
    for (const auto& [key, address] :
         {std::pair("localAddress", veth.local_address), {"localAddress6", veth.local_address6}}) {
      if (!address.empty() && address != "auto") {
        // Other bridges are other networks.
        const std::string on = veth.host_bridge.empty() ? "" : cat(" on ", veth.host_bridge);
        claim(cat("address ", bare_address(address), on), {owner, place(table, key), before + key});
      }
    }
    for (const auto& [key, address] :
         {std::pair("hostAddress", veth.host_address), {"hostAddress6", veth.host_address6}}) {
      if (!address.empty()) {
        shared_.emplace_back(cat("address ", bare_address(address)),
                             Claim{owner, place(table, key), before + key});
      }
    }
    if (!veth.local_mac_address.empty()) {
      claim(cat("Ethernet address ", veth.local_mac_address),
            {owner, place(table, "localMacAddress"), before + "localMacAddress"});
    }
    for (std::size_t i = 0; i < veth.forward_ports.size(); ++i) {
      const auto& port = veth.forward_ports[i];
      spans_[port.protocol + " port"].push_back(
          {.first = port.host_port,
           .last = port.host_port + port.count - 1U,
           .address =
               port.host_interface.empty() ? port.host_address : cat("%", port.host_interface),
           .claim = {owner, place(table, "forwardPorts", i), before + "forwardPorts"}});
    }
  }

  void add_sockets(const Declared& one) {
    for (std::size_t i = 0; i < one.declaration.sockets.size(); ++i) {
      const std::string& socket = one.declaration.sockets[i];
      Claim wants{&one.declaration, place(one.table, "sockets", i), "sockets"};
      if (socket.starts_with('/')) {
        claim(cat("socket ", socket), wants);
        continue;
      }
      const auto colon = socket.rfind(':');
      const auto port = parse_number<std::uint16_t>(
          colon == std::string::npos ? socket : socket.substr(colon + 1));
      std::string address = colon == std::string::npos ? "" : socket.substr(0, colon);
      if (address.starts_with('[')) {
        address = address.substr(1, address.size() - 2);
      }
      spans_["tcp port"].push_back({.first = port.value_or(0),
                                    .last = port.value_or(0),
                                    .address = std::move(address),
                                    .claim = std::move(wants)});
    }
  }

  void add_ids(const Declared& one) {
    const auto users = parse_private_users(one.declaration.private_users);
    if (users && users->mode == spec::Users::Mode::Fixed) {
      spans_["range of ids"].push_back(
          {.first = users->base,
           .last = std::uint64_t{users->base} + users->count - 1,
           .address = {},
           .claim = {&one.declaration, place(one.table, "privateUsers"), "privateUsers"}});
    }
  }

  void claim(const std::string& what, const Claim& wants) {
    const auto [old, fresh] = single_.try_emplace(what, wants);
    if (!fresh && refuse(wants, old->second, what) == &old->second) {
      old->second = wants;
    }
  }

  /// Who has lost a conflict takes part in no other, so that a crowd makes a problem each and not
  /// one a pair.
  void find_overlaps(const std::string& what, std::vector<Span>& spans) {
    std::ranges::stable_sort(spans, {}, &Span::first);
    std::vector<const Span*> open;  // those that may reach to where we are
    for (const auto& span : spans) {
      bool lost = false;
      std::erase_if(open, [&](const Span* one) {
        if (lost || one->last < span.first || !shares_address(one->address, span.address)) {
          return one->last < span.first;
        }
        const auto last = std::min(one->last, span.last);
        const Claim* loser =
            refuse(span.claim, one->claim,
                   cat(what, " ", span.first, last == span.first ? "" : cat("-", last)));
        lost = loser == &span.claim;
        return !lost;
      });
      if (!lost) {
        open.push_back(&span);
      }
    }
  }

  /// Returns the one whose container cannot be had: the later.
  const Claim* refuse(const Claim& one, const Claim& two, std::string_view what) {
    const bool swapped = one.at.before(two.at);
    const Claim& later = swapped ? two : one;
    const Claim& earlier = swapped ? one : two;
    const std::string who = earlier.owner == later.owner
                                ? "this container has it twice"
                                : cat("the container ", earlier.owner->name, " has it too");
    problems_.push_back({later.at,
                         cat(later.key, ": ", what, ": ", who, ", at ", earlier.at.text()),
                         later.owner->name});
    return &later;
  }

  Problems& problems_;
  std::map<std::string, Claim> single_;
  std::vector<std::pair<std::string, Claim>> shared_;
  std::map<std::string, std::vector<Span>> spans_;
};

}  // namespace

void find_conflicts(std::span<const Declared> declared, Problems& problems) {
  Conflicts conflicts(problems);
  for (const auto& one : declared) {
    conflicts.add(one);
  }
  conflicts.finish();
}

}  // namespace warren::config
