// Waiting for a long time with as little memory as possible.
#pragma once

#include <sys/epoll.h>

namespace warren::kernel {

/// epoll_wait(2) without a timeout, by a process that expects to wait for long: free heap and
/// stack go back to the system, and so do the mappings of the program's code and constants, which
/// come back from the page cache, page by page, when they are used again.
/// Returns what epoll_wait(2) does, -1 with errno on failure.
int epoll_wait_idle(int epoll, epoll_event* events, int most);

}  // namespace warren::kernel
