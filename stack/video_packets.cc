#include "stack/video_packets.h"

#include <utility>

namespace tincan::stack {
namespace {

// Every video payload format has a 90 kHz clock (RFC 7741 §4.1, RFC 6184 §5.1). Taken from when the picture was
// captured, so that it agrees with the sender reports.
uint32_t videoTimestamp(TimePoint captured) {
  return static_cast<uint32_t>(captured.micros() * 9 / 100);
}

}  // namespace

VideoPackets::VideoPackets(session::OutboundStream& stream, const media::CodecFactory& factory,
                           const media::CodecFormat& format, RandomSource& random, PacketPool& pool)
    : stream_(stream), pool_(pool) {
  if (auto made = factory.packetizer(format, random)) packetizer_ = *std::move(made);
}

bool VideoPackets::send(TimePoint now, std::span<const media::EncodedVideo> frames) {
  if (!packetizer_ || frames.empty()) return true;
  if (lost_ && !frames.front().keyFrame) return false;
  lost_ = false;
  for (const media::EncodedVideo& frame : frames) {
    packetizer_->setFrame(frame, stream_.maxPayload());
    lost_ = !queueFrame(now, videoTimestamp(frame.time), &frame == &frames.back());
    if (lost_) return false;
  }
  ++framesSent_;
  return true;
}

// RTP's marker ends a picture (RFC 9628 §4.1): of several layers, the last one's.
bool VideoPackets::queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture) {
  if (stream_.room() < packetizer_->packetsLeft()) return false;
  bool last = false;
  while (packetizer_->packetsLeft() > 0) {
    PacketBuffer payload = pool_.allocate();
    if (!payload || !packetizer_->next(payload, last)) return false;
    stream_.add(now, std::move(payload), last && endsPicture, timestamp);
  }
  return true;
}

}  // namespace tincan::stack
