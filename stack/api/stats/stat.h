#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>

namespace tincan::inline v0::stack {

/// A member of a statistics dictionary (webrtc-stats): a value, or absent where nothing is known, as the W3C has it.
/// Whoever wants to know asks has_value(); read as a number, an absent one is 0.
template <class T>
class Stat {
 public:
  constexpr Stat() = default;
  constexpr Stat(T value) : value_(value), present_(true) {}  // NOLINT: it is one

  constexpr bool has_value() const { return present_; }
  constexpr operator T() const { return value_; }  // NOLINT: see above
  constexpr T operator*() const { return value_; }
  constexpr T value_or(T otherwise) const { return present_ ? value_ : otherwise; }
  constexpr void reset() { *this = Stat(); }
  constexpr Stat& operator+=(T more) { return *this = Stat(static_cast<T>(value_ + more)); }
  constexpr Stat& operator++() { return *this += T{1}; }

 private:
  T value_{};
  bool present_ = false;
};

/// DOMHighResTimeStamp: milliseconds since 1970, by the clock of Environment::unixMicrosAtZero.
using StatTime = Stat<double>;
using StatDurations = std::map<std::string, double>;  ///< record<DOMString, double>; empty: absent

/// A text that is there though it may be empty, in visitMembers().
struct Always {
  const std::string& text;
};

/// Calls visitor(name, value) for each member of a statistics dictionary that is present, in the IDL's order. `value` is
/// a bool, a number, a std::string_view, or StatDurations.
template <class Stats, class Visitor>
void visit(const Stats& stats, Visitor&& visitor) {
  stats.visitMembers([&](std::string_view name, const auto& member) {
    using Member = std::decay_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, Always>) {
      visitor(name, std::string_view(member.text));
    } else if constexpr (std::is_same_v<Member, std::string>) {
      if (!member.empty()) visitor(name, std::string_view(member));
    } else if constexpr (std::is_same_v<Member, StatDurations>) {
      if (!member.empty()) visitor(name, member);
    } else if constexpr (std::is_enum_v<Member>) {
      visitor(name, toString(member));
    } else if constexpr (std::is_arithmetic_v<Member>) {
      visitor(name, member);
    } else {
      if (member.has_value()) visitor(name, *member);
    }
  });
}

}  // namespace tincan::inline v0::stack
