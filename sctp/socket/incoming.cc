#include <algorithm>

#include "sctp/chunk/parameter.h"
#include "sctp/crc32c.h"
#include "sctp/socket/association_impl.h"

namespace tincan::inline v0::sctp {
namespace {

// Packets that came before connect(): as many as a peer sends that is up half a round trip earlier.
constexpr size_t kMaxEarlyPackets = 16;
constexpr uint8_t kTagReflected = 0x01;  // RFC 9260 §3.3.7, §3.3.13: the T bit

}  // namespace

void Association::Impl::receive(TimePoint now, ByteView packet) {
  advanceTime(now);
  ++stats_.packetsReceived;
  if (!isIntact(packet)) {
    ++stats_.packetsDropped;
    return;
  }
  if (phase_ == Phase::kNew) {
    if (early_.size() < kMaxEarlyPackets) {
      early_.push_back(toBytes(packet));
    } else {
      ++stats_.packetsDropped;
    }
    return;
  }
  takePacket(packet);
  advance();
}

/// RFC 9260 §6.8: a packet whose checksum is wrong is dropped. Zero is as good where we have said so, which a packet with
/// an INIT or a COOKIE ECHO cannot know yet (RFC 9653 §5.3).
bool Association::Impl::isIntact(ByteView packet) const {
  if (packet.size() < kCommonHeaderSize) return false;
  const uint32_t stored = storedChecksum(packet);
  if (stored == 0 && config_.zeroChecksum && packet.size() > kCommonHeaderSize) {
    const auto type = static_cast<ChunkType>(packet[kCommonHeaderSize]);
    if (type != ChunkType::kInit && type != ChunkType::kCookieEcho) return true;
  }
  return stored == packetChecksum(packet);
}

/// RFC 9260 §8.5, §8.5.1. A COOKIE ECHO's tag is held against its cookie.
bool Association::Impl::isAddressedToUs(const CommonHeader& header, const ChunkView& first) const {
  if (header.sourcePort != config_.remotePort || header.destinationPort != config_.localPort) return false;
  if (first.type == ChunkType::kInit) return header.tag == 0;
  if (first.type == ChunkType::kCookieEcho) return true;
  const bool mayReflect = first.type == ChunkType::kAbort || first.type == ChunkType::kShutdownComplete;
  if (mayReflect && (first.flags & kTagReflected)) return remote_.tag != 0 && header.tag == remote_.tag;
  return header.tag == local_.tag;
}

void Association::Impl::takePacket(ByteView packet) {
  if (phase_ == Phase::kClosed) return takeAfterClose(packet);
  const std::optional<CommonHeader> header = parseCommonHeader(packet);
  ChunkReader reader(packet.subspan(kCommonHeaderSize));
  ChunkView chunk;
  if (!reader.next(chunk) || !isAddressedToUs(*header, chunk)) {
    ++stats_.packetsDropped;
    return;
  }
  const bool onlyCookie = chunk.type == ChunkType::kCookieEcho && header->tag != local_.tag;
  sawData_ = sawImmediate_ = false;
  bool goesOn = takeChunk(*header, chunk) && !onlyCookie;
  while (goesOn && phase_ != Phase::kClosed && reader.next(chunk)) {
    // RFC 9260 §6.10: these stand alone.
    const bool mustBeAlone = chunk.type == ChunkType::kInit || chunk.type == ChunkType::kInitAck ||
                             chunk.type == ChunkType::kShutdownComplete || chunk.type == ChunkType::kCookieEcho;
    if (mustBeAlone) break;
    goesOn = takeChunk(*header, chunk);
  }
  if (!reader.ok()) ++stats_.chunksRefused;
  if (sawData_ && isUp()) dataDone();
}

bool Association::Impl::takeChunk(const CommonHeader& header, const ChunkView& chunk) {
  switch (chunk.type) {
    case ChunkType::kInit:
    case ChunkType::kInitAck:
      if (const Result<InitChunk> init = readInit(chunk)) {
        on(*init);
      } else {
        ++stats_.chunksRefused;
      }
      return false;
    case ChunkType::kCookieEcho: return takeCookieEcho(header, chunk.body), true;
    case ChunkType::kCookieAck: return takeCookieAck(), true;
    case ChunkType::kData:
    case ChunkType::kIData: return takeDataChunk(chunk), true;
    case ChunkType::kSack: return takeSack(chunk.body), true;
    case ChunkType::kForwardTsn:
    case ChunkType::kIForwardTsn: return takeForwardTsn(chunk), true;
    case ChunkType::kReconfig: return takeReconfig(chunk.body), true;
    case ChunkType::kHeartbeat: return takeHeartbeat(chunk.body), true;
    case ChunkType::kHeartbeatAck: return takeHeartbeatAck(chunk.body), true;
    case ChunkType::kPad: return true;
    case ChunkType::kError: return takeError(chunk.body), true;
    case ChunkType::kShutdown: return takeShutdown(chunk.body), true;
    case ChunkType::kShutdownAck: return takeShutdownAck(), true;
    case ChunkType::kShutdownComplete:
      if (phase_ == Phase::kShutdownAckSent) finish();
      return true;
    case ChunkType::kAbort:
      // Who leaves in the middle of saying goodbye is gone all the same.
      if (phase_ > Phase::kEstablished) return finish(), false;
      return fail(ErrorCode::kNetworkError, "the SCTP peer aborted"), false;
  }
  return takeUnknown(chunk);
}

bool Association::Impl::takeUnknown(const ChunkView& chunk) {
  ++stats_.chunksRefused;
  if (reportsIfUnknown(chunk.type) && isUp()) {
    queueControl(ChunkType::kError, 0, writeCause(CauseCode::kUnrecognizedChunk, chunk.whole));
  }
  return skipsIfUnknown(chunk.type);
}

// ---- data ----

void Association::Impl::takeDataChunk(const ChunkView& chunk) {
  if (!mayReceiveData()) return;
  const bool interleaving = local_.capabilities.interleaving && remote_.capabilities.interleaving;
  if ((chunk.type == ChunkType::kIData) != interleaving) {
    // RFC 8260 §2.2.1: the two are never mixed.
    sendAbort(CauseCode::kProtocolViolation, "DATA and I-DATA in one association");
    return fail(ErrorCode::kMalformed, "the SCTP peer sent DATA where I-DATA was agreed, or the other way");
  }
  const std::optional<DataChunk> data =
      interleaving ? readIData(chunk.flags, chunk.body) : readData(chunk.flags, chunk.body);
  if (!data) {
    // RFC 9260 §6.2: a DATA chunk without data ends the association.
    sendAbort(CauseCode::kNoUserData, {});
    return fail(ErrorCode::kMalformed, "the SCTP peer sent a DATA chunk without data");
  }
  sawData_ = true;
  sawImmediate_ |= data->immediate;
  acceptData(*data);
}

void Association::Impl::acceptData(const DataChunk& chunk) {
  const int64_t tsn = tracker_->unwrap(chunk.tsn);
  switch (tracker_->check(tsn)) {
    case TsnTracker::Verdict::kDuplicate: ++stats_.duplicatesReceived; return tracker_->noteDuplicate(chunk.tsn);
    case TsnTracker::Verdict::kTooFar: ++stats_.chunksRefused; return;
    case TsnTracker::Verdict::kNew: break;
  }
  if (chunk.stream.value() >= inboundStreams_) {
    // RFC 9260 §6.5: it counts as come, is told of, and dropped.
    ++stats_.chunksRefused;
    tracker_->record(tsn);
    uint8_t which[4];
    storeBe32(which, uint32_t{chunk.stream.value()} << 16);
    return queueControl(ChunkType::kError, 0, writeCause(CauseCode::kInvalidStream, which));
  }
  const size_t cost = chunk.data.size() + Reassembly::kOverhead;
  if (!window_.hasRoom(held(), cost, tsn == tracker_->cumulative() + 1)) {
    ++stats_.chunksRefused;  // as if lost: it comes again
    return;
  }
  tracker_->record(tsn);
  reassembly_->add(tsn, chunk);
}

/// The packet's chunks are through.
void Association::Impl::dataDone() {
  tracker_->packetDone(now_, sawImmediate_ || phase_ == Phase::kShutdownSent);
  reassembly_->onCumulative(tracker_->cumulative());
  deliver();
  const std::optional<OutgoingResetRequest>& kept = theirResets_->kept();
  if (kept && tracker_->unwrap(Tsn(kept->lastTsn)) <= tracker_->cumulative()) performIncoming(*kept);
  if (phase_ == Phase::kShutdownSent) queueShutdown();  // RFC 9260 §9.2
}

void Association::Impl::deliver() {
  while (std::optional<Arrived> message = reassembly_->poll()) {
    eventCost_ += message->data.size() + Reassembly::kOverhead;
    if (message->tooLarge) {
      events_.emplace_back(MessageTooLarge{message->stream.value()});
    } else {
      events_.emplace_back(MessageReceived{message->stream.value(), message->ppid, std::move(message->data)});
    }
  }
}

void Association::Impl::takeSack(ByteView body) {
  if (!isUp()) return;
  if (!readSack(body, sack_)) {
    ++stats_.chunksRefused;
    return;
  }
  if (tx_.onSack(now_, sack_) == Sender::SackStatus::kTaken) peerHasAll_ = sack_.cumulative;
}

void Association::Impl::takeForwardTsn(const ChunkView& chunk) {
  if (!mayReceiveData()) return;
  const bool interleaving = local_.capabilities.interleaving && remote_.capabilities.interleaving;
  const bool isOther = (chunk.type == ChunkType::kIForwardTsn) != interleaving;
  if (isOther || !(interleaving ? readIForwardTsn(chunk.body, forward_) : readForwardTsn(chunk.body, forward_))) {
    ++stats_.chunksRefused;
    return;
  }
  sawData_ = true;
  if (!tracker_->forward(tracker_->unwrap(forward_.cumulative))) return;
  std::erase_if(forward_.skipped, [this](const auto& what) { return what.stream.value() >= inboundStreams_; });
  reassembly_->skip(tracker_->unwrap(forward_.cumulative), forward_.skipped);
}

// ---- the rest ----

/// RFC 9260 §8.3: the same information goes back.
void Association::Impl::takeHeartbeat(ByteView body) {
  if (isUp() && padded(kChunkHeaderSize + body.size()) + kCommonHeaderSize <= config_.mtu) {
    queueControl(ChunkType::kHeartbeatAck, 0, body);
  }
}

/// Only path MTU discovery asks: an echo of a probe says that its packet came through.
void Association::Impl::takeHeartbeatAck(ByteView body) {
  ParameterReader reader(body);
  ParameterView info;
  if (!isUp() || !reader.next(info) || info.type != ParameterType::kHeartbeatInfo || info.value.size() != 8) return;
  if (mtu_.onAck(now_, loadBe64(info.value.data()))) tx_.setMaxPacket(mtu_.size());
}

void Association::Impl::takeError(ByteView body) {
  ++stats_.errorsReceived;
  if (phase_ != Phase::kCookieEchoed || firstCause(body) != CauseCode::kStaleCookie) return;
  // RFC 9260 §5.2.6: from the beginning. The timer goes on, so that this too has an end.
  transition(Phase::kCookieWait);
  sendInit();
}

void Association::Impl::takeShutdown(ByteView body) {
  if (!isUp() || body.size() < 4) return;
  const Tsn cumulative(loadBe32(body.data()));
  if (tx_.onCumulativeTsn(now_, cumulative) == Sender::SackStatus::kTaken) peerHasAll_ = cumulative;
  switch (phase_) {
    case Phase::kEstablished:
    case Phase::kShutdownPending: return transition(Phase::kShutdownReceived);
    case Phase::kShutdownSent:
      // RFC 9260 §9.2: both say it at once.
      queueControl(ChunkType::kShutdownAck, 0, {});
      return transition(Phase::kShutdownAckSent);
    case Phase::kShutdownReceived:
    case Phase::kShutdownAckSent:
    case Phase::kNew:
    case Phase::kCookieWait:
    case Phase::kCookieEchoed:
    case Phase::kClosed: return;
  }
}

void Association::Impl::takeShutdownAck() {
  if (phase_ != Phase::kShutdownSent && phase_ != Phase::kShutdownAckSent) return;
  queueAlone(remote_.tag, ChunkType::kShutdownComplete, 0, {});
  finish();
}

/// RFC 9260 §8.4: a SHUTDOWN ACK that comes when all is over (our SHUTDOWN COMPLETE was lost) is answered with another,
/// with the tag it came with and the T bit, or the peer would wait in vain.
void Association::Impl::takeAfterClose(ByteView packet) {
  const std::optional<CommonHeader> header = parseCommonHeader(packet);
  ChunkReader reader(packet.subspan(kCommonHeaderSize));
  ChunkView chunk;
  if (!reader.next(chunk) || chunk.type != ChunkType::kShutdownAck) return;
  if (header->sourcePort != config_.remotePort || header->destinationPort != config_.localPort) return;
  queueAlone(header->tag, ChunkType::kShutdownComplete, kTagReflected, {});
}

}  // namespace tincan::inline v0::sctp
