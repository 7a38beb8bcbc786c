// Files and directories by descriptor: openat2(2), and reading and writing small files whole.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// open(2). O_CLOEXEC is always added.
[[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags, mode_t mode = 0);
[[nodiscard]] Result<UniqueFd> openat(int directory, const std::string& path, int flags,
                                      mode_t mode = 0);

/// openat2(2) of `path` as seen by somebody whose root is `root`: `..` and symbolic links,
/// absolute ones too, stay beneath it, and magic links (/proc/*/fd) are refused with ELOOP.
[[nodiscard]] Result<UniqueFd> open_in_root(int root, const std::string& path, int flags,
                                            mode_t mode = 0);

/// A regular file in a tree that a stranger may have made: opened for reading as by
/// open_in_root(), and only if it is a regular file (EINVAL otherwise), so that neither a FIFO
/// can hold warren up nor a device node be touched.
[[nodiscard]] Result<UniqueFd> open_regular_in_root(int root, const std::string& path);

/// The whole file, refusing more than `limit` bytes with EFBIG: the file may be a stranger's.
[[nodiscard]] Result<std::string> read_file(int directory, const std::string& path,
                                            std::size_t limit = std::size_t{1} << 20);
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t limit = std::size_t{1} << 20);
/// The rest of an open file, with the same limit.
[[nodiscard]] Result<std::string> read_all(int fd, std::string_view name,
                                           std::size_t limit = std::size_t{1} << 20);

/// One write(2) of everything to an existing file, as /proc and /sys files want it.
[[nodiscard]] Result<> write_existing(int directory, const std::string& path,
                                      std::string_view content);

/// Writes everything to `fd`, in as many write(2) calls as it takes.
[[nodiscard]] Result<> write_all(int fd, std::string_view content, std::string_view name);

/// A new file with this content and mode (umask aside); fails with EEXIST when there is one.
[[nodiscard]] Result<> write_new(int directory, const std::string& path, std::string_view content,
                                 mode_t mode);

/// Replaces the file `name` in `directory`: written as `.name.warren`, then renamed over it. Does
/// not follow a symbolic link at `name`, and leaves nothing behind when it fails. Of several who do
/// so at once one wins. What a killed one left goes with the next time.
[[nodiscard]] Result<> replace_file(int directory, const std::string& name,
                                    std::string_view content, mode_t mode);

/// replace_file(), or, where there is no room for a second one, over the first. Only for a short
/// text of which a reader can bear half: it may come upon it while it is written.
[[nodiscard]] Result<> update_file(int directory, const std::string& name, std::string_view content,
                                   mode_t mode);

/// mkdirat(2); an existing directory is fine, anything else at `path` is ENOTDIR.
[[nodiscard]] Result<> ensure_directory(int directory, const std::string& path, mode_t mode);

/// mkdir -p for a trusted path: every missing component is made with `mode`.
[[nodiscard]] Result<> make_path(const std::string& path, mode_t mode);

/// rm -r: removes `name` in `directory` with all that is in it. Symbolic links are removed, not
/// followed; what is mounted in it keeps all that it has, and is an error (EBUSY). The tree may be
/// a stranger's, and as deep as it likes. Nothing may be running in it. Absence is fine.
[[nodiscard]] Result<> remove_tree(int directory, const std::string& name);

/// The same for everything in `directory`, which stays.
[[nodiscard]] Result<> empty_directory(int directory);

/// The names in the directory at `path`, sorted, without `.` and `..`.
[[nodiscard]] Result<std::vector<std::string>> list_names(const std::string& path);

/// The number of the mount that an open file is in; statx(2) with STATX_MNT_ID.
[[nodiscard]] Result<std::uint64_t> mount_id(int fd, std::string_view name);

[[nodiscard]] Result<struct stat> fstat(int fd, std::string_view name);
/// Does not follow a symbolic link at the end.
[[nodiscard]] Result<struct stat> fstatat(int directory, const std::string& path);
[[nodiscard]] Result<std::string> readlinkat(int directory, const std::string& path);

/// The path of an open descriptor as /proc shows it; for messages only.
[[nodiscard]] std::string path_of(int fd);

/// A descriptor of the same open file with O_CLOEXEC and a number of at least `lowest`.
[[nodiscard]] Result<UniqueFd> duplicate(int fd, int lowest = 3);

}  // namespace warren::kernel
