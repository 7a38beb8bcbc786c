#include "config/values.h"

#include <sched.h>
#include <sys/personality.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "spec/capabilities.h"

namespace warren::config {
namespace {

Error refuse(std::string_view reason) { return Error::because("", "", reason); }

/// The value of `text` in a table of words.
template <typename Value, std::size_t N>
Result<Value> choose(std::string_view text,
                     const std::array<std::pair<std::string_view, Value>, N>& words) {
  for (const auto& [word, value] : words) {
    if (word == text) {
      return value;
    }
  }
  std::array<std::string_view, N> known;
  std::ranges::transform(words, known.begin(), [](const auto& entry) { return entry.first; });
  Error error = refuse(cat("'", text, "' is not one of its values"));
  const auto close = nearest(text, known);
  return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
}

template <typename Value, std::size_t N>
std::vector<std::string> words_of(const std::array<std::pair<std::string_view, Value>, N>& words) {
  std::vector<std::string> known;
  known.reserve(N);
  for (const auto& [word, value] : words) {
    known.emplace_back(word);
  }
  return known;
}

constexpr auto kPersonalities = std::to_array<std::pair<std::string_view, unsigned long>>(
    {{"x86", PER_LINUX32}, {"x86-64", PER_LINUX}});

constexpr auto kConsoles = std::to_array<std::pair<std::string_view, spec::Console>>(
    {{"interactive", spec::Console::Interactive},
     {"read-only", spec::Console::ReadOnly},
     {"passive", spec::Console::Passive},
     {"pipe", spec::Console::Pipe},
     {"autopipe", spec::Console::Pipe}});  // where there is no terminal

constexpr auto kResolvConfs = std::to_array<std::pair<std::string_view, spec::ResolvConf>>(
    {{"auto", spec::ResolvConf::Auto},
     {"off", spec::ResolvConf::Off},
     {"copy-host", spec::ResolvConf::CopyHost},
     {"copy-static", spec::ResolvConf::CopyStatic},
     {"copy-uplink", spec::ResolvConf::CopyUplink},
     {"copy-stub", spec::ResolvConf::CopyStub},
     {"replace-host", spec::ResolvConf::ReplaceHost},
     {"replace-static", spec::ResolvConf::ReplaceStatic},
     {"replace-uplink", spec::ResolvConf::ReplaceUplink},
     {"replace-stub", spec::ResolvConf::ReplaceStub},
     {"bind-host", spec::ResolvConf::BindHost},
     {"bind-static", spec::ResolvConf::BindStatic},
     {"bind-uplink", spec::ResolvConf::BindUplink},
     {"bind-stub", spec::ResolvConf::BindStub},
     {"delete", spec::ResolvConf::Delete}});

constexpr auto kTimezones = std::to_array<std::pair<std::string_view, spec::Timezone>>(
    {{"auto", spec::Timezone::Auto},
     {"off", spec::Timezone::Off},
     {"copy", spec::Timezone::Copy},
     {"bind", spec::Timezone::Bind},
     {"symlink", spec::Timezone::Symlink},
     {"delete", spec::Timezone::Delete}});

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    if (const char* name = sigabbrev_np(signal)) {
      names.emplace_back(name);
    }
  }
  names.emplace_back("IO");  // another name of POLL
  for (int offset = 0; offset <= SIGRTMAX - SIGRTMIN; ++offset) {
    names.push_back(cat("RTMIN+", offset));
  }
  return names;
}

}  // namespace

Result<std::string> parse_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  const auto is_letter = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  };
  if (text.empty() || text.size() > kLongest) {
    return refuse("a name has 1 to 64 characters");
  }
  for (const auto label : split(text, '.')) {
    if (label.empty() || label.front() == '-' || !std::ranges::all_of(label, is_letter)) {
      return refuse(
          "a name consists of letters, digits, '-', '_' and single dots, and no part "
          "of it starts with '-'");
    }
  }
  return std::string(text);
}

Result<std::string> parse_uuid(std::string_view text) {
  std::string digits;
  for (const unsigned char character : text) {
    if (std::isxdigit(character) != 0) {
      digits += static_cast<char>(std::tolower(character));
    } else if (character != '-') {
      return refuse("a UUID consists of hexadecimal digits and dashes");
    }
  }
  if (digits.size() != 32 || digits == std::string(32, '0')) {
    return refuse("a UUID has 32 hexadecimal digits that are not all 0");
  }
  return digits;
}

