#include "config/inherit.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace warren::config {
namespace {

constexpr std::string_view kInherit = "inherit";

bool has(const Value& table, std::string_view key) {
  const Member* member = table.find(key);
  return member != nullptr && !member->value.is_null();
}

void erase(Value& table, std::string_view key) {
  std::erase_if(*table.members(), [&](const Member& member) { return member.key == key; });
}

void lay_over(Value& below, const Value& above) {
  for (const auto& member : *above.members()) {
    if (member.value.is_null()) {
      continue;
    }
    Member* old = below.find(member.key);
    if (old == nullptr) {
      below.members()->push_back(member);
    } else if (old->value.members() != nullptr && member.value.members() != nullptr) {
      lay_over(old->value, member.value);
      old->at = member.at;
    } else {
      *old = member;
    }
  }
  below.at = above.at;
}

/// There is one tree: who names another does not want the inherited one, nor what was in it.
void drop_other_tree(Value& below, const Value& above) {
  if (has(above, "path")) {
    erase(below, "image");
    erase(below, "packages");
  } else if (has(above, "image")) {
    erase(below, "path");
  }
}

/// The template that `member` names, if it names one that can be had.
const Member* template_of(const Member& member, const Templates& templates, Problems& problems,
                          const std::string& container) {
  const Member* wish = member.value.find(kInherit);
  const auto* name = wish != nullptr ? wish->value.string() : nullptr;
  if (name == nullptr) {
    return nullptr;  // the schema complains about what is no string
  }
  if (const auto found = templates.find(*name); found != templates.end()) {
    return found->second;
  }
  std::vector<std::string_view> names;
  for (const auto& [known, table] : templates) {
    names.push_back(known);
  }
  const auto close = nearest(*name, names);
  problems.push_back({wish->value.at,
                      cat("inherit: there is no template '", *name, "' (",
                          close.empty() ? cat("one is declared as templates.", *name)
                                        : cat("did you mean ", close, "?"),
                          ")"),
                      container});
  return nullptr;
}

}  // namespace

Value resolve_inheritance(const Member& member, const Templates& templates, Problems& problems,
                          const std::string& container) {
  std::vector<const Member*> chain = {&member};
  while (const Member* next = template_of(*chain.back(), templates, problems, container)) {
    if (std::ranges::find(chain, next) != chain.end()) {
      problems.push_back({chain.back()->value.find(kInherit)->value.at,
                          cat("inherit: the template '", next->key, "' leads back to itself"),
                          container});
      break;
    }
    chain.push_back(next);
  }
  Value table = chain.back()->value;
  for (auto above = chain.rbegin() + 1; above != chain.rend(); ++above) {
    drop_other_tree(table, (*above)->value);
    lay_over(table, (*above)->value);
  }
  return table;
}

}  // namespace warren::config
