// A last-in-first-out list of things to take back when a multi-step change fails.
#pragma once

#include <unistd.h>

#include <functional>
#include <utility>
#include <vector>

namespace warren {

/// Runs what was added, newest first, when it goes out of scope, unless dismissed.
/// Does nothing in a process other than the one that added the first, so a forked child cannot undo
/// its parent's work.
class Undo {
 public:
  Undo() = default;
  Undo(Undo&& other) noexcept : steps_(std::exchange(other.steps_, {})), owner_(other.owner_) {}
  Undo& operator=(Undo&& other) noexcept {
    if (this != &other) {
      run();
      steps_ = std::exchange(other.steps_, {});
      owner_ = other.owner_;
    }
    return *this;
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() { run(); }

  void add(std::function<void()> step) {
    owner_ = owner_ < 0 ? ::getpid() : owner_;
    steps_.push_back(std::move(step));
  }
  void dismiss() { steps_.clear(); }

  /// Takes everything back now.
  void run() {
    if (!steps_.empty() && owner_ == ::getpid()) {
      while (!steps_.empty()) {
        auto step = std::move(steps_.back());
        steps_.pop_back();
        step();
      }
    }
    steps_.clear();
  }

 private:
  std::vector<std::function<void()>> steps_;
  pid_t owner_ = -1;
};

}  // namespace warren
