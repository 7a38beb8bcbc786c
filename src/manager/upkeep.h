// Keeps what others see of a running container true: ports and names follow the addresses that it
// gets inside, and rules that somebody has flushed come back.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "manager/publication.h"
#include "monitor/event_loop.h"
#include "network/address_watch.h"
#include "network/table_watch.h"
#include "state/paths.h"

namespace warren::manager {

class Upkeep {
 public:
  /// What the container has others see, as it is declared by now.
  using Wanted = std::function<Publication()>;
  using OnFailure = std::function<void(const Error&)>;

  /// From here on no flush is missed: call it before Published::take().
  [[nodiscard]] static Result<Upkeep> start(const state::Paths& paths, Wanted wanted,
                                            OnFailure on_failure);

  /// Serves in `loop` as long as process 1, `leader`, runs; this must live longer. A life after the
  /// first begins without the addresses of the one before. What fails is reported, and costs the
  /// container nothing else.
  void attach(monitor::EventLoop& loop, pid_t leader);

 private:
  Upkeep(const state::Paths& paths, Wanted wanted, OnFailure on_failure, network::TableWatch table)
      : paths_(&paths),
        wanted_(std::move(wanted)),
        on_failure_(std::move(on_failure)),
        table_(std::move(table)) {}
  [[nodiscard]] Result<> follow(monitor::EventLoop& loop, pid_t leader);
  [[nodiscard]] Result<Publication> publication() const;
  void report(const Result<>& done) const;
  void serve_addresses();
  void look();
  void put_back();

  const state::Paths* paths_;
  Wanted wanted_;
  OnFailure on_failure_;
  network::TableWatch table_;
  std::optional<network::AddressWatch> addresses_;
  UniqueFd pause_;        ///< a timer: readable when it is time to look again
  bool waiting_ = false;  ///< for that
  std::optional<Publication> current_;
};

}  // namespace warren::manager
