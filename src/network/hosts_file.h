// The host's /etc/hosts, where it is warren's to add the names of containers that run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace warren::network {

class HostsFile {
 public:
  /// `path` is the file; where that cannot be written, in an /etc that is read-only, the names are
  /// in `instead`. Who writes holds a lock on `lock`, a directory.
  HostsFile(std::string path, std::string instead, std::string lock);

  /// Gives the container's names these addresses, or takes them away for none.
  [[nodiscard]] Result<> set(const std::string& container,
                             const std::vector<std::string>& addresses) const;

  /// Takes away the names of those that `is_alive` does not know.
  template <typename Predicate>
  void reap(const Predicate& is_alive) const {
    for (const auto& container : containers()) {
      if (!is_alive(container)) {
        (void)remove_if(container, [&] { return !is_alive(container); });
      }
    }
  }

 private:
  [[nodiscard]] Result<> remove_if(const std::string& container,
                                   const std::function<bool()>& is_gone) const;
  [[nodiscard]] Result<> set_locked(const std::string& container,
                                    const std::vector<std::string>& addresses) const;
  [[nodiscard]] std::vector<std::string> containers() const;

  std::string path_;
  std::string instead_;
  std::string lock_;
};

}  // namespace warren::network
