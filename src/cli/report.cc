#include "cli/report.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/printable.h"
#include "base/text.h"

namespace warren::cli {
namespace {

struct Hint {
  std::string_view operation;
  int code;
  std::string_view text;
};

// What people run into on hosts that are not set up for containers.
constexpr auto kHints = std::to_array<Hint>({
    {"clone3", EPERM,
     "is this itself a container? It needs CAP_SYS_ADMIN there, and user "
     "namespaces: see /proc/sys/user/max_user_namespaces"},
    {"clone3", ENOSPC, "a limit in /proc/sys/user is reached: max_user_namespaces and the like"},
    {"clone3", EAGAIN, "the limit of processes is reached"},
    {"unshare", EPERM, "it needs CAP_SYS_ADMIN"},
    {"chown", EINVAL,
     "is this itself a container? It lacks these ids: try --private-users=identity"},
    {"pivot_root", EINVAL, "is this itself a container? warren cannot run in this kind of one"},
    {"mkdir", EROFS, "choose a writable place with --root or $WARREN_ROOT"},
    {"mkdir", ENOSPC, "the file system is full"},
    {"chdir", EACCES, "the user may not go there: choose another with --chdir"},
    {"chdir", ENOENT, "choose one that exists inside with --chdir"},
    {"execute", ENOEXEC, "it is no program for this system"},
    {"open root tree", ENOENT, "--directory takes the path of one, --template makes one"},
    {"open root tree", ENOTDIR, "--directory takes the path of one"},
    {"open_tree", ENOENT, "create it, or correct the path"},
});

void write_line(std::string line) {
  line += '\n';
  // Nobody may be listening; then there is nobody to tell.
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void say(std::string_view line) { write_line(printable_line(line)); }

void say_as_it_is(std::string_view line) { write_line(std::string(line)); }

void report(Error error) {
  if (error.code == EMFILE) {
    error = std::move(error).advise("the limit of open files is too low: see ulimit -n");
  }
  for (const auto& hint : kHints) {
    if (hint.code == error.code && hint.operation == error.operation) {
      error = std::move(error).advise(hint.text);
    }
  }
  write_line(printable_line(cat("warren: ", error.message())));
}

int exit_status_of(const Error& error) {
  if (error.operation != "execute") {
    return kExitFailed;
  }
  return error.code == ENOENT || error.code == ENOTDIR ? kExitNotFound : kExitNotExecutable;
}

}  // namespace warren::cli
