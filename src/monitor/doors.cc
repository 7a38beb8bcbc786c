#include "monitor/doors.h"

#include <csignal>
#include <utility>

#include "kernel/process.h"
#include "kernel/self.h"
#include "kernel/socket.h"

namespace warren::monitor {
namespace {

/// A flood of connections to one door takes no more than so many processes.
constexpr int kMostSessions = 16;

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
  const int connection = caller->socket.get();
  auto program = kernel::start_self(door.setting.command, {connection, connection, connection});
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
