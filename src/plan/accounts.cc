#include "plan/accounts.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

constexpr std::uint32_t kFirstFree = 1000;  // where useradd(8) begins
constexpr std::uint32_t kEndOfFree = 60000;
constexpr std::size_t kNumber = 2;   // field of passwd(5) and group(5)
constexpr std::size_t kMembers = 3;  // field of group(5)

/// A file of lines with fields between colons. A line that has no such form is one field.
class Table {
 public:
  explicit Table(std::string_view text) {
    for (const auto line : split(text, '\n')) {
      if (!line.empty()) {
        std::vector<std::string> fields;
        for (const auto field : split(line, ':')) {
          fields.emplace_back(field);
        }
        lines_.push_back(std::move(fields));
      }
    }
  }

  [[nodiscard]] std::vector<std::string>* find(std::string_view name) {
    const auto at = std::ranges::find_if(
        lines_, [name](const auto& line) { return line.size() > 1 && line.front() == name; });
    return at != lines_.end() ? &*at : nullptr;
  }

  [[nodiscard]] const std::vector<std::string>* find_number(std::uint32_t number) const {
    const auto text = std::to_string(number);
    const auto at = std::ranges::find_if(lines_, [&text](const auto& line) {
      return line.size() > kNumber && line[kNumber] == text;
    });
    return at != lines_.end() ? &*at : nullptr;
  }

  /// `wanted` if nobody has it, otherwise the first from 1000 on that is free. The tree may have
  /// made sure that there are many to look at.
  [[nodiscard]] std::uint32_t free_number(std::uint32_t wanted) const {
    std::unordered_set<std::string_view> taken;
    for (const auto& line : lines_) {
      if (line.size() > kNumber) {
        taken.insert(line[kNumber]);
      }
    }
    std::uint32_t number = wanted;
    for (auto next = kFirstFree; taken.contains(std::to_string(number)) && next < kEndOfFree;) {
      number = next++;
    }
    return number;
  }

  void add(std::vector<std::string> fields) { lines_.push_back(std::move(fields)); }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& line : lines_) {
      text += cat(join(line, ":"), "\n");
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> lines_;
};

class Merge {
 public:
  Merge(const Accounts& present, bool is_mutable)
      : passwd_(present.passwd),
        group_(present.group),
        shadow_(present.shadow),
        is_mutable_(is_mutable) {}

  Result<> add_group(const spec::DeclaredGroup& group);
  Result<> add_user(const spec::DeclaredUser& user);
  Result<> add_members(const std::string& group, const std::vector<std::string>& names);
  [[nodiscard]] Accounts text() const {
    return {.passwd = passwd_.text(), .group = group_.text(), .shadow = shadow_.text()};
  }

 private:
  Result<> ensure_group(const std::string& name, std::optional<std::uint32_t> number);
  Result<std::string> primary_group(const spec::DeclaredUser& user, std::uint32_t uid);
  void set_password(const spec::DeclaredUser& user);

  Table passwd_;
  Table group_;
  Table shadow_;
  bool is_mutable_;
};

Error taken(std::string_view kind, std::string_view name, std::uint32_t number,
            std::string_view holder) {
  return Error::because(kind, name, cat("number ", number, " is ", holder, "'s already"))
      .advise("leave the number out, or choose another one");
}

Result<> Merge::ensure_group(const std::string& name, std::optional<std::uint32_t> number) {
  auto* present = group_.find(name);
  if (present != nullptr && (is_mutable_ || !number)) {
    return {};
  }
  const auto* holder = number ? group_.find_number(*number) : nullptr;
  if (holder != nullptr && holder->front() != name) {
    return taken("group", name, *number, holder->front());
  }
  const std::string text = cat(number.value_or(group_.free_number(kFirstFree)));
  if (present == nullptr) {
    group_.add({name, "x", text, ""});
  } else if (present->size() > kNumber) {
    (*present)[kNumber] = text;
  }
  return {};
}

Result<> Merge::add_group(const spec::DeclaredGroup& group) {
  return ensure_group(group.name, group.gid);
}

Result<> Merge::add_members(const std::string& group, const std::vector<std::string>& names) {
  auto* line = group_.find(group);
  if (line == nullptr) {
    return Error::because("group", group, "it is neither declared nor in the tree")
        .advise(cat("declare it as groups.", group));
  }
  line->resize(std::max(line->size(), kMembers + 1));
  std::string& members = (*line)[kMembers];
  for (const auto& name : names) {
    const auto present = split(members, ',');
    if (std::ranges::find(present, name) == present.end()) {
      members += cat(members.empty() ? "" : ",", name);
    }
  }
  return {};
}

