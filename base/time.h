#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace tincan::inline v0 {

/// A span of time in whole microseconds.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration micros(int64_t n) { return Duration(n); }
  static constexpr Duration millis(int64_t n) { return Duration(n * 1000); }
  static constexpr Duration seconds(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration zero() { return Duration(0); }
  static constexpr Duration infinite() { return Duration(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t micros() const { return micros_; }
  constexpr int64_t millis() const { return micros_ / 1000; }
  constexpr double toSeconds() const { return static_cast<double>(micros_) / 1e6; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return Duration(micros_ + o.micros_); }
  constexpr Duration operator-(Duration o) const { return Duration(micros_ - o.micros_); }
  constexpr Duration operator-() const { return Duration(-micros_); }
  constexpr Duration operator*(int64_t n) const { return Duration(micros_ * n); }
  constexpr Duration operator/(int64_t n) const { return Duration(micros_ / n); }
  constexpr int64_t operator/(Duration o) const { return micros_ / o.micros_; }
  constexpr Duration& operator+=(Duration o) { return *this = *this + o; }
  constexpr Duration& operator-=(Duration o) { return *this = *this - o; }

 private:
  explicit constexpr Duration(int64_t micros) : micros_(micros) {}
  int64_t micros_ = 0;
};

/// A point on a monotonic clock, in microseconds since that clock's own start. Only net/ knows what the time is;
/// everything else is told.
class TimePoint {
 public:
  constexpr TimePoint() = default;
  static constexpr TimePoint fromMicros(int64_t n) { return TimePoint(n); }
  /// Later than any time that comes: the deadline of a machine that waits for nothing.
  static constexpr TimePoint never() { return TimePoint(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t micros() const { return micros_; }
  constexpr bool isNever() const { return micros_ == never().micros_; }

  constexpr auto operator<=>(const TimePoint&) const = default;
  constexpr TimePoint operator+(Duration d) const { return TimePoint(micros_ + d.micros()); }
  constexpr TimePoint operator-(Duration d) const { return TimePoint(micros_ - d.micros()); }
  constexpr Duration operator-(TimePoint o) const { return Duration::micros(micros_ - o.micros_); }
  constexpr TimePoint& operator+=(Duration d) { return *this = *this + d; }

 private:
  explicit constexpr TimePoint(int64_t micros) : micros_(micros) {}
  int64_t micros_ = 0;
};

constexpr TimePoint earlier(TimePoint a, TimePoint b) {
  return a < b ? a : b;
}

/// Wall time as RTCP carries it: seconds since 1900 in 32.32 fixed point (RFC 3550 §4).
class NtpTime {
 public:
  constexpr NtpTime() = default;
  static constexpr NtpTime fromRaw(uint64_t raw) { return NtpTime(raw); }
  /// From microseconds since 1970-01-01 UTC. 2,208,988,800 seconds lie between 1900 and 1970 (RFC 868).
  static constexpr NtpTime fromUnixMicros(int64_t micros) {
    const uint64_t seconds = static_cast<uint64_t>(micros / 1'000'000) + 2'208'988'800u;
    const uint64_t fraction = (static_cast<uint64_t>(micros % 1'000'000) << 32) / 1'000'000u;
    return NtpTime(seconds << 32 | fraction);
  }

  constexpr uint64_t raw() const { return raw_; }
  /// The middle 32 bits, in 1/65536 s: what LSR and DLSR carry (RFC 3550 §6.4.1).
  constexpr uint32_t middle() const { return static_cast<uint32_t>(raw_ >> 16); }
  constexpr int64_t toUnixMicros() const {
    return static_cast<int64_t>((raw_ >> 32) - 2'208'988'800u) * 1'000'000 +
           static_cast<int64_t>(((raw_ & 0xffffffffu) * 1'000'000u) >> 32);
  }
  constexpr NtpTime operator+(Duration d) const { return fromUnixMicros(toUnixMicros() + d.micros()); }
  constexpr auto operator<=>(const NtpTime&) const = default;

 private:
  explicit constexpr NtpTime(uint64_t raw) : raw_(raw) {}
  uint64_t raw_ = 0;
};

}  // namespace tincan::inline v0
