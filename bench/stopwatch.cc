// Times programs side by side: one run of each in every round, in an order that changes from round
// to round, so that what else the machine does hits all of them alike.
//
//   stopwatch ROUNDS SECONDS DIRECTORY < CASES
//
// It ends after so many rounds or seconds. A case is a line of words with tabs in between: a name,
// how it is run, and the program with its arguments. How is a list with commas of
//   mounts=N   in a mount namespace with N mounts more than the host's, made below DIRECTORY
//   cgroup2    where /sys/fs/cgroup is the cgroup2 hierarchy also on a host that has both
//   ready      until it sends READY=1 to $NOTIFY_SOCKET, which stops the clock; SIGTERM ends it
//   after=FILE afterwards, with the clock stopped, the program FILE puts all back
// For each case a line comes out: its name and the nanoseconds of each run from before the spawn
// until the program was reaped, or its name, "failed", the status and what the program said.
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRoundsToWarmUp = 2;

struct Case {
  std::string name;
  std::string how;    ///< without what comes after
  std::string after;  ///< a program; empty for none
  bool ready = false;
  std::vector<std::string> words;
  std::vector<long long> times;
  std::string failure;
};

long must(long result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::exit(1);
  }
  return result;
}

/// What else the machine does shall disturb as little as it can: a session of its own is a group
/// of its own for the scheduler, and that group's weight is in a file (sched(7), autogroup).
void go_first() {
  setsid();
  setpriority(PRIO_PROCESS, 0, -15);
  if (const int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC); file >= 0) {
    (void)!write(file, "-15", 3);
    close(file);
  }
}

/// Takes what needs no mount namespace out of the list of how it is run.
void take_after(Case& one) {
  std::istringstream list(std::exchange(one.how, {}));
  for (std::string word; std::getline(list, word, ',');) {
    if (word.starts_with("after=")) {
      one.after = word.substr(6);
    } else if (word == "ready") {
      one.ready = true;
    } else {
      one.how += (one.how.empty() ? "" : ",") + word;
    }
  }
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream fields(line);
    Case one;
    std::getline(fields, one.name, '\t');
    std::getline(fields, one.how, '\t');
    take_after(one);
    for (std::string word; std::getline(fields, word, '\t');) {
      one.words.push_back(word);
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

void show_cgroup2() {
  constexpr const char* kUnified = "/sys/fs/cgroup/unified";
  struct statfs file_system = {};
  if (statfs(kUnified, &file_system) == 0 && file_system.f_type == CGROUP2_SUPER_MAGIC) {
    must(mount(kUnified, "/sys/fs/cgroup", nullptr, MS_BIND, nullptr), "mount cgroup2");
  }
}

void add_mounts(const std::string& directory, int count) {
  must(mount("stopwatch", directory.c_str(), "tmpfs", 0, nullptr), "mount tmpfs");
  for (int i = 0; i < count; ++i) {
    const std::string path = directory + "/" + std::to_string(i);
    must(mkdir(path.c_str(), 0755), "mkdir");
    must(mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), "mount");
  }
}

/// A mount namespace as `how` asks for; the caller's own for nothing.
int make_namespace(const std::string& how, const std::string& directory) {
  if (!how.empty()) {
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount /");
  }
  std::istringstream list(how);
  for (std::string one; std::getline(list, one, ',');) {
    if (one == "cgroup2") {
      show_cgroup2();
    } else if (one.starts_with("mounts=")) {
      add_mounts(directory, std::stoi(one.substr(7)));
    }
  }
  return static_cast<int>(must(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), "open ns/mnt"));
}

std::map<std::string, int> make_namespaces(const std::vector<Case>& cases,
                                           const std::string& directory) {
  const int home = make_namespace("", directory);
  std::map<std::string, int> namespaces;
  for (const auto& one : cases) {
    if (!namespaces.contains(one.how)) {
      namespaces[one.how] = make_namespace(one.how, directory);
      must(setns(home, CLONE_NEWNS), "setns");
    }
  }
  return namespaces;
}

/// The streams of the programs: nothing to read, and a file for what they say.
struct Streams {
  posix_spawn_file_actions_t actions = {};
  int output = static_cast<int>(must(memfd_create("output", MFD_CLOEXEC), "memfd_create"));

