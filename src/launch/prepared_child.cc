#include "launch/prepared_child.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"

namespace warren::launch {
namespace {

struct StageName {
  ChildStage stage;
  const char* operation;
};

// In the order of the enumeration.
constexpr auto kStages = std::to_array<StageName>({
    {ChildStage::WaitForTree, "wait for the root tree"},
    {ChildStage::EnterNamespaces, "enter the container's namespaces"},
    {ChildStage::MakeNetwork, "unshare the network namespace"},
    {ChildStage::BecomeRoot, "become root of the user namespace"},
    {ChildStage::CopyMounts, "unshare the mount namespace"},
    {ChildStage::ShareMounts, "mount_setattr /"},
    {ChildStage::SetHostname, "sethostname"},
    {ChildStage::RaiseLoopback, "bring up the loopback interface"},
    {ChildStage::StartSession, "setsid"},
    {ChildStage::OpenConsole, "open /dev/console"},
    {ChildStage::ArrangeStreams, "arrange descriptors"},
    {ChildStage::SetPersonality, "set the personality"},
    {ChildStage::SetAffinity, "set the processor affinity"},
    {ChildStage::DropCapabilities, "drop capabilities"},
    {ChildStage::SetGroups, "set groups"},
    {ChildStage::SetUser, "change user"},
    {ChildStage::SetAmbient, "set ambient capabilities"},
    {ChildStage::ChangeDirectory, "chdir"},
    {ChildStage::RestrictPrivileges, "set no_new_privs"},
    {ChildStage::LoadFilter, "load the system-call filter"},
    {ChildStage::FindProgram, "execute"},
    {ChildStage::Execute, "execute"},
});
static_assert(kStages.size() == static_cast<std::size_t>(ChildStage::End));
static_assert([] {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (kStages[i].stage != static_cast<ChildStage>(i)) {
      return false;
    }
  }
  return true;
}());

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));  // execve(2) does not write to them
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

PreparedChild::PreparedChild(const plan::ProcessPlan& process,
                             const std::pair<UniqueFd, UniqueFd>& link) {
  child_.parents_link = link.first.get();
  child_.link = link.second.get();
  set_process(process);
  set_scheduling(process);
}

PreparedChild::PreparedChild(const plan::Plan& plan, const std::pair<UniqueFd, UniqueFd>& link,
                             int init)
    : PreparedChild(plan.process, link) {
  const plan::ProcessPlan& process = plan.process;
  child_.init = init;
  child_.user_namespace = plan.user_namespace;
  child_.copy_mounts = plan.user_namespace;
  child_.own_network = plan.own_network;
  if (plan.console != spec::Console::Pipe) {
    child_.console = "/dev/console";
    child_.take_terminal = process.take_terminal;
  }
  child_.hostname = process.hostname.c_str();
  child_.hostname_length = process.hostname.size();
  child_.passed_descriptors = static_cast<int>(process.passed_descriptors);
}

void PreparedChild::set_process(const plan::ProcessPlan& process) {
  child_.uid = process.uid;
  child_.gid = process.gid;
  child_.groups = process.groups.data();
  child_.group_count = process.groups.size();
  child_.bounding = process.bounding;
  child_.ambient = process.ambient;
  child_.no_new_privileges = process.no_new_privileges;
  child_.filter_lets_start = process.filter.is_default();
  const auto filter = process.filter.program();
  child_.filter = {.len = static_cast<unsigned short>(filter.size()),
                   .filter = const_cast<sock_filter*>(filter.data())};
  child_.working_directory = process.working_directory.c_str();
  child_.fallback_directory =
      process.fallback_directory.empty() ? nullptr : process.fallback_directory.c_str();

  for (const auto& candidate : process.candidates) {
    candidates_.push_back(candidate.c_str());
  }
  candidates_.push_back(nullptr);
  arguments_ = pointers_to(process.arguments);
  environment_ = pointers_to(process.environment);
  script_arguments_ = {"/bin/sh", nullptr};
  script_arguments_.insert(script_arguments_.end(), arguments_.begin() + 1, arguments_.end());
  init_arguments_ = {"init", nullptr};
  init_arguments_.insert(init_arguments_.end(), arguments_.begin(), arguments_.end());
  child_.candidates = candidates_.data();
  child_.arguments = arguments_.data();
  child_.environment = environment_.data();
  child_.script_arguments = script_arguments_.data();
  child_.init_arguments = init_arguments_.data();
}

void PreparedChild::set_scheduling(const plan::ProcessPlan& process) {
  child_.set_personality = process.personality.has_value();
  child_.personality = process.personality.value_or(0);
  child_.set_affinity = !process.cpu_affinity.empty();
  for (const unsigned processor : process.cpu_affinity) {
    CPU_SET(processor, &child_.affinity);
  }
}

namespace {

/// The length of the child's next message, 0 for the end of the stream; its failure, if it is one.
Result<ssize_t> receive(int link, const plan::ProcessPlan& process, int flags = 0) {
  ChildFailure failure;
  ssize_t length = -1;
  do {
    length = ::recv(link, &failure, sizeof failure, flags);
    // A child that ended with words unread resets the link; what it said is there all the same.
  } while (length < 0 && (errno == EINTR || errno == ECONNRESET));
  if (length < 0) {
    return Error::sys("read", "the child");
  }
  if (length == sizeof failure) {
    return describe(failure, process);
  }
  return length;
}

}  // namespace

Result<> await_namespaces(int link, const plan::ProcessPlan& process) {
  TRY_ASSIGN(const auto length, receive(link, process));
  return length != 0 ? Result<>()
                     : Error::because("start", "the child", "it ended before its root tree stood");
}

std::optional<Error> failure_of_child(int link, const plan::ProcessPlan& process) {
  auto length = receive(link, process, MSG_DONTWAIT);
  while (length && *length > 0) {
    length = receive(link, process, MSG_DONTWAIT);
  }
  return length || length.error().code == EAGAIN ? std::nullopt : std::optional(length.error());
}

Result<> await_program(int link, const plan::ProcessPlan& process) {
  const auto end = receive(link, process);
  return end ? Result<>() : end.error();
}

namespace {

/// What the program is called in a message: the command, or the login shells that were looked for.
std::string program_name(const plan::ProcessPlan& process) {
  const bool is_login_shell = process.arguments.front().starts_with('-');
  return process.candidates.size() == 1 || is_login_shell ? join(process.candidates, ", ")
                                                          : process.arguments.front();
}

}  // namespace

Error describe(const ChildFailure& failure, const plan::ProcessPlan& process) {
  const auto stage = static_cast<std::size_t>(failure.stage);
  const char* operation = stage < kStages.size() ? kStages[stage].operation : "start";
  std::string subject;
  if (failure.stage == ChildStage::FindProgram || failure.stage == ChildStage::Execute) {
    subject = program_name(process);
  } else if (failure.stage == ChildStage::ChangeDirectory) {
    subject = process.working_directory;
  } else if (failure.stage == ChildStage::SetUser || failure.stage == ChildStage::SetGroups) {
    subject = cat("to ", process.uid);
  }
  Error error = Error::from_errno(failure.code, operation, subject);
  const bool maps_no_such_id = failure.code == EINVAL && (failure.stage == ChildStage::SetUser ||
                                                          failure.stage == ChildStage::SetGroups);
  if (maps_no_such_id) {
    return std::move(error).advise("the container's range of ids does not include it");
  }
  return failure.stage == ChildStage::SetAffinity
             ? std::move(error).advise(
                   "none of the processors is there: see /sys/devices/system/cpu/online")
             : error;
}

}  // namespace warren::launch
