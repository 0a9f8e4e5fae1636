#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/codec/codec_factory.h"
#include "rtp/payload/telephone_event.h"
#include "stack/media_sender.h"

namespace tincan::stack {

/// Sound of a track over RTP, in the codec that the factory has for what was negotiated.
class AudioSender final : public MediaSender {
 public:
  /// Where the factory has no encoder for `format`, nothing is sent.
  AudioSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, media::CodecFormat format, PacketPool& pool);

  /// Where the far end takes telephone-event: under this payload type.
  void setTones(std::optional<PayloadType> type) { toneType_ = type; }
  uint32_t bitrate() const override;
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void sendSound(TimePoint now, const media::AudioFrame& sound);
  bool startEncoder(int channels);
  bool sendTone(TimePoint now, TimePoint captured);
  bool startsTalkspurt(TimePoint captured);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  PacketPool& pool_;
  std::unique_ptr<media::AudioEncoder> encoder_;
  bool failed_ = false;                       // there is no encoder, and none is asked for again
  std::vector<media::EncodedAudio> packets_;  // of one frame; keeps its memory
  std::optional<TimePoint> lastSent_;
  std::optional<PayloadType> toneType_;
  rtp::TelephoneEventSender tones_;
  std::optional<uint8_t> tone_;  // that is being said
  uint64_t framesEncoded_ = 0;
};

}  // namespace tincan::stack
