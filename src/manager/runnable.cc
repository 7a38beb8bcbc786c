// A generation's `runnable`: lines KEY=VALUE.
#include "manager/runnable.h"

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "manager/condition.h"

namespace warren::manager {
namespace {

bool take(Runnable& runnable, std::string_view key, const std::string& value) {
  using spec::RestartPolicy;
  spec::Container& container = runnable.container;
  const auto number = parse_number<unsigned>(value).value_or(0);
  if (key == "directory") {
    container.root.directory = value;
  } else if (key == "boot") {
    container.process.start = spec::Process::Start::Boot;
  } else if (key == "argument") {
    container.process.arguments.push_back(value);
  } else if (key == "ready-fifo") {
    container.process.ready_fifo = true;
  } else if (key == "restart") {
    runnable.restart = value == "always" ? RestartPolicy::Always
                       : value == "no"   ? RestartPolicy::No
                                         : RestartPolicy::OnFailure;
  } else if (key == "timeout-start") {
    runnable.timeout_start = std::chrono::milliseconds(number);
  } else if (key == "timeout-stop") {
    runnable.timeout_stop = std::chrono::milliseconds(number);
  } else if (key == "socket") {
    runnable.sockets.push_back(value);
  } else if (key == "generation") {
    runnable.generation = number;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<Runnable> load_runnable(const state::Paths& paths, const std::string& name) {
  const std::string directory = directory_of(paths, name);
  auto text = kernel::read_file(cat(directory, "/current/runnable"));
  if (!text && text.error().code == ENOENT) {
    return Error{.code = ENOENT, .subject = name, .reason = "there is no such container"};
  }
  if (!text) {
    return std::move(text).error();
  }
  Runnable runnable;
  runnable.container.identity.machine = name;
  runnable.container.network.isolated = true;
  runnable.log = cat(directory, "/console.log");
  for (const auto line : split(*text, '\n')) {
    const auto equals = line.find('=');
    if (!line.empty() &&
        (equals == std::string_view::npos ||
         !take(runnable, line.substr(0, equals), std::string(line.substr(equals + 1))))) {
      return Error::because("read", cat(directory, "/current/runnable"), line);
    }
  }
  return runnable;
}

}  // namespace warren::manager
