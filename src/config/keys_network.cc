// The schema's rows for the network.
#include "config/codecs.h"
#include "config/records.h"

namespace warren::config {
namespace {

using spec::Declaration;
using spec::DeclaredNetwork;
using spec::DeclaredVeth;
using spec::ForwardPort;

struct Protocol {
  static constexpr unsigned kKinds = kString;
  static constexpr std::string_view kType = "tcp or udp";
  static Result<std::string> read(const Value& value) {
    const std::string& text = *value.string();
    return text == "tcp" || text == "udp"
               ? Result<std::string>(text)
               : Error::because("", "", cat("'", text, "' is not tcp or udp"));
  }
  static Value write(const std::string& protocol) { return protocol; }
};

/// A port, or a range of them: the first is kept in `Port`, their number in `count`.
template <std::uint16_t ForwardPort::*Port>
struct Ports {
  static constexpr unsigned kKinds = kInteger | kString;
  static constexpr std::string_view kType = "a port, or a range such as \"8000-8010\"";
  static Result<PortRange> parse(const Value& value) {
    return parse_ports(value.string() != nullptr ? *value.string() : cat(*value.integer()));
  }
  static constexpr Binding shape() { return {.kinds = kKinds, .type = kType}; }
  static void read_into(Reader& reader, const Value& value, ForwardPort& port) {
    const auto ports = parse(value);
    if (!ports) {
      reader.refuse(value.at, ports.error());
    } else if (Port == &ForwardPort::container_port && port.host_port != 0 &&
               ports->count != port.count) {
      reader.refuse(value.at, "it is not as many ports as hostPort");
    } else {
      port.*Port = ports->first;
      port.count = ports->count;
    }
  }
  static Value write(const ForwardPort& port) {
    const PortRange ports{.first = port.*Port, .count = port.count};
    return ports.first == 0   ? Value()
           : ports.count == 1 ? Value(ports.first)
                              : Value(to_text(ports));
  }
};

constexpr auto kForwardKeys = std::to_array<Key>({
    {.name = "protocol",
     .binding = at<One<Protocol>, &ForwardPort::protocol>(),
     .example = "\"udp\"",
     .effect = Effect::Live,
     .help = "The protocol."},
    {.name = "hostAddress",
     .binding = at<One<HostAddress>, &ForwardPort::host_address>(),
     .fallback = "every address of the host",
     .example = "\"127.0.0.1\"",
     .effect = Effect::Live,
     .help = "The address of the host that is listened on; 0.0.0.0 and :: are all of their kind."},
    {.name = "hostInterface",
     .binding = at<One<FilteredInterface>, &ForwardPort::host_interface>(),
     .fallback = "every interface of the host",
     .example = "\"eth0\"",
     .effect = Effect::Live,
     .help = "The interface of the host that is listened on, whatever its addresses. It goes not "
             "with hostAddress, and the host itself is not led by it."},
    {.name = "hostPort",
     .binding = of<Ports<&ForwardPort::host_port>, ForwardPort>(),
     .example = "8080",
     .effect = Effect::Live,
     .help = "The port on the host, or a range of ports."},
    {.name = "containerPort",
     .binding = of<Ports<&ForwardPort::container_port>, ForwardPort>(),
     .fallback = "the same as hostPort",
     .example = "80",
     .effect = Effect::Live,
     .help = "The port inside, or a range as long as the host's."},
});

constexpr auto kVethKeys = std::to_array<Key>({
    {.name = "hostBridge",
     .binding = at<One<Interface>, &DeclaredVeth::host_bridge>(),
     .example = "\"br0\"",
     .help = "A bridge that the host's end of the pair becomes a port of. It goes with neither "
             "hostAddress nor hostAddress6."},
    {.name = "hostAddress",
     .binding = at<One<Ipv4>, &DeclaredVeth::host_address>(),
     .example = "\"10.231.136.1\"",
     .help = "The IPv4 address of the host's end of the pair."},
    {.name = "hostAddress6",
     .binding = at<One<Ipv6>, &DeclaredVeth::host_address6>(),
     .example = "\"fc00::1\"",
     .help = "The IPv6 address of the host's end of the pair."},
    {.name = "localAddress",
     .binding = at<One<LocalIpv4>, &DeclaredVeth::local_address>(),
     .example = "\"10.231.136.2\"",
     .help = "The IPv4 address inside, or `auto`. With a bridge it has a prefix length; without "
             "one it is reached through a route."},
    {.name = "localAddress6",
     .binding = at<One<Ipv6>, &DeclaredVeth::local_address6>(),
     .example = "\"fc00::2\"",
     .help = "The IPv6 address inside."},
    {.name = "localMacAddress",
     .binding = at<One<Mac>, &DeclaredVeth::local_mac_address>(),
     .fallback = "made from the container's name",
     .example = "\"02:00:00:00:00:01\"",
     .help = "The Ethernet address inside."},
    {.name = "forwardPorts",
     .binding = at<Tables<ForwardPort>, &DeclaredVeth::forward_ports>(),
     .example = "[{ hostPort = 8080, containerPort = 80 }]",
     .effect = Effect::Live,
     .help = "Ports of the host that lead to ports inside."},
});

constexpr auto kNetworkKeys = std::to_array<Key>({
    {.name = "privateNetwork",
     .binding = at<One<Boolean>, &Declaration::network, &DeclaredNetwork::is_private>(),
     .example = "true",
     .help = "A network of the container's own, with the interface eth0 when there is an address "
             "or a bridge for it. Otherwise it shares the host's."},
    {.name = "extraVeths",
     .binding = at<ByName<DeclaredVeth>, &Declaration::network, &DeclaredNetwork::extra_veths>(),
     .example = "{ eth1 = { hostBridge = \"br1\" } }",
     .help = "Further pairs of interfaces, by the name inside."},
    {.name = "interfaces",
     .binding = at<Many<Interface>, &Declaration::network, &DeclaredNetwork::interfaces>(),
     .example = "[\"eth1\"]",
     .help = "Interfaces of the host's that are moved in."},
    {.name = "macvlans",
     .binding = at<Many<Interface>, &Declaration::network, &DeclaredNetwork::macvlans>(),
     .example = "[\"eth1\"]",
     .help = "Interfaces of the host's that get a macvlan each, which is moved in."},
    {.name = "networkNamespace",
     .binding = at<One<HostPath>, &Declaration::network, &DeclaredNetwork::namespace_path>(),
     .example = "\"/run/netns/vpn\"",
     .help = "An existing network namespace to join, instead of privateNetwork."},
    {.name = "internet",
     .binding = at<One<Boolean>, &Declaration::network, &DeclaredNetwork::internet>(),
     .example = "true",
     .effect = Effect::Live,
     .help = "Whether what the container sends leaves the host with the host's address, so that "
             "it gets answers from everywhere."},
    {.name = "addressPool",
     .binding = at<One<AddressPool>, &Declaration::network, &DeclaredNetwork::address_pool>(),
     .example = "\"192.168.128.0/20\"",
     .help = "Where localAddress = \"auto\" takes a pair of addresses from: the first one that is "
             "free, which the container then keeps."},
    {.name = "copyResolvConf",
     .binding = at<One<Boolean>, &Declaration::network, &DeclaredNetwork::copy_resolv_conf>(),
     .example = "false",
     .help = "Whether the host's /etc/resolv.conf is copied at every start. In a network of the "
             "container's own it has the resolvers behind one that listens on the host's "
             "loopback alone."},
});

}  // namespace

Keys network_keys() { return kNetworkKeys; }
Keys veth_keys() { return kVethKeys; }
Keys RecordOf<ForwardPort>::keys() { return kForwardKeys; }

Result<> RecordOf<DeclaredVeth>::set_name(DeclaredVeth& veth, std::string_view name) {
  TRY_ASSIGN(veth.name, parse_interface(name));
  return {};
}

void RecordOf<ForwardPort>::finish(Reader& reader, const Value& table, ForwardPort& port) {
  if (table.find("hostPort") == nullptr) {
    reader.refuse_missing(table.at, "hostPort is missing (for example hostPort = 8080)");
  } else if (port.container_port == 0) {
    port.container_port = port.host_port;
  }
}

}  // namespace warren::config
