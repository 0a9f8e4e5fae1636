#pragma once

#include <optional>

#include "media/video_frame.h"
#include "media/video_scaler.h"
#include "stack/api/rtp_parameters.h"

namespace tincan::inline v0::stack {

/// What the encoding parameters of setParameters() do to pictures before they are encoded (webrtc-pc §5.2.8): which of
/// them go at all, and how large. Owned by a sender of video.
class EncodingShaper {
 public:
  /// False for a picture that is not sent: the encoding is not active, or they come faster than maxFramerate.
  bool takes(const RTCRtpEncodingParameters& encoding, TimePoint captured);
  /// The picture as large as scaleResolutionDownBy says; good until the next call.
  const media::VideoFrame& shaped(const RTCRtpEncodingParameters& encoding, const media::VideoFrame& picture);

 private:
  std::optional<TimePoint> next_;  // when the next picture is due
  media::VideoScaler scaler_;
  media::VideoFrame scaled_;
};

/// The lower of the two.
inline uint32_t limitedBitrate(const RTCRtpEncodingParameters& encoding, uint32_t bitrate) {
  return encoding.maxBitrate && *encoding.maxBitrate < bitrate ? *encoding.maxBitrate : bitrate;
}

}  // namespace tincan::inline v0::stack
