// warren's little init: process 1 of a container whose command is process 2 (--as-pid2).
//
//   init PROGRAM ARGV0 [ARG…]
//
// Runs PROGRAM in a session of its own, reaps what is orphaned, passes signals on, and ends when
// PROGRAM has ended: with its status, or with 128 + N when signal N killed it. Then the kernel
// kills what is left.
//   SIGRTMIN+3, +4, +13, +14            halt or power off: PROGRAM is asked to end
//   SIGINT, SIGRTMIN+5, +6, +15, +16    reboot: the same, and the container starts again
//   any other                           passed on to PROGRAM
// PROGRAM that was asked to end gets SIGTERM and SIGCONT, and SIGHUP for the sake of shells.
//
// Freestanding: no C library, so that it is a few kilobytes in every container that has it.
#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <linux/wait.h>

#include <cstddef>
#include <cstdint>

#if !defined(__x86_64__)
#error "warren is written for x86-64"
#endif

namespace {

long call(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
  long result = number;
  register long r10 asm("r10") = d;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}

template <typename T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

constexpr std::uint64_t kAllSignals = ~std::uint64_t{0};
constexpr int kRtMin = 34;  // SIGRTMIN as C libraries count: the kernel's first two are theirs

[[noreturn]] void leave(int status) {
  while (true) {
    call(__NR_exit_group, status);
  }
}

void say(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  call(__NR_write, 2, address(text), static_cast<long>(length));
}

bool starts_with(const char* text, const char* prefix) {
  while (*prefix != '\0') {
    if (*text++ != *prefix++) {
      return false;
    }
  }
  return true;
}

constexpr char kListenPid[] = "LISTEN_PID=";
char listen_pid[sizeof kListenPid + 20];

/// sd_listen_fds(3) looks whether LISTEN_PID is its own process: true for PROGRAM, not for us.
void correct_listen_pid(char** environment) {
  for (; *environment != nullptr; ++environment) {
    if (!starts_with(*environment, kListenPid)) {
      continue;
    }
    char* out = listen_pid;
    for (const char* in = kListenPid; *in != '\0';) {
      *out++ = *in++;
    }
    char digits[20];
    int count = 0;
    for (long pid = call(__NR_getpid); pid != 0; pid /= 10) {
      digits[count++] = static_cast<char>('0' + (pid % 10));
    }
    while (count > 0) {
      *out++ = digits[--count];
    }
    *out = '\0';
    *environment = listen_pid;
  }
}

[[noreturn]] void run(char** arguments, char** environment) {
  call(__NR_setsid);
  call(__NR_ioctl, 0, TIOCSCTTY, 0);  // fails when standard input is no terminal
  correct_listen_pid(environment);
  const std::uint64_t none = 0;
  call(__NR_rt_sigprocmask, SIG_SETMASK, address(&none), 0, sizeof none);
  char* program = arguments[1];
  long result = call(__NR_execve, address(program), address(arguments + 2), address(environment));
  if (result == -ENOEXEC) {  // a script without #!, as execvp(3) runs it
    static char shell[] = "/bin/sh";
    arguments[1] = shell;
    arguments[2] = program;
    result = call(__NR_execve, address(shell), address(arguments + 1), address(environment));
  }
  say("warren: execute ");
  say(program);
  say(result == -ENOENT ? ": its interpreter is missing\n"
                        : ": it is no program for this system\n");
  leave(result == -ENOENT ? 127 : 126);
}

/// Reaps every process that has ended; leaves when `program` is among them.
void reap(long program, bool reboot) {
  while (true) {
    int status = 0;
    const long pid = call(__NR_wait4, -1, address(&status), WNOHANG);
    if (pid <= 0) {
      return;
    }
    if (pid == program) {
      if (reboot) {
        call(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART);
      }
      const int signal = status & 0x7F;
      leave(signal != 0 ? 128 + signal : (status >> 8) & 0xFF);
    }
  }
}

void ask_to_end(long program) {
  call(__NR_kill, program, SIGTERM);
  call(__NR_kill, program, SIGCONT);
  call(__NR_kill, program, SIGHUP);
}

bool is_one_of(int signal, int a, int b, int c, int d) {
  return signal == kRtMin + a || signal == kRtMin + b || signal == kRtMin + c ||
         signal == kRtMin + d;
}

[[noreturn]] void serve(long program) {
  // What PROGRAM closes shall be closed: init keeps no end of a pipe and no socket open.
  call(__NR_close_range, 0, 0xFFFFFFFF, 0);
  bool reboot = false;
  while (true) {
    const long result = call(__NR_rt_sigtimedwait, address(&kAllSignals), 0, 0, sizeof kAllSignals);
    const int signal = static_cast<int>(result);
    if (result == -EINTR || result == -EAGAIN) {
      continue;
    }
    if (signal == SIGCHLD) {
      reap(program, reboot);
    } else if (is_one_of(signal, 3, 4, 13, 14)) {
      ask_to_end(program);
    } else if (signal == SIGINT || is_one_of(signal, 5, 6, 15, 16)) {
      reboot = true;
      ask_to_end(program);
    } else {
      call(__NR_kill, program, signal);
    }
  }
}

}  // namespace

extern "C" [[noreturn]] void init_main(long* stack) {
  const long count = stack[0];
  char** arguments = reinterpret_cast<char**>(stack + 1);
  char** environment = arguments + count + 1;
  if (count < 3) {
    say("init: to be started by warren\n");
    leave(125);
  }
  call(__NR_prctl, PR_SET_NAME, address("init"));
  call(__NR_rt_sigprocmask, SIG_SETMASK, address(&kAllSignals), 0, sizeof kAllSignals);
  const long program = call(__NR_fork);
  if (program < 0) {
    say("init: cannot fork\n");
    leave(125);
  }
  if (program == 0) {
    run(arguments, environment);
  }
  serve(program);
}

asm(R"(
.text
.globl _start
_start:
  xorl %ebp, %ebp
  movq %rsp, %rdi
  andq $-16, %rsp
  call init_main
  hlt
)");
