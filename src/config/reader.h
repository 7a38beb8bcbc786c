// What is known while a container's table is read: where in it the reader is, and what it found.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/problem.h"
#include "config/value.h"

namespace warren::config {

struct Key;

class Reader {
 public:
  /// Whether what is read is all there is, or a template that others complete.
  enum class Completeness { Whole, Part };

  Reader(Problems& problems, std::string container, Completeness completeness = Completeness::Whole)
      : problems_(problems), container_(std::move(container)), completeness_(completeness) {}

  /// Adds a problem with the key in front.
  void refuse(const Position& at, std::string_view reason);
  void refuse(const Position& at, const Error& error);
  /// The same for what is missing, which a template may leave to others.
  void refuse_missing(const Position& at, std::string_view reason);

  /// Reads every member of `table` that `keys` know into `record`; the others are problems.
  void read_record(const Value& table, std::span<const Key> keys, void* record);
  /// Complains about the members that none of `keys` know.
  void refuse_unknown(const Value& table, std::span<const Key> keys);
  /// Reads one member. Null is as good as absent.
  void read_member(const Value& value, const Key& key, void* record);
  /// Complains when the value is of no kind that is wanted.
  [[nodiscard]] bool has_kind(const Value& value, unsigned kinds, std::string_view type);

  /// Goes into a part of the table as long as it lives.
  class Inside {
   public:
    Inside(Reader& reader, std::string_view step) : reader_(reader), size_(reader.path_.size()) {
      reader.path_ += step;
    }
    ~Inside() { reader_.path_.resize(size_); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Reader& reader_;
    std::size_t size_;
  };

 private:
  Problems& problems_;
  std::string container_;
  Completeness completeness_;
  std::string path_;          ///< such as `bindMounts."/srv".hostPath`
  const Key* key_ = nullptr;  ///< what is read
};

}  // namespace warren::config
