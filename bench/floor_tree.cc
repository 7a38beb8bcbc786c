#include "floor_tree.h"

#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <initializer_list>

#include "floor_calls.h"

namespace bench {
namespace {

void tmpfs(const char* path, unsigned attributes, const char* mode, const char* size,
           const char* inodes) {
  const char* options[] = {"mode", mode, "size", size, "nr_inodes", inodes, nullptr};
  attach(file_system("tmpfs", attributes, options), path);
}

void change_mount(int directory, const char* path, unsigned set, unsigned clear) {
  mount_attr change = {};
  change.attr_set = set;
  change.attr_clr = clear;
  MUST(mount_setattr(directory, path, *path == 0 ? AT_EMPTY_PATH : 0, &change, sizeof change));
}

/// Shows `from` at `path` too, if both exist.
void cover(const char* from, const char* path, unsigned set, unsigned clear) {
  if (access(path, F_OK) < 0) {
    return;  // the kernel was built without it
  }
  const int copy =
      static_cast<int>(MUST(open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if ((set | clear) != 0) {
    change_mount(copy, "", set, clear);
  }
  attach(copy, path);
}

/// The container's terminal, once /dev is there.
int make_console() {
  const int master = static_cast<int>(MUST(open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)));
  const int locked = 0;
  MUST(ioctl(master, TIOCSPTLCK, &locked));
  const int slave = static_cast<int>(MUST(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)));
  MUST(fchown(slave, kBase, static_cast<gid_t>(-1)));
  close(slave);
  MUST(symlink("pts/0", "/dev/console"));
  return master;
}

void make_devices(bool tunnels) {
  constexpr unsigned kMiscellaneous = 10;
  tmpfs("/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "0755", "4m", "65536");
  const struct {
    const char* name;
    unsigned major, minor;
  } nodes[] = {{"null", 1, 3},
               {"zero", 1, 5},
               {"full", 1, 7},
               {"random", 1, 8},
               {"urandom", 1, 9},
               {"tty", 5, 0},
               {"net/tun", kMiscellaneous, 200}};
  MUST(mkdir("/dev/char", 0755));
  if (tunnels) {
    MUST(mkdir("/dev/net", 0755));
  }
  for (const auto& node : nodes) {
    if (node.major == kMiscellaneous && !tunnels) {
      continue;
    }
    char path[64];
    char target[64];
    std::snprintf(path, sizeof path, "/dev/%s", node.name);
    MUST(mknod(path, S_IFCHR | 0666, makedev(node.major, node.minor)));
    std::snprintf(path, sizeof path, "/dev/char/%u:%u", node.major, node.minor);
    std::snprintf(target, sizeof target, "../%s", node.name);
    MUST(symlink(target, path));
  }
  const char* links[][2] = {{"/proc/self/fd", "/dev/fd"},       {"/proc/self/fd/0", "/dev/stdin"},
                            {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
                            {"/proc/kcore", "/dev/core"},       {"pts/ptmx", "/dev/ptmx"}};
  for (const auto& link : links) {
    MUST(symlink(link[0], link[1]));
  }
  for (const char* directory : {"/dev/pts", "/dev/shm", "/dev/mqueue"}) {
    MUST(mkdir(directory, 0755));
  }
  const char* options[] = {"gid", "655365", "mode", "620", "ptmxmode", "666", nullptr};
  attach(file_system("devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, options), "/dev/pts");
  tmpfs("/dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "1777", "50%", "1m");
}

void make_run() {
  tmpfs("/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "0755", "20%", "819200");
  tmpfs("/tmp", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "1777", "10%", "409600");
  MUST(mkdir("/run/host", 0755));
  tmpfs("/run/host", kInert, "0755", "4m", "1024");
  write_text(AT_FDCWD, "/run/host/container-manager", "floor\n");
  write_text(AT_FDCWD, "/run/host/container-uuid", "00000000-0000-4000-8000-000000000000\n");
  write_text(AT_FDCWD, "/run/host/os-release", "ID=floor\n");
  write_text(AT_FDCWD, "/run/host/.boot-id", "00000000-0000-4000-8000-000000000000\n");
  MUST(mkdir("/run/host/incoming", 0600));
  MUST(mkdir("/run/host/inaccessible", 0755));
  const struct {
    const char* path;
    mode_t type;
  } nodes[] = {{"/run/host/inaccessible/reg", S_IFREG},
               {"/run/host/inaccessible/fifo", S_IFIFO},
               {"/run/host/inaccessible/sock", S_IFSOCK},
               {"/run/host/inaccessible/chr", S_IFCHR},
               {"/run/host/inaccessible/blk", S_IFBLK}};
  for (const auto& node : nodes) {
    MUST(mknod(node.path, node.type, 0));
  }
  MUST(mkdir("/run/host/inaccessible/dir", 0));
  const int socket = static_cast<int>(MUST(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/run/host/notify");
  MUST(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address));
  MUST(chmod(address.sun_path, 0700));
}

int make_fifo() {
  MUST(mkfifo("/run/host/ready", 0600));
  return static_cast<int>(MUST(open("/run/host/ready", O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
}

void make_masks(bool own_network) {
  for (const char* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"}) {
    cover(path, path, MOUNT_ATTR_RDONLY, 0);
  }
  if (own_network) {
    cover("/proc/sys/net", "/proc/sys/net", 0, MOUNT_ATTR_RDONLY);
  }
  cover("/run/host/inaccessible/fifo", "/proc/kmsg", 0, 0);
  change_mount(AT_FDCWD, "/run/host", MOUNT_ATTR_RDONLY, 0);  // and so is what is copied from it
  for (const char* path :
       {"/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats"}) {
    cover("/run/host/inaccessible/reg", path, 0, 0);
  }
  for (const char* path : {"/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware",
                           "/sys/devices/virtual/powercap"}) {
    cover("/run/host/inaccessible/dir", path, 0, 0);
  }
  cover("/run/host/.boot-id", "/proc/sys/kernel/random/boot_id", 0, 0);
}

}  // namespace

Watched build_tree(const Views& views, const Shape& shape) {
  prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
  setfsuid(kBase);
  setfsgid(kBase);
  umask(0);
  attach(views.mounts[0], "/proc");
  change_mount(views.mounts[1], "", MOUNT_ATTR_RDONLY, 0);
  attach(views.mounts[1], "/sys");
  attach(views.mounts[2], "/sys/fs/cgroup");
  make_devices(shape.tunnels);
  attach(views.mounts[3], "/dev/mqueue");
  make_run();
  Watched watched;
  watched.ready = shape.stays != nullptr ? make_fifo() : -1;
  make_masks(shape.own_network);
  watched.console = shape.console ? make_console() : -1;
  return watched;
}

}  // namespace bench
