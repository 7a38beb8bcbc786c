#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/file.h"
#include "network/nft.h"

namespace warren::network {
namespace {

constexpr std::size_t kMostOfListing = std::size_t{64} << 20;

Result<std::string> find_nft() {
  for (const char* path : {"/usr/sbin/nft", "/usr/bin/nft", "/sbin/nft", "/usr/local/sbin/nft"}) {
    if (::access(path, X_OK) == 0) {
      return path;
    }
  }
  return Error::because("packet filter", "nft", "there is no such program")
      .advise("install nftables");
}

/// An empty file in memory. Nobody waits for anybody, as with a pipe.
Result<UniqueFd> memory_file() {
  UniqueFd file(::memfd_create("nft", MFD_CLOEXEC));
  if (!file) {
    return Error::sys("memfd_create");
  }
  return file;
}

Result<std::string> content_of(const UniqueFd& file) {
  ::lseek(file.get(), 0, SEEK_SET);
  return kernel::read_all(file.get(), "nft", kMostOfListing);
}

/// Its standard streams, and the signals as they are for everybody who has not chosen.
class Surroundings {
 public:
  Surroundings(const std::array<int, 3>& streams) {
    ::posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; ++i) {
      ::posix_spawn_file_actions_adddup2(&actions, streams[static_cast<std::size_t>(i)], i);
    }
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  ~Surroundings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  posix_spawn_file_actions_t actions = {};
  posix_spawnattr_t attributes = {};
};

/// What nft says went wrong: the text behind the first `Error: `.
Error error_of(std::string_view said) {
  constexpr std::string_view kError = "Error: ";
  const auto at = said.find(kError);
  auto reason = at == std::string_view::npos ? said : said.substr(at + kError.size());
  reason = trim(reason.substr(0, reason.find('\n')));
  Error error = Error::because("nft", "packet filter", reason.empty() ? "it failed" : reason);
  for (const int code : {EEXIST, ENOENT, EPERM}) {
    if (reason.ends_with(std::strerror(code))) {
      error.code = code;
    }
  }
  return error;
}

/// Runs nft with `arguments`; returns its standard output.
Result<std::string> run(const std::vector<std::string>& arguments) {
  TRY_ASSIGN(auto program, find_nft());
  TRY_ASSIGN(const auto in, memory_file());
  TRY_ASSIGN(const auto out, memory_file());
  TRY_ASSIGN(const auto errors, memory_file());
  std::vector<std::string> words = {"nft"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  // Of who calls warren nothing gets in; nft's messages are to be in the words that we know.
  std::array<char*, 1> environment = {nullptr};
  const Surroundings surroundings({in.get(), out.get(), errors.get()});
  pid_t child = -1;
  const int code = ::posix_spawn(&child, program.c_str(), &surroundings.actions,
                                 &surroundings.attributes, pointers.data(), environment.data());
  if (code != 0) {
    return Error::from_errno(code, "run", program);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    TRY_ASSIGN(const auto said, content_of(errors));
    return error_of(said);
  }
  return content_of(out);
}

}  // namespace

Result<std::string> list_nft(const std::string& object) {
  std::vector<std::string> words = {"list"};
  for (const auto word : split(object, ' ')) {
    words.emplace_back(word);
  }
  return run(words);
}

}  // namespace warren::network
