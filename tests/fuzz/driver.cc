// Drives one LLVMFuzzerTestOneInput, as libFuzzer would, which g++ does not have: the inputs of its
// corpus, then changed ones, for so many seconds.
//   fuzz_NAME SECONDS CORPUS [SEED]   the seed is printed, and gives the same inputs again
//   fuzz_NAME FILE                    one input, such as one that was left by a failure
// A failure leaves its input in ./fuzz_NAME.failure.
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// NOLINTNEXTLINE: the sanitizer's own name
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=512:detect_leaks=1:handle_abort=0";
}

namespace {

using Input = std::string;

constexpr std::size_t kLargest = 64 << 10;
constexpr unsigned kLongestSeconds = 20;  // for one input, with sanitizers, on a busy machine

// For what runs when all else has failed.
const Input* running = nullptr;
std::string failure_path;

void keep_input() {
  if (running == nullptr) {
    return;
  }
  const int file = ::open(failure_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0) {
    (void)!::write(file, running->data(), running->size());
    (void)!::write(STDERR_FILENO, "input kept: ", 12);
    (void)!::write(STDERR_FILENO, failure_path.data(), failure_path.size());
    (void)!::write(STDERR_FILENO, "\n", 1);
  }
}

void on_signal(int number) {
  constexpr std::string_view kSlow = "one input takes too long\n";
  if (number == SIGALRM) {
    (void)!::write(STDERR_FILENO, kSlow.data(), kSlow.size());
  }
  keep_input();
  ::_exit(1);
}

void run(const Input& input) {
  // Its own copy, so that what is read behind the end is found.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  running = &input;
  ::alarm(kLongestSeconds);
  (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ::alarm(0);
  running = nullptr;
}

Input read_input(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Input> read_corpus(const char* directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    corpus.push_back(read_input(path));
  }
  return corpus;
}

/// The words of the corpus, and what breaks parsers.
std::vector<std::string> read_words(const std::vector<Input>& corpus) {
  std::vector<std::string> words = {"",
                                    "-1",
                                    "0",
                                    "4294967295",
                                    "18446744073709551616",
                                    "1e999",
                                    "\r\n",
                                    "\\",
                                    "\"",
                                    "'''",
                                    "../",
                                    "//",
                                    "\xff\xfe",
                                    "\xef\xbb\xbf",
                                    "\xed\xa0\x80",
                                    "\x1b[2J",
                                    "\xc2\x9b",
                                    std::string(1, '\0'),
                                    std::string(300, 'a'),
                                    "[[",
                                    "{}",
                                    "#",
                                    "=",
                                    ":",
                                    ",",
                                    "\n[",
                                    "\\u0000"};
  for (const auto& input : corpus) {
    std::string word;
    for (const char c : input) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
        word += c;
      } else if (!word.empty()) {
        words.push_back(std::move(word));
        word.clear();
      }
    }
  }
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

class Mutator {
 public:
  Mutator(const std::vector<Input>& corpus, std::uint64_t seed)
      : corpus_(corpus), words_(read_words(corpus)), random_(seed) {}

  Input next() {
    Input input = one_of(corpus_);
    const auto changes = 1 + below(6);
    for (std::size_t i = 0; i < changes; ++i) {
      (this->*kChanges[below(kChanges.size())])(input);
    }
    input.resize(std::min(input.size(), kLargest));
    return input;
  }

 private:
  using Change = void (Mutator::*)(Input&);
  static const std::array<Change, 9> kChanges;

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::size_t place(const Input& input) { return below(input.size() + 1); }
  const std::string& one_of(const std::vector<std::string>& some) {
    return some[below(some.size())];
  }

  void flip_bit(Input& input) {
    if (!input.empty()) {
      auto& c = input[below(input.size())];
      c = static_cast<char>(c ^ (1 << below(8)));
    }
  }
  void set_byte(Input& input) {
    if (!input.empty()) {
      input[below(input.size())] = static_cast<char>(below(256));
    }
  }
  void insert_word(Input& input) { input.insert(place(input), one_of(words_)); }
  void replace_by_word(Input& input) { input.replace(place(input), below(16), one_of(words_)); }
  void remove_part(Input& input) { input.erase(place(input), below(64)); }
  void cut_short(Input& input) { input.resize(place(input)); }
  void repeat_part(Input& input) {
    const auto part = input.substr(place(input), 1 + below(64));
    std::string repeated;
    for (auto times = 1 + below(below(32) == 0 ? 2000 : 8); times > 0; --times) {
      repeated += part;
    }
    input.insert(place(input), repeated.substr(0, kLargest));
  }
  void splice(Input& input) {
    const auto& other = one_of(corpus_);
    input = input.substr(0, place(input)) + other.substr(place(other));
  }
  void move_line(Input& input) {
    const auto start = input.find('\n', place(input));
    if (start != Input::npos) {
      const auto end = input.find('\n', start + 1);
      const auto line = input.substr(start, end == Input::npos ? end : end - start);
      input.insert(place(input), line);
    }
  }

  const std::vector<Input>& corpus_;
  std::vector<std::string> words_;
  std::mt19937_64 random_;
};

const std::array<Mutator::Change, 9> Mutator::kChanges = {
    &Mutator::flip_bit,    &Mutator::set_byte,  &Mutator::insert_word,
    &Mutator::remove_part, &Mutator::cut_short, &Mutator::replace_by_word,
    &Mutator::repeat_part, &Mutator::splice,    &Mutator::move_line,
};

int drive(double seconds, const char* directory, std::uint64_t seed) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  const auto corpus = read_corpus(directory);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: it has no inputs\n", directory);
    return 1;
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (const auto& input : corpus) {
    run(input);
  }
  Mutator mutator(corpus, seed);
  std::size_t count = 0;
  while (Clock::now() < end) {
    run(mutator.next());
    ++count;
  }
  std::printf("%zu inputs of the corpus, %zu changed ones\n", corpus.size(), count);
  return count > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  failure_path = std::string(program_invocation_short_name) + ".failure";
  __sanitizer_set_death_callback(keep_input);
  for (const int number : {SIGABRT, SIGALRM}) {
    std::signal(number, on_signal);
  }
  if (count == 2) {
    run(read_input(words[1]));
    return 0;
  }
  if (count < 3) {
    std::fprintf(stderr, "usage: %s SECONDS CORPUS [SEED] | FILE\n", words[0]);
    return 2;
  }
  const auto seed = count > 3 ? std::strtoull(words[3], nullptr, 10) : std::random_device()();
  return drive(std::strtod(words[1], nullptr), words[2], seed);
}
