#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace tincan::inline v0 {

/// `a` comes after `b` in a space that wraps (RFC 1982 §3.2); half the space apart counts as before.
template <class T>
constexpr bool isNewer(T a, T b) {
  static_assert(std::is_unsigned_v<T>);
  return a != b && static_cast<T>(a - b) < (T{1} << (sizeof(T) * 8 - 1));
}

/// Turns wrapping sequence numbers or timestamps into ones that only grow, by the shortest way from the last one.
template <class T>
class SequenceUnwrapper {
 public:
  int64_t unwrap(T value) {
    const int64_t unwrapped = peek(value);
    last_ = unwrapped;
    return unwrapped;
  }
  /// What `unwrap` would say, without moving.
  int64_t peek(T value) const {
    if (!last_) return value;
    using Signed = std::make_signed_t<T>;
    return *last_ + static_cast<Signed>(static_cast<T>(value - static_cast<T>(*last_)));
  }
  bool started() const { return last_.has_value(); }
  /// What `unwrap` said last; 0 before that.
  int64_t last() const { return last_.value_or(0); }

 private:
  std::optional<int64_t> last_;
};

}  // namespace tincan::inline v0