  Streams() {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
  }

  [[nodiscard]] std::string text() const {
    std::string said(300, ' ');
    said.resize(static_cast<std::size_t>(std::max(0L, pread(output, said.data(), 300, 0))));
    std::ranges::replace_if(
        said, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return said;
  }
};

void put_back(Case& one) {
  char* words[] = {one.after.data(), nullptr};
  pid_t child = -1;
  int status = -1;
  if (posix_spawn(&child, words[0], nullptr, nullptr, words, environ) == 0) {
    must(waitpid(child, &status, 0), "waitpid");
  }
  if (status != 0 && one.failure.empty()) {
    one.failure = std::to_string(status) + "\t" + one.after;
  }
}

/// Where a program says that it is ready.
class Listener {
 public:
  Listener() {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "stopwatch-%d", getpid());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                               std::strlen(address.sun_path + 1));
    must(bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), "bind");
    setenv("NOTIFY_SOCKET", (std::string("@") + (address.sun_path + 1)).c_str(), 1);
  }
  ~Listener() {
    unsetenv("NOTIFY_SOCKET");
    close(socket_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Until then, or until ten seconds are over.
  [[nodiscard]] bool wait() const {
    char text[4096];
    pollfd watched = {.fd = socket_, .events = POLLIN, .revents = 0};
    while (poll(&watched, 1, 10000) > 0) {
      const auto length = recv(socket_, text, sizeof text, 0);
      const std::string_view said(text, static_cast<std::size_t>(std::max(0L, length)));
      if (said.find("READY=1") != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

 private:
  int socket_ = static_cast<int>(must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
};

void run_once(Case& one, const Streams& streams, bool counts) {
  std::vector<char*> words;
  for (auto& word : one.words) {
    words.push_back(word.data());
  }
  words.push_back(nullptr);
  must(ftruncate(streams.output, 0), "ftruncate");
  must(lseek(streams.output, 0, SEEK_SET), "lseek");
  pid_t child = -1;
  int status = -1;
  const auto listener = one.ready ? std::make_optional<Listener>() : std::nullopt;
  const auto before = Clock::now();
  if (posix_spawnp(&child, words[0], &streams.actions, nullptr, words.data(), environ) == 0 &&
      !one.ready) {
    must(waitpid(child, &status, 0), "waitpid");
  } else if (child > 0) {
    status = listener->wait() ? 0 : 1;
  }
  const auto after = Clock::now();
  if (one.ready && child > 0) {
    kill(child, SIGTERM);
    must(waitpid(child, nullptr, 0), "waitpid");
  }
  if (status != 0) {
    one.failure = std::to_string(status) + "\t" + streams.text();
  } else if (counts) {
    one.times.push_back(
        std::chrono::duration_cast<std::chrono::nanoseconds>(after - before).count());
  }
  if (!one.after.empty()) {
    put_back(one);
  }
}

void run_rounds(std::vector<Case>& cases, const std::map<std::string, int>& namespaces, int rounds,
                std::chrono::seconds most) {
  const Streams streams;
  std::mt19937 random(1);
  std::vector<Case*> order;
  for (auto& one : cases) {
    order.push_back(&one);
  }
  const auto start = Clock::now();
  for (int round = -kRoundsToWarmUp; round < rounds && Clock::now() - start < most; ++round) {
    std::ranges::shuffle(order, random);
    for (Case* one : order) {
      if (one->failure.empty()) {
        must(setns(namespaces.at(one->how), CLONE_NEWNS), "setns");
        run_once(*one, streams, round >= 0);
      }
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    return 2;
  }
  go_first();
  auto cases = read_cases();
  const auto namespaces = make_namespaces(cases, words[3]);
  run_rounds(cases, namespaces, std::atoi(words[1]), std::chrono::seconds(std::atoi(words[2])));
  for (const auto& one : cases) {
    std::cout << one.name;
    if (!one.failure.empty()) {
      std::cout << "\tfailed\t" << one.failure;
    }
    for (const auto time : one.failure.empty() ? one.times : std::vector<long long>()) {
      std::cout << '\t' << time;
    }
    std::cout << '\n';
  }
}
