// The schema of declarations: one table, with a row a key, from which reading, checking, writing,
// comparing, the reference page and completion all come. The rows are in keys_*.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "config/value.h"
#include "spec/declaration.h"

namespace warren::config {

/// What has to happen to a running container when the key changes.
enum class Effect : std::uint8_t {
  None,         ///< nothing: it counts the next time
  Live,         ///< done while it runs
  Restart,      ///< needs a restart
  LiveWhenNew,  ///< a new entry of a table is done while it runs, any other change needs a restart
};
[[nodiscard]] std::string_view to_text(Effect effect);

/// What a key's value is made of.
enum class Shape : std::uint8_t {
  Plain,   ///< one value, or a list of such
  Record,  ///< a table with keys of its own:       limits.memory
  Named,   ///< a table of such, by name:           bindMounts.*.hostPath
  List,    ///< a list of such:                     forwardPorts[].hostPort
};

/// Bits for the kinds of values that a key takes.
// NOLINTBEGIN(readability-identifier-naming): constants of the whole folder
enum Kinds : unsigned {
  kBoolean = 1,
  kInteger = 2,
  kReal = 4,
  kString = 8,
  kArray = 16,
  kTable = 32,
  kAny = 63
};
// NOLINTEND(readability-identifier-naming)
[[nodiscard]] bool is_of(const Value& value, unsigned kinds);

struct Key;
using Keys = std::span<const Key>;

/// How a key's value gets into and out of the record that it is part of, of a type that only
/// the functions know: made by at<>() in binding.h.
struct Binding {
  Shape shape = Shape::Plain;
  unsigned kinds = kAny;
  std::string_view type;  ///< in words: "an absolute path"
  void (*read)(Reader& reader, const Value& value, void* record) = nullptr;
  Value (*write)(const void* record) = nullptr;
  Value (*fallback)() = nullptr;  ///< what a fresh record has
  Keys (*keys)() = nullptr;       ///< of the records inside, unless Plain
  std::string_view name_of;       ///< Named: what the names are: "PATH"
};

/// A row of the table.
struct Key {
  std::string_view name;
  Binding binding;
  std::string_view fallback = {};  ///< the default in words, where the value does not say it
  std::string_view example = {};   ///< a value, as TOML
  Effect effect = Effect::Restart;
  std::string_view help = {};  ///< one to three sentences
};

/// A part of the table: keys of one record inside the declaration.
struct Group {
  std::string_view title;  ///< empty: it goes on with the last one's
  Keys (*keys)() = nullptr;
  void* (*locate)(spec::Declaration& declaration) = nullptr;
};
[[nodiscard]] std::span<const Group> groups();

/// Every key path in the order of the table: `limits.memory`, `bindMounts.*.hostPath`,
/// `forwardPorts[].hostPort`.
struct KeyPath {
  std::string path;
  const Key* key = nullptr;
  const Group* group = nullptr;
};
[[nodiscard]] std::vector<KeyPath> key_paths();

/// The key paths that begin with `text`, for completion.
[[nodiscard]] std::vector<std::string> complete_key(std::string_view text);

/// Reads a container's table. What is wrong becomes problems of the reader's, and keeps its
/// default. Rules between keys are in checks.h.
void read_declaration(Reader& reader, const Value& table, spec::Declaration& declaration);

/// A container's table, complete: every key is there, null where nothing is declared. Reading it
/// gives the same declaration, but for the name.
[[nodiscard]] Value to_value(const spec::Declaration& declaration);

/// `{ containers = { NAME = … } }`, which load() reads.
[[nodiscard]] Value to_document(std::span<const spec::Declaration> declarations);

struct Change {
  std::string key;  ///< `limits.memory`, `bindMounts."/srv/www"`, `forwardPorts`
  Effect effect = Effect::Restart;
  friend bool operator==(const Change&, const Change&) = default;
};
/// What differs, in the order of the table.
[[nodiscard]] std::vector<Change> compare(const spec::Declaration& from,
                                          const spec::Declaration& to);

}  // namespace warren::config
