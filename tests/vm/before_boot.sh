# Run in the tests' host before its systemd starts: what an administrator did before the last
# shutdown.
set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
/usr/local/bin/warren create atboot --image busybox --set autoStart=true
/usr/local/bin/warren create notatboot --image busybox
umount /run /proc
systemctl --quiet enable warren.service
