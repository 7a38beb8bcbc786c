#!/usr/bin/env bash
# Shows warren at work: declares a BusyBox machine with an SSH server, starts it, logs in, looks at
# it from both sides, and removes it. All files are below one temporary directory, which is gone
# afterwards. Usage: demo.sh (root)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
  echo "demo: it mounts and makes namespaces, which takes root (sudo make demo)" >&2
  exit 1
fi
exec </dev/null

readonly rounds=15 port=2200
work=$(mktemp -d /tmp/warren-demo.XXXXXX)
chmod 755 "$work"
export WARREN_ROOT=$work/host  # warren's own files are in there, not in /run and /var
declaration=$WARREN_ROOT/etc/warren/nifty.toml
started=
leave() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$started" ]; then
    kill -KILL "$started" 2>/dev/null && wait "$started" || true
  fi
  rm -f "$declaration"
  if [ -d "$WARREN_ROOT" ] && ! build/warren apply --prune >/dev/null; then
    echo "demo: $work is left, since the container could not be destroyed" >&2
    exit 1
  fi
  rm -rf --one-file-system "$work"
  [ $status = 0 ] || echo "demo: it failed, see above" >&2
  exit $status
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
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
user_of() { awk '$1 == "Uid:" { print $2 }'; }
indent() { sed 's/^/  /'; }
title() { printf '\n%s\n' "$*"; }
show() {  # ARGUMENT… of warren
  echo "  \$ warren $*"
  build/warren "$@" 2>&1 | indent
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

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

# ---- the machine ----

if listens; then
  fail "something listens on port $port already, which the machine needs (ss -lptn sport = $port)"
fi
mkdir -p "$(dirname "$declaration")"
ssh-keygen -q -t ed25519 -N '' -C demo -f "$work/key"
cat > "$declaration" <<END
[containers.nifty]
image = "busybox"  # init, syslogd, and a getty on the console
autoStart = true
users.root.authorizedKeys = ["$(cat "$work/key.pub")"]
files."/etc/dropbear/banner".text = "This is nifty.\n"
services.dropbear.command = "/usr/local/sbin/dropbear -F -E -R -p 127.0.0.1:$port -b /etc/dropbear/banner"

[containers.nifty.bindMounts]  # dropbear and its libraries are the host's, read-only
"/usr/local/sbin/dropbear".hostPath = "/usr/sbin/dropbear"
"/lib/x86_64-linux-gnu" = {}
"/lib64" = {}
END
echo "A machine with an SSH server, in one file, /etc/warren/nifty.toml:"
indent < "$declaration"

title "Made and started; apply returns when it is ready:"
show apply
leader=$(cat "$WARREN_ROOT/run/warren/nifty/leader")
cgroup=$(sed -n 's/^0:://p' "/proc/$leader/cgroup")

# ---- a look at it ----

for _ in $(seq 200); do
  ! listens || break
  sleep 0.05
done
title "Into it over SSH, with a key made a moment ago:"
echo "  \$ ssh -p $port root@127.0.0.1 'hostname; id; ps'"
ssh -F /dev/null -i "$work/key" -p $port -o IdentitiesOnly=yes -o IdentityAgent=none \
  -o BatchMode=yes -o ConnectTimeout=10 -o UserKnownHostsFile="$work/known_hosts" \
  -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=accept-new \
  root@127.0.0.1 'hostname; id; ps' >"$work/output" 2>"$work/console" ||
  fail "ssh: $(cat "$work/console"; build/warren logs nifty 2>&1)"
grep -hv '^Warning: Permanently added' "$work/console" "$work/output" | indent

title "From the host:"
show list
show status nifty

title "Its syslogd, seen from both sides:"
there=$(build/warren run nifty -- pidof syslogd)
here=$(outside syslogd)
printf '  %-22s process %-8s user %s\n' \
  "in the container" "$there" "$(build/warren run nifty -- cat "/proc/$there/status" | user_of)" \
  "on the host" "$here" "$(user_of < "/proc/$here/status")"
[ "$(field NSpid "/proc/$here/status")" = "$there" ] || fail "these are two processes"

title "Stopped, and destroyed since its file is gone:"
show stop nifty
rm "$declaration"
show apply --prune
if [ -e "/proc/$leader" ] || grep -q "$work" /proc/self/mountinfo ||
   [ -n "$(find /sys/fs/cgroup -path "*$cgroup" -print -quit 2>/dev/null)" ]; then
  fail "the container has left something"
fi
echo "  No process, no mount, no cgroup of it is left."

# ---- how long a boot takes ----

make_tree "$work/timed" '::once:/bin/poweroff -f'
spawn=(build/warren spawn -q --boot --private-network)
for _ in $(seq $rounds); do
  until_ready "$work/timed" "${spawn[@]}" --directory="$work/timed"
  wait "$started" || fail "it ended with $?: $(cat "$work/console")"
  echo "$took" >> "$work/times.warren"
  until_ready "$work/timed" build/bench/floor -c "$work/timed" timed /sbin/init
  wait "$started" || fail "it ended with $?: $(cat "$work/console")"
  echo "$took" >> "$work/times.floor"
done
started=
warren=$(middle < "$work/times.warren")
floor=$(middle < "$work/times.floor")
echo
echo "From the command line to a booted system, the middle of $rounds boots:"
echo "  warren                                 $(as_ms "$warren")"
echo "  the least that the kernel needs for it $(as_ms "$floor")   (bench/floor.cc)"
