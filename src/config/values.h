// From the text of one setting to a part of the spec. Pure: what depends on the caller comes in.
// Every error says what was expected; the front end adds which setting it was.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "spec/container.h"

namespace warren::config {

/// What the meaning of a value may depend on.
struct Surroundings {
  std::string working_directory;  ///< absolute; relative paths start here; empty when it is gone
  std::function<std::optional<std::string>(const std::string& name)> variable;
};

/// `path` made absolute and without `.`, empty parts and a slash at the end. `..` stays: only the
/// kernel knows where it leads.
[[nodiscard]] Result<std::string> absolute_path(std::string_view path,
                                                const std::string& working_directory);
/// A path inside the container: absolute, without `..`.
[[nodiscard]] Result<std::string> inside_path(std::string_view path);

/// A machine or host name: labels of letters, digits, `-` and `_` with dots between, at most 64
/// characters.
[[nodiscard]] Result<std::string> parse_name(std::string_view text);
/// A UUID with or without dashes, as 32 lower-case digits.
[[nodiscard]] Result<std::string> parse_uuid(std::string_view text);

/// `yes`, `no`, `state`, `overlay`; nothing means yes.
[[nodiscard]] Result<spec::Root::Volatile> parse_volatile(std::string_view text);
/// `NEW[:OLD]`.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_pivot_root(std::string_view text);

/// `pick`, `identity`, `no`, `yes`, `BASE[:COUNT]`; nothing means yes.
[[nodiscard]] Result<spec::Users> parse_private_users(std::string_view text);
[[nodiscard]] Result<spec::Users::Ownership> parse_ownership(std::string_view text);

/// `NAME=VALUE`, or `NAME` for the caller's value.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_assignment(
    std::string_view text, const Surroundings& surroundings);
/// `SIGTERM`, `TERM`, `15`, `RTMIN+3`.
[[nodiscard]] Result<int> parse_signal(std::string_view text);
/// `x86` or `x86-64`.
[[nodiscard]] Result<unsigned long> parse_personality(std::string_view text);
/// `NAME=SOFT[:HARD]`, with suffixes for sizes, `infinity` for none: the resource and its limits.
[[nodiscard]] Result<std::pair<std::size_t, rlimit>> parse_limit(std::string_view text);
/// -1000 … 1000.
[[nodiscard]] Result<int> parse_oom_score_adjust(std::string_view text);
/// Numbers and ranges, with commas or blanks between: `0-3,6`.
[[nodiscard]] Result<std::vector<unsigned>> parse_cpu_affinity(std::string_view text);

/// Names with commas between, or `all`.
[[nodiscard]] Result<spec::Capabilities> parse_capabilities(std::string_view text);
/// `[~]NAME…` with blanks or commas between; the names are not looked up here.
[[nodiscard]] Result<std::vector<spec::SyscallRule>> parse_syscall_filter(std::string_view text);

[[nodiscard]] Result<spec::Console> parse_console(std::string_view text, bool on_terminal);
[[nodiscard]] Result<spec::ResolvConf> parse_resolv_conf(std::string_view text);
[[nodiscard]] Result<spec::Timezone> parse_timezone(std::string_view text);

/// `ID:VALUE` with C escapes in the value.
[[nodiscard]] Result<spec::Credential> parse_credential(std::string_view text);
/// The name of a credential: a file name of at most 255 bytes.
[[nodiscard]] Result<std::string> parse_credential_name(std::string_view text);

/// `SOURCE[:TARGET[:OPTION,…]]`; options are rbind, norbind and the four kinds of owner mapping.
[[nodiscard]] Result<spec::Mount> parse_bind(std::string_view text, bool read_only,
                                             const Surroundings& surroundings);
/// `TARGET[:OPTIONS]`.
[[nodiscard]] Result<spec::Mount> parse_tmpfs(std::string_view text);
/// `LOWER…:UPPER[:TARGET]`: with two paths the last is target too.
[[nodiscard]] Result<spec::Mount> parse_overlay(std::string_view text, bool read_only,
                                                const Surroundings& surroundings);
[[nodiscard]] Result<spec::Mount> parse_inaccessible(std::string_view text);

/// The values that an option of `warren spawn` takes, for its =help; empty where that is no wish.
[[nodiscard]] std::vector<std::string> known_values(std::string_view option);

}  // namespace warren::config
