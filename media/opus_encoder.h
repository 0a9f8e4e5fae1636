#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "media/audio_frame.h"

namespace tincan::media {

/// Opus (RFC 6716) by libopus: 48 kHz, mono or stereo, in-band FEC on (RFC 7587 §3.3).
class OpusEncoder {
 public:
  struct Config {
    int channels = 1;
    int bitrateBps = 48'000;
    int expectedLossPercent = 5;  ///< what the FEC is made for
  };
  OpusEncoder();
  explicit OpusEncoder(Config config);
  ~OpusEncoder();
  OpusEncoder(OpusEncoder&&) noexcept;
  OpusEncoder& operator=(OpusEncoder&&) noexcept;

  /// One packet from 20 ms of 48 kHz sound. A frame with other channels than the encoder's is mixed down or doubled.
  Result<Bytes> encode(const AudioFrame& frame);
  void setBitrate(int bps);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::media
