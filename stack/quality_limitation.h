#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace tincan::inline v0::stack {

/// Why a video is not as good as its source, and for how long it was (webrtc-stats §8.6 qualityLimitationReason,
/// qualityLimitationDurations).
class QualityLimitation {
 public:
  enum class Reason : uint8_t { kNone, kBandwidth, kCpu };
  static constexpr std::array kReasons = {Reason::kNone, Reason::kBandwidth, Reason::kCpu};

  void note(TimePoint now, Reason reason) {
    if (!notedAt_.isNever() && now > notedAt_) durations_[static_cast<size_t>(reason_)] += now - notedAt_;
    notedAt_ = now;
    reason_ = reason;
  }
  Reason reason() const { return reason_; }
  Duration duration(Reason reason) const { return durations_[static_cast<size_t>(reason)]; }

 private:
  Reason reason_ = Reason::kNone;
  TimePoint notedAt_ = TimePoint::never();
  std::array<Duration, kReasons.size()> durations_;
};

constexpr std::string_view toString(QualityLimitation::Reason reason) {
  switch (reason) {
    case QualityLimitation::Reason::kNone: return "none";
    case QualityLimitation::Reason::kBandwidth: return "bandwidth";
    case QualityLimitation::Reason::kCpu: return "cpu";
  }
  return "none";
}

}  // namespace tincan::inline v0::stack
