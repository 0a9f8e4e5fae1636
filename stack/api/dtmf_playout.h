#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tincan::inline v0::stack {

/// When which DTMF tone is played (webrtc-pc §7.2, "playout task"). Sends nothing itself: says what is to be heard now.
/// Owned by RTCDTMFSender.
///
///                insert                 a tone                  duration over
///     kIdle ───────────────► kDue ───────────────► kTone ───────────────────────► kGap
///       ▲                    ▲  │ ","  ┌───────┐                                    │
///       └── buffer empty ────┤  └─────►│ kPause│── 2 s ──► kDue      gap over       │
///                            └─────────┴───────┴────────────────────────────────────┘
class DtmfPlayout {
 public:
  enum class State : uint8_t { kIdle, kDue, kTone, kGap, kPause };

  // webrtc-pc §7.2, insertDTMF().
  static constexpr Duration kMinDuration = Duration::millis(40), kMaxDuration = Duration::millis(6000);
  static constexpr Duration kMinGap = Duration::millis(30), kMaxGap = Duration::millis(6000);
  static constexpr Duration kComma = Duration::millis(2000);

  /// 0-9, A-D, #, * and the comma, in either case; what insertDTMF() puts into the buffer is in upper case.
  static std::optional<std::string> normalized(std::string_view tones);
  /// RFC 4733 §3.2: the event of a tone.
  static uint8_t eventOf(char tone);

  /// Replaces what waits. What is being played goes on to its end.
  void insert(std::string tones, Duration duration, Duration gap);
  void clear() { buffer_.clear(); }
  /// What ontonechange is told next: a tone, a comma, or "" when the last one is over. Call until it says nothing.
  std::optional<std::string> next(TimePoint now);
  TimePoint nextTimeout() const;

  const std::string& buffer() const { return buffer_; }
  State state() const { return state_; }
  /// What is heard now.
  std::optional<uint8_t> playing() const { return state_ == State::kTone ? std::optional(event_) : std::nullopt; }

 private:
  State state_ = State::kIdle;
  std::string buffer_;
  Duration duration_, gap_;
  TimePoint until_;
  uint8_t event_ = 0;
};

}  // namespace tincan::inline v0::stack
