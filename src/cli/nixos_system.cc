#include "cli/nixos_system.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "config/toml.h"
#include "config/value.h"
#include "image/find.h"
#include "image/store.h"
#include "kernel/file.h"

namespace warren::cli {
namespace {

/// The name of the empty image.
constexpr const char* kEmptyRoot = "nixos-root";

std::string store_directory() {
  const char* directory = std::getenv("NIX_STORE_DIR");
  return directory != nullptr ? directory : "/nix/store";
}

Result<> ensure_empty_root(const state::Paths& paths) {
  image::Store store(paths.state);
  if (store.find(kEmptyRoot)) {
    return {};
  }
  TRY(kernel::make_path(paths.state, 0755));
  std::string directory = cat(paths.state, "/.", kEmptyRoot, "-XXXXXX");
  if (::mkdtemp(directory.data()) == nullptr) {
    return Error::sys("mkdtemp", directory);
  }
  Undo undo;
  undo.add([&directory] { ::rmdir(directory.c_str()); });
  if (::chmod(directory.c_str(), 0755) < 0) {
    return Error::sys("chmod", directory);
  }
  auto made = store.import(directory, kEmptyRoot, {});
  return made ? Result<>() : std::move(made).error();
}

}  // namespace

Result<std::vector<std::string>> system_settings(const std::string& path,
                                                 const state::Paths& paths) {
  TRY_ASSIGN(const auto resolved, image::resolve(path));
  const std::string store = store_directory();
  if (!resolved.starts_with(cat(store, "/"))) {
    return std::vector{cat("path=", path)};
  }
  const std::string shown = cat("bindMounts.", config::to_toml_key(store), ".hostPath=", store);
  if (::access(cat(resolved, "/nixos-version").c_str(), F_OK) < 0) {
    return std::vector{cat("path=", path), shown};
  }
  TRY(ensure_empty_root(paths));
  const auto command = config::Value::list(std::vector{cat(resolved, "/init")});
  return std::vector<std::string>{
      cat("image=image:", kEmptyRoot), "boot=false",
      cat("command=", config::to_toml_value(command)),
      R"(extraFlags=["--kill-signal=SIGRTMIN+3", "--notify-ready=yes"])", shown};
}

}  // namespace warren::cli
