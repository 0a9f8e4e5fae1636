#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "media/video_frame.h"

namespace tincan::media {

/// VP8 (RFC 6386) by libvpx. Takes frames in order, starting with a key frame. An error leaves it usable: it goes on
/// with the next key frame.
class Vp8Decoder {
 public:
  Vp8Decoder();
  ~Vp8Decoder();
  Vp8Decoder(Vp8Decoder&&) noexcept;
  Vp8Decoder& operator=(Vp8Decoder&&) noexcept;

  /// kMalformed for what is no VP8 or lacks the key frame it builds on, kLimit past VideoFrame::kMaxSide a side.
  Result<VideoFrame> decode(ByteView frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::media