/// The number of the user's primary group, as text; one of its own name is made where none is
/// declared.
Result<std::string> Merge::primary_group(const spec::DeclaredUser& user, std::uint32_t uid) {
  const std::string& name = user.group.empty() ? user.name : user.group;
  if (user.group.empty() && group_.find(name) == nullptr) {
    TRY(ensure_group(name, group_.free_number(uid)));
  }
  const auto* line = group_.find(name);
  if (line == nullptr || line->size() <= kNumber || !parse_number<gid_t>((*line)[kNumber])) {
    return Error::because("user", user.name, cat("its group ", name, " is nowhere"))
        .advise(cat("declare it as groups.", name));
  }
  return (*line)[kNumber];
}

/// Whether a field of shadow(5) says that there is no password (yet) that could be given.
bool is_locked(const std::string& password) {
  return password.empty() || password.front() == '!' || password.front() == '*';
}

void Merge::set_password(const spec::DeclaredUser& user) {
  const std::string password = user.hashed_password.empty() ? "!" : user.hashed_password;
  auto* line = shadow_.find(user.name);
  if (line == nullptr) {
    shadow_.add({user.name, password, "1", "0", "99999", "7", "", "", ""});
  } else if (!is_mutable_ || (is_locked((*line)[1]) && !user.hashed_password.empty())) {
    (*line)[1] = password;
  }
}

Result<> Merge::add_user(const spec::DeclaredUser& user) {
  constexpr std::size_t kFields = 7;
  auto* present = passwd_.find(user.name);
  if (present == nullptr || !is_mutable_) {
    const auto* holder = user.uid ? passwd_.find_number(*user.uid) : nullptr;
    if (holder != nullptr && holder->front() != user.name) {
      return taken("user", user.name, *user.uid, holder->front());
    }
    const bool keeps_number = present != nullptr && !user.uid && present->size() == kFields;
    const auto kept = keeps_number ? parse_number<std::uint32_t>((*present)[kNumber]) : user.uid;
    const std::uint32_t uid = kept.value_or(passwd_.free_number(kFirstFree));
    TRY_ASSIGN(auto group, primary_group(user, uid));
    std::vector<std::string> fields = {user.name,        "x",       cat(uid),  std::move(group),
                                       user.description, user.home, user.shell};
    if (present != nullptr) {
      *present = std::move(fields);
    } else {
      passwd_.add(std::move(fields));
    }
  } else if ((*present)[1].empty() && !user.hashed_password.empty()) {
    (*present)[1].assign(1, 'x');  // or the password in shadow(5) would not be asked for
  }
  set_password(user);
  for (const auto& group : user.extra_groups) {
    TRY(add_members(group, {user.name}));
  }
  return {};
}

Result<std::uint32_t> field_of(std::string_view name, std::string_view text, std::size_t field,
                               std::string_view kind) {
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > field && fields.front() == name) {
      if (const auto number = parse_number<std::uint32_t>(fields[field])) {
        return *number;
      }
    }
  }
  return Error::because(kind, name, "it is neither declared nor in the tree");
}

}  // namespace

Result<Accounts> merge_accounts(Accounts present, const std::vector<spec::DeclaredUser>& users,
                                const std::vector<spec::DeclaredGroup>& groups, bool is_mutable) {
  if (users.empty() && groups.empty()) {
    return present;
  }
  Merge merge(present, is_mutable);
  for (const auto& group : groups) {
    TRY(merge.add_group(group));
  }
  for (const auto& user : users) {
    TRY(merge.add_user(user));
  }
  for (const auto& group : groups) {
    TRY(merge.add_members(group.name, group.members));
  }
  return merge.text();
}

Result<std::uint32_t> find_account(std::string_view who, std::string_view text) {
  if (const auto number = parse_number<std::uint32_t>(who)) {
    return *number;
  }
  if (who == "root") {
    return 0U;
  }
  return field_of(who, text, kNumber, "owner");
}

Result<std::uint32_t> find_primary_group(std::string_view name, std::string_view text) {
  return field_of(name, text, kNumber + 1, "user");
}

}  // namespace warren::plan
