#include "monitor/memory_kills.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::monitor {

MemoryKills MemoryKills::open(int cgroup) {
  auto events = kernel::openat(cgroup, "memory.events", O_RDONLY);
  return MemoryKills(events ? *std::move(events) : UniqueFd());
}

std::uint64_t MemoryKills::count() const {
  std::array<char, 512> text{};
  const auto length = events_ ? ::pread(events_.get(), text.data(), text.size(), 0) : 0;
  return length > 0
             ? parse_memory_kills(std::string_view(text.data(), static_cast<std::size_t>(length)))
             : 0;
}

Result<> MemoryKills::attach(EventLoop& loop, std::function<void(std::uint64_t)> on_kill) {
  if (!events_) {
    return {};
  }
  seen_ = count();
  return loop.add(events_.get(), EPOLLPRI, [this, on_kill = std::move(on_kill)](std::uint32_t) {
    const auto now = count();  // which also arms the event again
    if (now > seen_) {
      seen_ = now;
      on_kill(now);
    }
  });
}

std::uint64_t parse_memory_kills(std::string_view text) {
  constexpr std::string_view kKey = "oom_kill ";
  for (const auto line : split(text, '\n')) {
    if (line.starts_with(kKey)) {
      return parse_number<std::uint64_t>(line.substr(kKey.size())).value_or(0);
    }
  }
  return 0;
}

}  // namespace warren::monitor
