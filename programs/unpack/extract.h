// Unpacking with libarchive.
#pragma once

#include <archive.h>

#include "base/result.h"

namespace warren::unpack {

/// What is read: tar, compressed by gzip, xz, zstd or not at all.
void accept_formats(archive* reader);

/// Unpacks the tar archive on standard input, compressed by gzip, xz, zstd or not at all, into the
/// working directory, and reads the input to its end. Never takes the last of the disk. Messages
/// go to standard error.
[[nodiscard]] Result<> extract();

}  // namespace warren::unpack
