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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  unpack::accept_formats(reader.get());
  if (archive_read_open_memory(reader.get(), data, size) != ARCHIVE_OK) {
    return 0;
  }
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) >= ARCHIVE_WARN) {
    const auto fate = unpack::check_entry(entry);
    if (!fate) {
      return 0;
    }
    check_name(archive_entry_pathname(entry));
    if (const char* target = archive_entry_hardlink(entry); target != nullptr) {
      check_name(target);
    }
    read_data(reader.get());
  }
  return 0;
}
