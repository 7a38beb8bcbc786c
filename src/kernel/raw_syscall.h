// A system call without a call into the C library: nothing of errno, and no code of the library's
// is mapped for it.
#pragma once

#include <cstdint>

namespace warren::kernel {

/// syscall(2), but that a failure is returned as -errno.
[[gnu::always_inline]] inline long raw_syscall(long number, std::uintptr_t a, std::uintptr_t b,
                                               std::uintptr_t c, std::uintptr_t d) {
  long result = number;
  register std::uintptr_t r10 asm("r10") = d;
  register std::uintptr_t r8 asm("r8") = 0;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}

}  // namespace warren::kernel
