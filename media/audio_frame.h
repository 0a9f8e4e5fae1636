#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace tincan::inline v0::media {

/// A stretch of sound: 16-bit samples, channels interleaved. Sources here speak 48 kHz in frames of 20 ms; a
/// peer's track in frames as long as its packets, a pitch period more or less where time was stretched.
struct AudioFrame {
  static constexpr int kRate = 48'000;         ///< RFC 7587 §4.1: Opus' RTP clock
  static constexpr int kSamples = kRate / 50;  ///< 20 ms, a channel
  static constexpr Duration kDuration = Duration::millis(20);

  int sampleRate = kRate;
  int channels = 1;
  std::vector<int16_t> samples;
  TimePoint captured;
  uint32_t rtpTimestamp = 0;  ///< in samples of one channel; counts from 0 at a source's first frame

  size_t samplesPerChannel() const { return channels > 0 ? samples.size() / static_cast<size_t>(channels) : 0; }
  /// Root of the mean square, 0 (silence) to 1 (full scale).
  double rms() const;
};

}  // namespace tincan::inline v0::media
