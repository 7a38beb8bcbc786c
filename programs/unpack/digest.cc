#include "programs/unpack/digest.h"

#include <sha256.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "kernel/file.h"

namespace warren::unpack {

Result<> digest(int result) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<char, std::size_t{64} << 10> buffer;
  SHA2_CTX context;
  ::SHA256Init(&context);
  while (true) {
    const auto length = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (length < 0) {
      return Error::sys("read", "the archive");
    }
    if (length == 0) {
      break;
    }
    const auto size = static_cast<std::size_t>(length);
    ::SHA256Update(&context, reinterpret_cast<const unsigned char*>(buffer.data()), size);
    const auto written = kernel::write_all(STDOUT_FILENO, {buffer.data(), size}, "pipe");
    if (!written && written.error().code == EPIPE) {
      ::_exit(1);  // the other one has said why it takes no more
    }
    TRY(Result<>(written));
  }
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text;
  ::SHA256End(&context, text.data());
  return kernel::write_all(result, text.data(), "the digest");
}

}  // namespace warren::unpack
