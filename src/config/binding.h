// From a codec and a place in a record to a row's Binding. A codec says which kinds of values a
// setting takes, how one is read and how it is written:
//   struct Codec {
//     static constexpr unsigned kKinds = kString;
//     static constexpr std::string_view kType = "an absolute path";
//     static Result<T> read(const Value& value);   // of one of the kinds
//     static Value write(const T& setting);
//   };
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "config/schema.h"
#include "config/toml.h"

namespace warren::config {

/// What is in the tables inside: specialised for each type with
///   keys(), and for Named ones: kName, set_name(record, name), name(record);
///   finish(reader, table, record) after reading, for defaults and rules of its own.
template <typename T>
struct RecordOf;

namespace binding_detail {

template <typename Class, typename Member>
Class class_of(Member Class::*);

template <auto First, auto... Rest>
auto& reach(auto& record) {
  if constexpr (sizeof...(Rest) == 0) {
    return record.*First;
  } else {
    return reach<Rest...>(record.*First);
  }
}

}  // namespace binding_detail

/// The binding of the member that a chain of member pointers leads to.
template <typename Codec, auto First, auto... Rest>
[[nodiscard]] constexpr Binding at() {
  using Record = decltype(binding_detail::class_of(First));
  Binding binding = Codec::shape();
  binding.read = [](Reader& reader, const Value& value, void* record) {
    Codec::read_into(reader, value,
                     binding_detail::reach<First, Rest...>(*static_cast<Record*>(record)));
  };
  binding.write = [](const void* record) {
    return Codec::write(binding_detail::reach<First, Rest...>(*static_cast<const Record*>(record)));
  };
  binding.fallback = [] {
    static const Record fresh;  // g++ 12 takes the inside of an empty std::optional for read
    return Codec::write(binding_detail::reach<First, Rest...>(fresh));
  };
  return binding;
}

/// The same for a setting that is spread over the whole record.
template <typename Codec, typename Record>
[[nodiscard]] constexpr Binding of() {
  Binding binding = Codec::shape();
  binding.read = [](Reader& reader, const Value& value, void* record) {
    Codec::read_into(reader, value, *static_cast<Record*>(record));
  };
  binding.write = [](const void* record) {
    return Codec::write(*static_cast<const Record*>(record));
  };
  binding.fallback = [] { return Codec::write(Record()); };
  return binding;
}

/// One value.
template <typename Codec>
struct One {
  static constexpr Binding shape() {
    return {.shape = Shape::Plain, .kinds = Codec::kKinds, .type = Codec::kType};
  }
  template <typename T>
  static void read_into(Reader& reader, const Value& value, T& setting) {
    auto read = Codec::read(value);
    if (read) {
      setting = *std::move(read);
    } else {
      reader.refuse(value.at, read.error());
    }
  }
  template <typename T>
  static Value write(const T& setting) {
    return Codec::write(setting);
  }
};

/// One value that may be absent: a std::optional.
template <typename Codec>
struct Maybe : One<Codec> {
  template <typename T>
  static Value write(const std::optional<T>& setting) {
    return setting ? Codec::write(*setting) : Value();
  }
};

/// A list of values.
template <typename Codec>
struct Many {
  static constexpr Binding shape() {
    return {.shape = Shape::Plain, .kinds = kArray, .type = Codec::kListType};
  }
  template <typename T>
  static void read_into(Reader& reader, const Value& value, std::vector<T>& settings) {
    settings.clear();
    for (const auto& item : *value.array()) {
      if (!reader.has_kind(item, Codec::kKinds, Codec::kType)) {
        continue;
      }
      auto read = Codec::read(item);
      if (read) {
        settings.push_back(*std::move(read));
      } else {
        reader.refuse(item.at, read.error());
      }
    }
  }
  template <typename T>
  static Value write(const std::vector<T>& settings) {
    Value list = Value::Array();
    for (const auto& setting : settings) {
      list.push(Codec::write(setting));
    }
    return list;
  }
};

/// The table of one record inside.
template <typename T>
[[nodiscard]] Value write_record(const T& record) {
  Value table = Value::table();
  for (const auto& key : RecordOf<T>::keys()) {
    table.members()->push_back({std::string(key.name), key.binding.write(&record)});
  }
  return table;
}

template <typename T>
void read_table(Reader& reader, const Value& value, T& record) {
  reader.read_record(value, RecordOf<T>::keys(), &record);
  if constexpr (requires { RecordOf<T>::finish(reader, value, record); }) {
    RecordOf<T>::finish(reader, value, record);
  }
}

/// A table with keys of its own.
template <typename T>
struct Inner {
  static constexpr Binding shape() {
    return {.shape = Shape::Record,
            .kinds = kTable,
            .type = "a table of settings",
            .keys = &RecordOf<T>::keys};
  }
  static void read_into(Reader& reader, const Value& value, T& record) {
    read_table(reader, value, record);
  }
  static Value write(const T& record) { return write_record(record); }
};

/// A table of tables by name. Kept sorted by name: the order in which they are written means
/// nothing.
template <typename T>
struct ByName {
  static constexpr Binding shape() {
    return {.shape = Shape::Named,
            .kinds = kTable,
            .type = RecordOf<T>::kType,
            .keys = &RecordOf<T>::keys,
            .name_of = RecordOf<T>::kName};
  }
  static void read_into(Reader& reader, const Value& value, std::vector<T>& records) {
    records.clear();
    for (const auto& member : *value.members()) {
      if (member.value.is_null()) {
        continue;
      }
      const Reader::Inside inside(reader, cat(".", to_toml_key(member.key)));
      T record;
      if (auto named = RecordOf<T>::set_name(record, member.key); !named) {
        reader.refuse(member.at, named.error());
      } else if (reader.has_kind(member.value, kTable, "a table of settings")) {
        read_table(reader, member.value, record);
        records.push_back(std::move(record));
      }
    }
    std::ranges::sort(records, {}, [](const T& record) { return RecordOf<T>::name(record); });
  }
  static Value write(const std::vector<T>& records) {
    Value table = Value::table();
    for (const auto& record : records) {
      table.members()->push_back({RecordOf<T>::name(record), write_record(record)});
    }
    return table;
  }
};

/// A list of tables.
template <typename T>
struct Tables {
  static constexpr Binding shape() {
    return {.shape = Shape::List,
            .kinds = kArray,
            .type = RecordOf<T>::kType,
            .keys = &RecordOf<T>::keys};
  }
  static void read_into(Reader& reader, const Value& value, std::vector<T>& records) {
    records.clear();
    for (std::size_t i = 0; i < value.array()->size(); ++i) {
      const Value& item = (*value.array())[i];
      const Reader::Inside inside(reader, cat("[", i, "]"));
      if (reader.has_kind(item, kTable, "a table of settings")) {
        T record;
        read_table(reader, item, record);
        records.push_back(std::move(record));
      }
    }
  }
  static Value write(const std::vector<T>& records) {
    Value list = Value::Array();
    for (const auto& record : records) {
      list.push(write_record(record));
    }
    return list;
  }
};

}  // namespace warren::config
