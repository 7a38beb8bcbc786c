#include "manager/contents.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"
#include "image/facts.h"
#include "image/merged_tree.h"
#include "kernel/file.h"
#include "manager/condition.h"
#include "manager/neighbours.h"
#include "plan/contents.h"

namespace warren::manager {
namespace {

using Names = std::set<std::string>;

/// Below the container's directory: the paths inside that warren may have written, one a line.
constexpr const char* kWrittenFile = "written";

constexpr std::size_t kMostOfFile = std::size_t{4} << 20;

/// Files that are the tree's as much as warren's, which has only merged something in.
constexpr auto kShared = std::to_array<std::string_view>(
    {"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/inittab", "/etc/hosts", "/etc/hostname"});

Result<plan::Accounts> read_accounts(int root) {
  plan::Accounts accounts;
  TRY_ASSIGN(accounts.passwd, read_inside(root, "/etc/passwd"));
  TRY_ASSIGN(accounts.group, read_inside(root, "/etc/group"));
  TRY_ASSIGN(accounts.shadow, read_inside(root, "/etc/shadow"));
  return accounts;
}

Result<plan::TreeTexts> read_texts(int tree, int merged, plan::InitKind init) {
  plan::TreeTexts texts;
  TRY_ASSIGN(texts.accounts, read_accounts(merged));
  TRY_ASSIGN(texts.image_accounts, read_accounts(tree));
  TRY_ASSIGN(texts.inittab, read_inside(merged, "/etc/inittab"));
  TRY_ASSIGN(texts.hosts, read_inside(merged, "/etc/hosts"));
  texts.init = init;
  return texts;
}

Result<std::vector<std::string>> read_sources(const spec::Declaration& declaration) {
  std::vector<std::string> sources;
  for (const auto& file : declaration.files) {
    if (!file.text) {
      auto content = kernel::read_file(file.source, kMostOfFile);
      if (!content) {
        return std::move(content).error().with(cat("files.\"", file.path, "\".source"));
      }
      sources.push_back(*std::move(content));
    }
  }
  return sources;
}

/// What of warren's is in the tree. A shared file is warren's only when it is declared as a whole.
Names written_of(const Runnable& runnable) {
  Names names;
  for (const auto& file : runnable.container.files) {
    const bool shared = std::ranges::find(kShared, file.path) != kShared.end();
    const auto& declared = runnable.declaration.files;
    if (file.kind != spec::File::Kind::Directory &&
        (!shared ||
         std::ranges::find(declared, file.path, &spec::DeclaredFile::path) != declared.end())) {
      names.insert(file.path);
    }
  }
  return names;
}

Result<> write_names(const state::Paths& paths, const std::string& name, const Names& names) {
  TRY_ASSIGN(const auto directory, kernel::open(directory_of(paths, name), O_PATH | O_DIRECTORY));
  std::string text;
  for (const auto& path : names) {
    text += path + "\n";
  }
  return kernel::replace_file(directory.get(), kWrittenFile, text, 0600);
}

Names read_names(const state::Paths& paths, const std::string& name) {
  Names names;
  const auto text =
      kernel::read_file(cat(directory_of(paths, name), "/", kWrittenFile), kMostOfFile);
  const std::string all = text.value_or("");
  for (const auto line : split(all, '\n')) {
    if (!line.empty()) {
      names.emplace(line);
    }
  }
  return names;
}

/// Takes a file out of the layer of changes alone, so that the image's own is seen again; out of
/// the tree where there is no layer.
void remove_written(const spec::Root& root, int merged, const std::string& path) {
  const auto slash = path.rfind('/');
  const auto parent = kernel::open_in_root(merged, path.substr(0, slash + 1), O_PATH | O_DIRECTORY);
  if (!parent) {
    return;
  }
  if (root.changes.empty()) {
    ::unlinkat(parent->get(), path.substr(slash + 1).c_str(), 0);
    return;
  }
  const auto upper = kernel::open(root.changes + "/upper", O_PATH | O_DIRECTORY);
  if (!upper) {
    return;
  }
  // Where the links of the image lead; in the layer they are not to be followed.
  const auto place =
      kernel::open_in_root(upper->get(), kernel::path_of(parent->get()), O_PATH | O_DIRECTORY);
  if (place) {
    ::unlinkat(place->get(), path.substr(slash + 1).c_str(), 0);
  }
}

/// Fills in the files from what the tree has now; returns a descriptor of that.
Result<UniqueFd> merge_contents(Runnable& runnable, const state::Paths& paths) {
  spec::Container& container = runnable.container;
  TRY_ASSIGN(const auto tree, image::open_tree(container.root.directory));
  TRY_ASSIGN(auto merged, image::open_merged(tree.get(), container.root.changes));
  TRY_ASSIGN(const auto facts, image::read_facts(container, merged.get(), {}));
  TRY_ASSIGN(auto texts, read_texts(tree.get(), merged.get(), facts.init_kind));
  texts.hosts = with_neighbours(texts.hosts, container.identity.machine, paths);
  TRY_ASSIGN(const auto sources, read_sources(runnable.declaration));
  TRY_ASSIGN(container.files, plan::declared_contents(runnable.declaration, texts, sources));
  container.process.ready_fifo = facts.init_kind == plan::InitKind::Busybox;
  return merged;
}

}  // namespace

Result<std::string> read_inside(int root, const std::string& path) {
  const auto file = kernel::open_regular_in_root(root, path);
  if (!file) {
    return std::string();
  }
  return kernel::read_all(file->get(), path, kMostOfFile);
}

Result<> declare_contents(Runnable& runnable, const state::Paths& paths) {
  const spec::Container& container = runnable.container;
  TRY_ASSIGN(const auto merged, merge_contents(runnable, paths));
  if (container.root.ephemeral) {
    return {};
  }
  const std::string& name = container.identity.machine;
  const Names before = read_names(paths, name);
  const Names now = written_of(runnable);
  Names all = before;
  all.insert(now.begin(), now.end());
  if (all != before) {
    TRY(write_names(paths, name, all));  // before any of them is there
  }
  if (all == now) {
    return {};
  }
  for (const auto& path : before) {
    if (!now.contains(path)) {
      remove_written(container.root, merged.get(), path);
    }
  }
  TRY_ASSIGN(const auto again, merge_contents(runnable, paths));  // with what is seen again
  return {};
}

void remember_contents(const Runnable& runnable, const state::Paths& paths) {
  const spec::Container& container = runnable.container;
  const Names now = written_of(runnable);
  // Not to have noted it costs a file of the container's own at one of these paths: no reason to
  // end what runs.
  if (!container.root.ephemeral && read_names(paths, container.identity.machine) != now) {
    (void)write_names(paths, container.identity.machine, now);
  }
}

}  // namespace warren::manager
