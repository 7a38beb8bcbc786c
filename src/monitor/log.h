// The log of a container's console: one file that is renamed to FILE.1 when it is full.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::monitor {

class Log {
 public:
  static constexpr std::size_t kFull = std::size_t{1} << 20;

  /// Goes on at the end of the file at `path`, which is made, with its directory, if it is
  /// missing.
  [[nodiscard]] static Result<Log> open(const std::string& path);

  /// What is added is also sent to `stream`, a socket, as the journal's is. Never waits for it.
  void copy_to(int stream) { copy_ = stream; }

  /// Adds the bytes as they are. What cannot be written is lost: a full disk stops no container.
  void write(std::string_view bytes);
  /// Adds a line of warren's own, at the beginning of a line.
  void write_line(std::string_view text);

 private:
  Log(std::string path, UniqueFd file, std::size_t size, bool in_line)
      : path_(std::move(path)), file_(std::move(file)), size_(size), in_line_(in_line) {}
  void rotate();

  std::string path_;
  UniqueFd file_;
  int copy_ = -1;
  std::size_t size_ = 0;
  bool in_line_ = false;  ///< the last line has no end yet
};

}  // namespace warren::monitor
