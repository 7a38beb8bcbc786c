// The codecs of the schema for what is counted: numbers, sizes and times.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/text.h"
#include "config/declared_values.h"
#include "config/schema.h"

namespace warren::config {

/// A whole number from Least to Most.
template <typename Number, std::int64_t Least, std::int64_t Most>
struct Whole {
  static constexpr unsigned kKinds = kInteger;
  static constexpr std::string_view kType = "a whole number";
  static Result<Number> read(const Value& value) {
    const std::int64_t number = *value.integer();
    if (number < Least || number > Most) {
      return Error::because("", "", cat("it is from ", Least, " to ", Most));
    }
    return static_cast<Number>(number);
  }
  static Value write(Number number) { return number; }
};
using Id = Whole<std::uint32_t, 0, 65535>;
using Weight = Whole<unsigned, 1, 10000>;
using Operations = Whole<std::uint64_t, 1, 4294967295>;
using Tasks = Whole<std::uint64_t, 1, 4194304>;

struct Bytes {
  static constexpr unsigned kKinds = kInteger | kString;
  static constexpr std::string_view kType = "bytes, or a string such as \"512M\"";
  static Result<std::uint64_t> read(const Value& value) {
    return parse_bytes(value.string() != nullptr ? *value.string() : cat(*value.integer()));
  }
  static Value write(std::uint64_t bytes) { return bytes; }
};

/// May be nothing: no swap at all.
struct SwapBytes : Bytes {
  static Result<std::uint64_t> read(const Value& value) {
    const bool none = value.integer() != nullptr ? *value.integer() == 0 : *value.string() == "0";
    return none ? Result<std::uint64_t>(0) : Bytes::read(value);
  }
};

struct Cpus {
  static constexpr unsigned kKinds = kInteger | kReal;
  static constexpr std::string_view kType = "a number of processors";
  static Result<double> read(const Value& value) {
    constexpr double kLeast = 0.01;
    constexpr double kMost = 8192;
    const double number =
        value.real() != nullptr ? *value.real() : static_cast<double>(*value.integer());
    if (!(number >= kLeast && number <= kMost)) {
      return Error::because("", "", "it is from 0.01 to 8192");
    }
    return number;
  }
  static Value write(double cpus) { return cpus; }
};

struct Duration {
  static constexpr unsigned kKinds = kInteger | kReal | kString;
  static constexpr std::string_view kType = "seconds, or a time such as \"1min 30s\"";
  static Result<std::chrono::milliseconds> read(const Value& value) {
    if (const auto* text = value.string()) {
      return parse_duration(*text);
    }
    constexpr double kLongest = 1e9;
    const double seconds =
        value.real() != nullptr ? *value.real() : static_cast<double>(*value.integer());
    if (!(seconds >= 0 && seconds <= kLongest)) {
      return Error::because("", "", "it is from 0 to 1000000000 seconds");
    }
    return nearest_milliseconds(seconds * 1000);
  }
  static Value write(std::chrono::milliseconds duration) { return duration_text(duration); }
};

}  // namespace warren::config
