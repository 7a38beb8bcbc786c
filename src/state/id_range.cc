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

constexpr std::uint32_t kSlots = (kEndOfContainerIds - kFirstContainerId) / kIdsPerContainer;

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
bool is_taken_by_nspawn(std::uint32_t base) {
  return ::access(cat("/run/systemd/nspawn-uid/", base).c_str(), F_OK) == 0;
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

bool overlaps(std::span<const IdSpan> spans, std::uint32_t base) {
  return std::ranges::any_of(spans, [base](const IdSpan& span) {
    return span.first < std::uint64_t{base} + kIdsPerContainer && base < span.first + span.count;
  });
}

Result<IdRangeClaim> IdRangeClaim::pick(const std::string& run_directory, std::string_view name) {
  TRY_ASSIGN(auto file, open_lock_file(run_directory));
  const auto used = ids_in_use();
  // The directory counts too: containers of another --root do not see this one's locks.
  const auto start = static_cast<std::uint32_t>(hash(cat(run_directory, "/", name)) % kSlots);
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    const std::uint32_t base = kFirstContainerId + ((start + i) % kSlots * kIdsPerContainer);
    if (!overlaps(used, base) && !is_taken_by_nspawn(base) &&
        lock(file.get(), base, kIdsPerContainer, F_WRLCK)) {
      return IdRangeClaim(std::move(file), base);
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
  return IdRangeClaim(std::move(file), base);
}

}  // namespace warren::state
