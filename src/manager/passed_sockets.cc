#include "manager/passed_sockets.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/socket.h"

namespace warren::manager {

std::string descriptor_name(std::string_view address) {
  std::string name;
  for (const char c : address) {
    c == ':' || c == '\\' ? name += cat("\\x", c == ':' ? "3a" : "5c") : name += c;
  }
  return name;
}

PassedSockets::~PassedSockets() {
  for (const auto& path : paths_) {
    ::unlink(path.c_str());
  }
}

Result<> PassedSockets::reserve(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(auto place, kernel::open("/dev/null", O_RDONLY));
    if (place.get() != 3 + static_cast<int>(i)) {
      return Error::because("open", "sockets", "descriptor 3 is in use already");
    }
    sockets_.push_back(std::move(place));
  }
  return {};
}

Result<> PassedSockets::open(const std::vector<std::string>& addresses) {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    const std::string& address = addresses[i];
    TRY_ASSIGN(const auto socket, kernel::listen_at(address));
    if (::dup3(socket.get(), sockets_[i].get(), O_CLOEXEC) < 0) {
      return Error::sys("dup3", address);
    }
    names_.push_back(descriptor_name(address));
    if (address.starts_with('/')) {
      paths_.push_back(address);
    }
  }
  return {};
}

}  // namespace warren::manager
