#include "launch/init_image.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

#include "kernel/file.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

// init_image.S
extern "C" const char warren_init_image;
extern "C" const char warren_init_image_end;

namespace warren::launch {

Result<UniqueFd> open_init_image() {
  constexpr const char* kName = "warren-init";
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd file(::memfd_create(kName, kFlags | MFD_EXEC));
  if (!file && errno == EINVAL) {
    file.reset(::memfd_create(kName, kFlags));
  }
  if (!file) {
    return Error::sys("memfd_create", kName);
  }
  const std::string_view image(
      &warren_init_image, static_cast<std::size_t>(&warren_init_image_end - &warren_init_image));
  TRY(kernel::write_all(file.get(), image, kName));
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
      0) {
    return Error::sys("fcntl", "F_ADD_SEALS");
  }
  return file;
}

}  // namespace warren::launch
