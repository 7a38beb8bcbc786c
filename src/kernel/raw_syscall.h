// A system call without a call into the C library: nothing of errno, and no code of the library's
// is mapped for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace warren::kernel {

template <typename Value>
[[gnu::always_inline]] inline std::uintptr_t register_value(Value value) {
  if constexpr (std::is_null_pointer_v<Value>) {
    return 0;
  } else if constexpr (std::is_pointer_v<Value>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else {
    return static_cast<std::uintptr_t>(static_cast<std::intptr_t>(value));  // with its sign
  }
}

/// syscall(2), but that a failure is returned as -errno. The arguments are numbers and pointers.
template <typename... Arguments>
requires(sizeof...(Arguments) <= 6)
    [[gnu::always_inline]] inline long raw_syscall(long number, Arguments... arguments) {
  const std::uintptr_t values[6] = {register_value(arguments)...};
  long result = number;
  register std::uintptr_t r10 asm("r10") = values[3];
  register std::uintptr_t r8 asm("r8") = values[4];
  register std::uintptr_t r9 asm("r9") = values[5];
  asm volatile("syscall"
               : "+a"(result)
               : "D"(values[0]), "S"(values[1]), "d"(values[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

}  // namespace warren::kernel
