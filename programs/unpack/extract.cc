#include "programs/unpack/extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "programs/unpack/entry.h"
#include "programs/unpack/message.h"

namespace warren::unpack {
namespace {

struct FreeArchive {
  void operator()(archive* handle) const { archive_free(handle); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

/// Standard input, and the last block of it: of a tar archive that is not cut short it is empty.
struct Input {
  std::array<char, std::size_t{64} << 10> buffer;
  std::array<char, 512> tail = {};
  std::uint64_t bytes = 0;

  ssize_t read() {
    const auto length = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (length > 0) {
      const auto size = static_cast<std::size_t>(length);
      const auto fresh = std::min(size, tail.size());
      std::memmove(tail.data(), tail.data() + fresh, tail.size() - fresh);
      std::memcpy(tail.data() + tail.size() - fresh, buffer.data() + size - fresh, fresh);
      bytes += size;
    }
    return length;
  }
  [[nodiscard]] bool ends_empty() const {
    return std::ranges::all_of(tail, [](char c) { return c == 0; });
  }
};

ssize_t read_input(archive* handle, void* client, const void** data) {
  auto& input = *static_cast<Input*>(client);
  *data = input.buffer.data();
  const auto length = input.read();
  if (length < 0) {
    archive_set_error(handle, errno, "the archive cannot be read");
  }
  return length;
}

/// How much may be made before what is free becomes scarce.
struct Budget {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t block = 4096;
  std::uint64_t used_bytes = 0;
  std::uint64_t used_files = 0;

  static Result<Budget> of_the_disk() {
    struct statfs disk = {};
    if (::statfs(".", &disk) < 0) {
      return Error::sys("statfs");
    }
    const auto most = [](std::uint64_t available) { return available - available / 16; };
    Budget budget;
    budget.block = static_cast<std::uint64_t>(disk.f_bsize);
    budget.bytes = most(disk.f_bavail * budget.block);
    budget.files = disk.f_files == 0 ? UINT64_MAX : most(disk.f_ffree);  // btrfs has no limit
    return budget;
  }
  Result<> use(std::uint64_t more_bytes, std::uint64_t more_files) {
    used_bytes += more_bytes;
    used_files += more_files;
    if (used_bytes > bytes || used_files > files) {
      return Error::because(
          "", "", cat("it does not fit: ", bytes >> 20, " MiB and ", files, " files have room"));
    }
    return {};
  }
};

Error failure(archive* handle, std::string_view name) {
  const char* text = archive_error_string(handle);
  const int code = archive_errno(handle);
  std::string reason = brief(text != nullptr ? text : "it cannot be unpacked");
  // EILSEQ is libarchive's own for what is no archive.
  const char* why = code > 0 && code != EILSEQ ? strerrordesc_np(code) : nullptr;
  if (why != nullptr && reason.find(why) == std::string::npos) {
    reason += cat(": ", why);
  }
  return Error::because("", brief(name), reason);
}

/// Fails for all but what a file system cannot hold and a tree can do without.
Result<> check_made(archive* disk, int result, const std::string& name) {
  if (result == ARCHIVE_OK) {
    return {};
  }
  const int code = archive_errno(disk);
  if (result == ARCHIVE_WARN && (code == EOPNOTSUPP || code == ENOTSUP)) {
    say("warning", failure(disk, name).message());
    return {};
  }
  return failure(disk, name);
}

Result<> copy_data(archive* reader, archive* disk, const std::string& name, Budget& budget) {
  while (true) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(reader, &data, &size, &offset);
    if (result == ARCHIVE_EOF) {
      return {};
    }
    if (result != ARCHIVE_OK) {
      return failure(reader, name);
    }
    TRY(budget.use(size, 0));
    if (archive_write_data_block(disk, data, size, offset) < ARCHIVE_OK) {
      return failure(disk, name);
    }
  }
}

class Extraction {
 public:
  Result<> run() {
    TRY(open());
    while (true) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(reader_.get(), &entry);
      if (result == ARCHIVE_EOF) {
        break;
      }
      if (result < ARCHIVE_WARN) {
        return failure(reader_.get(), made_ == 0 ? "" : "an entry");
      }
      TRY(take(entry));
    }
    if (made_ == 0) {
      return Error::because("", "", "it is empty");
    }
    TRY(check_made(disk_.get(), archive_write_close(disk_.get()), "the last directories"));
    return end();
  }

 private:
  Result<> open() {
    if (!reader_ || !disk_) {
      return Error::from_errno(ENOMEM, "allocate");
    }
    TRY_ASSIGN(budget_, Budget::of_the_disk());
    accept_formats(reader_.get());
    archive_write_disk_set_options(
        disk_.get(), ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                         ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SPARSE |
                         ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                         ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    const int result = archive_read_open(reader_.get(), input_.get(), nullptr, read_input, nullptr);
    return result == ARCHIVE_OK ? Result<>() : failure(reader_.get(), "");
  }

  Result<> take(archive_entry* entry) {
    TRY_ASSIGN(const auto fate, check_entry(entry));
    const std::string name = archive_entry_pathname(entry);
    if (fate == Fate::Leave) {
      say("warning", cat(brief(name), " is left out: a container has no device nodes of its own"));
      return {};
    }
    TRY(budget_.use(budget_.block, 1));
    TRY(check_made(disk_.get(), archive_write_header(disk_.get(), entry), name));
    TRY(copy_data(reader_.get(), disk_.get(), name, budget_));
    TRY(check_made(disk_.get(), archive_write_finish_entry(disk_.get()), name));
    constexpr std::uint64_t kStep = 500;
    if (++made_ % kStep == 0) {
      say("status", cat("unpacking: ", made_, " files, ", budget_.used_bytes >> 20, " MiB"));
    }
    return {};
  }

  /// Takes in what is left, so that the digest is of all of it.
  Result<> end() {
    const bool compressed = archive_filter_count(reader_.get()) > 1;
    ssize_t length = 0;
    while ((length = input_->read()) > 0) {
    }
    if (length < 0) {
      return Error::sys("read", "the archive");
    }
    return compressed || input_->ends_empty() ? Result<>()
                                              : Error::because("", "", "it is cut short");
  }

  std::unique_ptr<Input> input_ = std::make_unique<Input>();
  Archive reader_{archive_read_new()};
  Archive disk_{archive_write_disk_new()};
  Budget budget_;
  std::uint64_t made_ = 0;
};

}  // namespace

void accept_formats(archive* reader) {
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_tar(reader);
  // Behind the end of the archive too nothing is but zeros, or more of it: so all is checked.
  archive_read_set_option(reader, "tar", "read_concatenated_archives", "1");
}

Result<> extract() {
  std::signal(SIGXFSZ, SIG_IGN);
  return Extraction().run();
}

}  // namespace warren::unpack
