#pragma once

#include <cstdint>
#include <vector>

#include "devices/ffmpeg/av.h"
#include "media/audio_frame.h"
#include "media/video_frame.h"

namespace tincan::inline v0::devices {

/// Pictures of any form into I420 of at most VideoFrame::kMaxSide. Their form may change from one to the next.
class PictureConverter {
 public:
  /// False where it cannot be converted.
  bool convert(const AVFrame& from, media::VideoFrame& out);

 private:
  AvPtr<SwsContext> scaler_;
};

/// Sound of any form into 16 bits at 48 kHz, interleaved.
class SoundConverter {
 public:
  explicit SoundConverter(int channels) : channels_(channels) {}
  /// Replaces what `out` held. False where it cannot be converted.
  bool convert(const AVFrame& from, std::vector<int16_t>& out);

 private:
  bool setUp(const AVFrame& from);

  int channels_;
  AvPtr<SwrContext> resampler_;
  int format_ = -1, rate_ = 0, fromChannels_ = 0;  // that it was set up for
};

}  // namespace tincan::inline v0::devices
