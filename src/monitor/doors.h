// Sockets through which a running container is entered: each connection gets a warren of its own.
#pragma once

#include <sys/types.h>

#include <list>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"
#include "monitor/event_loop.h"

namespace warren::monitor {

struct DoorSetting {
  const char* name;                  ///< of the socket
  mode_t mode;                       ///< of the socket
  bool for_root_only;                ///< others are sent away
  std::vector<std::string> command;  ///< arguments of warren
};

class Doors {
 public:
  Doors() = default;
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;
  /// Ends all sessions.
  ~Doors();

  /// Makes the sockets in `directory`.
  [[nodiscard]] Result<> open(int directory, std::vector<DoorSetting> settings);
  /// Serves them in `loop`, and the sessions that are open already.
  [[nodiscard]] Result<> attach(EventLoop& loop);

 private:
  struct Door {
    DoorSetting setting;
    UniqueFd socket;
    int sessions = 0;
  };
  struct Session {
    Door* door;
    UniqueFd connection;
    kernel::Child program;
  };
  void welcome(Door& door);
  [[nodiscard]] Result<> attach_session(std::list<Session>::iterator session);

  EventLoop* loop_ = nullptr;
  std::list<Door> doors_;
  std::list<Session> sessions_;
};

}  // namespace warren::monitor
