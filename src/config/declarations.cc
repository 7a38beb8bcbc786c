#include "config/declarations.h"

#include <algorithm>
#include <array>
#include <list>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "config/checks.h"
#include "config/conflicts.h"
#include "config/inherit.h"
#include "config/json.h"
#include "config/schema.h"
#include "config/toml.h"
#include "config/values.h"

namespace warren::config {
namespace {

constexpr auto kSections = std::to_array<std::string_view>({"containers", "templates"});

/// What to say about a member of a document that is no section.
std::string stray(const Member& member) {
  const std::string key = to_toml_key(member.key);
  const auto close = nearest(member.key, kSections);
  if (!close.empty()) {
    return cat(key, ": no such key (did you mean ", close, "?)");
  }
  const bool is_setting = std::ranges::any_of(groups(), [&](const Group& group) {
    return std::ranges::find(group.keys(), member.key, &Key::name) != group.keys().end();
  });
  if (is_setting) {
    return cat(key, ": it is a setting of a container: write it below [containers.NAME]");
  }
  return member.value.members() != nullptr
             ? cat(key, ": no such key (a container is declared as containers.", key, ")")
             : cat(key, ": no such key (a file has the tables containers and templates)");
}

/// No TOML begins with a brace: what comes through a pipe has no name to tell.
bool is_json(const SourceFile& file) {
  return file.path.ends_with(".json") || trim(file.text).starts_with('{');
}

class Loading {
 public:
  void add(const SourceFile& file) {
    auto value = is_json(file) ? parse_json(file.text, file.path, problems_)
                               : parse_toml(file.text, file.path, problems_);
    if (value) {
      take_document(documents_.emplace_back(*std::move(value)));
    }
  }

  Loaded finish() {
    for (const auto& [name, container] : containers_) {
      read_container(name, *container);
    }
    find_conflicts(read_, problems_);
    check_templates();
    drop_broken();
    Loaded loaded;
    for (auto& one : read_) {
      loaded.places.push_back(containers_.find(one.declaration.name)->second->at);
      loaded.declarations.push_back(std::move(one.declaration));
    }
    const auto order = [](const Problem& a, const Problem& b) { return a.at.before(b.at); };
    std::ranges::stable_sort(problems_, order);
    loaded.problems = std::move(problems_);
    return loaded;
  }

 private:
  void take_document(const Value& document) {
    if (document.members() == nullptr) {
      problems_.push_back({document.at, cat("it is ", document.kind(), ", not a table"), {}});
      return;
    }
    for (const auto& member : *document.members()) {
      if (std::ranges::find(kSections, member.key) == kSections.end()) {
        problems_.push_back({member.at, stray(member), {}});
      } else if (member.value.members() != nullptr) {
        take_section(*member.value.members(), member.key == kSections[0]);
      } else if (!member.value.is_null()) {
        problems_.push_back(
            {member.value.at,
             cat(member.key, ": it is a table of ", member.key, ", not ", member.value.kind()),
             {}});
      }
    }
  }

  void take_section(const Value::Table& section, bool of_containers) {
    Templates& entries = of_containers ? containers_ : templates_;
    for (const auto& member : section) {
      const std::string what =
          cat(of_containers ? "containers." : "templates.", to_toml_key(member.key), ": ");
      const std::string costs = of_containers ? member.key : std::string();
      if (member.value.is_null()) {
        continue;
      }
      if (const auto name = parse_name(member.key); !name) {
        problems_.push_back({member.at, cat(what, name.error().reason), costs});
      } else if (member.value.members() == nullptr) {
        problems_.push_back({member.value.at,
                             cat(what, "it is a table of settings, not ", member.value.kind()),
                             costs});
      } else if (const auto [old, fresh] = entries.try_emplace(member.key, &member); !fresh) {
        problems_.push_back(
            {member.at, cat(what, "it is declared already, at ", old->second->at.text()), costs});
      }
    }
  }

  void read_container(const std::string& name, const Member& container) {
    const std::size_t problems = problems_.size();
    const Value table = resolve_inheritance(container, templates_, problems_, name);
    spec::Declaration declaration;
    declaration.name = name;
    Reader reader(problems_, name);
    read_declaration(reader, table, declaration);
    if (problems_.size() == problems) {
      check(declaration, table, problems_);
    }
    if (problems_.size() == problems) {
      read_.push_back({.declaration = std::move(declaration), .table = table});
    }
  }

  /// What nobody inherits is read too, for its mistakes alone.
  void check_templates() {
    const auto identity = [](const Problem& one) { return std::tuple(one.at.text(), one.message); };
    std::set<std::tuple<std::string, std::string>> known;
    std::ranges::transform(problems_, std::inserter(known, known.end()), identity);
    Problems found;
    for (const auto& [name, one] : templates_) {
      const Value table = resolve_inheritance(*one, templates_, found, {});
      spec::Declaration scratch;
      Reader reader(found, {}, Reader::Completeness::Part);
      read_declaration(reader, table, scratch);
    }
    for (auto& problem : found) {
      if (known.insert(identity(problem)).second) {
        problems_.push_back(std::move(problem));
      }
    }
  }

  void drop_broken() {
    std::set<std::string_view> broken;
    std::ranges::transform(problems_, std::inserter(broken, broken.end()), &Problem::container);
    std::erase_if(read_,
                  [&](const Declared& one) { return broken.contains(one.declaration.name); });
  }

  std::list<Value> documents_;
  Templates containers_;
  Templates templates_;
  std::vector<Declared> read_;
  Problems problems_;
};

}  // namespace

Loaded load(std::span<const SourceFile> files) {
  Loading loading;
  for (const auto& file : files) {
    loading.add(file);
  }
  return loading.finish();
}

std::string declaration_to_json(const spec::Declaration& declaration) {
  return to_json(to_value(declaration));
}

Result<spec::Declaration> declaration_from_json(std::string_view text, const std::string& name) {
  Problems problems;
  spec::Declaration declaration;
  declaration.name = name;
  if (const auto table = parse_json(text, "declaration.json", problems)) {
    Reader reader(problems, name);
    read_declaration(reader, *table, declaration);
  }
  return problems.empty()
             ? Result<spec::Declaration>(std::move(declaration))
             : Error::because("read the declaration of", name, problems.front().text());
}

}  // namespace warren::config
