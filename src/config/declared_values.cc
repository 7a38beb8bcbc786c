#include "config/declared_values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/text.h"
#include "config/values.h"
#include "spec/capabilities.h"

namespace warren::config {
namespace {

Error refuse(std::string_view reason) { return Error::because("", "", reason); }

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// Letters, digits and `others`, not beginning with a dash or a dot.
bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && text.front() != '-' && text.front() != '.' &&
         std::ranges::all_of(text, [&](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  others.find(static_cast<char>(c)) != std::string_view::npos;
         });
}

}  // namespace

Result<std::string> parse_line(std::string_view text) {
  return is_plain(text) ? Result<std::string>(std::string(text))
                        : refuse("it has a line end or another control character");
}

Result<std::string> parse_description(std::string_view text) {
  return text.find(':') == std::string_view::npos
             ? parse_line(text)
             : refuse("a ':' ends the field of /etc/passwd that it is for");
}

Result<std::string> parse_host_path(std::string_view text) {
  if (!text.starts_with('/')) {
    return refuse(cat("'", text, "' is not an absolute path"));
  }
  TRY_ASSIGN(auto path, inside_path(text));
  return parse_line(path);
}

Result<spec::ImageSource> parse_image(std::string_view text) {
  using Kind = spec::ImageSource::Kind;
  const auto colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view argument =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const bool has_argument = !argument.empty();
  if (kind == "busybox" && colon == std::string_view::npos) {
    return spec::ImageSource{.kind = Kind::Busybox, .argument = {}};
  }
  if (kind == "debian" && has_argument == (colon != std::string_view::npos)) {
    return !has_argument || is_word(argument, "-.")
               ? Result<spec::ImageSource>(
                     spec::ImageSource{.kind = Kind::Debian, .argument = std::string(argument)})
               : refuse(cat("'", argument, "' is no name of a Debian release"));
  }
  if (kind == "image" && has_argument) {
    TRY_ASSIGN(auto name, parse_name(argument));
    return spec::ImageSource{.kind = Kind::Stored, .argument = std::move(name)};
  }
  if ((kind == "directory" || kind == "archive") && has_argument) {
    TRY_ASSIGN(auto path, parse_host_path(argument));
    return spec::ImageSource{.kind = kind == "directory" ? Kind::Directory : Kind::Archive,
                             .argument = std::move(path)};
  }
  constexpr auto kKinds =
      std::to_array<std::string_view>({"busybox", "debian", "directory", "archive", "image"});
  const auto close = nearest(kind, kKinds);
  Error error = refuse(cat("'", text,
                           "' is not busybox, debian[:SUITE], directory:PATH, archive:PATH or "
                           "image:NAME"));
  return close.empty() || close == kind ? error
                                        : std::move(error).advise(cat("did you mean ", close, "?"));
}

std::string to_text(const spec::ImageSource& image) {
  constexpr auto kKinds =
      std::to_array<std::string_view>({"", "busybox", "debian", "directory", "archive", "image"});
  return cat(kKinds[static_cast<std::size_t>(image.kind)], image.argument.empty() ? "" : ":",
             image.argument);
}

Result<std::string> parse_declared_tmpfs(std::string_view text) {
  TRY_ASSIGN(const auto mount, parse_tmpfs(text));
  TRY_ASSIGN(auto options, parse_line(mount.options));
  TRY_ASSIGN(auto target, parse_line(mount.target));
  return cat(target, options.empty() ? "" : ":", options);
}

Result<std::string> parse_account(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  if (!is_word(text, "-_.") || text.size() > kLongest ||
      std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return refuse(cat("'", text,
                      "' is no name: it has at most 32 letters, digits, '-', '_' and '.', and "
                      "begins with a letter or '_'"));
  }
  return std::string(text);
}

Result<std::string> parse_account_or_id(std::string_view text) {
  const auto number = parse_number<std::uint16_t>(text);
  return number ? Result<std::string>(cat(*number)) : parse_account(text);
}

Result<std::string> parse_service_command(std::string_view text) {
  if (!text.starts_with('/')) {
    return refuse("it begins with the absolute path of a program inside");
  }
  return parse_line(text);
}

Result<std::string> parse_service_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return is_word(text, "-_.@") && text.size() <= kLongest
             ? Result<std::string>(std::string(text))
             : refuse("a service's name has at most 64 letters, digits, '-', '_', '.' and '@'");
}

Result<std::string> parse_variable_name(std::string_view text) {
  TRY_ASSIGN(auto assignment, parse_assignment(cat(text, "="), {}));
  return text.find('=') == std::string_view::npos ? Result<std::string>(std::move(assignment.first))
                                                  : refuse("a variable's name has no '='");
}

Result<std::string> parse_package(std::string_view text) {
  return is_word(text, "-+.:=~") ? Result<std::string>(std::string(text))
                                 : refuse(cat("'", text, "' is no name of a package"));
}

Result<std::string> parse_password_hash(std::string_view text) {
  const bool fits = std::ranges::none_of(
      text, [](unsigned char c) { return c <= 0x20 || c >= 0x7F || c == ':'; });
  const bool locked = text.starts_with('!') || text.starts_with('*');
  const bool hash = text.starts_with('$') && std::ranges::count(text, '$') >= 3;
  if (!fits || !(locked || hash)) {
    return refuse("it is no hash of crypt(5): `openssl passwd -6` makes one");
  }
  return std::string(text);
}

