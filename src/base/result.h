// Result<T>: a value or an Error. Failures are values here; nothing of ours throws.
// The interface is std::expected's, which the tools of Debian 12 cannot compile (docs/adr/0002).
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace warren {

template <typename T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  template <typename U>
  requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)  // NOLINT: implicit
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  [[nodiscard]] Error& error() & noexcept { return *std::get_if<1>(&state_); }
  [[nodiscard]] const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  [[nodiscard]] Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

  [[nodiscard]] T value_or(T other) const& { return has_value() ? **this : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT: implicit

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return !failed_; }

  [[nodiscard]] Error& error() & noexcept { return error_; }
  [[nodiscard]] const Error& error() const& noexcept { return error_; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace warren

#define WARREN_JOIN_(a, b) a##b
#define WARREN_JOIN(a, b) WARREN_JOIN_(a, b)

/// TRY(f()); returns f()'s error from the enclosing function. A statement, never an expression:
/// an expression form leaks half-built aggregates on g++ 12 and clang 14 (docs/adr/0003).
/// Only for results without a value, so that none gets lost.
#define TRY(expression)                                \
  do {                                                 \
    ::warren::Result<void> try_result_ = (expression); \
    if (!try_result_) [[unlikely]] {                   \
      return std::move(try_result_).error();           \
    }                                                  \
  } while (false)

/// TRY_ASSIGN(auto fd, open(...)); declares or assigns the value, or returns the error.
/// Two statements: brace it under if and for.
#define TRY_ASSIGN(target, expression)                           \
  auto WARREN_JOIN(try_value_, __LINE__) = (expression);         \
  if (!WARREN_JOIN(try_value_, __LINE__)) [[unlikely]] {         \
    return std::move(WARREN_JOIN(try_value_, __LINE__)).error(); \
  }                                                              \
  target = *std::move(WARREN_JOIN(try_value_, __LINE__))
