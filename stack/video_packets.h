#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/packet_buffer.h"
#include "media/codec/codec_factory.h"
#include "session/outbound_stream.h"

namespace tincan::stack {

/// Encoded frames into the packets of one outbound stream, wherever the frames come from. A picture is queued whole or
/// not at all; after one that was not, none leaves before the next key frame, since all that follow refer to it. Owned by
/// a VideoSender.
///
///     frames of a picture ─► room for all? ─► packetizer ─► OutboundStream::add (header, extensions)
///                               └─ no: lost ─► dropped until a key frame
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

  /// What a packet may carry.
  size_t maxPayload() const { return stream_.maxPayload(); }
  uint64_t framesSent() const { return framesSent_; }

 private:
  bool queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture);

  session::OutboundStream& stream_;
  PacketPool& pool_;
  std::unique_ptr<media::VideoPacketizer> packetizer_;
  bool lost_ = true;  // a picture that later ones refer to; none has left yet
  uint64_t framesSent_ = 0;
};

}  // namespace tincan::stack
