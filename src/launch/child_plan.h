// What the child does between clone3(2) and execve(2), as trivially copyable data that is
// complete before the clone, and how it reports a failure.
#pragma once

#include <linux/filter.h>
#include <sched.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace warren::launch {

/// What the child was doing when it failed. prepared_child.cc names them.
enum class ChildStage : std::uint16_t {
  WaitForTree,
  EnterNamespaces,
  MakeNetwork,
  BecomeRoot,
  CopyMounts,
  ShareMounts,
  SetHostname,
  RaiseLoopback,
  StartSession,
  OpenConsole,
  ArrangeStreams,
  SetPersonality,
  SetAffinity,
  DropCapabilities,
  SetGroups,
  SetUser,
  SetAmbient,
  ChangeDirectory,
  RestrictPrivileges,
  LoadFilter,
  FindProgram,
  Execute,
  End,
};

/// The one message a child sends: the stage that failed and its errno. No message, only the end
/// of the stream, means that the program was executed.
struct ChildFailure {
  ChildStage stage = ChildStage::End;
  std::uint16_t unused = 0;
  std::int32_t code = 0;
};

/// The byte that lets the child make its namespaces: its ids are mapped, where there are any.
inline constexpr char kIdsMapped = 'I';
/// The byte by which the child says that it has all its namespaces but the mount namespace.
inline constexpr char kNamespacesReady = 'N';
/// The byte that lets the child go on once its root tree stands.
inline constexpr char kTreeReady = 'T';
/// The byte that lets it execute the program: it does not outlive warren, whatever it does.
inline constexpr char kHeld = 'H';

struct ChildPlan {
  int link = -1;          ///< socket to the parent
  int parents_link = -1;  ///< the parent's end of it, which a clone has too
  bool user_namespace = false;
  bool copy_mounts = false;  ///< a mount namespace of its own, in which every mount is locked
  bool own_network = false;
  bool no_new_privileges = false;
  const char* hostname = nullptr;
  std::size_t hostname_length = 0;
  const char* console = nullptr;  ///< path inside; null keeps the three standard streams
  bool take_terminal = false;     ///< make the console the controlling terminal
  int terminal = -1;              ///< descriptor to use as the console instead of a path
  int passed_descriptors = 0;     ///< from 3 on

  int leader = -1;     ///< guest_main(): pidfd of the process whose namespaces are entered
  int namespaces = 0;  ///< which ones, CLONE_NEW*

  bool set_personality = false;
  unsigned long personality = 0;
  bool set_affinity = false;
  cpu_set_t affinity{};

  std::uint64_t bounding = 0;
  std::uint64_t ambient = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;
  std::size_t group_count = 0;
  sock_fprog filter{};
  bool filter_lets_start = false;  ///< the filter allows all that a child does after it

  const char* working_directory = "/";
  const char* fallback_directory = nullptr;
  int init = -1;                            ///< program to put in between as process 1; -1 for none
  const char* const* candidates = nullptr;  ///< null-terminated
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char** script_arguments = nullptr;  ///< {"/bin/sh", candidate, arguments[1]…, null}
  const char** init_arguments = nullptr;    ///< {"init", program, arguments[0]…, null}
};

static_assert(std::is_trivially_copyable_v<ChildPlan>);
static_assert(std::is_trivially_destructible_v<ChildPlan>);

/// The child that becomes process 1, in the launcher's memory. `argument` is a ChildPlan.
[[noreturn]] void child_main(void* argument) noexcept;

/// A child that becomes one more process of a running container, whose pid namespace and cgroup
/// it was cloned into.
[[noreturn]] void guest_main(const void* argument) noexcept;

}  // namespace warren::launch
