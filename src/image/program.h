// Other programs that images are made with. They end when warren does, however it ends, with all
// that they started; and the mounts that they made go with them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/process.h"

namespace warren::image {

struct Program {
  std::vector<std::string> words;        ///< the first one is an absolute path
  std::vector<std::string> environment;  ///< NAME=VALUE beside warren's own
  int input = -1;                        ///< standard input of a first one; none: /dev/null
  std::vector<int> passed;               ///< become descriptors 3, 4 …
  bool private_network = false;          ///< nothing to be reached, not even the host's loopback
};

/// Runs `programs` as a pipeline, each in process and mount namespaces of its own with a /proc to
/// fit. `on_line` gets every line that any writes on its standard error, and the last one on its
/// standard output: printable, and cut at some length. Returns how each ended.
/// SIGINT, SIGTERM and SIGHUP kill them all and make it fail with EINTR.
[[nodiscard]] Result<std::vector<kernel::Exit>> run_programs(
    std::span<const Program> programs, const std::function<void(std::string_view)>& on_line);

/// Standard output of a short program that must succeed; its standard error is warren's.
[[nodiscard]] Result<std::string> program_output(const std::vector<std::string>& words);

/// The absolute path of the program `name` in $PATH; empty when there is none.
[[nodiscard]] std::string find_program(std::string_view name);

}  // namespace warren::image
