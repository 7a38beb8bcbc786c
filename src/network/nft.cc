#include "network/nft.h"

#include <linux/netfilter.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/nf_tables.h"
#include "network/nft_rule.h"

namespace warren::network {
namespace {

using kernel::FilterType;
using Words = std::vector<std::string_view>;

struct NamedType {
  std::string_view name;
  FilterType type;
};
// Numbers of nft's: nobody else looks at them.
constexpr auto kTypes = std::to_array<NamedType>({{"ipv4_addr", {7, 4}},
                                                  {"ipv6_addr", {8, 16}},
                                                  {"inet_proto", {12, 4}},
                                                  {"inet_service", {13, 4}},
                                                  {"ifname", {41, 16}}});

struct Hook {
  std::string_view name;
  std::uint32_t number;
};
constexpr auto kHooks = std::to_array<Hook>({{"prerouting", NF_INET_PRE_ROUTING},
                                             {"forward", NF_INET_FORWARD},
                                             {"output", NF_INET_LOCAL_OUT},
                                             {"postrouting", NF_INET_POST_ROUTING}});

Error unknown(std::string_view statement) {
  return Error::because("change the packet filter", statement, "it is no statement");
}

/// `A . B . C`
std::optional<FilterType> type_of(std::string_view text) {
  FilterType whole;
  for (const auto word : split(text, ' ')) {
    if (word == ".") {
      continue;
    }
    const auto* const part = std::ranges::find(kTypes, word, &NamedType::name);
    if (part == kTypes.end()) {
      return std::nullopt;
    }
    whole.number = whole.number << 6 | part->type.number;
    whole.length += part->type.length;
  }
  return whole;
}

/// What is between braces.
std::string_view braced(std::string_view statement) {
  const auto begin = statement.find("{ ");
  const auto end = statement.rfind(" }");
  return begin == std::string_view::npos || end == std::string_view::npos || end < begin + 2
             ? std::string_view()
             : statement.substr(begin + 2, end - begin - 2);
}

/// `KEY[ comment "OWNER"][ : VALUE]`
Result<kernel::FilterEntry> entry_of(std::string_view text) {
  constexpr std::string_view kValue = " : ";
  constexpr std::string_view kComment = " comment \"";
  kernel::FilterEntry entry;
  if (const auto at = text.find(kValue); at != std::string_view::npos) {
    TRY_ASSIGN(entry.value, filter_bytes(text.substr(at + kValue.size())));
    text = text.substr(0, at);
  }
  if (const auto at = text.find(kComment); at != std::string_view::npos) {
    const auto comment = text.substr(at + kComment.size());
    entry.comment = comment.substr(0, comment.find('"'));
    text = text.substr(0, at);
  }
  TRY_ASSIGN(entry.key, filter_bytes(text));
  return entry;
}

/// A change of the packet filter that is being written.
class Change {
 public:
  /// Of a table; its rules get marks from `mark` on.
  explicit Change(std::uint64_t mark) : mark_(mark) {}

  Result<> add(std::string_view statement) {
    // VERB OBJECT inet TABLE [NAME [WHAT]]
    const Words words = split(statement, ' ');
    if (words.size() < 4 || words[2] != "inet") {
      return unknown(statement);
    }
    const std::string what = cat(words[0], " ", words[1]);
    const auto known = std::ranges::find(kStatements, what, &Statement::name);
    if (known == kStatements.end() || words.size() < known->words) {
      return unknown(statement);
    }
    return (this->*known->write)(statement, words);
  }

  kernel::NetlinkRequests requests = kernel::begin_filter_change();

 private:
  using Writer = Result<> (Change::*)(std::string_view, const Words&);
  struct Statement {
    std::string_view name;
    std::size_t words;
    Writer write;
  };
  static const std::array<Statement, 9> kStatements;

  Result<> add_table(std::string_view /*statement*/, const Words& words) {
    kernel::write_filter_table(requests, words[3]);
    return {};
  }
  Result<> delete_table(std::string_view /*statement*/, const Words& words) {
    kernel::write_filter_table_deletion(requests, words[3]);
    return {};
  }
  Result<> flush_chain(std::string_view /*statement*/, const Words& words) {
    kernel::write_filter_chain_flush(requests, words[3], words[4]);
    return {};
  }

  /// `{ type KEY[ : VALUE]; }`
  Result<> add_set(std::string_view statement, const Words& words) {
    auto text = braced(statement);
    text = text.substr(std::min(text.find(' '), text.size() - 1) + 1);
    text = text.substr(0, text.find(';'));
    const auto colon = text.find(" : ");
    const auto key = type_of(text.substr(0, colon));
    const auto value = colon == std::string_view::npos ? std::optional(FilterType())
                                                       : type_of(text.substr(colon + 3));
    if (!key || !value) {
      return unknown(statement);
    }
    kernel::write_filter_set(requests, words[3], {.name = words[4], .key = *key, .value = *value},
                             ++sets_);
    return {};
  }

