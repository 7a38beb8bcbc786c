#include "monitor/doors.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "kernel/process.h"
#include "kernel/socket.h"

namespace warren::monitor {
namespace {

/// A flood of connections to one door takes no more than so many processes.
constexpr int kMostSessions = 16;

struct SessionPlan {
  int connection = -1;
  std::vector<char*> arguments;
};

/// Runs in: a copy of the monitor that becomes warren again, for one connection.
[[noreturn]] void session_main(const void* argument) noexcept {
  const auto& plan = *static_cast<const SessionPlan*>(argument);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(plan.connection, stream) < 0) {
      ::_exit(70);
    }
  }
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  std::array<char*, 1> environment = {nullptr};
  ::execve("/proc/self/exe", plan.arguments.data(), environment.data());
  ::_exit(70);
}

Result<kernel::Child> start_session(int connection, const std::vector<std::string>& command) {
  SessionPlan plan = {.connection = connection, .arguments = {}};
  for (const auto& word : command) {
    plan.arguments.push_back(const_cast<char*>(word.c_str()));  // execve(2) does not write to it
  }
  plan.arguments.push_back(nullptr);
  return kernel::clone3(0, -1, session_main, &plan);
}

}  // namespace

Doors::~Doors() {
  for (const auto& session : sessions_) {
    (void)kernel::send_signal(session.program.pid_fd.get(), SIGKILL);
    (void)kernel::wait_for_exit(session.program.pid_fd.get());
  }
}

Result<> Doors::open(int directory, std::vector<DoorSetting> settings) {
  for (auto& setting : settings) {
    TRY_ASSIGN(auto socket, kernel::listen_in(directory, setting.name, setting.mode));
    doors_.push_back({.setting = std::move(setting), .socket = std::move(socket)});
  }
  return {};
}

Result<> Doors::attach(EventLoop& loop) {
  loop_ = &loop;
  for (auto& door : doors_) {
    TRY(loop.add(door.socket.get(), EPOLLIN, [this, &door](std::uint32_t) { welcome(door); }));
  }
  for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
    TRY(attach_session(session));
  }
  return {};
}

void Doors::welcome(Door& door) {
  auto caller = kernel::accept_connection(door.socket.get());
  if (!caller || (door.setting.for_root_only && caller->user != 0) ||
      door.sessions >= kMostSessions) {
    return;  // the connection is closed
  }
  auto program = start_session(caller->socket.get(), door.setting.command);
  if (!program) {
    return;
  }
  ++door.sessions;
  sessions_.push_back(
      {.door = &door, .connection = std::move(caller->socket), .program = *std::move(program)});
  const auto session = std::prev(sessions_.end());
  if (!attach_session(session)) {
    (void)kernel::send_signal(session->program.pid_fd.get(), SIGKILL);
  }
}

/// The caller's hanging up ends the program; the program's end ends the session.
Result<> Doors::attach_session(std::list<Session>::iterator session) {
  const int connection = session->connection.get();
  const int program = session->program.pid_fd.get();
  TRY(loop_->add(program, EPOLLIN, [this, session, connection, program](std::uint32_t) {
    loop_->remove(program);
    loop_->remove(connection);
    (void)kernel::wait_for_exit(program);
    --session->door->sessions;
    sessions_.erase(session);
  }));
  return loop_->add(connection, 0, [this, connection, program](std::uint32_t) {
    loop_->remove(connection);
    (void)kernel::send_signal(program, SIGKILL);
  });
}

}  // namespace warren::monitor
