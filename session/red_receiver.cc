#include "session/red_receiver.h"

#include <algorithm>
#include <utility>

#include "rtp/header.h"

namespace tincan::inline v0::session {
namespace {

constexpr int64_t kMaxDropout = 3000;  // RFC 3550 A.1

}  // namespace

// False when it is known, or too old to tell.
bool RedReceiver::note(uint16_t number) {
  const bool first = !sequences_.started();
  const int64_t sequence = sequences_.peek(number);
  if (first || sequence > highest_) {
    const int64_t ahead = first ? 64 : sequence - highest_;
    heard_ = ahead >= 64 ? 1 : heard_ << ahead | 1;
    highest_ = sequences_.unwrap(number);
    return true;
  }
  const int64_t behind = highest_ - sequence;
  if (behind > kMaxDropout) {  // the sender has begun anew
    sequences_ = {};
    return note(number);
  }
  if (behind >= 64 || (heard_ >> behind & 1) != 0) return false;
  heard_ |= uint64_t{1} << behind;
  return true;
}

bool RedReceiver::receive(rtp::ReceivedPacket& packet) {
  count_ = next_ = 0;
  const uint16_t sequence = packet.header.sequenceNumber;
  const bool began = sequences_.started();
  note(sequence);
  if (packet.header.payloadType != red_) return true;
  rtp::RedPayload payload;
  if (!payload.parse(packet.payload(), red_)) return false;
  const auto blocks = payload.blocks();
  const size_t copies = blocks.size() - 1;
  for (size_t i = 0; i < copies; ++i) {
    const rtp::RedBlock& block = blocks[i];
    ++stats_.blocks;
    stats_.bytes += block.payload.size();
    // What was sent before we listened was not lost.
    const bool missing = began && !block.payload.empty() && note(static_cast<uint16_t>(sequence - (copies - i)));
    if (!missing) {
      ++stats_.discarded;
    } else {
      repeat(packet, block, static_cast<uint16_t>(sequence - (copies - i)));
    }
  }
  // The newest block is the rest of the packet: the header moves up to it.
  const size_t skipped = static_cast<size_t>(payload.primary().payload.data() - packet.payload().data());
  uint8_t* bytes = packet.buffer.data();
  std::copy_backward(bytes, bytes + packet.header.headerSize, bytes + packet.header.headerSize + skipped);
  packet.buffer.trimFront(skipped);
  packet.header.payloadType = payload.primary().payloadType;
  rtp::setPayloadType(packet.buffer.mutableView(), packet.header.payloadType);
  return true;
}

void RedReceiver::repeat(const rtp::ReceivedPacket& packet, const rtp::RedBlock& block, uint16_t sequence) {
  if (count_ == kMostCopies) return;
  PacketBuffer copy = pool_.copy(block.payload);
  rtp::Header header;
  header.payloadType = block.payloadType;
  header.sequenceNumber = sequence;
  header.timestamp = packet.header.timestamp - block.timestampOffset;
  header.ssrc = packet.header.ssrc;
  if (copy && rtp::prependHeader(copy, header)) copies_[count_++] = std::move(copy);
}

bool RedReceiver::poll(PacketBuffer& out) {
  if (next_ == count_) return false;
  out = std::move(copies_[next_++]);
  return true;
}

}  // namespace tincan::inline v0::session
