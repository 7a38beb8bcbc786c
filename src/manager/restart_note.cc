#include "manager/restart_note.h"

#include <unistd.h>

#include "base/text.h"
#include "manager/condition.h"

namespace warren::manager {
namespace {

std::string path_of_note(const state::Paths& paths, const std::string& name) {
  return cat(directory_of(paths, name), "/", kRestartNote);
}

}  // namespace

bool has_restart_note(const state::Paths& paths, const std::string& name) {
  return ::access(path_of_note(paths, name).c_str(), F_OK) == 0;
}

void drop_restart_note(const state::Paths& paths, const std::string& name) {
  ::unlink(path_of_note(paths, name).c_str());
}

}  // namespace warren::manager
