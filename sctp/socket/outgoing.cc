#include <algorithm>

#include "sctp/chunk/parameter.h"
#include "sctp/socket/association_impl.h"

namespace tincan::inline v0::sctp {
namespace {

// What waits to leave beside data. A peer that provokes more than this gets no answer to the rest.
constexpr size_t kMaxAlone = 32;
constexpr size_t kMaxControl = 32;

}  // namespace

void Association::Impl::queueAlone(uint32_t tag, ChunkType type, uint8_t flags, ByteView body) {
  ByteBuilder chunk;
  chunk.u8(static_cast<uint8_t>(type)).u8(flags).u16(static_cast<uint16_t>(kChunkHeaderSize + body.size())).bytes(body);
  queueAloneWhole(tag, chunk.view());
}

void Association::Impl::queueAloneWhole(uint32_t tag, ByteView chunk) {
  if (alone_.size() >= kMaxAlone) {
    ++stats_.packetsDropped;
    return;
  }
  ByteBuilder out;
  out.u32(tag).bytes(chunk);
  alone_.push_back(out.take());
}

void Association::Impl::queueControl(ChunkType type, uint8_t flags, ByteView body) {
  if (control_.size() >= kMaxControl) {
    ++stats_.chunksRefused;
    return;
  }
  ByteBuilder chunk;
  chunk.u8(static_cast<uint8_t>(type)).u8(flags).u16(static_cast<uint16_t>(kChunkHeaderSize + body.size())).bytes(body);
  control_.push_back(chunk.take());
}

void Association::Impl::queueShutdown() {
  uint8_t cumulative[4];  // RFC 9260 §3.3.8
  storeBe32(cumulative, toTsn(tracker_->cumulative()).value());
  queueControl(ChunkType::kShutdown, 0, cumulative);
}

void Association::Impl::sendAbort(CauseCode cause, std::string_view reason) {
  if (remote_.tag != 0) queueAlone(remote_.tag, ChunkType::kAbort, 0, writeCause(cause, asBytes(reason)));
}

/// What goes by itself, oldest first.
bool Association::Impl::transmitAlone(PacketBuffer& out) {
  while (!alone_.empty()) {
    const Bytes next = std::move(alone_.front());
    alone_.pop_front();
    out = pool_.allocate();
    PacketBuilder builder(out, headerTo(loadBe32(next.data())), config_.mtu);
    if (out && builder.addWhole(ByteView(next).subspan(4))) {
      builder.finish(Checksum::kCrc32c);
      ++stats_.packetsSent;
      return true;
    }
    ++stats_.packetsDropped;
    out.reset();
  }
  return false;
}

bool Association::Impl::pollTransmit(TimePoint now, PacketBuffer& out) {
  advanceTime(now);
  if (transmitAlone(out) || transmitCookieEcho(out)) return true;
  if (!isUp()) return false;
  if (transmitProbe(out)) return true;
  const bool data = maySendData() && tx_.ready(now_);
  const bool sack = tracker_->isDue(now_);
  if (!data && !sack && control_.empty()) return false;
  out = pool_.allocate();
  if (!out) {
    ++stats_.packetsDropped;
    return false;
  }
  PacketBuilder builder(out, headerTo(remote_.tag), mtu_.size());
  addControl(builder);
  // RFC 9260 §6.2: a SACK that waits rides on what leaves anyway.
  if (sack || tracker_->isPending()) addSack(builder);
  if (data && !addData(out)) return out.reset(), false;
  if (builder.empty()) return out.reset(), false;
  // RFC 9260 §6.9: what was cut for a path that carried more is not cut again, and IP carries it in fragments.
  if (out.size() > mtu_.size()) out.setFragmentation(Fragmentation::kAllowed);
  const bool zero = remote_.capabilities.zeroChecksum && config_.zeroChecksum;
  builder.finish(zero ? Checksum::kZero : Checksum::kCrc32c);
  ++stats_.packetsSent;
  return true;
}

/// Behind what is in the packet; false when the buffer will not have it.
bool Association::Impl::addData(PacketBuffer& out) {
  ByteWriter writer(out.writable());
  writer.reserve(out.size());
  return tx_.fill(now_, writer) == 0 || out.resize(writer.size());
}

/// RFC 9260 §5.1, step C: what waits already rides with the cookie, as far as this one packet has room.
bool Association::Impl::transmitCookieEcho(PacketBuffer& out) {
  if (!cookieEchoDue_) return false;
  cookieEchoDue_ = false;
  out = pool_.allocate();
  PacketBuilder builder(out, headerTo(remote_.tag), config_.mtu);
  if (!out || !builder.add(ChunkType::kCookieEcho, 0, cookie_) || (tx_.ready(now_) && !addData(out))) {
    ++stats_.packetsDropped;
    return out.reset(), false;
  }
  builder.finish(Checksum::kCrc32c);
  ++stats_.packetsSent;
  return true;
}

/// RFC 8899 §6.2.1.2: HEARTBEAT, and PAD to the size that is asked about. No data rides on it, for it may well be lost.
bool Association::Impl::transmitProbe(PacketBuffer& out) {
  if (phase_ != Phase::kEstablished) return false;
  // Whoever sends this much will send more; for less than that the question is not worth its packets.
  if (mtu_.mayStart(now_) && tx_.bufferedAmount() > 32 * config_.mtu) mtu_.start(now_);
  const std::optional<PathMtu::Probe> probe = mtu_.poll(now_, random_);
  if (!probe) return false;
  out = pool_.allocate();
  PacketBuilder builder(out, headerTo(remote_.tag), probe->size);
  ByteBuilder info;
  uint8_t nonce[8];
  storeBe64(nonce, probe->nonce);
  addParameter(info, ParameterType::kHeartbeatInfo, nonce);
  builder.add(ChunkType::kHeartbeat, 0, info.view());
  if (!out || builder.room() < kChunkHeaderSize) return out.reset(), false;
  const size_t rest = builder.room() - kChunkHeaderSize;
  const MutableByteView padding = builder.add(ChunkType::kPad, 0, rest);
  std::fill(padding.begin(), padding.end(), uint8_t{0});
  builder.finish(Checksum::kCrc32c);
  out.setFragmentation(Fragmentation::kNever);
  ++stats_.packetsSent;
  return true;
}

void Association::Impl::addControl(PacketBuilder& builder) {
  while (!control_.empty()) {
    if (!builder.addWhole(control_.front())) {
      if (!builder.empty()) return;
      ++stats_.chunksRefused;  // larger than any packet of ours
    }
    control_.pop_front();
  }
}

void Association::Impl::addSack(PacketBuilder& builder) {
  if (!builder.fits(SackChunk::kHeaderSize - kChunkHeaderSize)) return;
  // All of it waits for pieces, and nothing for the application: nothing would ever move again.
  if (window_.credit(held()) < 4 * config_.mtu && eventCost_ < window_.limit() / 4) window_.grow();
  tracker_->fill(sack_, std::min(builder.room(), config_.mtu / 2));
  sack_.window = toldCredit_ = window_.credit(held());
  const size_t bodySize = sack_.wireSize() - kChunkHeaderSize;
  const MutableByteView body = builder.add(ChunkType::kSack, 0, bodySize);
  if (body.size() != bodySize) return;
  ByteWriter writer(MutableByteView(body.data() - kChunkHeaderSize, sack_.wireSize()));
  write(writer, sack_);
  tracker_->sent();
}

/// A peer that was told of a small window waits to hear of a larger one; else only its probes would find it.
void Association::Impl::windowMayHaveOpened() {
  if (!tracker_ || !mayReceiveData()) return;
  const uint32_t credit = window_.credit(held());
  const size_t step = window_.limit() / 2;
  if (toldCredit_ < step && credit >= toldCredit_ + step) tracker_->demand();
}

}  // namespace tincan::inline v0::sctp
