// Runs in: the process that is about to enter a container.
#include "launch/shield.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::launch {
namespace {

constexpr const char* kProgram = "/proc/self/exe";

/// What the host calls root of the user namespace that `leader` is in.
Result<uid_t> root_of(pid_t leader) {
  const std::string path = cat("/proc/", leader, "/uid_map");
  TRY_ASSIGN(const auto text, kernel::read_file(path));
  std::vector<uid_t> numbers;
  const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  for (const auto word : split(line, ' ')) {
    if (const auto number = parse_number<uid_t>(word)) {
      numbers.push_back(*number);
    }
  }
  return numbers.size() == 3 ? Result<uid_t>(numbers[1])
                             : Error::because("read", path, "it is not as the kernel writes it");
}

/// The words that this process was started with, and its name changed to nothing else.
Result<std::vector<std::string>> own_arguments() {
  TRY_ASSIGN(const auto text, kernel::read_file("/proc/self/cmdline", std::size_t{4} << 20));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    words.emplace_back(text.c_str() + at);
    at += words.back().size() + 1;
  }
  return words;
}

}  // namespace

Result<> shield_program(pid_t leader) {
  TRY_ASSIGN(const uid_t root, root_of(leader));
  TRY_ASSIGN(const auto program, kernel::open(kProgram, O_PATH));
  TRY_ASSIGN(const auto status, kernel::fstat(program.get(), kProgram));
  struct statvfs mount = {};
  if (status.st_uid != root ||
      (::fstatvfs(program.get(), &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0)) {
    return {};
  }
  TRY_ASSIGN(auto words, own_arguments());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  TRY_ASSIGN(const auto copy, kernel::clone_tree(program.get(), "", false));
  TRY(kernel::mount_setattr(copy.get(), "", {.set = MOUNT_ATTR_RDONLY}));
  ::execveat(copy.get(), "", arguments.data(), environ, AT_EMPTY_PATH);
  return Error::sys("execute", "warren's own program");
}

}  // namespace warren::launch
