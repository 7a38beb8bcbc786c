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

/// How many ranges a container gets in which others are made: its own and fifteen for these.
inline constexpr std::uint32_t kRangesForNesting = 16;

/// Ids that nobody else takes while this lives. The kernel gives it back when the holder
/// dies, however it dies: it is a lock on one byte of one file.
class IdRangeClaim {
 public:
  IdRangeClaim() = default;

  /// Free ranges, side by side: as many as are wanted, but for a single one fewer will do, in a
  /// container that has not more. The same name gets the same whenever they are free.
  [[nodiscard]] static Result<IdRangeClaim> pick(const std::string& run_directory,
                                                 std::string_view name, std::uint32_t wanted = 1);
  /// These ids, which others may share: containers on one tree. Nobody who picks gets them.
  [[nodiscard]] static Result<IdRangeClaim> share(const std::string& run_directory,
                                                  std::uint32_t base, std::uint32_t count);

  [[nodiscard]] std::uint32_t base() const { return base_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  IdRangeClaim(UniqueFd file, std::uint32_t base, std::uint32_t count)
      : file_(std::move(file)), base_(base), count_(count) {}

  UniqueFd file_;
  std::uint32_t base_ = 0;
  std::uint32_t count_ = 0;
};

/// Ids that the host has given to somebody already, from the text of subuid(5) or passwd(5).
struct IdSpan {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
[[nodiscard]] std::vector<IdSpan> parse_subordinate_ids(std::string_view text);
[[nodiscard]] std::vector<IdSpan> parse_user_ids(std::string_view text);
[[nodiscard]] bool overlaps(std::span<const IdSpan> spans, std::uint32_t base,
                            std::uint32_t count = kIdsPerContainer);

/// Where containers may have ids, from the text of /proc/self/uid_map: the part of the id space
/// that is theirs, or in a container all that it has beside its own range. Starts and ends with
/// ranges; empty when there is none.
[[nodiscard]] IdSpan ids_for_containers(std::string_view uid_map);

}  // namespace warren::state
