// What the entry functions share.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace warren::fuzz {

[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};  // NOLINT: bytes as letters
}

/// What has to hold whatever the input is.
inline void always(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace warren::fuzz

// NOLINTNEXTLINE: libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
