#include "config/schema.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "config/keys.h"
#include "config/toml.h"

namespace warren::config {
namespace {

void* whole(spec::Declaration& declaration) { return &declaration; }
void* first_veth(spec::Declaration& declaration) { return &declaration.network.first; }

constexpr auto kGroups = std::to_array<Group>({
    {"The tree", tree_keys, whole},
    {"What is inside", contents_keys, whole},
    {"Network", network_keys, whole},
    {"", veth_keys, first_veth},
    {"Isolation", isolation_keys, whole},
    {"Life", life_keys, whole},
    {"For people and for Nix", outside_keys, whole},
});

void append_paths(std::vector<KeyPath>& paths, const std::string& before, Keys keys,
                  const Group& group) {
  for (const auto& key : keys) {
    const std::string path = cat(before, key.name);
    paths.push_back({.path = path, .key = &key, .group = &group});
    if (key.binding.keys != nullptr) {
      const std::string_view step = key.binding.shape == Shape::Named  ? ".*."
                                    : key.binding.shape == Shape::List ? "[]."
                                                                       : ".";
      append_paths(paths, cat(path, step), key.binding.keys(), group);
    }
  }
}

const Value& member_or_null(const Value& table, std::string_view key) {
  static const Value null;
  const Member* member = table.find(key);
  return member != nullptr ? member->value : null;
}

/// The entries that came, went or changed, each as one change or taken apart further.
class Comparison {
 public:
  void compare_keys(const std::string& before, Keys keys, const Value& from, const Value& to) {
    for (const auto& key : keys) {
      compare_key(cat(before, key.name), key, member_or_null(from, key.name),
                  member_or_null(to, key.name));
    }
  }

  std::vector<Change> changes;

 private:
  void compare_key(const std::string& path, const Key& key, const Value& from, const Value& to) {
    if (from == to) {
      return;
    }
    if (key.binding.shape == Shape::Record) {
      compare_keys(path + ".", key.binding.keys(), from, to);
    } else if (key.binding.shape == Shape::Named) {
      compare_named(path, key, from, to);
    } else {
      changes.push_back({path, key.effect});
    }
  }

  void compare_named(const std::string& path, const Key& key, const Value& from, const Value& to) {
    std::set<std::string> names;
    for (const Value* table : {&from, &to}) {
      for (const auto& member : table->members() != nullptr ? *table->members() : Value::Table()) {
        names.insert(member.key);
      }
    }
    for (const auto& name : names) {
      const Member* old = from.find(name);
      const Member* now = to.find(name);
      const std::string entry = cat(path, ".", to_toml_key(name));
      if (old == nullptr || now == nullptr) {
        changes.push_back({entry, effect_of_entry(key, old == nullptr)});
      } else if (key.binding.keys == nullptr) {
        compare_plain_entry(entry, key, old->value, now->value);
      } else {
        compare_keys(entry + ".", key.binding.keys(), old->value, now->value);
      }
    }
  }

  static Effect effect_of_entry(const Key& key, bool is_new) {
    const Effect otherwise = is_new ? Effect::Live : Effect::Restart;
    return key.effect == Effect::LiveWhenNew ? otherwise : key.effect;
  }

  void compare_plain_entry(const std::string& path, const Key& key, const Value& from,
                           const Value& to) {
    if (from != to) {
      changes.push_back({path, key.effect});
    }
  }
};

}  // namespace

std::string_view to_text(Effect effect) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"none", "live", "restart", "live when new, else restart"});
  return kNames[static_cast<std::size_t>(effect)];
}

bool is_of(const Value& value, unsigned kinds) {
  return ((kinds & kBoolean) != 0 && value.boolean() != nullptr) ||
         ((kinds & kInteger) != 0 && value.integer() != nullptr) ||
         ((kinds & kReal) != 0 && value.real() != nullptr) ||
         ((kinds & kString) != 0 && value.string() != nullptr) ||
         ((kinds & kArray) != 0 && value.array() != nullptr) ||
         ((kinds & kTable) != 0 && value.members() != nullptr);
}

std::span<const Group> groups() { return kGroups; }

std::vector<KeyPath> key_paths() {
  std::vector<KeyPath> paths;
  for (const auto& group : kGroups) {
    append_paths(paths, "", group.keys(), group);
  }
  return paths;
}

std::vector<std::string> complete_key(std::string_view text) {
  std::vector<std::string> found;
  for (auto& path : key_paths()) {
    if (path.path.starts_with(text)) {
      found.push_back(std::move(path.path));
    }
  }
  return found;
}

void read_declaration(Reader& reader, const Value& table, spec::Declaration& declaration) {
  if (!reader.has_kind(table, kTable, "a table of settings")) {
    return;
  }
  std::vector<Key> all;
  for (const auto& group : kGroups) {
    for (const auto& key : group.keys()) {
      all.push_back(key);
      if (const Member* member = table.find(key.name)) {
        reader.read_member(member->value, key, group.locate(declaration));
      }
    }
  }
  reader.refuse_unknown(table, all);
}

Value to_value(const spec::Declaration& declaration) {
  Value table = Value::table();
  for (const auto& group : kGroups) {
    // Nothing is written to it: locate() serves reading as well.
    const void* record = group.locate(const_cast<spec::Declaration&>(declaration));
    for (const auto& key : group.keys()) {
      if (key.binding.write != nullptr) {
        table.members()->push_back({std::string(key.name), key.binding.write(record)});
      }
    }
  }
  return table;
}

Value to_document(std::span<const spec::Declaration> declarations) {
  Value containers = Value::table();
  for (const auto& declaration : declarations) {
    containers.members()->push_back({declaration.name, to_value(declaration)});
  }
  return Value::table({{"containers", std::move(containers)}});
}

std::vector<Change> compare(const spec::Declaration& from, const spec::Declaration& to) {
  if (from == to) {
    return {};
  }
  Comparison comparison;
  const Value before = to_value(from);
  const Value after = to_value(to);
  for (const auto& group : kGroups) {
    comparison.compare_keys("", group.keys(), before, after);
  }
  return std::move(comparison.changes);
}

}  // namespace warren::config
