#include "kernel/idle.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "kernel/raw_syscall.h"

namespace warren::kernel {
namespace {

struct Pages {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// The parts of the program's own mapping that are never written.
struct ConstantSegments {
  std::array<Pages, 4> pages;
  std::size_t count = 0;
};

int find_constant_segments(dl_phdr_info* info, std::size_t /*size*/, void* argument) {
  auto& found = *static_cast<ConstantSegments*>(argument);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (unsigned i = 0; i < info->dlpi_phnum && found.count < found.pages.size(); ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0) {
      const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
      found.pages[found.count++] = {.begin = begin & ~(page - 1),
                                    .end = (begin + segment.p_memsz + page - 1) & ~(page - 1)};
    }
  }
  return 1;  // the program is the first object; shared libraries are others' too
}

/// What deeper calls have left below this one on the stack.
void give_back_unused_stack() {
  constexpr std::uintptr_t kInUse = 4096;
  constexpr std::uintptr_t kDeepest = std::uintptr_t{256} << 10;
  const auto here =
      reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) & ~std::uintptr_t{4095};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the address is computed.
  (void)::madvise(reinterpret_cast<void*>(here - kDeepest), kDeepest - kInUse, MADV_DONTNEED);
}

}  // namespace

int epoll_wait_idle(int epoll, epoll_event* events, int most) {
  ConstantSegments segments;
  ::dl_iterate_phdr(find_constant_segments, &segments);
  ::malloc_trim(0);
  give_back_unused_stack();
  for (std::size_t i = 0; i < segments.count; ++i) {
    const auto& [begin, end] = segments.pages[i];
    (void)raw_syscall(SYS_madvise, begin, end - begin, MADV_DONTNEED);
  }
  const long count = raw_syscall(SYS_epoll_pwait, epoll, events, most, -1, nullptr);
  if (count < 0) {
    errno = static_cast<int>(-count);
    return -1;
  }
  return static_cast<int>(count);
}

}  // namespace warren::kernel
