#!/bin/sh
# Installs the Debian packages that a task needs, if some are missing: one line a package, with the
# task and the reason. Usage: deps.sh TASK…, of build, demo, test, bench
set -eu
list='
build  cmake              configures
build  g++                compiles
build  libarchive-dev     archives
build  libcap-dev         capabilities
build  libmd-dev          digests
build  libseccomp-dev     sandbox
build  libtomlplusplus-dev declarations
build  nlohmann-json3-dev declarations
build  ninja-build        builds
demo   busybox-static     container
demo   dropbear-bin       container
demo   nftables           ports
demo   openssh-client     ssh
test   bind9-dnsutils     dig
test   btrfs-progs        mkfs.btrfs
test   busybox-static     container
test   clang-format       lint.format
test   clang-tidy         lint.tidy
test   crun               nesting
test   curl               ports
test   dnsmasq-base       servers
test   dropbear-bin       servers
test   e2fsprogs          mkfs.ext4
test   fish               completion
test   gcc                payloads
test   groff-base         manuals
test   iproute2           ip
test   libgmock-dev       matchers
test   libgtest-dev       GoogleTest
test   mmdebstrap         container
test   mount              loops
test   nftables           ports
test   openssh-client     ssh-keygen
test   python3-pexpect    terminals
test   python3-pytest     pytest
test   qemu-system-x86    tests/vm
test   socat              sockets
test   strace             faults
test   systemd-container  oracle
test   universal-ctags    lint.sizes
test   util-linux         unshare
test   xfsprogs           mkfs.xfs
test   zsh                completion
test   zstd               archives
bench  bubblewrap         peer
bench  busybox-static     container
bench  crun               peer
bench  dropbear-bin       container
bench  iperf3             packets
bench  iproute2           ip
bench  lxc                peer
bench  nftables           ports
bench  python3            driver
bench  runc               peer
bench  systemd-container  peer
'
wanted=$(for task; do echo "$list" | awk -v task="$task" '$1 == task { print $2 }'; done | sort -u)
missing=$(
  { # Of the packages that are wanted, those that dpkg knows as installed; then those left over.
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
      awk '$2 == "installed" { print $1 }' | sort -u
    echo "$wanted"
  } | sort | uniq -u)
[ -n "$missing" ] || exit 0
missing=$(echo $missing)
if [ "$(id -u)" != 0 ]; then
  echo "deps: these packages are missing: $missing (run this as root: apt-get install $missing)" >&2
  exit 1
fi
echo "deps: installing $missing"
export DEBIAN_FRONTEND=noninteractive
# The lists of a fresh machine are empty or old: the second try has new ones.
install() {
  apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 $missing </dev/null >/dev/null
}
install 2>/dev/null || { apt-get update -qq </dev/null && install; }
