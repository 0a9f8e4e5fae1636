#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/encoded_input.h"
#include "stack/encodings_load.h"
#include "stack/media_sender.h"
#include "stack/send_transform.h"
#include "stack/video_encoding.h"
#include "stack/video_packets.h"

namespace tincan::inline v0::stack {

/// Pictures of a track over RTP, in the codec that the factory has for what was negotiated: each of its encodings is two
/// rooms, one that knows pictures and one that knows packets, with encoded frames between them.
///
///     track ─┬─► VideoEncoding ─┬─ encoded frames ─► SendTransform ─► VideoPackets ─► OutboundStream
///            └─► EncodedInput ──┴──── key frame ◄─────────────────────────┘
///
/// A track whose frames are encoded feeds as many encodings as its source has names for, else the first.
class VideoSender final : public MediaSender {
 public:
  /// `formats`: of each stream's encoding. Where the factory has no encoder or no packetizer for one, that is not sent. Of
  /// several encodings each takes
  /// what it can use, until setBitrate() says how much there is for all: then those that there is too little for wait,
  /// the highest first.
  VideoSender(std::shared_ptr<RtpSender> sender, Streams streams, std::shared_ptr<EventQueue> events,
              const media::CodecFactory& factory, const std::vector<media::CodecFormat>& formats, uint32_t bitrate,
              RandomSource& random, PacketPool& pool, CodecWork where = {});

  void collect(TimePoint now) override;
  void wantKeyFrame() override;
  void wantKeyFrame(const session::OutboundStream& stream) override;
  void setBitrate(uint32_t bitrate) override;
  void setWanted(uint32_t bitrate) override;
  uint32_t mostBySize() const override { return encodings_.front().pictures->mostBySize(); }
  uint32_t bitrate() const override;
  std::vector<rtp::RateRange> layerRates() const override;
  void addStats(RTCOutboundRtpStreamStats& out, size_t encoding) const override;

 private:
  /// What becomes one SSRC. Its place in the list is that of its parameters in the sender's.
  struct Encoding {
    std::unique_ptr<VideoEncoding> pictures;
    std::unique_ptr<EncodedInput> frames;  // in its place, where the track's frames are encoded
    std::unique_ptr<VideoPackets> packets;
  };

  media::SinkId addSink(media::MediaStreamTrack& track) override;
  void step(TimePoint now) override;
  TimePoint nextStep() const override;
  void addEncoding(session::OutboundStream& stream, const media::CodecFactory& factory,
                   const media::CodecFormat& format, uint32_t bitrate, RandomSource& random, PacketPool& pool);
  void sendPicture(TimePoint now, const media::VideoFrame& picture);
  void attachSource(const std::shared_ptr<media::EncodedSource>& source);
  void sendEncoded(const media::EncodedFrame& frame);
  bool isNamed(size_t encoding) const;
  void tellSources();
  void askForKeyFrame();
  void heedWishes();
  void pack(TimePoint now, size_t encoding, std::span<const media::EncodedFrame> frames);
  const RTCRtpEncodingParameters& parameters(size_t encoding) const;
  bool isSimulcast() const { return encodings_.size() > 1; }
  void split();
  void noteLoad(TimePoint now);
  void tellAllocation();

  std::vector<Encoding> encodings_;  // never empty
  CodecWork where_;
  SendTransform transform_;
  // Of several encodings.
  rtp::BitrateAllocator allocator_;
  std::optional<uint32_t> total_;               // for all; absent: as much as they can use
  bool changed_ = true;                         // since split() looked last
  std::vector<rtp::RateRange> rates_;           // what it saw then
  EncodingsLoad load_;                          // of several
  std::vector<EncodingsLoad::Encoding> works_;  // keeps its memory
  int width_ = 0, height_ = 0;                  // of the source
};

}  // namespace tincan::inline v0::stack
