#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tincan::inline v0 {

/// What kind of thing went wrong. The first group is about bytes and peers; the second carries the names that the W3C
/// gives to misuse of the API (WebIDL §2.8.1).
enum class ErrorCode : uint8_t {
  kMalformed,        ///< bytes or text that break their grammar
  kLimit,            ///< a bound of ours was reached
  kUnauthenticated,  ///< a MAC, tag, fingerprint or credential did not match
  kUnsupported,      ///< well formed, but nothing we speak
  kReplayed,         ///< seen before
  kTimeout,          ///< the peer stayed silent
  kIo,               ///< the operating system or a library said no

  kInvalidStateError,
  kInvalidAccessError,
  kInvalidModificationError,
  kOperationError,
  kNotSupportedError,
  kNotFoundError,
  kNotReadableError,
  kSyntaxError,
  kNetworkError,
  kTypeError,
  kRangeError,
};

/// The code's name: W3C's own where it has one ("InvalidStateError"), else a short word ("malformed").
std::string_view name(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  /// One line: what was wrong and, where a user can act on it, what to do.
  const std::string& message() const { return message_; }
  /// "name: message"
  std::string toString() const { return std::string(name(code_)) + ": " + message_; }

 private:
  ErrorCode code_;
  std::string message_;
};

/// What `Result::value()` throws: `what()` is the error's "name: message".
class BadResult : public std::runtime_error {
 public:
  explicit BadResult(Error error) : std::runtime_error(error.toString()), error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

[[noreturn]] void throwBadResult(const Error& error);

/// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(ErrorCode code, std::string message) : state_(std::in_place_index<1>, Error(code, std::move(message))) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Throws BadResult, which says the error, when there is none: for programs that would rather end than ask.
  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T valueOr(T other) && { return ok() ? std::move(*this).value() : std::move(other); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  void check() const {
    if (!ok()) throwBadResult(*std::get_if<1>(&state_));
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  Result(ErrorCode code, std::string message) : error_(Error(code, std::move(message))) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace tincan::inline v0
