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

# The packages come from where this machine has its own, if that is a Debian 12.
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 2>/dev/null | grep -E '^deb (https?|file)://[^ ]+ bookworm main$' || true)
[ -n "$sources" ] || sources="deb http://deb.debian.org/debian bookworm main"
proxy=$(apt-config dump --format '%F "%v";%n' Acquire::http::Proxy Acquire::https::Proxy)

mkdir -p "$trees"
rm -rf "$trees/debian" "$trees/debian.recipe" "$trees/debian.new"
# What it mounts meanwhile is nobody else's.
echo "$sources" | unshare --mount mmdebstrap --quiet --variant=minbase --include="$packages" \
  ${proxy:+--aptopt="$proxy"} bookworm "$trees/debian.new" -
# Every container gets a name and an id of its own.
rm -f "$trees/debian.new/etc/hostname"
: > "$trees/debian.new/etc/machine-id"
mv "$trees/debian.new" "$trees/debian"
echo "$recipe" > "$trees/debian.recipe"
