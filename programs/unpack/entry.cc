#include "programs/unpack/entry.h"

#include <archive.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "programs/unpack/message.h"

namespace warren::unpack {
namespace {

constexpr std::int64_t kIds = 65536;  // as many as a container has
constexpr std::size_t kMostOfPath = 4095;
constexpr std::size_t kMostOfDepth = 200;

/// `path` without what means nothing: leading and repeated slashes, single dots.
/// `what` and `name` are for the message.
Result<std::string> clean_path(std::string_view path, std::string_view what,
                               std::string_view name) {
  std::vector<std::string> parts;
  for (const auto part : split(path, '/')) {
    if (part == "..") {
      return Error::because("", brief(name), cat(what, " leads out of the tree"));
    }
    if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  if (parts.size() > kMostOfDepth || path.size() > kMostOfPath) {
    return Error::because("", brief(name), cat(what, " is too long or nested too deep"));
  }
  return parts.empty() ? std::string(".") : join(parts, "/");
}

Result<> check_id(std::int64_t id, std::string_view what, std::string_view name) {
  if (id < 0 || id >= kIds) {
    return Error::because("", brief(name), cat("it belongs to ", what, " ", id))
        .advise("a container has ids 0 to 65535: make the archive with others");
  }
  return {};
}

Result<> check_access_list(archive_entry* entry, std::string_view name) {
  if ((archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_NFS4) != 0) {
    archive_entry_acl_clear(entry);
    return {};
  }
  constexpr int kPosix = ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
  archive_entry_acl_reset(entry, kPosix);
  int type = 0;
  int permissions = 0;
  int tag = 0;
  int id = 0;
  const char* who = nullptr;
  while (archive_entry_acl_next(entry, kPosix, &type, &permissions, &tag, &id, &who) == 0) {
    if (tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP) {
      TRY(check_id(id, "an access list's", name));
    }
  }
  return {};
}

bool is_kept(std::string_view attribute) {
  // user.overlay.* and trusted.* would have a meaning for the overlay that the tree becomes part
  // of; other security.* is the host's business.
  return attribute == "security.capability" ||
         (attribute.starts_with("user.") && !attribute.starts_with("user.overlay."));
}

void filter_attributes(archive_entry* entry) {
  std::vector<std::pair<std::string, std::string>> kept;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    if (name != nullptr && is_kept(name)) {
      kept.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
  }
  archive_entry_xattr_clear(entry);
  for (const auto& [key, content] : kept) {
    archive_entry_xattr_add_entry(entry, key.c_str(), content.data(), content.size());
  }
}

bool has_place_in_image(archive_entry* entry) {
  const auto type = archive_entry_filetype(entry);
  return archive_entry_hardlink(entry) != nullptr || type == AE_IFREG || type == AE_IFDIR ||
         type == AE_IFLNK || type == AE_IFIFO;
}

}  // namespace

Result<Fate> check_entry(archive_entry* entry) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) {
    return Error::because("", "an entry", "its name cannot be read");
  }
  const std::string name = raw;
  TRY_ASSIGN(const auto path, clean_path(name, "its name", name));
  archive_entry_copy_pathname(entry, path.c_str());
  if (const char* link = archive_entry_hardlink(entry)) {
    TRY_ASSIGN(const auto target, clean_path(link, "its hard link", name));
    archive_entry_copy_hardlink(entry, target.c_str());
  }
  if (!has_place_in_image(entry)) {
    return Fate::Leave;
  }
  if (path == "." && archive_entry_filetype(entry) != AE_IFDIR) {
    return Error::because("", brief(name), "the root of the tree is no directory");
  }
  TRY(check_id(archive_entry_uid(entry), "user", name));
  TRY(check_id(archive_entry_gid(entry), "group", name));
  TRY(check_access_list(entry, name));
  filter_attributes(entry);
  return Fate::Make;
}

}  // namespace warren::unpack