  /// `{ type TYPE hook HOOK priority NUMBER; policy accept; }`
  Result<> add_chain(std::string_view statement, const Words& words) {
    const Words hook = split(braced(statement), ' ');
    if (hook.size() < 6) {
      return unknown(statement);
    }
    const auto* const known = std::ranges::find(kHooks, hook[3], &Hook::name);
    const auto digits = hook[5].substr(0, hook[5].find(';'));
    const bool negative = digits.starts_with('-');
    const auto priority = parse_number<std::int32_t>(digits.substr(negative ? 1 : 0));
    if (known == kHooks.end() || !priority) {
      return unknown(statement);
    }
    kernel::write_filter_chain(requests, words[3],
                               {.name = words[4],
                                .type = hook[1],
                                .hook = known->number,
                                .priority = negative ? -*priority : *priority});
    return {};
  }

  Result<> add_rule(std::string_view statement, const Words& words) {
    kernel::FilterRule rule(requests, words[3], words[4], mark_++);
    const auto* const text = words[5].data();
    return write_rule(rule, statement.substr(static_cast<std::size_t>(text - statement.data())));
  }

  Result<> change_elements(std::string_view statement, const Words& words) {
    std::vector<kernel::FilterEntry> entries;
    for (const auto text : split(braced(statement), ',')) {
      TRY_ASSIGN(auto entry, entry_of(trim(text)));
      entries.push_back(std::move(entry));
    }
    kernel::write_filter_entries(
        requests, words[0] == "add" ? kernel::FilterVerb::Add : kernel::FilterVerb::Delete,
        words[3], words[4], entries);
    return {};
  }

  std::uint64_t mark_;
  std::uint32_t sets_ = 0;
};

constexpr std::array<Change::Statement, 9> Change::kStatements = {{
    {"add table", 4, &Change::add_table},
    {"delete table", 4, &Change::delete_table},
    {"add set", 6, &Change::add_set},
    {"add map", 6, &Change::add_set},
    {"add chain", 6, &Change::add_chain},
    {"flush chain", 5, &Change::flush_chain},
    {"add rule", 6, &Change::add_rule},
    {"add element", 6, &Change::change_elements},
    {"delete element", 6, &Change::change_elements},
}};

/// What of a ruleset is the same for all containers: all but elements.
struct FixedPart {
  std::string text;
  std::string_view table;
  std::size_t rules = 0;
};

bool is_of_elements(std::string_view statement) {
  return statement.starts_with("add element ") || statement.starts_with("delete element ");
}

FixedPart fixed_part(const std::vector<std::string_view>& statements) {
  FixedPart fixed;
  for (const auto statement : statements) {
    if (!is_of_elements(statement)) {
      fixed.text += cat(statement, "\n");
      fixed.rules += statement.starts_with("add rule ") ? 1U : 0U;
      const auto words = split(statement, ' ');
      fixed.table = words.size() > 3 ? words[3] : std::string_view();
    }
  }
  return fixed;
}

/// Whether all rules are there, and no other: each has the mark of this text. To make them anew
/// would cost the kernel's waiting until nobody uses the old ones.
bool is_there(const FixedPart& fixed, std::uint64_t mark) {
  if (fixed.rules == 0) {
    return false;
  }
  const auto marks = kernel::list_rule_marks(fixed.table);
  if (!marks || marks->size() != fixed.rules) {
    return false;
  }
  auto sorted = *marks;
  std::ranges::sort(sorted);
  return sorted.front() == mark && sorted.back() == mark + fixed.rules - 1 &&
         std::ranges::adjacent_find(sorted) == sorted.end();
}

}  // namespace

Result<> run_nft(const std::string& ruleset) {
  auto statements = split(ruleset, '\n');
  std::erase_if(statements, [](std::string_view one) { return trim(one).empty(); });
  const FixedPart fixed = fixed_part(statements);
  const std::uint64_t mark = hash(fixed.text) >> 1;  // one can be added to it
  if (is_there(fixed, mark)) {
    std::erase_if(statements, [](std::string_view one) { return !is_of_elements(one); });
  }
  if (statements.empty()) {
    return {};
  }
  Change change(mark);
  for (const auto statement : statements) {
    TRY(change.add(statement));
  }
  return kernel::commit_filter_change(std::move(change.requests));
}

}  // namespace warren::network
