#include "monitor/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::monitor {
namespace {

constexpr mode_t kMode = 0600;  // what is printed on a console may be secret

Result<UniqueFd> open_file(const std::string& path) {
  return kernel::open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, kMode);
}

}  // namespace

Result<Log> Log::open(const std::string& path) {
  TRY(kernel::make_path(path.substr(0, path.rfind('/')), 0755));
  TRY_ASSIGN(auto file, open_file(path));
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  char last = '\n';
  (void)!::pread(file.get(), &last, 1, size - 1);  // of an empty file there is none
  return Log(path, std::move(file), static_cast<std::size_t>(size), last != '\n');
}

void Log::write(std::string_view bytes) {
  if (copy_ >= 0) {
    (void)::send(copy_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (size_ != 0 && size_ + bytes.size() > kFull) {
    rotate();
  }
  while (!bytes.empty()) {
    const auto length = ::write(file_.get(), bytes.data(), bytes.size());
    if (length < 0 && errno != EINTR) {
      return;
    }
    if (length > 0) {
      in_line_ = bytes[static_cast<std::size_t>(length) - 1] != '\n';
      size_ += static_cast<std::size_t>(length);
      bytes.remove_prefix(static_cast<std::size_t>(length));
    }
  }
}

void Log::write_line(std::string_view text) { write(cat(in_line_ ? "\n" : "", text, "\n")); }

void Log::rotate() {
  (void)std::rename(path_.c_str(), cat(path_, ".1").c_str());  // or it grows on
  if (auto next = open_file(path_)) {
    file_ = *std::move(next);
    size_ = 0;
  }
}

}  // namespace warren::monitor
