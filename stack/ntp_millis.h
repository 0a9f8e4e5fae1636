#pragma once

#include "base/time.h"

namespace tincan::inline v0::stack {

/// NTP time as pages see it: milliseconds since 1900, by the clock of whoever told it (webrtc-stats,
/// estimatedPlayoutTimestamp; webrtc-extensions, captureTimestamp). Neither says since when; Chromium counts from 1900.
inline double ntpMillis(NtpTime time) {
  constexpr double kFractions = 4'294'967'296;  // RFC 5905 §6: 32 bits of a second
  return static_cast<double>(time.raw() >> 32) * 1000 +
         static_cast<double>(time.raw() & 0xffffffff) * 1000 / kFractions;
}

/// A difference of such times: signed 32.32 fixed point.
inline double ntpMillis(int64_t difference) {
  return static_cast<double>(difference) / 4'294'967'296 * 1000;
}

}  // namespace tincan::inline v0::stack
