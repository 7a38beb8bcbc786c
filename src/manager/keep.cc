#include "manager/keep.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "manager/condition.h"
#include "manager/contents.h"
#include "manager/hold.h"
#include "manager/life.h"
#include "manager/neighbours.h"
#include "manager/passed_sockets.h"
#include "manager/published.h"
#include "manager/runnable.h"
#include "manager/upkeep.h"
#include "monitor/doors.h"
#include "monitor/log.h"
#include "monitor/supervise.h"
#include "network/present.h"

namespace warren::manager {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDelay{100};
constexpr milliseconds kLongestDelay{30'000};
/// A life of this length ends a row of failures.
constexpr milliseconds kLongLife{10'000};

std::string date_of(std::time_t time) {
  std::tm parts = {};
  std::string text(20, '\0');
  ::gmtime_r(&time, &parts);
  text.resize(std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

/// What a keeper is given.
struct Site {
  const state::Paths& paths;
  ApplyFlags apply_flags;
  Unit unit;
  const StartReport& report;
};

class Keeper {
 public:
  Keeper(Runnable runnable, Held held, monitor::Log log, PassedSockets& sockets, const Site& site)
      : runnable_(std::move(runnable)),
        held_(std::move(held)),
        log_(std::move(log)),
        sockets_(sockets),
        paths_(site.paths),
        apply_flags_(site.apply_flags),
        unit_(site.unit),
        report_(site.report) {}

  Result<> prepare();
  /// Has others see it until the end of what is returned.
  Result<Published> publish();
  state::Ending run();

 private:
  enum class Next { End, AtOnce, Later };

  [[nodiscard]] const std::string& name() const { return held_.name.name(); }
  void take(Runnable runnable);
  [[nodiscard]] std::optional<Runnable> adopted() const;
  [[nodiscard]] Publication publication() const;
  void take_adopted();
  void enter(state::Phase phase, pid_t leader);
  state::Ending live();
  [[nodiscard]] state::Ending ending_of(const kernel::Exit& exit) const;
  void introduce() const;
  void become_ready(pid_t leader);
  void note_kills(std::uint64_t count);
  void note_warnings(const std::vector<std::string>& warnings);
  [[nodiscard]] std::string with_kills(std::string reason) const;
  void keep_ending(const state::Ending& ending);
  [[nodiscard]] Next next(const state::Ending& ending) const;
  [[nodiscard]] bool wait(milliseconds life);

  Runnable runnable_;
  Held held_;
  monitor::Log log_;
  PassedSockets& sockets_;
  const state::Paths& paths_;
  ApplyFlags apply_flags_;
  Unit unit_;
  const StartReport& report_;
  monitor::Doors doors_;
  std::optional<Upkeep> upkeep_;
  monitor::Keeping keeping_;
  state::Record record_;
  std::uint64_t kills_ = 0;  ///< for want of memory, in this life
  milliseconds delay_ = kFirstDelay;
  bool was_ready_ = false;  ///< in any life
  bool stopping_ = false;
  bool timed_out_ = false;
  bool rebooted_ = false;
  bool powered_off_ = false;
};

Result<> Keeper::prepare() {
  record_.monitor = ::getpid();
  record_.generation = runnable_.generation;
  TRY_ASSIGN(record_.monitor_start, kernel::start_time(record_.monitor));
  // Whoever asks finds the monitor by it, to stop it too.
  TRY(held_.name.write(state::kRecordFile, state::to_text(record_), 0644));
  TRY(sockets_.open(runnable_.sockets));
  const auto command = [this](std::vector<std::string> words) {
    std::vector<std::string> all = {"warren"};
    if (!paths_.root.empty()) {
      all.insert(all.end(), {"--root", paths_.root});
    }
    all.insert(all.end(), words.begin(), words.end());
    all.push_back(name());
    return all;
  };
  TRY(doors_.open(held_.name.directory(), {{.name = "login.sock",
                                            .mode = 0666,
                                            .for_root_only = false,
                                            .command = command({"login", "--console=interactive"})},
                                           {.name = "root-shell.sock",
                                            .mode = 0600,
                                            .for_root_only = true,
                                            .command = command({"root-login", "-P"})}}));
  keeping_ = {.sink = [this](std::string_view output) { log_.write(output); },
              .on_start_timeout = [this] { timed_out_ = true; },
              .on_stopping =
                  [this] {
                    stopping_ = true;
                    if (const auto next = adopted()) {
                      keeping_.timeout_stop = next->timeout_stop;
                    }
                    enter(state::Phase::Stopping, record_.leader);
                    kernel::notify_service_manager("STOPPING=1\nSTATUS=Stopping.");
                  },
              .attach = [this](monitor::EventLoop& loop) { return doors_.attach(loop); }};
  take(std::move(runnable_));
  return {};
}

/// From the next life on.
void Keeper::take(Runnable runnable) {
  runnable_ = std::move(runnable);
  record_.generation = runnable_.generation;
  keeping_.timeout_start = runnable_.timeout_start;
  keeping_.timeout_stop = runnable_.timeout_stop;
  spec::Container& container = runnable_.container;
  container.console = spec::Console::Passive;
  container.process.ready_as_init = true;
  container.keep_unit = unit_ == Unit::Callers;
  if (container.identity.hostname.empty()) {
    container.identity.hostname = name();
  }
}

/// The generation that somebody has brought what runs to without a restart: see live.h. One that
/// cannot be read is not taken, and what was there goes on.
std::optional<Runnable> Keeper::adopted() const {
  const auto record = read_state(paths_, name()).record;
  if (!record || record->generation == runnable_.generation) {
    return std::nullopt;
  }
  auto next = load_runnable(paths_, name(), apply_flags_, record->generation);
  return next ? std::optional(*std::move(next)) : std::nullopt;
}

/// As it is declared by now.
Publication Keeper::publication() const {
  const auto next = adopted();
  return declared_publication(name(), (next ? *next : runnable_).container.network);
}

Result<Published> Keeper::publish() {
  const auto now = publication();
  if (!now.links.empty()) {
    TRY_ASSIGN(upkeep_, Upkeep::start(
                            paths_, [this] { return publication(); },
                            [this](const Error& error) {
                              log_.write_line(cat("-- ", name(), ": ", error.message(), " --"));
                            }));
  }
  return Published::take(now, paths_);
}

void Keeper::take_adopted() {
  if (auto next = adopted()) {
    take(*std::move(next));
  }
}

void Keeper::enter(state::Phase phase, pid_t leader) {
  record_.phase = phase;
  record_.leader = leader;
  record_.since = std::time(nullptr);
  // Without it the container runs all the same, and is found by the one before.
  (void)held_.name.write(state::kRecordFile, state::to_text(record_), 0644);
}

/// It may have been told of less than there is by now.
void Keeper::introduce() const {
  auto names = neighbours_of(name(), paths_);
  if (!names.empty()) {
    names.push_back(name());
    tell_neighbours(names, paths_);
  }
}

void Keeper::become_ready(pid_t leader) {
  enter(state::Phase::Running, leader);
  const bool first = !std::exchange(was_ready_, true);
  if (first) {
    report_({});
  }
  kernel::notify_service_manager(
      cat("READY=1\nSTATUS=Container running.\nX_NSPAWN_LEADER_PID=", leader));
  if (first) {
    tidy_network(paths_);  // takes longer the more containers there are: nobody waits for it
  }
}

state::Ending Keeper::ending_of(const kernel::Exit& exit) const {
  state::Ending ending = {.time = std::time(nullptr),
                          .status = exit.code,
                          .by_signal = exit.by_signal,
                          .failed = exit.by_signal || exit.code != 0,
                          .reason = {}};
  if (timed_out_) {
    ending.reason = cat("it was not ready after ", runnable_.timeout_start.count(), " ms");
  } else if (monitor::is_reboot(exit) || monitor::is_power_off(exit)) {
    ending.failed = false;
    ending.reason = monitor::is_reboot(exit) ? "it rebooted" : "it powered off";
  } else {
    ending.reason = cat(
        exit.by_signal ? "process 1 was killed by signal " : "process 1 ended with exit status ",
        exit.code);
  }
  ending.reason = exit.by_signal && exit.code == SIGKILL && kills_ > 0 && !stopping_ && !timed_out_
                      ? "out of memory: the kernel has killed process 1 (see limits.memory)"
                      : with_kills(std::move(ending.reason));
  ending.failed = ending.failed && !stopping_;
  return ending;
}

/// One line in the log each time, so that it is seen while the container runs.
void Keeper::note_kills(std::uint64_t count) {
  if (count != std::exchange(kills_, count)) {
    log_.write_line(cat("-- ", name(), ": out of memory: the kernel has killed processes, ", count,
                        " in this run --"));
  }
}

void Keeper::note_warnings(const std::vector<std::string>& warnings) {
  if (warnings.empty()) {
    return;
  }
  std::string text;
  for (const auto& warning : warnings) {
    log_.write_line(cat("-- ", name(), ": ", warning, " --"));
    text += cat(warning, "\n");
  }
  (void)held_.name.write(state::kWarningsFile, text, 0644);  // its log has them too
}

std::string Keeper::with_kills(std::string reason) const {
  return kills_ == 0 ? std::move(reason)
                     : cat(reason, "; out of memory: the kernel has killed processes of it, ",
                           kills_, " in all (see limits.memory)");
}

state::Ending Keeper::live() {
  enter(state::Phase::Starting, 0);
  log_.write_line(cat("-- boot of ", name(), ", generation ", runnable_.generation, ", ",
                      date_of(std::time(nullptr)), " --"));
  timed_out_ = rebooted_ = powered_off_ = false;
  kills_ = 0;
  const auto declared = declare_contents(runnable_, paths_);
  auto exit = !declared
                  ? Result<kernel::Exit>(declared.error())
                  : live_once(runnable_.container, held_, paths_,
                              {.on_executed =
                                   [this](pid_t leader) {
                                     remember_contents(runnable_, paths_);
                                     enter(state::Phase::Starting, leader);
                                     introduce();
                                   },
                               .on_ready = [this](pid_t leader) { become_ready(leader); },
                               .keeping = &keeping_,
                               .passed_descriptors = sockets_.names(),
                               .attach =
                                   [this](monitor::EventLoop& loop, pid_t leader) {
                                     if (upkeep_) {
                                       upkeep_->attach(loop, leader);
                                     }
                                   },
                               .on_memory_kill = [this](std::uint64_t count) { note_kills(count); },
                               .on_warnings =
                                   [this](const std::vector<std::string>& warnings) {
                                     note_warnings(warnings);
                                   }});
  if (!exit) {
    return {.time = std::time(nullptr),
            .status = 125,
            .failed = true,
            .reason = with_kills(exit.error().message())};
  }
  rebooted_ = monitor::is_reboot(*exit);
  powered_off_ = monitor::is_power_off(*exit);
  return ending_of(*exit);
}

void Keeper::keep_ending(const state::Ending& ending) {
  log_.write_line(cat("-- end of ", name(), ": ", ending.reason, " --"));
  if (const auto directory = kernel::open(directory_of(paths_, name()), O_PATH | O_DIRECTORY)) {
    (void)kernel::update_file(directory->get(), state::kLastFile, state::to_text(ending), 0644);
  }
}

Keeper::Next Keeper::next(const state::Ending& ending) const {
  using spec::RestartPolicy;
  if (stopping_ || !was_ready_ || (powered_off_ && !timed_out_)) {
    return Next::End;
  }
  if (rebooted_) {
    return Next::AtOnce;
  }
  const bool again = runnable_.restart == RestartPolicy::Always ||
                     (runnable_.restart == RestartPolicy::OnFailure && ending.failed);
  return again ? Next::Later : Next::End;
}

/// False when it was asked to stop meanwhile.
bool Keeper::wait(milliseconds life) {
  delay_ = life >= kLongLife ? kFirstDelay : delay_;
  enter(state::Phase::Restarting, 0);
  const auto outcome = monitor::pause(delay_, keeping_);
  delay_ = std::min(2 * delay_, kLongestDelay);
  return outcome && *outcome == monitor::Pause::Over;
}

state::Ending Keeper::run() {
  using Clock = std::chrono::steady_clock;
  while (true) {
    const auto begin = Clock::now();
    auto ending = live();
    take_adopted();
    keep_ending(ending);
    if (!was_ready_) {
      report_(Error::because("", "", ending.reason));
    }
    const Next then = next(ending);
    const auto life = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    if (then == Next::End || (then == Next::Later && !wait(life))) {
      kernel::notify_service_manager(
          cat("STOPPING=1\nSTATUS=", was_ready_ ? "Container terminated." : ending.reason));
      return ending;
    }
    ++record_.restarts;
    take_adopted();
  }
}

}  // namespace

Result<state::Ending> keep(const std::string& name, const state::Paths& paths,
                           ApplyFlags apply_flags, Unit unit, const StartReport& report) {
  TRY_ASSIGN(auto runnable, load_runnable(paths, name, apply_flags));
  TRY(network::check_present(runnable.container.network));
  PassedSockets sockets;
  TRY(sockets.reserve(runnable.sockets.size()));
  TRY_ASSIGN(auto held, take_hold(runnable.container, paths, NameTaken::Fail));
  TRY_ASSIGN(auto log, monitor::Log::open(runnable.log));
  if (unit == Unit::Callers) {
    log.copy_to(STDOUT_FILENO);
  }
  Keeper keeper(std::move(runnable), std::move(held), std::move(log), sockets,
                {.paths = paths, .apply_flags = apply_flags, .unit = unit, .report = report});
  // Behind the keeper, which has the name: that is given back last.
  TRY_ASSIGN(const auto published, keeper.publish());
  TRY(keeper.prepare());
  return keeper.run();
}

}  // namespace warren::manager
