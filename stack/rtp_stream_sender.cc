#include "stack/rtp_stream_sender.h"

#include <algorithm>
#include <utility>

#include "rtp/extension_values.h"
#include "rtp/header.h"
#include "stack/transport.h"

namespace tincan::stack {
namespace {

// 1,200 bytes of UDP payload pass everywhere that IPv6 does (RFC 8200 §5: 1,280).
constexpr size_t kMaxPacket = 1200;
constexpr size_t kMaxTag = 16;         // AEAD_AES_128_GCM
constexpr size_t kMaxExtensions = 32;  // mid, abs-send-time, transport-wide sequence, with their prefix
// A picture of more packets goes in several batches: what waits holds buffers of the pool.
constexpr size_t kMaxBatch = 64;
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

RtpStreamSender::RtpStreamSender(Config config, Transport& transport, uint16_t& transportSequence, RandomSource& random,
                                 PacketPool& pool)
    : config_(std::move(config)),
      transport_(transport),
      transportSequence_(transportSequence),
      pool_(pool),
      next_(config_.resume ? *config_.resume : begin(random)),
      statistics_(Ssrc(config_.ssrc), config_.codec.clockRate),
      retransmissions_({}, pool) {
  if (config_.codec.rtxPayloadType && config_.codec.hasFeedback("nack"))
    rtx_.emplace(Ssrc(config_.rtxSsrc), next_.nextRtxSequence, rtxTypes(config_.codec));
  batch_.reserve(kMaxBatch);
}

RtpStreamSender::Position RtpStreamSender::position() const {
  Position out = next_;
  if (rtx_) out.nextRtxSequence = rtx_->nextSequence();
  return out;
}

size_t RtpStreamSender::maxPayload() const {
  return kMaxPacket - rtp::kFixedHeaderSize - kMaxExtensions - kRtxPrefix - kMaxTag;
}

void RtpStreamSender::add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp) {
  rtp::Header header;
  header.marker = marker;
  header.payloadType = PayloadType(config_.codec.payloadType);
  header.sequenceNumber = next_.nextSequence++;
  header.timestamp = next_.timestampOffset + timestamp;
  header.ssrc = ssrc();
  const size_t payloadSize = payload.size();
  rtp::ExtensionWriter extensions(config_.extensions);
  extensions.add(rtp::ExtensionKind::kMid, asBytes(config_.mid));
  extensions.add(rtp::ExtensionKind::kAbsSendTime, rtp::AbsSendTime::at(now).bytes());
  extensions.add(rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence{transportSequence_}.bytes());
  if (!rtp::prependHeader(payload, header, {}, extensions.block())) return;
  ++transportSequence_;
  statistics_.sent(now, header.timestamp, payload.size(), payloadSize);
  if (rtx_) retransmissions_.store(now, payload.view());
  push(now, std::move(payload));
}

void RtpStreamSender::push(TimePoint now, PacketBuffer packet) {
  batch_.push_back(std::move(packet));
  if (batch_.size() == kMaxBatch) flush(now);
}

void RtpStreamSender::flush(TimePoint now) {
  transport_.sendRtp(now, batch_);
  batch_.clear();
}

void RtpStreamSender::handleNack(TimePoint now, const rtp::rtcp::Nack& nack) {
  ++nackCount_;
  if (!rtx_) return;
  for (uint16_t sequence : nack.sequenceNumbers) {
    const auto original = retransmissions_.take(now, sequence);
    if (!original) continue;
    PacketBuffer packet = pool_.allocate();
    if (!packet || !rtx_->build(*original, packet)) continue;
    stampAgain(now, packet);
    push(now, std::move(packet));
  }
  flush(now);
}

// A packet that leaves again has a time and a place in the transport's count of its own.
void RtpStreamSender::stampAgain(TimePoint now, PacketBuffer& packet) {
  rtp::Header header;
  if (!rtp::Header::parse(packet.view(), header)) return;
  const auto overwrite = [&](rtp::ExtensionKind kind, ByteView value) {
    auto element = rtp::findExtension(packet.mutableView(), header, config_.extensions, kind);
    if (!element || element->size() != value.size()) return false;
    std::copy(value.begin(), value.end(), element->begin());
    return true;
  };
  overwrite(rtp::ExtensionKind::kAbsSendTime, rtp::AbsSendTime::at(now).bytes());
  if (overwrite(rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence{transportSequence_}.bytes()))
    ++transportSequence_;
}

void RtpStreamSender::handleReport(NtpTime wallNow, const rtp::rtcp::ReportBlock& block) {
  if (!statistics_.receiveReport(wallNow, block)) return;
  if (auto rtt = statistics_.smoothedRoundTripTime()) retransmissions_.setRoundTripTime(*rtt);
}

}  // namespace tincan::stack
