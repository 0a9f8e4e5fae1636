#pragma once

#include <memory>
#include <optional>

#include "media/codec/codec_factory.h"
#include "stack/audio_encoding.h"
#include "stack/audio_packets.h"
#include "stack/encoded_input.h"
#include "stack/media_sender.h"
#include "stack/send_transform.h"

namespace tincan::inline v0::stack {

/// Sound of a track over RTP, in the codec that the factory has for what was negotiated.
///
///     track ─┬─► AudioEncoding ─┬─ encoded frames ─► SendTransform ─► AudioPackets ─► OutboundStream
///            ├─► EncodedInput ──┘                                      │
///            └─► DTMFSender's playout ─ events ────────────────────────┘
class AudioSender final : public MediaSender {
 public:
  /// Where the factory has no encoder for `format`, nothing is sent.
  AudioSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, const media::CodecFormat& format, PacketPool& pool,
              CodecWork where = {});

  /// Where the far end takes telephone-event: under this payload type.
  void setTones(std::optional<PayloadType> type) { packets_.setTones(type); }
  void collect(TimePoint now) override {
    sound_.collect(now);
    transform_.collect(now);
  }
  uint32_t bitrate() const override { return sound_.bitrate(); }
  void addStats(RTCOutboundRtpStreamStats& out, size_t encoding) const override;

 private:
  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void sendEncoded(const media::EncodedFrame& frame);
  void sendSound(TimePoint now, const media::AudioFrame& sound);
  bool sendTone(TimePoint now, TimePoint captured);

  AudioPackets packets_;
  SendTransform transform_;
  AudioEncoding sound_;
  Duration packetTime_;   // of what came last
  EncodedInput encoded_;  // in the place of sound_, where the track's frames are encoded
};

}  // namespace tincan::inline v0::stack
