#include "plan/services.h"

#include <algorithm>

#include "base/text.h"

namespace warren::plan {
namespace {

using Restart = spec::DeclaredService::Restart;

constexpr std::string_view kBegin = "# Declared in warren, which rewrites this: begin";
constexpr std::string_view kEnd = "# Declared in warren, which rewrites this: end";
constexpr const char* kReadyScript = "/etc/warren/ready";

/// Where a tree has no inittab, its init has defaults; those that make sense in a container.
constexpr std::string_view kDefaultInittab =
    "::sysinit:/etc/init.d/rcS\n"
    "::ctrlaltdel:/sbin/reboot\n";

/// `text` as one word of sh(1).
std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char character : text) {
    word += character == '\'' ? std::string("'\\''") : std::string(1, character);
  }
  return cat(word, "'");
}

std::string script_path(const spec::DeclaredService& service) {
  return cat(kServicesDirectory, "/", service.name);
}

/// The command runs in place of the shell, so that whoever watches it watches the program.
spec::File script(const spec::DeclaredService& service, InitKind kind) {
  std::string text = "#!/bin/sh\n";
  for (const auto& [name, value] : service.environment) {
    text += cat("export ", name, "=", quoted(value), "\n");
  }
  if (!service.working_directory.empty()) {
    text += cat("cd ", quoted(service.working_directory), " || exit 1\n");
  }
  const std::string run = cat("exec ", service.command);
  // Where systemd changes the user, it does so before the script.
  const bool changes_user = kind != InitKind::Systemd && !service.user.empty();
  const std::string command =
      changes_user ? cat("exec su -s /bin/sh ", quoted(service.user), " -c ", quoted(run)) : run;
  if (kind != InitKind::Systemd && service.restart == Restart::OnFailure) {
    text += cat("until (", command, "); do sleep 1; done\n");
  } else {
    text += cat(command, "\n");
  }
  return {.path = script_path(service), .content = std::move(text), .mode = 0755};
}

/// `text` without what warren wrote in it earlier.
std::string without_block(std::string_view text) {
  std::string kept;
  bool inside = false;
  for (const auto line : split(text, '\n')) {
    if (line == kBegin || line == kEnd) {
      inside = line == kBegin;
    } else if (!inside) {
      kept += cat(line, "\n");
    }
  }
  while (kept.ends_with("\n\n") || kept == "\n") {
    kept.pop_back();
  }
  return kept;
}

/// The line that says «ready» is the last sysinit one: init runs these in their order, one after
/// the other, before everything else.
spec::File inittab_file(const std::vector<spec::DeclaredService>& services,
                        std::string_view present) {
  std::string text = without_block(present);
  text = text.empty() ? std::string(kDefaultInittab) : text;
  text += cat(kBegin, "\n::sysinit:", kReadyScript, "\n");
  for (const auto& service : services) {
    const char* action = service.restart == Restart::Always ? "respawn" : "once";
    text += cat("::", action, ":", script_path(service), "\n");
  }
  return {.path = "/etc/inittab", .content = cat(text, kEnd, "\n")};
}

spec::File ready_script() {
  return {.path = kReadyScript,
          .content = cat("#!/bin/sh\nif [ -p ", kReadyFifo, " ]; then echo ready > ", kReadyFifo,
                         "; fi\n"),
          .mode = 0755};
}

spec::File unit(const spec::DeclaredService& service) {
  constexpr const char* kRestart[] = {"no", "on-failure", "always"};
  std::string text =
      cat("# Declared in warren, which rewrites this.\n[Unit]\nDescription=", service.name,
          "\n\n[Service]\nExecStart=", script_path(service),
          "\nRestart=", kRestart[static_cast<std::size_t>(service.restart)], "\n");
  if (!service.user.empty()) {
    text += cat("User=", service.user, "\n");
  }
  return {.path = cat("/etc/systemd/system/", service.name, ".service"), .content = text};
}

/// One file in place of a link for each service.
spec::File wanted_units(const std::vector<spec::DeclaredService>& services) {
  std::string text = "# Declared in warren, which rewrites this.\n[Unit]\n";
  for (const auto& service : services) {
    text += cat("Wants=", service.name, ".service\n");
  }
  return {.path = "/etc/systemd/system/multi-user.target.d/warren.conf", .content = text};
}

}  // namespace

std::vector<spec::File> service_files(const std::vector<spec::DeclaredService>& services,
                                      InitKind kind, std::string_view inittab) {
  std::vector<spec::File> files;
  for (const auto& service : services) {
    files.push_back(script(service, kind));
    if (kind == InitKind::Systemd) {
      files.push_back(unit(service));
    }
  }
  if (kind == InitKind::Systemd && !services.empty()) {
    files.push_back(wanted_units(services));
  } else if (kind == InitKind::Busybox) {
    files.push_back(ready_script());
    files.push_back(inittab_file(services, inittab));
  }
  return files;
}

}  // namespace warren::plan
