#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/media_sender.h"

namespace tincan::stack {

/// Sound of a track over RTP, in the codec that the factory has for what was negotiated.
class AudioSender final : public MediaSender {
 public:
  /// Where the factory has no encoder for `format`, nothing is sent.
  AudioSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, media::CodecFormat format, PacketPool& pool);

  uint32_t bitrate() const override;
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void sendSound(TimePoint now, const media::AudioFrame& sound);
  bool startEncoder(int channels);
  bool startsTalkspurt(TimePoint captured);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  PacketPool& pool_;
  std::unique_ptr<media::AudioEncoder> encoder_;
  bool failed_ = false;                       // there is no encoder, and none is asked for again
  std::vector<media::EncodedAudio> packets_;  // of one frame; keeps its memory
  std::optional<TimePoint> lastSent_;
  uint64_t framesEncoded_ = 0;
};

}  // namespace tincan::stack
