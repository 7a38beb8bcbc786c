// The schema's rows for isolation, for the container's life, and for what is read elsewhere.
#include "config/codecs.h"
#include "config/number_codecs.h"
#include "config/records.h"

namespace warren::config {
namespace {

using spec::AllowedDevice;
using spec::Declaration;
using spec::IoLimit;
using spec::Limits;

constexpr auto kDeviceKeys = std::to_array<Key>({
    {.name = "node",
     .binding = at<One<DeviceNode>, &AllowedDevice::node>(),
     .example = "\"/dev/fuse\"",
     .help = "The device, by its path."},
    {.name = "modifier",
     .binding = at<One<DeviceModifier>, &AllowedDevice::modifier>(),
     .example = "\"rw\"",
     .help = "What may be done with it: `r` read, `w` write, `m` make the node."},
});

constexpr auto kIoKeys = std::to_array<Key>({
    {.name = "device",
     .binding = at<One<DeviceNode>, &IoLimit::device>(),
     .example = "\"/dev/sda\"",
     .effect = Effect::Live,
     .help = "The disk, by the path of its block device; a partition's stands for its disk."},
    {.name = "readBandwidth",
     .binding = at<Maybe<Bytes>, &IoLimit::read_bandwidth>(),
     .fallback = "no limit",
     .example = "\"20M\"",
     .effect = Effect::Live,
     .help = "The most bytes that are read in a second."},
    {.name = "writeBandwidth",
     .binding = at<Maybe<Bytes>, &IoLimit::write_bandwidth>(),
     .fallback = "no limit",
     .example = "\"10M\"",
     .effect = Effect::Live,
     .help = "The most bytes that are written in a second."},
    {.name = "readOperations",
     .binding = at<Maybe<Operations>, &IoLimit::read_operations>(),
     .fallback = "no limit",
     .example = "1000",
     .effect = Effect::Live,
     .help = "The most reads in a second."},
    {.name = "writeOperations",
     .binding = at<Maybe<Operations>, &IoLimit::write_operations>(),
     .fallback = "no limit",
     .example = "500",
     .effect = Effect::Live,
     .help = "The most writes in a second."},
    {.name = "weight",
     .binding = at<Maybe<Weight>, &IoLimit::weight>(),
     .fallback = "`ioWeight`",
     .example = "50",
     .effect = Effect::Live,
     .help = "The share of this disk when it is busy, from 1 to 10000."},
});

constexpr auto kLimitKeys = std::to_array<Key>({
    {.name = "memory",
     .binding = at<Maybe<Bytes>, &Limits::memory>(),
     .fallback = "no limit",
     .example = "\"512M\"",
     .effect = Effect::Live,
     .help = "The most memory; above it processes are killed."},
    {.name = "memoryHigh",
     .binding = at<Maybe<Bytes>, &Limits::memory_high>(),
     .fallback = "no limit",
     .example = "\"400M\"",
     .effect = Effect::Live,
     .help = "The memory above which processes are slowed down."},
    {.name = "swap",
     .binding = at<Maybe<SwapBytes>, &Limits::swap>(),
     .fallback = "no limit",
     .example = "0",
     .effect = Effect::Live,
     .help = "The most swap space; 0 for none."},
    {.name = "cpus",
     .binding = at<Maybe<Cpus>, &Limits::cpus>(),
     .fallback = "no limit",
     .example = "1.5",
     .effect = Effect::Live,
     .help = "The most processor time, in processors."},
    {.name = "cpuWeight",
     .binding = at<Maybe<Weight>, &Limits::cpu_weight>(),
     .fallback = "100",
     .example = "50",
     .effect = Effect::Live,
     .help = "The share of the processors when they are busy, from 1 to 10000."},
    {.name = "tasks",
     .binding = at<Maybe<Tasks>, &Limits::tasks>(),
     .fallback = "no limit",
     .example = "4096",
     .effect = Effect::Live,
     .help = "The most processes and threads."},
    {.name = "ioWeight",
     .binding = at<Maybe<Weight>, &Limits::io_weight>(),
     .fallback = "100",
     .example = "50",
     .effect = Effect::Live,
     .help = "The share of the disks when they are busy, from 1 to 10000."},
    {.name = "io",
     .binding = at<Tables<IoLimit>, &Limits::io>(),
     .example = "[{ device = \"/dev/sda\", readBandwidth = \"20M\" }]",
     .effect = Effect::Live,
     .help = "Limits for the traffic with single disks."},
    {.name = "required",
     .binding = at<One<Boolean>, &Limits::required>(),
     .example = "false",
     .effect = Effect::None,
     .help = "Whether a host that cannot hold the limits is an error; otherwise it is a warning."},
});

constexpr auto kIsolationKeys = std::to_array<Key>({
    {.name = "privateUsers",
     .binding = at<One<PrivateUsers>, &Declaration::private_users>(),
     .example = "\"identity\"",
     .help = "The container's user ids on the host: a free range (`pick`), the host's own numbers "
             "in a namespace (`identity`), none (`no`, which weakens it), the range that owns the "
             "tree (`yes`), or a range that starts at a number."},
    {.name = "nesting",
     .binding = at<One<Boolean>, &Declaration::nesting>(),
     .example = "true",
     .help = "Containers can be made inside, by warren and others (docs/SECURITY.md says what that "
             "weakens)."},
    {.name = "seccomp",
     .binding = at<One<Boolean>, &Declaration::seccomp>(),
     .example = "false",
     .help = "Whether only system calls on a list can be made inside; `false` weakens it."},
    {.name = "additionalCapabilities",
     .binding = at<Many<Capability>, &Declaration::additional_capabilities>(),
     .example = "[\"CAP_NET_ADMIN\"]",
     .help = "Capabilities beside the usual ones; see capabilities(7)."},
    {.name = "allowedDevices",
     .binding = at<Tables<AllowedDevice>, &Declaration::allowed_devices>(),
     .example = "[{ node = \"/dev/fuse\", modifier = \"rw\" }]",
     .help = "Devices of the host's that may be used inside."},
    {.name = "enableTun",
     .binding = at<One<Boolean>, &Declaration::enable_tun>(),
     .example = "true",
     .help = "Tunnels can be made inside: the capability CAP_NET_ADMIN and /dev/net/tun."},
    {.name = "limits",
     .binding = at<Inner<Limits>, &Declaration::limits>(),
     .example = "{ memory = \"512M\", cpus = 1.5, tasks = 4096 }",
     .effect = Effect::Live,
     .help = "What the container may use of the host."},
    {.name = "extraFlags",
     .binding = at<Many<Line>, &Declaration::extra_flags>(),
     .example = "[\"--drop-capability=CAP_SYS_CHROOT\"]",
     .help = "Further options of `warren spawn`, applied last."},
});

constexpr auto kLifeKeys = std::to_array<Key>({
    {.name = "autoStart",
     .binding = at<One<Boolean>, &Declaration::auto_start>(),
     .example = "true",
     .effect = Effect::None,
     .help = "Start with the host, and with `warren up` and `warren apply`."},
    {.name = "restart",
     .binding = at<One<RestartWord<spec::RestartPolicy>>, &Declaration::restart>(),
     .example = "\"always\"",
     .effect = Effect::Live,
     .help = "When the container is started again after it has ended by itself."},
    {.name = "restartIfChanged",
     .binding = at<One<Boolean>, &Declaration::restart_if_changed>(),
     .example = "false",
     .effect = Effect::None,
     .help = "Whether `warren apply` may restart it for a change that needs that."},
    {.name = "timeoutStartSec",
     .binding = at<One<Duration>, &Declaration::timeout_start>(),
     .example = "\"15s\"",
     .effect = Effect::None,
     .help = "How long it may take to get ready: seconds, or a time of systemd.time(7). "
             "`infinity` and 0 mean no limit."},
    {.name = "timeoutStopSec",
     .binding = at<One<Duration>, &Declaration::timeout_stop>(),
     .example = "\"30s\"",
     .effect = Effect::Live,
     .help = "How long it may take to stop before it is killed. `infinity` and 0 mean no limit."},
    {.name = "sockets",
     .binding = at<Many<Socket>, &Declaration::sockets>(),
     .example = "[\"127.0.0.1:8080\", \"/run/web.sock\"]",
     .help = "Sockets of the host's that process 1 gets as LISTEN_FDS: paths, addresses with a "
             "port, or a port of all addresses, IPv4 and IPv6. Each is called what is declared, "
             "with `\\x3a` for `:`."},
});

constexpr auto kOutsideKeys = std::to_array<Key>({
    {.name = "inherit",
     .binding = elsewhere<Declaration>(kString, "the name of a template"),
     .example = "\"base\"",
     .effect = Effect::None,
     .help = "A template that this builds on. Single values and lists replace the template's; "
             "tables are merged key by key."},
    {.name = "config",
     .binding = elsewhere<Declaration>(kAny, "the path of a Nix file"),
     .example = "\"/etc/nixos/web.nix\"",
     .effect = Effect::None,
     .help = "A Nix file that describes the tree. warren does not build from it yet: build it "
             "with Nix and declare the result as `path`."},
    {.name = "flake",
     .binding = elsewhere<Declaration>(kAny, "anything"),
     .effect = Effect::None,
     .help = "Read and ignored: how Nix has built `path`."},
    {.name = "nixpkgs",
     .binding = elsewhere<Declaration>(kAny, "anything"),
     .effect = Effect::None,
     .help = "Read and ignored: how Nix has built `path`."},
    {.name = "specialArgs",
     .binding = elsewhere<Declaration>(kAny, "anything"),
     .effect = Effect::None,
     .help = "Read and ignored: how Nix has built `path`."},
});

}  // namespace

Keys isolation_keys() { return kIsolationKeys; }
Keys life_keys() { return kLifeKeys; }
Keys outside_keys() { return kOutsideKeys; }
Keys RecordOf<AllowedDevice>::keys() { return kDeviceKeys; }
Keys RecordOf<Limits>::keys() { return kLimitKeys; }
Keys RecordOf<IoLimit>::keys() { return kIoKeys; }

void RecordOf<IoLimit>::finish(Reader& reader, const Value& table, IoLimit& limit) {
  if (limit.device.empty() && table.find("device") == nullptr) {
    reader.refuse_missing(table.at, "device is missing (for example device = \"/dev/sda\")");
  }
}

void RecordOf<AllowedDevice>::finish(Reader& reader, const Value& table, AllowedDevice& device) {
  if (device.node.empty() && table.find("node") == nullptr) {
    reader.refuse_missing(table.at, "node is missing (for example node = \"/dev/fuse\")");
  }
}

}  // namespace warren::config
