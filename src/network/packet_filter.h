// The packet filter's table of the containers below one root directory: ports of the host that
// lead into containers, and containers that use the host's address. What each container has there
// is noted in a file, so that it can be taken away after whoever made it was killed.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "plan/packet_filter.h"

namespace warren::network {

class PacketFilter {
 public:
  /// `table` is the name of it; the notes are in `directory`, which others use too.
  PacketFilter(std::string table, std::string directory);

  /// Makes what container `owner` has what it wants, with the host's forwarding, at once: at no
  /// moment is there less than what both have in common. Connections that are open stay. EADDRINUSE
  /// when another one has a port. Nothing is done when `owner` is gone: asked once nobody else can
  /// change anything.
  [[nodiscard]] Result<> set(const std::string& owner, const plan::Filtered& wanted,
                             const std::function<bool()>& is_gone) const;

  /// Puts what `owner` has back, when the whole table may have been taken away by somebody else.
  /// Faster than set(), which it falls back to.
  [[nodiscard]] Result<> restore(const std::string& owner, const plan::Filtered& had,
                                 const std::function<bool()>& is_gone) const;

  /// EADDRINUSE when another one has a port that `wanted` has.
  [[nodiscard]] Result<> check_free(const std::string& owner, const plan::Filtered& wanted) const;

  /// Takes away what `owner` has, with the table when nobody else has anything. Never fails: what
  /// is not there need not go.
  void remove(const std::string& owner) const;

  /// Takes away what those have that `is_alive` does not know. Cheap when there are none.
  void reap(const std::function<bool(const std::string& owner)>& is_alive) const;

  /// The tables of others that drop forwarded packets: see plan::dropping_tables().
  [[nodiscard]] std::vector<std::string> others_that_drop() const;

 private:
  [[nodiscard]] Result<> replace(int notes, const std::string& owner,
                                 const std::vector<plan::FilterElement>& wanted) const;
  void restore_when_last(int notes) const;
  void remove_noted(int notes, const std::string& owner) const;
  [[nodiscard]] std::vector<plan::FilterElement> listed() const;
  [[nodiscard]] Result<> refuse_taken(const std::string& owner,
                                      const std::vector<plan::FilterElement>& wanted,
                                      Error error) const;

  std::string table_;
  std::string directory_;
};

}  // namespace warren::network
