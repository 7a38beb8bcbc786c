// Ranges of user and group ids for containers: 65536 each, no two running containers in one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::state {

/// The part of the id space that systemd gives to containers, from its UIDS-GIDS.
inline constexpr std::uint32_t kFirstContainerId = 524288;
inline constexpr std::uint32_t kEndOfContainerIds = 1878982656;
inline constexpr std::uint32_t kIdsPerContainer = 65536;

/// A range that nobody else takes while this lives. The kernel gives it back when the holder
/// dies, however it dies: it is a lock on one byte of one file.
class IdRangeClaim {
 public:
  IdRangeClaim() = default;

  /// A free range. The same name gets the same one whenever that is free.
  [[nodiscard]] static Result<IdRangeClaim> pick(const std::string& run_directory,
                                                 std::string_view name);
  /// These ids, which others may share: containers on one tree. Nobody who picks gets them.
  [[nodiscard]] static Result<IdRangeClaim> share(const std::string& run_directory,
                                                  std::uint32_t base, std::uint32_t count);

  [[nodiscard]] std::uint32_t base() const { return base_; }

 private:
  IdRangeClaim(UniqueFd file, std::uint32_t base) : file_(std::move(file)), base_(base) {}

  UniqueFd file_;
  std::uint32_t base_ = 0;
};

/// Ids that the host has given to somebody already, from the text of subuid(5) or passwd(5).
struct IdSpan {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
[[nodiscard]] std::vector<IdSpan> parse_subordinate_ids(std::string_view text);
[[nodiscard]] std::vector<IdSpan> parse_user_ids(std::string_view text);
[[nodiscard]] bool overlaps(std::span<const IdSpan> spans, std::uint32_t base);

}  // namespace warren::state
