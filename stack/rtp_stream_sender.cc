#include "stack/rtp_stream_sender.h"

#include <algorithm>
#include <utility>

#include "rtp/extension_values.h"
#include "rtp/header.h"

namespace tincan::stack {
namespace {

// 1,200 bytes of UDP payload pass everywhere that IPv6 does (RFC 8200 §5: 1,280).
constexpr size_t kMaxPacket = 1200;
constexpr size_t kMaxTag = 16;      // AEAD_AES_128_GCM
constexpr size_t kExtensions = 32;  // mid, abs-send-time, transport-wide sequence, with their prefix
// A header has to leave the headroom that relays need. A longer mid goes untold, as it would without the extension: the
// description says the SSRC, too.
constexpr size_t kLongestMid = 64;
constexpr size_t kRtxPrefix = 2;  // RFC 4588 §4: the original sequence number

rtp::RtxPayloadTypes rtxTypes(const CodecSpec& codec) {
  rtp::RtxPayloadTypes types;
  if (codec.rtxPayloadType) types.add(PayloadType(codec.payloadType), PayloadType(*codec.rtxPayloadType));
  return types;
}

// RFC 3550 §5.1: all begin at random. The upper half stays free, so that SRTP's rollover is not guessed wrong by a
// receiver that loses the first packets (RFC 3711 §3.3.1).
RtpStreamSender::Position begin(RandomSource& random) {
  RtpStreamSender::Position out;
  out.nextSequence = static_cast<uint16_t>(random.u32() & 0x7fff);
  out.timestampOffset = random.u32();
  out.nextRtxSequence = static_cast<uint16_t>(random.u32() & 0x7fff);
  return out;
}

}  // namespace

RtpStreamSender::RtpStreamSender(Config config, SendQueue& queue, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      queue_(queue),
      pool_(pool),
      lane_(queue_.open(*this, config_.priority)),
      rtxLane_(lane_),
      next_(config_.resume ? *config_.resume : begin(random)),
      statistics_(Ssrc(config_.ssrc), config_.codec.clockRate),
      retransmissions_({}, pool) {
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  extensionSize_ = std::max(kExtensions, extensions.block().size());
  if (!config_.codec.rtxPayloadType || !config_.codec.hasFeedback("nack")) return;
  rtx_.emplace(Ssrc(config_.rtxSsrc), next_.nextRtxSequence, rtxTypes(config_.codec));
  rtxLane_ = queue_.open(*this, rtp::Pacer::Priority::kRetransmission);
}

RtpStreamSender::~RtpStreamSender() {
  queue_.close(lane_);
  if (rtx_) queue_.close(rtxLane_);
}

RtpStreamSender::Position RtpStreamSender::position() const {
  Position out = next_;
  out.nextSequence = static_cast<uint16_t>(out.nextSequence - queue_.waiting(lane_));
  if (rtx_) out.nextRtxSequence = static_cast<uint16_t>(rtx_->nextSequence() - queue_.waiting(rtxLane_));
  return out;
}

size_t RtpStreamSender::maxPayload() const {
  return kMaxPacket - rtp::kFixedHeaderSize - extensionSize_ - kRtxPrefix - kMaxTag;
}

// Of what was negotiated. Room for what is known when it leaves.
void RtpStreamSender::addExtensions(rtp::ExtensionWriter& extensions) const {
  if (config_.mid.size() <= kLongestMid) extensions.add(rtp::ExtensionKind::kMid, asBytes(config_.mid));
  extensions.add(rtp::ExtensionKind::kAbsSendTime, rtp::AbsSendTime().bytes());
  extensions.add(rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence().bytes());
}

bool RtpStreamSender::add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp) {
  rtp::Header header;
  header.marker = marker;
  header.payloadType = PayloadType(config_.codec.payloadType);
  header.sequenceNumber = next_.nextSequence;
  header.timestamp = next_.timestampOffset + timestamp;
  header.ssrc = ssrc();
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  if (!rtp::prependHeader(payload, header, {}, extensions.block())) return false;
  if (!layout_) layout_ = rtp::PacketRewriter::parse(payload.view(), config_.extensions);
  if (!layout_ || !queue_.push(now, lane_, std::move(payload))) return false;
  ++next_.nextSequence;
  return true;
}

void RtpStreamSender::leave(TimePoint now, rtp::Pacer::Leaving& leaving, uint16_t& transportSequence) {
  const MutableByteView packet = leaving.packet.mutableView();
  layout_->set(packet, rtp::ExtensionKind::kAbsSendTime, rtp::AbsSendTime::at(now).bytes());
  if (layout_->set(packet, rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence{transportSequence}.bytes()))
    ++transportSequence;
  if (leaving.lane != lane_) return;  // a repair
  // Its place in the report's time is when it was queued: how long it waited says nothing of when it was sampled.
  const uint32_t timestamp = loadBe32(packet.data() + 4);
  statistics_.sent(leaving.queued, timestamp, packet.size(), packet.size() - layout_->header().headerSize);
  totalDelay_ += now - leaving.queued;
  if (rtx_) retransmissions_.store(now, packet);
}

void RtpStreamSender::handleNack(TimePoint now, const rtp::rtcp::Nack& nack) {
  ++nackCount_;
  if (!rtx_) return;
  for (uint16_t sequence : nack.sequenceNumbers) {
    if (queue_.room(rtxLane_) == 0) return;
    const auto original = retransmissions_.take(now, sequence, queue_.repairs());
    if (!original) continue;
    PacketBuffer packet = pool_.allocate();
    if (packet && rtx_->build(*original, packet)) queue_.push(now, rtxLane_, std::move(packet));
  }
}

void RtpStreamSender::handleReport(NtpTime wallNow, const rtp::rtcp::ReportBlock& block) {
  if (!statistics_.receiveReport(wallNow, block)) return;
  // The longer of mean and last: a queue that is just filling up is no reason to send twice what is on its way.
  const auto last = statistics_.roundTripTime(), mean = statistics_.smoothedRoundTripTime();
  if (last && mean) retransmissions_.setRoundTripTime(std::max(*last, *mean));
}

}  // namespace tincan::stack