Result<spec::Root::Volatile> parse_volatile(std::string_view text) {
  using Volatile = spec::Root::Volatile;
  if (text == "state" || text == "overlay") {
    return text == "state" ? Volatile::State : Volatile::Overlay;
  }
  const auto truth = text.empty() ? true : parse_boolean(text);
  if (!truth) {
    return refuse(cat("'", text, "' is not one of its values"));
  }
  return *truth ? Volatile::Yes : Volatile::No;
}

Result<spec::Users> parse_private_users(std::string_view text) {
  using Mode = spec::Users::Mode;
  if (text == "managed") {
    return refuse("ranges are picked by warren itself, not by systemd-nsresourced")
        .advise("use pick");
  }
  if (text == "pick" || text == "identity") {
    return spec::Users{.mode = text == "pick" ? Mode::Pick : Mode::Identity};
  }
  const auto parts = split(text, ':');
  const auto base = parse_number<std::uint32_t>(parts[0]);
  if (base && *base > 1) {  // 0 and 1 are no and yes, as in systemd-nspawn
    const auto count =
        parts.size() > 1 ? parse_number<std::uint32_t>(parts[1]) : std::optional(65536U);
    if (!count || parts.size() > 2 || *count == 0 || *base > UINT32_MAX - *count) {
      return refuse("a range is BASE:COUNT, below 4294967295");
    }
    return spec::Users{.mode = Mode::Fixed, .base = *base, .count = *count};
  }
  const auto truth = text.empty() ? true : parse_boolean(text);
  if (!truth) {
    return refuse(cat("'", text, "' is not one of its values"));
  }
  return spec::Users{.mode = *truth ? Mode::Owner : Mode::None};
}

Result<spec::Users::Ownership> parse_ownership(std::string_view text) {
  using Ownership = spec::Users::Ownership;
  if (text == "foreign") {
    return refuse("the foreign range of systemd is not known").advise("use map or off");
  }
  if (text == "chown") {
    return refuse("warren never changes the owners of files").advise("use map");
  }
  return choose(text,
                std::to_array<std::pair<std::string_view, Ownership>>(
                    {{"auto", Ownership::Auto}, {"off", Ownership::Off}, {"map", Ownership::Map}}));
}

Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text,
                                                             const Surroundings& surroundings) {
  const auto equals = text.find('=');
  const std::string name(text.substr(0, equals));
  const bool is_name =
      !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
      std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!is_name) {
    return refuse("a variable's name consists of letters, digits and '_'");
  }
  if (equals != std::string_view::npos) {
    return std::pair(name, std::string(text.substr(equals + 1)));
  }
  auto value = surroundings.variable(name);
  if (!value) {
    return refuse(cat("$", name, " is not set here")).advise("give it a value with =");
  }
  return std::pair(name, *std::move(value));
}

Result<int> parse_signal(std::string_view text) {
  if (const auto number = parse_number<int>(text)) {
    return *number >= 1 && *number < NSIG ? Result<int>(*number)
                                          : refuse("signals are numbered from 1 to 64");
  }
  std::string_view name = text;
  if (name.starts_with("SIG")) {
    name.remove_prefix(3);
  }
  for (const auto& [base, first, sign] : {std::tuple{std::string_view("RTMIN"), SIGRTMIN, '+'},
                                          std::tuple{std::string_view("RTMAX"), SIGRTMAX, '-'}}) {
    if (!name.starts_with(base)) {
      continue;
    }
    const auto rest = name.substr(base.size());
    const auto offset = rest.empty()           ? std::optional(0)
                        : rest.front() == sign ? parse_number<int>(rest.substr(1))
                                               : std::nullopt;
    if (offset && *offset <= SIGRTMAX - SIGRTMIN) {
      return sign == '+' ? first + *offset : first - *offset;
    }
  }
  if (name == "IO") {
    return SIGIO;  // sigabbrev_np(3) knows it as POLL
  }
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* known = sigabbrev_np(signal);
    if (known != nullptr && name == known) {
      return signal;
    }
  }
  return refuse(cat("'", text, "' is no signal"));
}

Result<unsigned long> parse_personality(std::string_view text) {
  return choose(text, kPersonalities);
}

