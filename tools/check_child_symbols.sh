#!/bin/sh
# Checks what the code between clone and exec calls: nothing but what a compiler puts in for an
# assignment, as it shares its memory with a process that goes on. Usage: check_child_symbols.sh
# OBJECT
set -eu
symbols=$(nm -u "$1")
bad=$(echo "$symbols" | awk '{print $2}' | grep -vxE '_GLOBAL_OFFSET_TABLE_|memset|memcpy' || true)
if [ -n "$bad" ]; then
  echo "$1 calls what must not run between clone and exec:" >&2
  echo "$bad" >&2
  exit 1
fi
echo "child symbols: fine"
