#!/bin/sh
# Makes the root trees that the tests share, once: DIR/debian, a Debian 12 with systemd.
# Usage: make_trees.sh DIR
set -eu
trees=$1
packages=systemd,systemd-sysv,dbus,libpam-systemd,login,iproute2,procps
recipe="bookworm minbase $packages"
if [ -d "$trees/debian" ] && [ "$(cat "$trees/debian.recipe" 2>/dev/null)" = "$recipe" ]; then
  exit 0
fi
mkdir -p "$trees"
rm -rf "$trees/debian" "$trees/debian.recipe" "$trees/debian.new"
mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$trees/debian.new" \
  "${WARREN_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
# Every container gets a name and an id of its own.
rm -f "$trees/debian.new/etc/hostname"
: > "$trees/debian.new/etc/machine-id"
mv "$trees/debian.new" "$trees/debian"
echo "$recipe" > "$trees/debian.recipe"
