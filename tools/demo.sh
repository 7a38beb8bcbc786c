#!/usr/bin/env bash
# Shows warren at work: makes a BusyBox system, boots it, looks at it from both sides, shuts it down.
# All files are below one temporary directory, which is gone afterwards. Usage: demo.sh (root)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
  echo "demo: it mounts and makes namespaces, which takes root (sudo make demo)" >&2
  exit 1
fi

readonly rounds=15
work=$(mktemp -d /tmp/warren-demo.XXXXXX)
chmod 755 "$work"
export WARREN_ROOT=$work/host  # warren's own files are in there, not in /run and /var
monitor=
leave() {
  status=$?
  if [ -n "$monitor" ]; then
    kill -KILL "$monitor" 2>/dev/null && wait "$monitor" || true
  fi
  rm -rf --one-file-system "$work"
  [ $status = 0 ] || echo "demo: it failed, see above" >&2
}
trap leave EXIT
fail() {
  echo "demo: $*" >&2
  exit 1
}

# ---- the pieces ----

# A root tree: one program, its links and a few files. It says that it is up in the fifo /ready.
make_tree() {  # DIRECTORY, then the last lines of its inittab
  mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,usr,var/log}
  cp /bin/busybox "$1/bin"
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
  done
  ln -s bin "$1/sbin"
  ln -s ../bin "$1/usr/bin"
  echo 'ID=busybox' > "$1/etc/os-release"
  echo 'root::0:0:root:/root:/bin/sh' > "$1/etc/passwd"
  printf '%s\n' '::sysinit:/bin/syslogd' '::wait:echo up > /ready' "${@:2}" > "$1/etc/inittab"
  mkfifo "$1/ready"
}

# Runs a command in the background until the tree's fifo speaks. Sets `started` (its process) and
# `took` (microseconds).
until_ready() {  # TREE COMMAND…
  local begin line
  exec {ready}<>"$1/ready"
  begin=${EPOCHREALTIME/[.,]/}
  "${@:2}" </dev/null >"$work/console" 2>&1 &
  started=$!
  if ! read -r -t 10 -u "$ready" line; then
    kill -KILL "$started" 2>/dev/null || true
    fail "not ready after 10 seconds: ${*:2}: $(cat "$work/console")"
  fi
  took=$((${EPOCHREALTIME/[.,]/} - begin))
  exec {ready}<&-
}

middle() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
as_ms() { printf '%d.%d ms' $(($1 / 1000)) $(($1 % 1000 / 100)); }
field() { awk -v name="$1:" '$1 == name { print $NF; exit }' "$2"; }  # NAME FILE, of /proc/*/status
inside() { build/warren run nifty -- "$@" </dev/null; }

# The host's number of the process that has this name in the container.
outside() {
  local process
  for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = "$1" ] &&
       [ "$(readlink "$process/ns/pid")" = "$(readlink "/proc/$leader/ns/pid")" ]; then
      echo "${process#/proc/}"
      return
    fi
  done
  fail "no $1 in the container"
}

# ---- the show ----

make_tree "$work/nifty"
make_tree "$work/timed" '::once:/bin/poweroff -f'
mkdir "$WARREN_ROOT"
spawn=(build/warren spawn -q --boot --private-network)

echo "Booting $work/nifty, $(du -sh "$work/nifty" | cut -f1) of BusyBox:"
echo "  \$ warren ${spawn[*]:1} --directory=nifty"
until_ready "$work/nifty" "${spawn[@]}" --directory="$work/nifty"
monitor=$started
leader=$(cat "$WARREN_ROOT/run/warren/nifty/leader")
cgroup=$(sed -n 's/^0:://p' "/proc/$leader/cgroup")
echo "It was ready after $(as_ms $took)."

echo
echo "A command in it:"
echo "  \$ warren run nifty -- sh -c 'hostname; id; ps'"
inside sh -c 'hostname; id; ps' | sed 's/^/  /'

echo
echo "Its syslogd, seen from both sides:"
there=$(inside pidof syslogd)
here=$(outside syslogd)
printf '  %-22s process %-8s user %s\n' \
  "in the container" "$there" "$(inside cat "/proc/$there/status" | awk '$1 == "Uid:" { print $2 }')" \
  "on the host" "$here" "$(awk '$1 == "Uid:" { print $2 }' "/proc/$here/status")"
[ "$(field NSpid "/proc/$here/status")" = "$there" ] || fail "these are two processes"

inside poweroff || true  # init may end it with everything else, before it has ended
wait "$monitor" || fail "warren ended with $? after poweroff: $(cat "$work/console")"
monitor=
if [ -e "/proc/$leader" ] || grep -q "$work" /proc/self/mountinfo ||
   [ -n "$(find /sys/fs/cgroup -path "*$cgroup" -print -quit 2>/dev/null)" ]; then
  fail "the container has left something"
fi
echo
echo "Powered off from inside: no process, no mount, no cgroup of it is left."

for _ in $(seq $rounds); do
  until_ready "$work/timed" "${spawn[@]}" --directory="$work/timed"
  wait "$started"
  echo "$took" >> "$work/times.warren"
  until_ready "$work/timed" build/bench/floor -c "$work/timed" timed /sbin/init
  wait "$started"
  echo "$took" >> "$work/times.floor"
done
warren=$(middle < "$work/times.warren")
floor=$(middle < "$work/times.floor")
echo
echo "From the command line to a booted system, the middle of $rounds boots:"
echo "  warren                                 $(as_ms "$warren")"
echo "  the least that the kernel needs for it $(as_ms "$floor")   (bench/floor.cc)"
