#include "kernel/self.h"

#include <unistd.h>

#include <csignal>

#include "kernel/process.h"

namespace warren::kernel {
namespace {

struct SelfPlan {
  std::array<int, 3> streams{};
  std::vector<char*> arguments;
};

/// Runs in: a copy of the caller that becomes warren again.
[[noreturn]] void self_main(const void* argument) noexcept {
  constexpr int kFailed = 70;
  const auto& plan = *static_cast<const SelfPlan*>(argument);
  ::setsid();
  for (std::size_t i = 0; i < plan.streams.size(); ++i) {
    if (::dup2(plan.streams[i], static_cast<int>(i)) < 0) {
      ::_exit(kFailed);
    }
  }
  if (::chdir("/") < 0 || !close_on_exec_from(3)) {
    ::_exit(kFailed);
  }
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::array<char*, 1> environment = {nullptr};
  ::execve("/proc/self/exe", plan.arguments.data(), environment.data());
  ::_exit(kFailed);
}

}  // namespace

Result<Child> start_self(const std::vector<std::string>& words, std::array<int, 3> streams) {
  SelfPlan plan = {.streams = streams, .arguments = {}};
  for (const auto& word : words) {
    plan.arguments.push_back(const_cast<char*>(word.c_str()));  // execve(2) does not write to it
  }
  plan.arguments.push_back(nullptr);
  return clone3(0, -1, self_main, &plan);
}

}  // namespace warren::kernel
