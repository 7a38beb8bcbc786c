// passwd(5), group(5) and shadow(5) of a container, from what is declared and what its tree has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/declaration.h"

namespace warren::plan {

/// The three files as text. Lines that are malformed are kept as they are: they are the tree's.
struct Accounts {
  std::string passwd;
  std::string group;
  std::string shadow;
  friend bool operator==(const Accounts&, const Accounts&) = default;
};

/// `present` with the declared users and groups in it. With `is_mutable` an entry that is present
/// already wins, and a password is set only where there is none yet; otherwise the declared entry
/// replaces it. Declared members of a group are added in either case. Fails when two entries
/// would have one name with two numbers, one number twice, or a group that is nowhere.
[[nodiscard]] Result<Accounts> merge_accounts(Accounts present,
                                              const std::vector<spec::DeclaredUser>& users,
                                              const std::vector<spec::DeclaredGroup>& groups,
                                              bool is_mutable);

/// The number of user or group `who` (a name or a number) in passwd(5) or group(5) `text`.
[[nodiscard]] Result<std::uint32_t> find_account(std::string_view who, std::string_view text);

/// The primary group of user `name` in passwd(5) `text`.
[[nodiscard]] Result<std::uint32_t> find_primary_group(std::string_view name,
                                                       std::string_view text);

}  // namespace warren::plan
