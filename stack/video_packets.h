#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/packet_buffer.h"
#include "media/codec/codec_factory.h"
#include "media/codec/frame_dependencies.h"
#include "rtp/video_layers_allocation.h"
#include "session/outbound_stream.h"
#include "stack/capture_times.h"

namespace tincan::inline v0::stack {

/// Encoded frames into the packets of one outbound stream, wherever the frames come from. A picture is queued whole or
/// not at all; after one that was not, none leaves before the next key frame, since all that follow refer to it. Owned by
/// a VideoSender.
///
///     frames of a picture ─► room for all? ─► packetizer ─► OutboundStream::add (header, extensions)
///                               └─ no: lost ─► dropped until a key frame
///
/// Who forwards has to know layers without a look at payloads: extensions say of each packet what its frame refers to
/// (dependency descriptor), and from time to time what each layer takes (video-layers-allocation).
class VideoPackets {
 public:
  /// `stream` outlives it. Where the factory has no packetizer for `format`, nothing is sent.
  VideoPackets(session::OutboundStream& stream, const media::CodecFactory& factory, const media::CodecFormat& format,
               RandomSource& random, PacketPool& pool);

  /// The factory knows how a frame of this format is cut.
  bool usable() const { return packetizer_ != nullptr; }
  /// The frames of one picture, the lowest layer first; timestamps are those of EncodedFrame::time. False where what
  /// comes next is of no use before a key frame.
  bool send(TimePoint now, std::span<const media::EncodedVideo> frames);

  /// The peer takes dependency descriptors: it knows layers whatever the codec is.
  bool tellsDependencies() const;
  /// How the frames that come next are layered, and the size of a whole picture: what the dependency descriptor says,
  /// where it was negotiated and there are layers.
  void setLayers(const media::ScalabilityMode& mode, int width, int height);
  /// What all layers of the source take: told with the next picture, and again with each key picture.
  void setAllocation(const rtp::VideoLayersAllocation& allocation);

  /// What a packet may carry.
  size_t maxPayload() const;
  uint64_t framesSent() const { return framesSent_; }
  /// Of those, that were 2.5 times as large as the average before them, or larger (webrtc-stats, hugeFramesSent).
  uint64_t hugeFramesSent() const { return hugeFramesSent_; }

 private:
  /// What headers say of a frame beside what they say of all.
  struct Labels {
    rtp::DependencyDescriptor* dependencies = nullptr;
    bool allocation = false;
    std::optional<rtp::AbsCaptureTime> captured{};  // maxPayload() leaves room for it
    std::span<const uint32_t> contributing{};
    size_t size = 0;  // in the first packet, which has most
  };
  Labels labelsOf(const media::EncodedVideo& frame);
  bool queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture, const Labels& labels);
  bool add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp, const Labels& labels, bool first,
           bool last);

  session::OutboundStream& stream_;
  PacketPool& pool_;
  CaptureTimeSender captureTimes_;
  std::unique_ptr<media::VideoPacketizer> packetizer_;
  std::optional<media::FrameDependencies> dependencies_;  // while they are told
  int width_ = 0, height_ = 0;
  rtp::VideoLayersAllocation allocation_;
  bool tellAllocation_ = false;
  bool lost_ = true;  // a picture that later ones refer to; none has left yet
  uint64_t framesSent_ = 0, hugeFramesSent_ = 0, bytesSent_ = 0;
};

}  // namespace tincan::inline v0::stack
