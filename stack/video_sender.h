#pragma once

#include <memory>
#include <vector>

#include "media/codec/codec_factory.h"
#include "media/video_scaler.h"
#include "rtp/stats/key_frame_limiter.h"
#include "stack/media_sender.h"
#include "stack/quality_limitation.h"
#include "stack/resolution_adapter.h"

namespace tincan::stack {

/// Pictures of a track over RTP, in the codec that the factory has for what was negotiated. A picture is queued whole
/// or not at all; after one that was not, none leaves before the next key frame, since all that follow refer to it.
class VideoSender final : public MediaSender {
 public:
  /// Where the factory has no encoder or no packetizer for `format`, nothing is sent.
  VideoSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, media::CodecFormat format, uint32_t bitrate, RandomSource& random,
              PacketPool& pool);

  void wantKeyFrame() override { keyFrames_.want(); }
  void setBitrate(uint32_t bitrate) override;
  void setWanted(uint32_t bitrate) override { wanted_ = bitrate; }
  uint32_t bitrate() const override { return bitrate_; }
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  /// The picture in the size that the rate is enough for; `scaled` holds it where it is another.
  const media::VideoFrame& fitted(TimePoint now, const media::VideoFrame& picture, media::VideoFrame& scaled);
  bool startEncoder(const media::VideoFrame& picture);
  void sendPicture(TimePoint now, const media::VideoFrame& picture);
  bool queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  PacketPool& pool_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  bool failed_ = false;  // there is no encoder, and none is asked for again
  std::unique_ptr<media::VideoPacketizer> packetizer_;
  std::vector<media::EncodedVideo> frames_;  // of one picture; keeps its memory
  rtp::KeyFrameLimiter keyFrames_;
  uint32_t bitrate_;
  uint32_t wanted_ = 0;  // with as much rate as there could be; 0: what bitrate_ is
  ResolutionAdapter resolution_;
  media::VideoScaler scaler_;
  QualityLimitation limitation_;
  bool lost_ = false;  // a picture that later ones refer to
  uint64_t framesEncoded_ = 0, keyFramesEncoded_ = 0;
  int width_ = 0, height_ = 0;
};

}  // namespace tincan::stack
