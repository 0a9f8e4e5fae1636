#pragma once

#include <optional>

#include "media/vp8_encoder.h"
#include "rtp/payload/vp8.h"
#include "rtp/stats/key_frame_limiter.h"
#include "stack/media_sender.h"

namespace tincan::stack {

/// Pictures of a track as VP8 over RTP. A picture is queued whole or not at all; after one that was not, none leaves
/// before the next key frame, since all that follow refer to it.
class VideoSender final : public MediaSender {
 public:
  VideoSender(std::shared_ptr<RtpSender> sender, std::unique_ptr<RtpStreamSender> stream,
              std::shared_ptr<EventQueue> events, uint32_t bitrate, RandomSource& random, PacketPool& pool);

  void wantKeyFrame() override { keyFrames_.want(); }
  void setBitrate(uint32_t bitrate) override;
  uint32_t bitrate() const override { return bitrate_; }
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void sendPicture(TimePoint now, const media::VideoFrame& picture);
  bool queuePicture(TimePoint now, uint32_t timestamp);

  PacketPool& pool_;
  std::optional<media::Vp8Encoder> encoder_;
  rtp::Vp8Packetizer packetizer_;
  rtp::KeyFrameLimiter keyFrames_;
  uint32_t bitrate_;
  bool lost_ = false;  // a picture that later ones refer to
  uint64_t framesEncoded_ = 0, keyFramesEncoded_ = 0;
  int width_ = 0, height_ = 0;
};

}  // namespace tincan::stack
