// A static program that runs as a container's first process and reports what it finds.
//   payload report              everything about this process, as JSON
//   payload call NAME           makes a system call that a filter may refuse; prints its errno name
//   payload probe NUMBER…      makes system calls by number; prints their errno names
//   payload attack-mounts       loosens, moves and unmounts what is mounted; prints what it could
//   payload bomb KIND           takes what it gets of "descriptors" or "mounts", and holds it
//   payload mount-types TYPE…   prints the types of which it could mount a file system
//   payload writable DIR…       prints the files below that it could open to write
//   payload notify TEXT…        sends each TEXT to $NOTIFY_SOCKET
//   payload ready PROGRAM…      sends READY=1, then is PROGRAM
//   payload serve               answers "hello" on the first passed socket, once
//   payload signals             says "ready", then names each signal that arrives; ends on SIGTERM
//   payload survive             forgets its death signal, says "surviving" and waits
//   payload zombies N           leaves N orphans behind that end later, then waits for input
//   payload pty                 makes a pseudo terminal; prints its name, mode and group
//   payload reboot|poweroff     reboot(2)
//   payload exit N              ends with N
#include "payload.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int notify(char** texts) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
  for (; *texts != nullptr; ++texts) {
    if (sendto(socket, *texts, strlen(*texts), 0, reinterpret_cast<sockaddr*>(&address),
               sizeof address) < 0) {
      perror("sendto");
      return 1;
    }
  }
  return 0;
}

/// Messages with descriptors, as many as the kernel takes in one.
int send_descriptors(int messages) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
  constexpr int kMost = 253;
  alignas(cmsghdr) static char control[CMSG_SPACE(sizeof(int) * kMost)];
  char text[] = "FDSTORE=1";
  iovec data = {.iov_base = text, .iov_len = sizeof text - 1};
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * kMost);
  for (int i = 0; i < kMost; ++i) {
    std::memcpy(CMSG_DATA(part) + sizeof(int) * i, &socket, sizeof socket);
  }
  for (int i = 0; i < messages; ++i) {
    if (sendmsg(socket, &message, 0) < 0) {
      perror("sendmsg");
      return 1;
    }
  }
  return 0;
}

int serve() {
  const char* pid = getenv("LISTEN_PID");
  if (pid == nullptr || atoi(pid) != getpid()) {
    printf("LISTEN_PID is %s, not %d\n", pid != nullptr ? pid : "unset", getpid());
    return 1;
  }
  const int connection = accept(3, nullptr, nullptr);
  if (connection < 0) {
    perror("accept");
    return 1;
  }
  return write(connection, "hello\n", 6) == 6 ? 0 : 1;
}

int signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  puts("ready");
  fflush(stdout);
  while (true) {
    siginfo_t info = {};
    const int signal = sigwaitinfo(&all, &info);
    if (signal >= SIGRTMIN) {
      printf("RTMIN+%d\n", signal - SIGRTMIN);
    } else {
      puts(sigabbrev_np(signal));
    }
    fflush(stdout);
    if (signal == SIGTERM) {
      return 0;
    }
  }
}

int make_terminal() {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  struct stat status = {};
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
      stat(ptsname(master), &status) < 0) {
    perror("pty");
    return 1;
  }
  printf("%s %o %u\n", ptsname(master), status.st_mode & 07777, status.st_gid);
  return 0;
}

int leave_zombies(int count) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      if (fork() == 0) {
        usleep(10000);
      }
      _exit(0);
    }
    wait(nullptr);
  }
  puts("left");
  fflush(stdout);
  char byte = 0;
  return read(0, &byte, 1) < 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
  using namespace payload;
  const std::string verb = count > 1 ? words[1] : "report";
  if (verb == "report") {
    return report();
  }
  if (verb == "call" && count > 2) {
    return make_call(words[2]);
  }
  if (verb == "probe") {
    return probe_calls(words + 2);
  }
  if (verb == "attack-mounts") {
    return attack_mounts();
  }
  if (verb == "bomb" && count > 2) {
    return drop_bomb(words[2]);
  }
  if (verb == "escape" && count > 2) {
    return escape(words[2], count > 3 ? words[3] : "");
  }
  if (verb == "mount-types") {
    return mount_types(words + 2);
  }
  if (verb == "writable") {
    return find_writable(words + 2);
  }
  if (verb == "fetch" && count > 3) {
    return fetch(words[2], atoi(words[3]));
  }
  if (verb == "answer-datagrams" && count > 2) {
    return answer_datagrams(atoi(words[2]));
  }
  if (verb == "notify") {
    return notify(words + 2);
  }
  if (verb == "ready") {
    char text[] = "READY=1";
    char* texts[] = {text, nullptr};
    return notify(texts) != 0 || execv(words[2], words + 2);
  }
  if (verb == "send-descriptors" && count > 2) {
    return send_descriptors(atoi(words[2]));
  }
  if (verb == "serve") {
    return serve();
  }
  if (verb == "survive") {
    prctl(PR_SET_PDEATHSIG, 0);
    puts("surviving");
    fflush(stdout);
    while (true) {
      pause();
    }
  }
  if (verb == "pty") {
    return make_terminal();
  }
  if (verb == "signals") {
    return signals();
  }
  if (verb == "zombies" && count > 2) {
    return leave_zombies(atoi(words[2]));
  }
  if (verb == "reboot" || verb == "poweroff") {
    return reboot(verb == "reboot" ? RB_AUTOBOOT : RB_POWER_OFF);
  }
  return verb == "exit" && count > 2 ? atoi(words[2]) : 2;
}
