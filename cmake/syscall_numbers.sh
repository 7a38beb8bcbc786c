#!/bin/sh
# Prints one line per system call known to the kernel headers, sorted by name:
#   {"NAME", NUMBER ON X86-64 OR -1, NUMBER ON 32-BIT X86 OR -1},
# Calls newer than the headers of Debian 12 are added: their numbers are the same everywhere.
# Usage: syscall_numbers.sh COMPILER
set -eu
export LC_ALL=C
numbers() {
  echo "#include <asm/unistd_$1.h>" | "$2" -E -dM -x c - |
    sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\1 \2/p'
  cat <<EOF
cachestat 451
fchmodat2 452
map_shadow_stack 453
futex_wake 454
futex_wait 455
futex_requeue 456
statmount 457
listmount 458
lsm_get_self_attr 459
lsm_set_self_attr 460
lsm_list_modules 461
mseal 462
setxattrat 463
getxattrat 464
listxattrat 465
removexattrat 466
open_tree_attr 467
file_getattr 468
file_setattr 469
EOF
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
numbers 64 "$1" | sort -u -k1,1 > "$work/native"
numbers 32 "$1" | sort -u -k1,1 > "$work/compat"
join -a1 -a2 -e -1 -o 0,1.2,2.2 "$work/native" "$work/compat" |
  sed 's/^\([^ ]*\) \([^ ]*\) \([^ ]*\)$/{"\1", \2, \3},/'
