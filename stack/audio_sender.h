#pragma once

#include <optional>

#include "media/opus_encoder.h"
#include "rtp/payload/opus.h"
#include "stack/media_sender.h"

namespace tincan::stack {

/// Sound of a track as Opus over RTP: one 20 ms frame a packet (RFC 7587).
class AudioSender final : public MediaSender {
 public:
  AudioSender(std::shared_ptr<RtpSender> sender, std::unique_ptr<RtpStreamSender> stream,
              std::shared_ptr<EventQueue> events, PacketPool& pool);

  uint32_t bitrate() const override;
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void sendSound(TimePoint now, const media::AudioFrame& sound);

  PacketPool& pool_;
  std::optional<media::OpusEncoder> encoder_;
  bool talking_ = false;
  uint64_t framesEncoded_ = 0;
};

}  // namespace tincan::stack
