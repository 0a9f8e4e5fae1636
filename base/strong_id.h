#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tincan::inline v0 {

/// An integer that means one thing only: a Ssrc cannot be passed where a StreamId is asked for.
template <class Tag, class Value>
class StrongId {
 public:
  using ValueType = Value;
  constexpr StrongId() = default;
  explicit constexpr StrongId(Value value) : value_(value) {}
  constexpr Value value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  Value value_{};
};

using Ssrc = StrongId<struct SsrcTag, uint32_t>;               ///< RFC 3550 §5.1
using PayloadType = StrongId<struct PayloadTypeTag, uint8_t>;  ///< RFC 3550 §5.1, 7 bits
using StreamId = StrongId<struct StreamIdTag, uint16_t>;       ///< SCTP stream (RFC 9260 §3.3.1)

}  // namespace tincan::inline v0

template <class Tag, class Value>
struct std::hash<tincan::StrongId<Tag, Value>> {
  size_t operator()(const tincan::StrongId<Tag, Value>& id) const { return std::hash<Value>()(id.value()); }
};
