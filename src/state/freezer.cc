#include "state/freezer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::state {
namespace {

constexpr const char* kFile = "cgroup.freeze";

bool says_frozen(int events) {
  std::array<char, 256> text{};
  const auto length = ::pread(events, text.data(), text.size(), 0);
  return length > 0 &&
         std::string_view(text.data(), static_cast<std::size_t>(length)).contains("frozen 1");
}

}  // namespace

Result<> freeze(int cgroup) {
  using Clock = std::chrono::steady_clock;
  TRY_ASSIGN(const auto events, kernel::openat(cgroup, "cgroup.events", O_RDONLY));
  TRY(kernel::write_existing(cgroup, kFile, "1"));
  const auto end = Clock::now() + std::chrono::seconds(10);
  while (!says_frozen(events.get())) {
    if (Clock::now() >= end) {
      TRY(thaw(cgroup));
      return Error::from_errno(ETIMEDOUT, "freeze", "its processes");
    }
    pollfd changed = {.fd = events.get(), .events = POLLPRI, .revents = 0};
    ::poll(&changed, 1, 100);
  }
  return {};
}

Result<> thaw(int cgroup) { return kernel::write_existing(cgroup, kFile, "0"); }

bool is_frozen(int cgroup) { return trim(kernel::read_file(cgroup, kFile).value_or("")) == "1"; }

}  // namespace warren::state
