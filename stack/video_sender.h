#pragma once

#include <memory>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/encoded_input.h"
#include "stack/media_sender.h"
#include "stack/video_encoding.h"
#include "stack/video_packets.h"

namespace tincan::stack {

/// Pictures of a track over RTP, in the codec that the factory has for what was negotiated: each of its encodings is two
/// rooms, one that knows pictures and one that knows packets, with encoded frames between them.
///
///     track ─┬─► VideoEncoding ─┬─ encoded frames ─► VideoPackets ─► OutboundStream
///            └─► EncodedInput ──┴──── key frame ◄─────────┘
class VideoSender final : public MediaSender {
 public:
  /// Where the factory has no encoder or no packetizer for `format`, nothing is sent.
  VideoSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, const media::CodecFormat& format, uint32_t bitrate,
              RandomSource& random, PacketPool& pool);

  void wantKeyFrame() override;
  void setBitrate(uint32_t bitrate) override;
  void setWanted(uint32_t bitrate) override;
  uint32_t mostBySize() const override { return encodings_.front().pictures->mostBySize(); }
  uint32_t bitrate() const override;
  void addStats(RTCOutboundRtpStreamStats& out) const override;

 private:
  /// What becomes one SSRC. Its place in the list is that of its parameters in the sender's.
  struct Encoding {
    std::unique_ptr<VideoEncoding> pictures;
    std::unique_ptr<VideoPackets> packets;
  };

  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void step(TimePoint now) override { encoded_.pollKeyFrame(now); }
  TimePoint nextStep() const override { return encoded_.nextTimeout(); }
  void sendPicture(TimePoint now, const media::VideoFrame& picture);
  void sendEncoded(const media::EncodedFrame& frame);

  std::vector<Encoding> encodings_;  // one, for now; never empty
  EncodedInput encoded_;             // in the place of the first one's pictures, where the track's frames are encoded
};

}  // namespace tincan::stack
