#include "host/facts.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "host/devices.h"
#include "host/passed_descriptors.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "plan/environment.h"
#include "plan/etc_files.h"
#include "plan/resolver.h"
#include "spec/capabilities.h"

namespace warren::host {
namespace {

constexpr unsigned kOldestMajor = 5;
constexpr unsigned kOldestMinor = 15;

bool is_old_kernel(std::string_view release) {
  const auto parts = split(release.substr(0, release.find_first_not_of("0123456789.")), '.');
  const auto major = parse_number<unsigned>(parts[0]).value_or(0);
  const auto minor = parts.size() > 1 ? parse_number<unsigned>(parts[1]).value_or(0) : 0;
  return major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor);
}

spec::Capabilities own_bounding_set() {
  spec::Capabilities set = 0;
  for (unsigned number = 0; number < spec::kCapabilityNames.size(); ++number) {
    if (::prctl(PR_CAPBSET_READ, number) == 1) {
      set |= spec::Capabilities{1} << number;
    }
  }
  return set;
}

std::string read_os_release() {
  auto text = kernel::read_file("/etc/os-release");
  return text ? *text : kernel::read_file("/usr/lib/os-release").value_or("");
}

/// The first file that names a server which the host is not alone to reach.
void read_reachable_servers(plan::HostFacts& facts) {
  for (const char* path : plan::kResolverFiles) {
    const auto content = kernel::read_file(path);
    auto servers = plan::without_local_servers(content.value_or(""));
    if (plan::names_a_server(servers)) {
      facts.resolv_conf = {path, std::move(servers)};
      return;
    }
  }
}

void read_resolv_conf(plan::HostFacts& facts, const spec::Container& container) {
  if (container.resolv_conf == spec::ResolvConf::CopyReachable) {
    return read_reachable_servers(facts);
  }
  auto mode = plan::effective_resolv_conf(container, true);
  if (container.resolv_conf == spec::ResolvConf::Auto && mode == spec::ResolvConf::CopyHost &&
      ::access("/run/systemd/resolve/stub-resolv.conf", F_OK) == 0) {
    mode = spec::ResolvConf::CopyStub;
  }
  if (const char* path = plan::resolv_conf_path(mode)) {
    if (auto content = kernel::read_file(path)) {
      facts.resolv_conf = {path, *std::move(content)};
    }
  }
}

void read_localtime(plan::HostFacts& facts, const spec::Container& container) {
  constexpr const char* kPath = "/etc/localtime";
  if (::access(kPath, F_OK) == 0) {
    facts.localtime = kPath;
    facts.timezone = read_timezone();
    if (container.timezone == spec::Timezone::Copy || facts.timezone.empty()) {
      facts.localtime_content = kernel::read_file(kPath).value_or("");
    }
  }
}

}  // namespace

Result<> check_host() {
  utsname system = {};
  ::uname(&system);
  if (is_old_kernel(system.release)) {
    return Error::because("", "", cat("Linux 5.15 or newer is needed, this is ", system.release));
  }
  if (::geteuid() != 0) {
    return Error::because("", "", "containers are started by root").advise("try sudo");
  }
  return {};
}

std::string read_machine_id() {
  return std::string(trim(kernel::read_file("/etc/machine-id").value_or("")));
}

std::string read_timezone() {
  const auto link = kernel::readlinkat(AT_FDCWD, "/etc/localtime");
  constexpr std::string_view kDirectory = "/zoneinfo/";
  const auto at = link ? link->find(kDirectory) : std::string::npos;
  return at == std::string::npos ? std::string() : link->substr(at + kDirectory.size());
}

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  (void)::getrandom(bytes.data(), bytes.size(), 0);  // up to 256 bytes it cannot fall short
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string text;
  for (const unsigned byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

Result<plan::HostFacts> read_facts(const spec::Container& container) {
  plan::HostFacts facts;
  if (container.users.mode == spec::Users::Mode::None) {  // elsewhere they are all new
    facts.capabilities = own_bounding_set();
  }
  facts.can_make_devices =
      kernel::in_first_user_namespace() && ::prctl(PR_CAPBSET_READ, CAP_MKNOD) == 1;
  facts.has_tun = ::access("/dev/net/tun", F_OK) == 0;
  for (const auto& device : container.devices) {
    facts.devices.push_back(read_device(device.node));
  }
  for (const auto& disk : container.limits.io) {
    facts.devices.push_back(read_device(disk.device));
  }
  facts.os_release = read_os_release();
  facts.boot_id = plan::dashed(random_uuid());
  facts.random_uuid = random_uuid();
  if (const char* term = std::getenv("TERM")) {
    facts.term = term;
  }
  read_resolv_conf(facts, container);
  read_localtime(facts, container);
  facts.passed_descriptors = passed_descriptors();
  return facts;
}

}  // namespace warren::host
