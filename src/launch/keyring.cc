#include "launch/keyring.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace warren::launch {

void join_fresh_keyring() {
  // Without keyrings in the kernel there is nothing to keep apart.
  (void)::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
}

}  // namespace warren::launch
