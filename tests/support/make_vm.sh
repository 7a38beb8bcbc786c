#!/bin/sh
# Makes the disks of the host that tests/vm boots, once for a recipe: DIR/vm with a kernel, an initrd,
# base.ext4 (Debian 12) and debian.ext4 (the tree DIR/debian, for containers).
# Usage: make_vm.sh DIR, after make_trees.sh DIR
set -eu
here=$(dirname "$0")
guest=$here/../vm/guest
trees=$1
packages=systemd,systemd-sysv,systemd-container,dbus,libpam-systemd,udev,login,passwd,procps,iproute2
packages=$packages,kmod,linux-image-cloud-amd64,busybox-static,python3,python3-pytest,python3-pexpect
packages=$packages,e2fsprogs,mount,util-linux,socat,strace,openssh-client,zstd,tzdata
packages=$packages,libarchive13,libseccomp2,libcap2,libmd0
recipe="bookworm $packages $(cat "$0" "$guest"/* "$trees/debian.recipe" | sha256sum | cut -c 1-64)"
if [ "$(cat "$trees/vm/recipe" 2>/dev/null)" = "$recipe" ]; then
  exit 0
fi

# The packages come from where this machine has its own, if that is a Debian 12.
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 2>/dev/null |
    grep -E '^deb (https?|file)://[^ ]+ bookworm(-security)? main$' || true)
[ -n "$sources" ] || sources="deb http://deb.debian.org/debian bookworm main"
proxy=$(apt-config dump --format '%F "%v";%n' Acquire::http::Proxy Acquire::https::Proxy)

new=$trees/vm.new
rm -rf "$new" "$trees/vm"
mkdir -p "$new"
# Without an initrd of Debian's, which takes long to make and to load. What it mounts meanwhile is
# nobody else's.
echo "$sources" | INITRD=No unshare --mount mmdebstrap --quiet --variant=minbase \
  --include="$packages" --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  ${proxy:+--aptopt="$proxy"} bookworm "$new/base" -
base=$new/base
echo vm > "$base/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 vm\n::1 localhost\n' > "$base/etc/hosts"
sed -i 's/^root:[^:]*:/root::/' "$base/etc/shadow"
rm -rf "$base"/var/cache/apt/* "$base"/var/lib/apt/lists/*
# Nothing of it is of use in a machine that lives for minutes.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer systemd-pstore.service; do
  ln -sf /dev/null "$base/etc/systemd/system/$unit"
done
mkdir -p "$base/srv/trees/debian"
install -m 644 "$guest/warren-tests.service" "$base/etc/systemd/system/"
ln -s ../warren-tests.service "$base/etc/systemd/system/multi-user.target.wants/"

modules=$(echo "$base"/lib/modules/*/kernel/drivers)
mkdir -p "$new/initrd.tree/bin" "$new/initrd.tree/modules"
cp "$base/bin/busybox" "$new/initrd.tree/bin/"
cp "$guest/init" "$new/initrd.tree/init"
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev \
    virtio/virtio_pci_modern_dev virtio/virtio_pci block/virtio_blk; do
  cp "$modules/$module.ko" "$new/initrd.tree/modules/"
done
(cd "$new/initrd.tree" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 > "$new/initrd"
cp "$base"/boot/vmlinuz-* "$new/vmlinuz"

mke2fs -q -t ext4 -O ^has_journal -d "$base" "$new/base.ext4" 2500M
mke2fs -q -t ext4 -O ^has_journal -d "$trees/debian" "$new/debian.ext4" 800M
rm -rf "$base" "$new/initrd.tree"
echo "$recipe" > "$new/recipe"
mv "$new" "$trees/vm"
