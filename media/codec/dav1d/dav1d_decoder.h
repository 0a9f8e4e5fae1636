#pragma once

#include <dav1d/dav1d.h>

#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// AV1 by dav1d, one thread, without delay: the main profile, of which 10 bits come out in 8. Of several spatial layers
/// the highest is shown. 4:2:2 and 4:4:4 are kUnsupported.
class Dav1dDecoder final : public VideoDecoder {
 public:
  Dav1dDecoder() = default;
  ~Dav1dDecoder() override { close(); }
  Dav1dDecoder(const Dav1dDecoder&) = delete;
  Dav1dDecoder& operator=(const Dav1dDecoder&) = delete;

  Result<VideoFrame> decode(ByteView frame) override;
  std::string_view implementation() const override { return "dav1d"; }

 private:
  Result<void> open();
  void close();
  int run(ByteView frame, Dav1dPicture& shown, bool& shows);

  Dav1dContext* codec_ = nullptr;
  bool needsKeyFrame_ = true;
};

}  // namespace tincan::inline v0::media