Result<std::string> parse_home(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    return refuse("a home directory has no ':' in its path");
  }
  return parse_host_path(text);
}

Result<std::string> parse_zone(std::string_view text) {
  const auto parts = split(text, '/');
  const bool good =
      std::ranges::all_of(parts, [](std::string_view part) { return is_word(part, "-_+."); });
  return good ? Result<std::string>(std::string(text))
              : refuse(cat("'", text, "' is no name of a time zone such as Europe/Berlin"));
}

Result<mode_t> parse_mode(std::string_view text) {
  const auto mode = parse_number<mode_t>(text, 8);
  if (!mode || *mode > 07777 || text.size() < 3) {
    return refuse(cat("'", text, "' is no octal mode such as \"0644\""));
  }
  return *mode;
}

std::string mode_text(mode_t mode) {
  std::string text = "0000";
  for (std::size_t i = 0; i < 4; ++i) {
    text[3 - i] = static_cast<char>('0' + (mode >> (3 * i) & 7U));
  }
  return text;
}

Result<std::string> parse_declared_capability(std::string_view text) {
  if (text == "all") {
    return std::string(text);
  }
  TRY_ASSIGN(const auto set, parse_capabilities(text));
  for (unsigned number = 0; number < 64; ++number) {
    if (set == spec::Capabilities{1} << number) {
      return spec::capability_name(number);
    }
  }
  return refuse("it is one capability an item");
}

Result<std::string> parse_device_modifier(std::string_view text) {
  const bool good = !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::string_view("rwm").find(c) != std::string_view::npos &&
           std::ranges::count(text, c) == 1;
  });
  return good ? Result<std::string>(std::string(text))
              : refuse(cat("'", text, "' is not made of r (read), w (write) and m (mknod)"));
}

Result<std::string> parse_device_node(std::string_view text) {
  TRY_ASSIGN(auto path, parse_host_path(text));
  return path.starts_with("/dev/") ? Result<std::string>(std::move(path))
                                   : refuse(cat("'", text, "' is not below /dev"));
}

Result<std::string> parse_declared_users(std::string_view text) {
  const auto users = parse_private_users(text);
  if (!users || text.empty()) {
    return refuse(cat("'", text, "' is not pick, identity, no, yes, BASE or BASE:COUNT"));
  }
  return std::string(text);
}

Result<std::string> parse_owner(std::string_view text) { return parse_account_or_id(text); }

namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};

/// Those of systemd.time(7) that are of use here.
constexpr auto kUnits = std::to_array<Unit>({
    {"", 1e3},       {"s", 1e3},        {"sec", 1e3},       {"second", 1e3}, {"seconds", 1e3},
    {"ms", 1},       {"msec", 1},       {"us", 1e-3},       {"usec", 1e-3},  {"m", 6e4},
    {"min", 6e4},    {"minute", 6e4},   {"minutes", 6e4},   {"h", 3.6e6},    {"hr", 3.6e6},
    {"hour", 3.6e6}, {"hours", 3.6e6},  {"d", 8.64e7},      {"day", 8.64e7}, {"days", 8.64e7},
    {"w", 6.048e8},  {"week", 6.048e8}, {"weeks", 6.048e8},
});

/// The leading part of `text` whose characters are of one kind; taken off.
template <typename IsOf>
std::string_view take(std::string_view& text, IsOf is_of_kind) {
  const auto* const end = std::ranges::find_if_not(text, is_of_kind);
  const std::string_view part(text.begin(), end);
  text.remove_prefix(part.size());
  return part;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr double kLongest = 1e12;  // milliseconds: 30 years
  const Error bad = refuse(cat("'", text, "' is no time such as \"90s\", \"1min 30s\" or 90"));
  std::string_view rest = trim(text);
  if (rest == "infinity") {
    return std::chrono::milliseconds(0);
  }
  if (rest.empty()) {
    return bad;
  }
  double sum = 0;
  while (!rest.empty()) {
    const auto digits =
        take(rest, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
    rest = trim(rest);
    const auto name = take(rest, [](unsigned char c) { return std::isalpha(c) != 0; });
    rest = trim(rest);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
        unit == kUnits.end()) {
      return bad;
    }
    sum += number * unit->milliseconds;
  }
  return sum <= kLongest ? Result<std::chrono::milliseconds>(nearest_milliseconds(sum)) : bad;
}

std::chrono::milliseconds nearest_milliseconds(double milliseconds) {
  const auto nearest = std::llround(milliseconds);
  return std::chrono::milliseconds(nearest == 0 && milliseconds > 0 ? 1 : nearest);
}

std::string duration_text(std::chrono::milliseconds duration) {
  constexpr auto kParts = std::to_array<std::pair<std::string_view, std::int64_t>>(
      {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}});
  std::int64_t rest = duration.count();
  std::vector<std::string> parts;
  for (const auto& [name, size] : kParts) {
    if (rest >= size) {
      parts.push_back(cat(rest / size, name));
      rest %= size;
    }
  }
  return parts.empty() ? "infinity" : join(parts, " ");
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto size = parse_size(text);
  if (!size || *size == 0 || *size > INT64_MAX) {
    return refuse(cat("'", text,
                      "' is no size such as \"512M\": a number of bytes, or one with K, "
                      "M, G or T"));
  }
  return *size;
}

}  // namespace warren::config
