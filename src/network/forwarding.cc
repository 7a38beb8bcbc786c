#include "network/forwarding.h"

#include <fcntl.h>

#include <string>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::network {
namespace {

constexpr const char* kForward4 = "/proc/sys/net/ipv4/ip_forward";
constexpr const char* kForward6 = "/proc/sys/net/ipv6/conf/all/forwarding";
constexpr const char* kInterfaces6 = "/proc/sys/net/ipv6/conf";

bool is_off(const std::string& path) {
  const auto text = kernel::read_file(path);
  return text && trim(*text) == "0";
}

Result<> turn_on(const std::string& path) {
  auto done = kernel::write_existing(AT_FDCWD, path, "1");
  return done ? Result<>()
              : std::move(done).error().with("forwardPorts and internet need the host to forward");
}

/// A host that forwards listens to no router (accept_ra 1), unless told that it is to (2). Only
/// interfaces that are there: those of containers come later, and nobody listens to them.
void go_on_listening() {
  constexpr const char* kAccept = "/accept_ra";
  const auto names = kernel::list_names(kInterfaces6);
  if (!names) {
    return;
  }
  for (const auto& name : *names) {
    const std::string path = cat(kInterfaces6, "/", name, kAccept);
    const auto text = kernel::read_file(path);
    if (name != "all" && name != "default" && text && trim(*text) == "1") {
      (void)kernel::write_existing(AT_FDCWD, path, "2");
    }
  }
}

}  // namespace

Result<> enable_forwarding(plan::Families families) {
  if (families.ipv4 && is_off(kForward4)) {
    TRY(turn_on(kForward4));
  }
  if (families.ipv6 && is_off(kForward6)) {
    go_on_listening();
    TRY(turn_on(kForward6));
  }
  return {};
}

}  // namespace warren::network
