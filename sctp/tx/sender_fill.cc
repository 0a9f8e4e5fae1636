// What goes into packets.
#include <algorithm>

#include "sctp/tx/sender_impl.h"

namespace tincan::inline v0::sctp {
bool Sender::Impl::ready(TimePoint now) const {
  if (!started) return false;
  if (forwardTsnDue_ || probe_ == Probe::kDue) return true;
  return mayTransmit() && pacer_.allows(now);
}

// RFC 9260 §6.1 B; a packet may stand over the window's end. With nothing in flight one packet always may.
bool Sender::Impl::windowOpen() const {
  const size_t inFlight = chunks().bytesInFlight();
  return inFlight == 0 || forceOne_ || inFlight < congestion_->window();
}

// RFC 9260 §6.1 A: within the peer's window, or one chunk that asks whether it is still shut.
bool Sender::Impl::mayAdd() const {
  const OutboundMessage* message = queue.front();
  if (!message) return false;
  const size_t most = config.maxPacket - kCommonHeader;
  const size_t wanted = std::min(most, message->data.size() - message->cut + DataChunk::kIDataHeaderSize);
  return wanted <= peerWindow_ || (chunks().bytesInFlight() == 0 && !hasLost());
}

size_t Sender::Impl::room(const ByteWriter& packet) const {
  const size_t left = config.maxPacket > packet.size() ? config.maxPacket - packet.size() : 0;
  return std::min(left, packet.remaining()) & ~size_t{3};  // chunks are padded
}

size_t Sender::Impl::fill(TimePoint now, ByteWriter& packet) {
  if (!started || !packet.ok()) return 0;
  const size_t start = packet.size();
  lastChunkAt_ = 0;
  askedAtOnce_ = false;
  giveUpExpired(now);
  if (forwardTsnDue_) writeForwardTsn(now, packet);
  if (probe_ == Probe::kDue) {
    writeProbe(now, packet);
  } else if (mayTransmit()) {
    if (pacer_.allows(now)) {
      while (hasLost() && writeLost(now, packet)) {
      }
      while (!hasLost() && writeNew(now, packet)) {
      }
    } else {
      pacer_.wait();
    }
  }
  if (lastChunkAt_ > 0) finishPacket(now, packet, start);
  noteLimits(now);
  return packet.size() - start;
}

void Sender::Impl::giveUpExpired(TimePoint now) {
  counts_.abandonedMessages += queue.dropExpired(now);
  while (OutboundMessage* message = queue.front()) {
    if (!message->begun() || !outstanding.isSpent(now, *message, 0)) return;
    outstanding.abandon(*message);
    forwardTsnDue_ = true;
    counts_.abandonedMessages += queue.dropExpired(now);
  }
}

void Sender::Impl::writeForwardTsn(TimePoint now, ByteWriter& packet) {
  if (!outstanding.hasSkipped()) {
    forwardTsnDue_ = false;
    return;
  }
  if (!outstanding.buildForwardTsn(room(packet), forwardTsn_)) return;
  write(packet, forwardTsn_);
  forwardTsnDue_ = false;
  forwardTsnAt_ = now;
  skippedTo_ = outstanding.advancedPoint();
  if (t3_.isNever()) armT3(now);  // RFC 3758 §3.5 C4
}

// The first of those found lost. False: none that fits.
bool Sender::Impl::writeLost(TimePoint now, ByteWriter& packet) {
  const int64_t tsn = chunks().firstLost();
  const OutstandingChunk& chunk = outstanding.at(tsn);
  if (outstanding.isSpent(now, *chunk.message, chunk.transmissions)) {
    outstanding.abandon(*chunk.message);
    forwardTsnDue_ = true;
    return true;
  }
  // Cut for a larger path: RFC 9260 §6.9 has it sent as it is.
  const bool alone = lastChunkAt_ == 0 && packet.size() <= kCommonHeader;
  if (chunk.wireSize > (alone ? packet.remaining() : room(packet))) return false;
  switch (chunk.found) {
    case Found::kBySack: ++counts_.fastRetransmits; break;
    case Found::kByTime: ++counts_.rackRetransmits; break;
    case Found::kByT3: ++counts_.timeoutRetransmits; break;
  }
  ++resent_;
  // RFC 9260 §7.2.4 rule 4, §6.3.2 R1
  if (tsn == chunks().first()) armT3(now);
  return writeChunk(now, tsn, packet);
}

bool Sender::Impl::writeNew(TimePoint now, ByteWriter& packet) {
  giveUpExpired(now);
  if (!mayAdd()) return false;
  const size_t header = DataChunk::headerSize(outstanding.interleaving());
  const size_t left = room(packet);
  if (left <= header) return false;
  // A message is cut where a packet begins, or where at least half a packet is left: pieces cost on both sides.
  const size_t least = lastChunkAt_ == 0 ? 1 : (config.maxPacket - kCommonHeader) / 2;
  const auto fragment = queue.next(left - header, least);
  if (!fragment) return false;
  ++counts_.chunksSent;
  counts_.bytesSent += fragment->size;
  return writeChunk(now, outstanding.add(*fragment), packet);
}

// RFC 8985 §7.3: new data, else what was sent last, once more; unless its message's limits forbid that.
bool Sender::Impl::mayProbe(TimePoint now) const {
  if (mayAdd()) return true;
  const int64_t tsn = chunks().newestInFlight();
  if (tsn == OutstandingChunks::kNone) return false;
  const OutstandingChunk& chunk = chunks().at(tsn);
  return !outstanding.isSpent(now, *chunk.message, chunk.transmissions);
}

// One probe until it is acknowledged.
void Sender::Impl::writeProbe(TimePoint now, ByteWriter& packet) {
  probe_ = Probe::kNone;
  probedTsn_ = OutstandingChunks::kNone;
  while (writeNew(now, packet)) {
  }
  probeEnd_ = chunks().end();
  if (lastChunkAt_ == 0) {
    const int64_t tsn = chunks().newestInFlight();
    if (!mayProbe(now) || tsn == OutstandingChunks::kNone || chunks().at(tsn).wireSize > packet.remaining()) return;
    probedTsn_ = tsn;
    probeEnd_ = tsn + 1;
    ++resent_;
    writeChunk(now, tsn, packet);
  }
  ++counts_.tailProbes;
  probe_ = Probe::kSent;
  probedAt_ = now;
  armT3(now);
}

bool Sender::Impl::writeChunk(TimePoint now, int64_t tsn, ByteWriter& packet) {
  const OutstandingChunk& chunk = outstanding.at(tsn);
  size_t before = chunks().bytesInFlight();
  if (chunks().state(tsn) == RetransmissionQueue::State::kInFlight) before -= chunk.wireSize;
  delivery_.onSent(now, before, outstanding.at(tsn));
  congestion_->onSent(now, chunk.wireSize, before, delivery_.appLimited());
  outstanding.noteSent(now, tsn);
  peerWindow_ -= std::min<size_t>(peerWindow_, chunk.wireSize);
  if (chunk.end && chunk.message->acknowledgeAtOnce) askedAtOnce_ = true;
  lastChunkAt_ = packet.size();
  if (t3_.isNever()) armT3(now);
  return write(packet, outstanding.chunkOf(tsn));
}

void Sender::Impl::finishPacket(TimePoint now, ByteWriter& packet, size_t start) {
  forceOne_ = false;
  pacer_.onSent(now, packet.size() - start);  // chunks, as the windows and the delivery rate count them
  // RFC 7053 §4: we wait for the SACK when nothing more is to be sent, and in slow start when the window is used up.
  const bool drained = queue.empty() && !hasLost();
  promptTail_ = askedAtOnce_ || drained || (congestion_->inSlowStart() && !windowOpen());
  if (promptTail_) {
    const uint16_t head = loadBe16(packet.written().data() + lastChunkAt_);
    packet.patchU16(lastChunkAt_, head | DataChunk::kImmediate);
  }
  if (drained) pacer_.pause();
  armTail(now);
}

// What holds us back: the window, which may grow then, or the lack of data.
void Sender::Impl::noteLimits(TimePoint now) {
  if (chunks().bytesInFlight() + config.maxPacket > congestion_->window()) {
    limitedAt_ = now;
    everLimited_ = true;
  }
  // The peer's window is no limit of the network either.
  if (windowOpen() && !mayTransmit()) delivery_.noteAppLimited(chunks().bytesInFlight());
}

}  // namespace tincan::inline v0::sctp
