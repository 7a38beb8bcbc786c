// A ChildPlan and everything it points to.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "launch/child_plan.h"
#include "plan/plan.h"

namespace warren::launch {

class PreparedChild {
 public:
  /// `plan` must outlive this. `link` are the parent's and the child's end of the socket; `init`
  /// is a program to run as process 1 in between, -1 for none.
  PreparedChild(const plan::Plan& plan, const std::pair<UniqueFd, UniqueFd>& link, int init);
  /// The same for a program in a running container; the caller says in plan() which.
  PreparedChild(const plan::ProcessPlan& process, const std::pair<UniqueFd, UniqueFd>& link);
  PreparedChild(const PreparedChild&) = delete;
  PreparedChild& operator=(const PreparedChild&) = delete;

  [[nodiscard]] const ChildPlan& plan() const { return child_; }
  [[nodiscard]] ChildPlan& plan() { return child_; }
  [[nodiscard]] std::span<std::byte> stack() { return stack_; }

 private:
  void set_process(const plan::ProcessPlan& process);
  void set_scheduling(const plan::ProcessPlan& process);

  ChildPlan child_;
  alignas(16) std::array<std::byte, 8192> stack_;
  std::vector<const char*> candidates_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
  std::vector<const char*> script_arguments_;
  std::vector<const char*> init_arguments_;
};

/// Waits until the child of a launch has all its namespaces but the mount namespace. `link` is
/// the parent's end, and the child's end is closed here.
[[nodiscard]] Result<> await_namespaces(int link, const plan::ProcessPlan& process);

/// What the child has said so far of a failure: the reason for what fails in the parent then.
[[nodiscard]] std::optional<Error> failure_of_child(int link, const plan::ProcessPlan& process);

/// Waits until the child has executed its program, or says why it has not. `link` is the
/// parent's end, and the child's end is closed here.
[[nodiscard]] Result<> await_program(int link, const plan::ProcessPlan& process);

/// A child's failure in words; for a program that could not be executed the operation is
/// "execute", the subject what was asked for, and the code says why.
[[nodiscard]] Error describe(const ChildFailure& failure, const plan::ProcessPlan& process);

}  // namespace warren::launch
