// Archives, by what `unpack` reads them with; nothing is made.
#include <archive.h>

#include <memory>
#include <string>

#include "base/text.h"
#include "programs/unpack/entry.h"
#include "programs/unpack/extract.h"
#include "tests/fuzz/check.h"

using namespace warren;

namespace {

void check_name(std::string_view name) {
  fuzz::always(!name.starts_with('/'));
  for (const auto part : split(name, '/')) {
    fuzz::always(part != "..");
  }
}

/// What the unpacker is handed on.
void check_entry(archive_entry* entry, unpack::Fate fate) {
  check_name(archive_entry_pathname(entry));
  if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
    check_name(target);
  }
  if (fate != unpack::Fate::Make) {
    return;
  }
  constexpr la_int64_t kIds = 65536;
  fuzz::always(archive_entry_uid(entry) >= 0 && archive_entry_uid(entry) < kIds);
  fuzz::always(archive_entry_gid(entry) >= 0 && archive_entry_gid(entry) < kIds);
  fuzz::always(
      archive_entry_hardlink(entry) != nullptr ||
      (archive_entry_filetype(entry) != AE_IFBLK && archive_entry_filetype(entry) != AE_IFCHR));
  archive_entry_xattr_reset(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t length = 0;
  while (archive_entry_xattr_next(entry, &name, &value, &length) == ARCHIVE_OK) {
    const std::string_view attribute = name;
    fuzz::always(attribute == "security.capability" || attribute.starts_with("user."));
    fuzz::always(!attribute.starts_with("user.overlay."));
  }
}

void read_data(archive* reader) {
  constexpr int kMost = 1000;  // of blocks: few bytes can stand for many
  const void* block = nullptr;
  std::size_t length = 0;
  la_int64_t offset = 0;
  for (int i = 0; i < kMost; ++i) {
    if (archive_read_data_block(reader, &block, &length, &offset) != ARCHIVE_OK) {
      return;
    }
  }
}

/// `archive` with right checksums wherever a header of tar may be: else nearly every change is
/// found by its checksum, and nothing behind that is tried.
std::string with_checksums(std::string archive) {
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kChecksum = 148;
  constexpr std::size_t kMagic = 257;
  for (std::size_t at = 0; at + kBlock <= archive.size(); at += kBlock) {
    if (archive.compare(at + kMagic, 5, "ustar") != 0) {
      continue;
    }
    archive.replace(at + kChecksum, 8, "        ");
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      sum += static_cast<unsigned char>(archive[at + i]);
    }
    for (std::size_t digit = 6; digit > 0; --digit, sum /= 8) {
      archive[at + kChecksum + digit - 1] = static_cast<char>('0' + sum % 8);
    }
    archive[at + kChecksum + 6] = '\0';
  }
  return archive;
}

void read_all(std::string_view bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  unpack::accept_formats(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return;
  }
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) >= ARCHIVE_WARN) {
    const auto fate = unpack::check_entry(entry);
    if (!fate) {
      return;
    }
    check_entry(entry, *fate);
    read_data(reader.get());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  read_all(bytes);
  read_all(with_checksums(std::string(bytes)));
  return 0;
}
