#!/bin/sh
# Checks what the code between clone and exec calls: only what is on the list below, all of it
# async-signal-safe and without locks or heap. Usage: check_child_symbols.sh OBJECT
set -eu
allowed="__errno_location _exit chdir close dup2 execve faccessat fcntl ioctl memset mount_setattr
open prctl read recv sethostname setns setsid sigaction sigemptyset sigprocmask socket syscall umask write"
bad=$(nm -u "$1" | awk '{print $2}' | grep -v '^_GLOBAL_OFFSET_TABLE_$' |
  grep -vxF "$(echo $allowed | tr ' ' '\n')" || true)
if [ -n "$bad" ]; then
  echo "$1 calls what must not run between clone and exec:" >&2
  echo "$bad" >&2
  exit 1
fi
echo "child symbols: fine"
