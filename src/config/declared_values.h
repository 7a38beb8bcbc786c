// From the text of one setting of a declaration to its checked, canonical form. Every error says
// what was expected; the reader adds where and which setting it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "spec/declaration.h"

namespace warren::config {

/// `busybox`, `debian[:SUITE]`, `directory:PATH`, `archive:PATH`, `image:NAME`.
[[nodiscard]] Result<spec::ImageSource> parse_image(std::string_view text);
[[nodiscard]] std::string to_text(const spec::ImageSource& image);

/// A text on one line: no control characters.
[[nodiscard]] Result<std::string> parse_line(std::string_view text);
/// The same without `:`, which ends a field of /etc/passwd.
[[nodiscard]] Result<std::string> parse_description(std::string_view text);
/// An absolute path on the host, without `..`.
[[nodiscard]] Result<std::string> parse_host_path(std::string_view text);
/// `PATH[:OPTIONS]`.
[[nodiscard]] Result<std::string> parse_declared_tmpfs(std::string_view text);
/// The name of a user or group: letters, digits, `-`, `_`, `.`, at most 32.
[[nodiscard]] Result<std::string> parse_account(std::string_view text);
/// The same, or a number.
[[nodiscard]] Result<std::string> parse_account_or_id(std::string_view text);
/// A program and its arguments, in one line: it begins with an absolute path.
[[nodiscard]] Result<std::string> parse_service_command(std::string_view text);
[[nodiscard]] Result<std::string> parse_service_name(std::string_view text);
[[nodiscard]] Result<std::string> parse_variable_name(std::string_view text);
[[nodiscard]] Result<std::string> parse_package(std::string_view text);
/// A hash of crypt(5), or `!` or `*`, which no password has.
[[nodiscard]] Result<std::string> parse_password_hash(std::string_view text);
[[nodiscard]] Result<std::string> parse_home(std::string_view text);
/// A name of the time zone database.
[[nodiscard]] Result<std::string> parse_zone(std::string_view text);
/// `0644`.
[[nodiscard]] Result<mode_t> parse_mode(std::string_view text);
[[nodiscard]] std::string mode_text(mode_t mode);
/// `CAP_NET_ADMIN`, or `all`.
[[nodiscard]] Result<std::string> parse_declared_capability(std::string_view text);
/// Letters of `rwm`, each once.
[[nodiscard]] Result<std::string> parse_device_modifier(std::string_view text);
[[nodiscard]] Result<std::string> parse_device_node(std::string_view text);
/// As --private-users.
[[nodiscard]] Result<std::string> parse_declared_users(std::string_view text);
/// `same`, `root`, a name or a number.
[[nodiscard]] Result<std::string> parse_owner(std::string_view text);

/// Text of systemd.time(7), such as `1min 30s`, or a number of seconds. `infinity` and 0 are 0: no
/// limit.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The nearest number of milliseconds, but not 0, which is no limit, for what is more than that.
[[nodiscard]] std::chrono::milliseconds nearest_milliseconds(double milliseconds);
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

/// Bytes, with an optional K, M, G or T. More than nothing.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace warren::config
