#include "plan/process.h"

#include <sys/personality.h>

#include <utility>

#include "base/text.h"
#include "plan/environment.h"
#include "spec/capabilities.h"

namespace warren::plan {
namespace {

using Start = spec::Process::Start;

/// Where a command may be: its own path, or one in each directory of the payload's PATH.
std::vector<std::string> command_candidates(const std::string& command,
                                            const std::vector<std::string>& environment) {
  if (command.contains('/') || command.empty()) {  // execvp(3) does not search for nothing
    return {command};
  }
  std::vector<std::string> candidates;
  const std::string path = environment_value(environment, "PATH");
  for (const auto directory : split(path, ':')) {
    candidates.push_back(directory.empty() ? command : cat(directory, "/", command));
  }
  return candidates;
}

void use_login_shell(ProcessPlan& process, const User& user) {
  for (const auto* shell : {user.shell.c_str(), "/bin/bash", "/bin/sh"}) {
    if (*shell == '/') {
      process.candidates.emplace_back(shell);
    }
  }
  const std::string& first = process.candidates.front();
  process.arguments = {cat("-", first.substr(first.rfind('/') + 1))};
  if (process.working_directory.empty()) {
    process.working_directory = user.home;
    process.fallback_directory = "/";
  }
}

Result<> choose_program(ProcessPlan& process, const spec::Container& container,
                        const ImageFacts& image) {
  const auto& given = container.process.arguments;
  if (container.process.start == Start::Boot) {
    if (image.init.empty()) {
      return Error::because("boot", container.root.directory, "it has no usable init")
          .advise(
              "warren looked for /sbin/init, /usr/lib/systemd/systemd, /lib/systemd/systemd "
              "and /init; leave out --boot to run a command");
    }
    process.candidates = {image.init};
    process.arguments = {image.init};
    process.arguments.insert(process.arguments.end(), given.begin(), given.end());
  } else {
    choose_command(process, given, image.user);
  }
  return {};
}

struct DefaultLimit {
  int resource;
  rlimit value;
};

// What the kernel gives its first process, so that the caller's limits do not leak in
// (include/asm-generic/resource.h); those that depend on the machine's memory are left alone.
constexpr rlim_t kUnlimited = RLIM_INFINITY;
constexpr auto kDefaultLimits = std::to_array<DefaultLimit>({
    {RLIMIT_CPU, {kUnlimited, kUnlimited}},
    {RLIMIT_FSIZE, {kUnlimited, kUnlimited}},
    {RLIMIT_DATA, {kUnlimited, kUnlimited}},
    {RLIMIT_STACK, {rlim_t{8} << 20, kUnlimited}},
    {RLIMIT_CORE, {0, kUnlimited}},
    {RLIMIT_RSS, {kUnlimited, kUnlimited}},
    {RLIMIT_NOFILE, {1024, 524288}},  // the hard limit is systemd's: programs expect it
    {RLIMIT_MEMLOCK, {rlim_t{8} << 20, rlim_t{8} << 20}},
    {RLIMIT_AS, {kUnlimited, kUnlimited}},
    {RLIMIT_LOCKS, {kUnlimited, kUnlimited}},
    {RLIMIT_MSGQUEUE, {819200, 819200}},
    {RLIMIT_NICE, {0, 0}},
    {RLIMIT_RTPRIO, {0, 0}},
    {RLIMIT_RTTIME, {kUnlimited, kUnlimited}},
});

void set_limits(ProcessPlan& process, const spec::Process& wanted) {
  for (const auto& [resource, value] : kDefaultLimits) {
    process.limits[static_cast<std::size_t>(resource)] = value;
  }
  for (std::size_t i = 0; i < wanted.limits.size(); ++i) {
    if (wanted.limits[i]) {
      process.limits[i] = wanted.limits[i];
    }
  }
}

Result<> set_rights(ProcessPlan& process, const spec::Container& container, const HostFacts& host) {
  process.bounding = spec::bounding_set(container.security, container.network);
  if (container.users.mode == spec::Users::Mode::None) {
    process.bounding &= host.capabilities;  // nobody can pass on what they lack
  }
  process.ambient = container.security.ambient;
  process.no_new_privileges = container.security.no_new_privileges;
  TRY_ASSIGN(process.filter, confine::syscall_filter(container.security, process.bounding,
                                                     container.process.suppress_sync));
  return {};
}

}  // namespace

void choose_command(ProcessPlan& process, const std::vector<std::string>& arguments,
                    const User& user) {
  if (arguments.empty()) {
    use_login_shell(process, user);
  } else {
    process.candidates = command_candidates(arguments.front(), process.environment);
    process.arguments = arguments;
  }
  if (process.working_directory.empty()) {
    process.working_directory = "/";
  }
}

Result<ProcessPlan> plan_process(const spec::Container& container, const HostFacts& host,
                                 const ImageFacts& image, const std::string& uuid) {
  const spec::Process& wanted = container.process;
  ProcessPlan process;
  process.environment = payload_environment(container, host, image, uuid);
  process.working_directory = wanted.working_directory;
  TRY(choose_program(process, container, image));
  if (process.working_directory.empty()) {
    process.working_directory = "/";
  }
  process.under_init = wanted.start == Start::Pid2;
  process.take_terminal = wanted.start == Start::Command;  // an init leaves it to a getty
  process.uid = image.user.uid;
  process.gid = image.user.gid;
  process.groups = image.user.groups;
  process.hostname = container.identity.hostname;
  process.personality = wanted.personality;
  if (!process.personality && image.is_32bit) {
    process.personality = PER_LINUX32;
  }
  process.oom_score_adjust = wanted.oom_score_adjust;
  process.cpu_affinity = wanted.cpu_affinity;
  process.passed_descriptors = static_cast<unsigned>(host.passed_descriptors.size());
  set_limits(process, wanted);
  TRY(set_rights(process, container, host));
  return process;
}

}  // namespace warren::plan
