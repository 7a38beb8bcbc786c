#include "kernel/watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace warren::kernel {
namespace {

/// Whether there is news among the events that can be read. Of the files in the directory closing
/// says nothing: who only looks at one closes it too.
bool read_news(int watch) {
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool news = false;
  ssize_t length = 0;
  while ((length = ::read(watch, buffer.data(), buffer.size())) > 0) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
      inotify_event event = {};
      std::memcpy(&event, &buffer[at], sizeof event);
      news = news || event.len == 0 || (event.mask & (IN_MOVED_TO | IN_CLOSE_WRITE)) != 0;
      at += sizeof event + event.len;
    }
  }
  return news;
}

}  // namespace

Result<UniqueFd> watch_directory(int directory) {
  UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch) {
    return Error::sys("inotify_init1");
  }
  const std::string path = cat("/proc/self/fd/", directory);
  if (::inotify_add_watch(watch.get(), path.c_str(),
                          IN_MOVED_TO | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ONLYDIR) < 0) {
    return Error::sys("inotify_add_watch");
  }
  return watch;
}

void wait_for_news(int watch, int process) {
  std::array<pollfd, 2> sources = {pollfd{.fd = watch, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = process, .events = POLLIN, .revents = 0}};
  while (true) {
    const int count = ::poll(sources.data(), sources.size(), -1);
    if (count < 0 && errno != EINTR) {
      return;
    }
    if (count > 0 && (sources[1].revents != 0 || read_news(watch))) {
      return;
    }
  }
}

}  // namespace warren::kernel