Result<int> parse_oom_score_adjust(std::string_view text) {
  const auto value = parse_number<int>(text.starts_with('+') ? text.substr(1) : text);
  if (!value || text.starts_with("+-") || *value < -1000 || *value > 1000) {
    return refuse("it is a number from -1000 to 1000");
  }
  return *value;
}

Result<std::vector<unsigned>> parse_cpu_affinity(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, ',', ' ');
  std::vector<unsigned> processors;
  for (const auto part : split(blanks, ' ')) {
    if (part.empty()) {
      continue;
    }
    const auto dash = part.find('-');
    const auto first = parse_number<unsigned>(part.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_number<unsigned>(part.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= CPU_SETSIZE) {
      return refuse(cat("'", part, "' is no processor or range of processors"));
    }
    for (unsigned processor = *first; processor <= *last; ++processor) {
      processors.push_back(processor);
    }
  }
  if (processors.empty()) {
    return refuse("it names no processor");
  }
  return processors;
}

Result<spec::Capabilities> parse_capabilities(std::string_view text) {
  spec::Capabilities set = 0;
  for (const auto name : split(text, ',')) {
    if (name == "all") {
      set |= spec::kAllCapabilities;
      continue;
    }
    const auto bit = spec::capability(name);
    if (!bit) {
      std::string lower(name);
      std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
      const std::string_view bare =
          lower.starts_with("cap_") ? std::string_view(lower).substr(4) : std::string_view(lower);
      Error error = refuse(cat("'", name, "' is no capability"));
      const auto close = nearest(bare, spec::kCapabilityNames);
      if (close.empty()) {
        return error;
      }
      std::string known = cat("cap_", close);
      std::ranges::transform(known, known.begin(), [](unsigned char c) { return std::toupper(c); });
      return std::move(error).advise(cat("did you mean ", known, "?"));
    }
    set |= *bit;
  }
  return set;
}

Result<std::vector<spec::SyscallRule>> parse_syscall_filter(std::string_view text) {
  const bool allow = !text.starts_with('~');
  std::string blanks(allow ? text : text.substr(1));
  std::ranges::replace(blanks, ',', ' ');
  std::vector<spec::SyscallRule> rules;
  for (const auto name : split(blanks, ' ')) {
    if (!name.empty()) {
      rules.push_back({.name = std::string(name), .allow = allow});
    }
  }
  if (rules.empty()) {
    return refuse("it names no system call");
  }
  return rules;
}

Result<spec::Console> parse_console(std::string_view text, bool on_terminal) {
  return text == "autopipe" && on_terminal ? spec::Console::Interactive : choose(text, kConsoles);
}

Result<spec::ResolvConf> parse_resolv_conf(std::string_view text) {
  return choose(text, kResolvConfs);
}

Result<spec::Timezone> parse_timezone(std::string_view text) { return choose(text, kTimezones); }

std::vector<std::string> known_values(std::string_view option) {
  std::vector<std::string> known;
  if (option == "console") {
    known = words_of(kConsoles);
  } else if (option == "resolv-conf") {
    known = words_of(kResolvConfs);
  } else if (option == "timezone") {
    known = words_of(kTimezones);
  } else if (option == "personality") {
    known = words_of(kPersonalities);
  } else if (option == "kill-signal") {
    known = signal_names();
  } else if (option.ends_with("capability")) {
    for (unsigned number = 0; number < spec::kCapabilityNames.size(); ++number) {
      known.push_back(spec::capability_name(number));
    }
  }
  return known;
}

Result<std::string> parse_credential_name(std::string_view text) {
  constexpr std::size_t kLongest = 255;
  const bool printable = std::ranges::all_of(
      text, [](unsigned char c) { return std::isprint(c) != 0 && c != '/' && c != ':'; });
  if (text.empty() || text.size() > kLongest || !printable || text == "." || text == "..") {
    return refuse("a credential's name is a file name of at most 255 characters");
  }
  return std::string(text);
}

Result<spec::Credential> parse_credential(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return refuse("a credential is ID:VALUE");
  }
  TRY_ASSIGN(auto name, parse_credential_name(text.substr(0, colon)));
  auto value = unescape_c(text.substr(colon + 1));
  if (!value) {
    return refuse("its value has a malformed escape");
  }
  return spec::Credential{.name = std::move(name), .value = *std::move(value)};
}

}  // namespace warren::config
