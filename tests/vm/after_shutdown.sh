#!/bin/sh
# Run in the tests' host when all its units have ended and nothing is mounted but its root, by
# systemd-shutdown: says what became of the containers that ran when it was shut down.
line=/dev/ttyS1
containers=/var/lib/warren/containers
verdict=passed

expect() {  # NAME KEY=VALUE
  if ! grep -qx "$2" "$containers/$1/last"; then
    echo "shut down: $1 has not '$2' but:" "$(cat "$containers/$1/last")" >$line
    verdict=failed
  fi
}

expect atboot 'reason=it powered off'
expect slow 'reason=process 1 ended with exit status 3'
expect slow 'failed=no'
expect stubborn 'reason=process 1 was killed by signal 9'
begin=$(cat /var/tmp/shutdown.begin)
took=$(($(cut -d. -f1 /proc/uptime) - begin))
echo "shut down in $took s" >$line
if [ "$took" -ge 80 ]; then  # a unit that hangs is waited for 90 s
  verdict=failed
fi
echo "shutdown: $verdict" >$line
