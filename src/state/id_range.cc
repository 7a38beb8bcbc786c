#include "state/id_range.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::state {
namespace {

Result<UniqueFd> open_lock_file(const std::string& run_directory) {
  const std::string path = cat(run_directory, "/id-ranges");
  auto file = kernel::open(path, O_RDWR | O_CREAT, 0600);
  if (!file && file.error().code == ENOENT) {
    TRY(kernel::make_path(run_directory, 0755));
    return kernel::open(path, O_RDWR | O_CREAT, 0600);
  }
  return file;
}

/// fcntl(2) F_OFD_SETLK on the bytes that stand for the ranges with these ids.
bool lock(int file, std::uint32_t base, std::uint32_t count, short type) {
  struct flock region = {};
  region.l_type = type;
  region.l_whence = SEEK_SET;
  region.l_start = base / kIdsPerContainer;
  region.l_len = ((base + count - 1) / kIdsPerContainer) - region.l_start + 1;
  return ::fcntl(file, F_OFD_SETLK, &region) == 0;
}

std::vector<IdSpan> ids_in_use() {
  std::vector<IdSpan> spans;
  const auto add = [&spans](const char* path, auto parse) {
    const auto more = parse(kernel::read_file(path).value_or(""));
    spans.insert(spans.end(), more.begin(), more.end());
  };
  add("/etc/subuid", parse_subordinate_ids);
  add("/etc/subgid", parse_subordinate_ids);
  add("/etc/passwd", parse_user_ids);
  return spans;
}

/// systemd-nspawn marks the ranges it uses with files of this name.
bool is_taken_by_nspawn(std::uint32_t base, std::uint32_t count) {
  for (std::uint32_t at = base; at - base < count; at += kIdsPerContainer) {
    if (::access(cat("/run/systemd/nspawn-uid/", at).c_str(), F_OK) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<IdSpan> parse_subordinate_ids(std::string_view text) {
  std::vector<IdSpan> spans;
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() == 3) {
      spans.push_back({parse_number<std::uint32_t>(fields[1]).value_or(0),
                       parse_number<std::uint32_t>(fields[2]).value_or(0)});
    }
  }
  return spans;
}

std::vector<IdSpan> parse_user_ids(std::string_view text) {
  std::vector<IdSpan> spans;
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() == 7) {
      spans.push_back({parse_number<std::uint32_t>(fields[2]).value_or(0), 1});
    }
  }
  return spans;
}

bool overlaps(std::span<const IdSpan> spans, std::uint32_t base, std::uint32_t count) {
  return std::ranges::any_of(spans, [base, count](const IdSpan& span) {
    return span.first < std::uint64_t{base} + count && base < span.first + span.count;
  });
}

namespace {

/// The whole ranges in `span` from `first` up to `end`.
IdSpan ranges_within(const IdSpan& span, std::uint64_t first, std::uint64_t end) {
  first = std::max(span.first, first);
  first = (first + kIdsPerContainer - 1) / kIdsPerContainer * kIdsPerContainer;
  end = std::min(span.first + span.count, end) / kIdsPerContainer * kIdsPerContainer;
  return first < end ? IdSpan{.first = first, .count = end - first} : IdSpan{};
}

}  // namespace

IdSpan ids_for_containers(std::string_view uid_map) {
  IdSpan best;
  for (const auto line : split(uid_map, '\n')) {
    std::vector<std::uint64_t> numbers;
    for (const auto word : split(line, ' ')) {
      if (const auto number = parse_number<std::uint64_t>(word)) {
        numbers.push_back(*number);
      }
    }
    if (numbers.size() != 3) {
      continue;
    }
    const IdSpan mapped = {.first = numbers[0], .count = numbers[2]};
    if (mapped.first <= kFirstContainerId && mapped.first + mapped.count >= kEndOfContainerIds) {
      return {.first = kFirstContainerId, .count = kEndOfContainerIds - kFirstContainerId};
    }
    const IdSpan found = ranges_within(mapped, kIdsPerContainer, kEndOfContainerIds);
    best = found.count > best.count ? found : best;
  }
  return best;
}

Result<IdRangeClaim> IdRangeClaim::pick(const std::string& run_directory, std::string_view name,
                                        std::uint32_t wanted) {
  TRY_ASSIGN(auto file, open_lock_file(run_directory));
  TRY_ASSIGN(const auto map, kernel::read_file("/proc/self/uid_map"));
  const IdSpan all = ids_for_containers(map);
  if (all.count == 0) {
    return Error::because("user ids", "", "this is itself a container, and has none for others")
        .advise("give it nesting = true, for warren spawn --nesting");
  }
  const auto used = ids_in_use();
  const auto slots = static_cast<std::uint32_t>(all.count / kIdsPerContainer);
  // The directory counts too: containers of another --root do not see this one's locks.
  const auto start = static_cast<std::uint32_t>(hash(cat(run_directory, "/", name)) % slots);
  for (std::uint32_t ranges = wanted; ranges >= std::min(wanted, 2U); ranges /= 2) {
    const std::uint32_t count = ranges * kIdsPerContainer;
    for (std::uint32_t i = 0; ranges <= slots && i < slots; ++i) {
      const std::uint32_t slot = (start + i) % (slots - ranges + 1);
      const auto base = static_cast<std::uint32_t>(all.first) + (slot * kIdsPerContainer);
      if (!overlaps(used, base, count) && !is_taken_by_nspawn(base, count) &&
          lock(file.get(), base, count, F_WRLCK)) {
        return IdRangeClaim(std::move(file), base, count);
      }
    }
  }
  return Error::because("", "", "no free range of user ids is left");
}

Result<IdRangeClaim> IdRangeClaim::share(const std::string& run_directory, std::uint32_t base,
                                         std::uint32_t count) {
  TRY_ASSIGN(auto file, open_lock_file(run_directory));
  if (!lock(file.get(), base, count, F_RDLCK)) {
    return Error::because("user ids", cat("from ", base), "another container has them")
        .advise("choose others with --private-users, or stop it");
  }
  return IdRangeClaim(std::move(file), base, count);
}

}  // namespace warren::state
