#include "cli/show_inside.h"

#include <array>
#include <cerrno>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/spawn_request.h"
#include "cli/verb.h"
#include "image/facts.h"
#include "image/merged_tree.h"
#include "kernel/file.h"
#include "manager/overview.h"
#include "manager/runnable.h"
#include "manager/running.h"

namespace warren::cli {
namespace {

struct Request {
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"help", 'h', Takes::Nothing, "", "show this text",
     [](Request& r, std::string_view) {
       r.help = true;
       return Result<>();
     }},
});

/// The verb on one container.
using Show = Result<std::string> (*)(const state::Paths& paths, const std::string& name);

Result<int> show_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                         std::string (*help)(), Show show) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(help());
  }
  TRY_ASSIGN(const auto name, only_name(words));
  TRY_ASSIGN(const auto text, show(paths, name));
  return print(text);
}

Result<std::string> address_of(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto overview, manager::read_overview(paths, name));
  if (overview.listing.addresses.empty()) {
    return Error::because("show-ip", name, "it has no address of its own")
        .advise("declare localAddress");
  }
  return overview.listing.addresses.front() + "\n";
}

/// The tree of a container as it is inside, or would be.
Result<UniqueFd> open_inside(const state::Paths& paths, const std::string& name) {
  if (const auto running = manager::find_running(paths, name)) {
    return manager::open_root(*running);
  }
  TRY_ASSIGN(const auto runnable, manager::load_runnable(paths, name, apply_extra_flags));
  const spec::Root& root = runnable.container.root;
  TRY_ASSIGN(const auto tree, image::open_tree(root.directory));
  return image::open_merged(tree.get(), root.changes);
}

Result<std::string> host_key_of(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto root, open_inside(paths, name));
  for (const char* kind : {"ed25519", "ecdsa"}) {
    const std::string path = cat("/etc/ssh/ssh_host_", kind, "_key.pub");
    constexpr std::size_t kMost = 16384;
    const auto file = kernel::open_regular_in_root(root.get(), path);
    auto key = file ? kernel::read_all(file->get(), path, kMost) : file.error();
    if (key) {
      // What is printed on a terminal is a line of text, whatever the container made of it.
      return printable_line(trim(*key)) + "\n";
    }
  }
  return Error::because("show-host-key", name, "it has no SSH host key yet")
      .advise("its SSH server makes one when it is started");
}

}  // namespace

int show_ip(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(show_or_fail(arguments, paths, show_ip_help, address_of));
}

int show_host_key(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(show_or_fail(arguments, paths, show_host_key_help, host_key_of));
}

std::string show_ip_help() {
  return "Usage: warren show-ip NAME\n"
         "\n"
         "Prints the address of a container.\n"
         "\n"
         "Example: ssh root@$(warren show-ip web)\n";
}

std::string show_host_key_help() {
  return "Usage: warren show-host-key NAME\n"
         "\n"
         "Prints the public SSH host key of a container.\n"
         "\n"
         "Example: echo \"$(warren show-ip web) $(warren show-host-key web)\" >> "
         "~/.ssh/known_hosts\n";
}

}  // namespace warren::cli
