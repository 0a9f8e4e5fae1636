#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "media/encoded_frame.h"
#include "media/video_frame.h"

namespace tincan::media {

/// VP8 (RFC 6386) by libvpx, for a call: one pass, constant bitrate, no look-ahead, and a key frame only first, when
/// asked for, and when the picture's size changes. One thread: the same pictures give the same bytes.
class Vp8Encoder {
 public:
  /// The size is a first guess: a picture of another size reconfigures the encoder.
  Vp8Encoder(int width, int height, double framesPerSecond, int bitrateBps);
  ~Vp8Encoder();
  Vp8Encoder(Vp8Encoder&&) noexcept;
  Vp8Encoder& operator=(Vp8Encoder&&) noexcept;

  /// One frame for each picture: rate control lowers quality, it does not drop.
  Result<EncodedVideo> encode(const VideoFrame& frame, bool forceKeyFrame);
  void setBitrate(int bps);
  int bitrate() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::media
