#include "session/outbound_stream.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/sequence.h"
#include "rtp/extension_values.h"
#include "rtp/header.h"
#include "rtp/repair/fec_decoder.h"

namespace tincan::inline v0::session {
namespace {

using rtp::ExtensionKind;

// 1,200 bytes of UDP payload pass everywhere that IPv6 does (RFC 8200 §5: 1,280).
constexpr size_t kMaxPacket = 1200;
constexpr size_t kMaxTag = 16;      // AEAD_AES_128_GCM
constexpr size_t kExtensions = 32;  // mid, abs-send-time, transport-wide sequence, with their prefix
// A header has to leave the headroom that relays need. A longer mid goes untold, as it would without the extension: the
// description says the SSRC, too.
constexpr size_t kLongestMid = 64;
constexpr size_t kRtxPrefix = 2;           // RFC 4588 §4: the original sequence number
constexpr uint8_t kMostPadding = 255;      // RFC 3550 §5.1: its size is one byte
constexpr size_t kMaxPaddingPackets = 64;  // of one call
constexpr size_t kRedHeader = 1;           // RFC 2198 §3: of the only block
// Encoders make a key frame of six pictures' size, a fifth of a second's. Of the line, repairs have a quarter.
constexpr Duration kKeyFrameTime = Duration::millis(200);
constexpr uint32_t kLineOverRepairs = 100 / rtp::RetransmissionBudget::kPercent;
constexpr Duration kForgetsRefused = Duration::seconds(10);
constexpr Duration kUsualRoundTrip = Duration::millis(100), kMostRoundTrip = Duration::seconds(1);

rtp::RtxPayloadTypes rtxTypes(const OutboundStream::Config& config) {
  rtp::RtxPayloadTypes types;
  if (config.rtxPayloadType) types.add(config.payloadType, *config.rtxPayloadType);
  if (config.fec && config.fec->redRtx) types.add(config.fec->red, *config.fec->redRtx);
  return types;
}

// RFC 3550 §5.1: all begin at random. The upper half stays free, so that SRTP's rollover is not guessed wrong by a
// receiver that loses the first packets (RFC 3711 §3.3.1).
OutboundStream::Position begin(RandomSource& random) {
  OutboundStream::Position out;
  out.nextSequence = static_cast<uint16_t>(random.u32() & 0x7fff);
  out.timestampOffset = random.u32();
  out.nextRtxSequence = static_cast<uint16_t>(random.u32() & 0x7fff);
  // Of a third SSRC, if there is one: it need not be drawn apart.
  out.nextFecSequence = static_cast<uint16_t>((out.timestampOffset ^ out.nextRtxSequence) & 0x7fff);
  return out;
}

rtp::ExtensionMap without(const rtp::ExtensionMap& map, std::span<const ExtensionKind> kinds) {
  rtp::ExtensionMap out;
  out.allowMixed = map.allowMixed;
  for (size_t i = 0; i < rtp::kExtensionKinds; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) out.add(kind, map.id(kind));
  }
  return out;
}
constexpr ExtensionKind kNotForwarded[] = {ExtensionKind::kRtpStreamId, ExtensionKind::kRepairedRtpStreamId,
                                           ExtensionKind::kMid};

}  // namespace

OutboundStream::OutboundStream(Config config, SendQueue& queue, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      forwardIds_(without(config_.extensions, std::span(kNotForwarded).first(2))),
      forwardIdsWithoutMid_(without(config_.extensions, kNotForwarded)),
      queue_(queue),
      pool_(pool),
      lane_(queue_.open(*this, config_.priority)),
      rtxLane_(lane_),
      paddingLane_(lane_),
      fecLane_(lane_),
      next_(config_.resume ? *config_.resume : begin(random)),
      firstSequence_(next_.nextSequence),
      statistics_(config_.ssrc, config_.clockRate),
      retransmissions_({}, pool) {
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  extensions.add(ExtensionKind::kAbsCaptureTime, rtp::AbsCaptureTime{{}, 0}.bytes());  // in some packets
  extensions.add(ExtensionKind::kDependencyDescriptor, std::array<uint8_t, 3>{});      // its usual size
  extensionSize_ = std::max(kExtensions, extensions.block().size());
  if (config_.red) red_ = std::make_unique<RedSender>(*config_.red);
  if (config_.fec) fec_.emplace(config_.fec->scheme, pool_, config_.nack && config_.rtxPayloadType);
  if (config_.sendsFlexfec()) fecLane_ = queue_.open(*this, config_.priority);
  if (!config_.rtxPayloadType || !config_.nack) return;
  rtx_.emplace(config_.rtxSsrc, next_.nextRtxSequence, rtxTypes(config_));
  rtxLane_ = queue_.open(*this, rtp::Pacer::Priority::kRetransmission);
  paddingLane_ = queue_.open(*this, rtp::Pacer::Priority::kPadding);
}

OutboundStream::~OutboundStream() {
  queue_.close(lane_);
  if (config_.sendsFlexfec()) queue_.close(fecLane_);
  if (!rtx_) return;
  queue_.close(rtxLane_);
  queue_.close(paddingLane_);
}

// What waits has no number of a repair yet.
OutboundStream::Position OutboundStream::position() const {
  Position out = next_;
  if (alike_ || layout_) out.nextSequence = static_cast<uint16_t>(out.nextSequence - queue_.waiting(lane_));
  return out;
}

size_t OutboundStream::maxPayload() const {
  const size_t most = kMaxPacket - rtp::kFixedHeaderSize - extensionSize_ - kRtxPrefix - kMaxTag;
  if (!fec_ || !fec_->protects()) return most;
  // Parity of a packet has that packet's extensions within its payload, and its own besides.
  return most - extensionSize_ - kRedHeader - rtp::FecPacket::kMaxHeaderSize;
}

// Of what was negotiated. Room for what is known when it leaves.
void OutboundStream::addExtensions(rtp::ExtensionWriter& extensions) const {
  if (config_.mid.size() <= kLongestMid) extensions.add(ExtensionKind::kMid, asBytes(config_.mid));
  extensions.add(ExtensionKind::kAbsSendTime, rtp::AbsSendTime().bytes());
  extensions.add(ExtensionKind::kTransportSequence, rtp::TransportSequence().bytes());
  if (!config_.rid.empty()) extensions.add(ExtensionKind::kRtpStreamId, asBytes(config_.rid));
}

bool OutboundStream::add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp,
                         std::span<const Extension> more, std::span<const uint32_t> contributing) {
  return addAs(config_.payloadType, now, std::move(payload), marker, timestamp, more, contributing);
}

bool OutboundStream::addAs(PayloadType type, TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp,
                           std::span<const Extension> more, std::span<const uint32_t> contributing) {
  rtp::Header header;
  header.marker = marker;
  header.payloadType = type;
  header.sequenceNumber = next_.nextSequence;
  header.timestamp = next_.timestampOffset + timestamp;
  header.ssrc = ssrc();
  if (red_ && type != config_.payloadType) red_->interrupt();
  if (red_ && type == config_.payloadType && red_->wrap(timestamp, maxPayload(), pool_, payload))
    header.payloadType = red_->config().red;
  if (type == config_.payloadType && wrapsInRed()) {
    uint8_t* block = payload.prepend(kRedHeader);
    if (!block) return false;
    *block = type.value();
    header.payloadType = config_.fec->red;
  }
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  for (const Extension& extension : more) extensions.add(extension.kind, extension.value);
  std::array<Ssrc, rtp::kMaxCsrcs> csrcs;
  const size_t count = std::min(contributing.size(), csrcs.size());
  std::transform(contributing.begin(), contributing.begin() + static_cast<std::ptrdiff_t>(count), csrcs.begin(),
                 [](uint32_t source) { return Ssrc(source); });
  if (!rtp::prependHeader(payload, header, std::span(csrcs).first(count), extensions.block())) return false;
  if (!more.empty() || count > 0) alike_ = false;
  if (!layout_) layout_ = rtp::PacketRewriter::parse(payload.view(), config_.extensions);
  if (!layout_ || !queue_.push(now, lane_, std::move(payload))) return false;
  ++next_.nextSequence;
  return true;
}

bool OutboundStream::forward(TimePoint now, PacketBuffer copy, const rtp::PacketRewriter& from, uint16_t sequence,
                             uint32_t timestamp) {
  alike_ = false;
  forwards_ = true;
  const MutableByteView packet = copy.mutableView();
  const auto number = static_cast<uint16_t>(firstSequence_ + sequence);
  from.setHeader(packet, {config_.payloadType, number, next_.timestampOffset + timestamp, ssrc()});
  const bool named = from.set(packet, ExtensionKind::kMid, asBytes(config_.mid));
  from.setIds(packet, named ? forwardIds_ : forwardIdsWithoutMid_);
  if (!queue_.push(now, lane_, std::move(copy))) return false;
  const auto after = static_cast<uint16_t>(number + 1);
  if (isNewer<uint16_t>(after, next_.nextSequence)) next_.nextSequence = after;
  return true;
}

// What is known only now: the time, and the transport-wide number. Gives the size of the header.
size_t OutboundStream::stamp(TimePoint now, MutableByteView packet, bool padding, uint16_t transportSequence,
                             Departure& out) const {
  rtp::Header header;
  const auto time = rtp::AbsSendTime::at(now).bytes();
  const auto number = rtp::TransportSequence{transportSequence}.bytes();
  if (alike_ && !padding) {
    header.headerSize = layout_->header().headerSize;
    layout_->set(packet, ExtensionKind::kAbsSendTime, time);
    if (layout_->set(packet, ExtensionKind::kTransportSequence, number)) out.transportSequence = transportSequence;
  } else if (rtp::Header::parse(packet, header)) {
    const uint8_t timeId = config_.extensions.id(ExtensionKind::kAbsSendTime);
    const uint8_t numberId = config_.extensions.id(ExtensionKind::kTransportSequence);
    rtp::ExtensionReader reader(packet, header);
    for (rtp::ExtensionReader::Element each; reader.next(each);) {
      if (each.id == timeId && each.size == time.size()) std::copy(time.begin(), time.end(), &packet[each.offset]);
      if (each.id != numberId || each.size != number.size()) continue;
      std::copy(number.begin(), number.end(), &packet[each.offset]);
      out.transportSequence = transportSequence;
    }
  }
  return header.headerSize;
}

Departure OutboundStream::leave(TimePoint now, rtp::Pacer::Leaving& leaving, uint16_t transportSequence) {
  const MutableByteView packet = leaving.packet.mutableView();
  leaving.packet.setDscp(dscp_);
  Departure out;
  out.bytes = packet.size();
  out.sound = isSound();
  const size_t headerSize = stamp(now, packet, leaving.lane == paddingLane_, transportSequence, out);
  if (config_.sendsFlexfec() && leaving.lane == fecLane_) {
    rtp::setSequenceNumber(packet, next_.nextFecSequence++);
    out.kind = DepartureKind::kParity;
    out.ssrc = config_.fec->ssrc;
    out.sequenceNumber = loadBe16(packet.data() + 2);
    return out;
  }
  if (leaving.lane != lane_) {
    rtp::setSequenceNumber(packet, next_.nextRtxSequence++);
    out.kind = leaving.lane == rtxLane_ ? DepartureKind::kRetransmission : DepartureKind::kPadding;
    out.ssrc = config_.rtxSsrc;
    out.sequenceNumber = loadBe16(packet.data() + 2);
    return out;
  }
  out.ssrc = ssrc();
  out.sequenceNumber = loadBe16(packet.data() + 2);
  if (keyFrameEnd_ && static_cast<uint16_t>(out.sequenceNumber + 1) == *keyFrameEnd_ && keyFrameLeft_.isNever())
    keyFrameLeft_ = now;
  // Its place in the report's time is when it was queued: how long it waited says nothing of when it was sampled.
  const uint32_t timestamp = loadBe32(packet.data() + 4);
  statistics_.sent(leaving.queued, timestamp, packet.size(), packet.size() - headerSize);
  if (isParity(leaving, headerSize)) {
    out.kind = DepartureKind::kParity;
  } else {
    totalDelay_ += now - leaving.queued;
    if (queue_.ecn() == Ecn::kCapable1) ++sentWithEct1_;
    if (fec_) protect(now, packet);
  }
  if (rtx_) keepForRepair(now, packet);
  return out;
}

// ---- parity ----

bool OutboundStream::isParity(const rtp::Pacer::Leaving& leaving, size_t headerSize) const {
  if (!fec_ || config_.sendsFlexfec()) return false;
  const ByteView packet = leaving.packet.view();
  return PayloadType(packet[1] & 0x7f) == config_.fec->red && packet.size() > headerSize &&
         PayloadType(packet[headerSize]) == config_.fec->type;
}

// RFC 5109 §14.1: parity is over the media, not over the RED around it. Made when the packet leaves: by then it is as it
// comes, its time and transport-wide number included. (libwebrtc makes it before, and so repairs those wrongly.)
void OutboundStream::protect(TimePoint now, ByteView packet) {
  if (!fec_->protects() || (forwards_ && !config_.sendsFlexfec())) return;
  const bool endsFrame = (packet[1] & 0x80) != 0;
  const uint32_t timestamp = loadBe32(packet.data() + 4);
  bool complete = false;
  if (PayloadType(packet[1] & 0x7f) == config_.fec->red && !config_.sendsFlexfec()) {
    PacketBuffer media = pool_.copy(packet);
    if (!media || !rtp::unwrapRed(media, config_.fec->red)) return;
    complete = fec_->add(now, media.view(), endsFrame);
  } else {
    complete = fec_->add(now, packet, endsFrame);
  }
  if (complete) sendParity(now, timestamp);
}

void OutboundStream::sendParity(TimePoint now, uint32_t timestamp) {
  const bool flexfec = config_.sendsFlexfec();
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  rtp::Header header;
  header.payloadType = flexfec ? config_.fec->type : config_.fec->red;
  header.timestamp = timestamp;
  header.ssrc = flexfec ? config_.fec->ssrc : ssrc();
  while (true) {
    PacketBuffer parity = pool_.allocate();
    const uint8_t block[kRedHeader] = {config_.fec->type.value()};
    if (!parity || (!flexfec && !parity.append(block)) || !fec_->next(parity)) return;
    header.sequenceNumber = next_.nextSequence;  // FlexFEC: numbered when it leaves
    if (!rtp::prependHeader(parity, header, {}, extensions.block())) continue;
    if (queue_.push(now, flexfec ? fecLane_ : lane_, std::move(parity)) && !flexfec) ++next_.nextSequence;
  }
}

// Parity in our numbering is kept, too: who asks for it may wait for its number. What is in RED goes again in RED, where
// that has RTX, else as the media that it is.
void OutboundStream::keepForRepair(TimePoint now, ByteView packet) {
  const bool inRed = fec_ && !config_.sendsFlexfec() && PayloadType(packet[1] & 0x7f) == config_.fec->red;
  if (!inRed || config_.fec->redRtx) {
    retransmissions_.store(now, packet);
    return;
  }
  PacketBuffer media = pool_.copy(packet);
  if (media && rtp::unwrapRed(media, config_.fec->red)) retransmissions_.store(now, media.view());
}

// What was sent already rather than nothing: where one of them was lost, a probe repairs it. libwebrtc does so too.
size_t OutboundStream::addPadding(TimePoint now, size_t bytes) {
  if (!rtx_ || !statistics_.hasSent()) return 0;
  rtp::ExtensionWriter extensions(config_.extensions);
  addExtensions(extensions);
  size_t made = 0;
  for (size_t packets = 0; made < bytes && packets < kMaxPaddingPackets; ++packets) {
    PacketBuffer packet;
    if (const auto repeated = retransmissions_.repeat(now, bytes - made + kMostPadding)) packet = repairOf(*repeated);
    if (!packet) {
      packet = pool_.allocate();
      if (!packet || !rtx_->buildPadding(config_.payloadType, 0, kMostPadding, packet, extensions.block())) break;
    }
    const size_t size = packet.size();
    if (!queue_.push(now, paddingLane_, std::move(packet))) break;
    made += size;
  }
  return made;
}

// As RTX; empty where it cannot be.
PacketBuffer OutboundStream::repairOf(ByteView original) {
  PacketBuffer packet = pool_.allocate();
  if (!packet || !rtx_->build(original, packet)) return {};
  // RFC 8852 §3.2: a repair says which stream it repairs, not which it is.
  if (!config_.rid.empty()) {
    const uint8_t repaired = config_.extensions.id(ExtensionKind::kRepairedRtpStreamId);
    const auto layout = rtp::PacketRewriter::parse(packet.view(), config_.extensions);
    if (layout && repaired != 0) layout->setId(packet.mutableView(), ExtensionKind::kRtpStreamId, repaired);
  }
  return packet;
}

bool OutboundStream::handleNack(TimePoint now, const rtp::rtcp::Nack& nack) {
  ++nackCount_;
  if (!rtx_) return true;
  const uint64_t refused = repairs().capped;
  for (uint16_t sequence : nack.sequenceNumbers) {
    if (queue_.room(rtxLane_) == 0) return true;
    const auto original = retransmissions_.take(now, sequence, queue_.repairs());
    if (!original) continue;
    if (PacketBuffer packet = repairOf(*original)) queue_.push(now, rtxLane_, std::move(packet));
  }
  if (!isBeyondRepair(now, repairs().capped - refused)) return true;
  giveUp();
  return false;
}

// Neither repairs nor what refers to what is missing: a key frame would only wait for it. What waits has never been seen,
// so that its numbers are given again; but for one, that keeps a picture of which a part has left from looking whole.
void OutboundStream::giveUp() {
  retransmissions_.clear();
  queue_.close(rtxLane_);
  rtxLane_ = queue_.open(*this, rtp::Pacer::Priority::kRetransmission);
  givenUp_ = true;
  if (queue_.waiting(lane_) == 0) return;
  next_.nextSequence = static_cast<uint16_t>(position().nextSequence + 1);
  queue_.close(lane_);
  lane_ = queue_.open(*this, config_.priority);
  if (!config_.sendsFlexfec()) fecLane_ = lane_;
}

// `refused`: how many packets that somebody waits for. They come in many small NACKs, as they are found missing.
bool OutboundStream::isBeyondRepair(TimePoint now, uint64_t refused) {
  const auto& budget = queue_.repairs();
  const double since = static_cast<double>(budget.bytesIn(std::min(now - refusedAt_, kForgetsRefused)));
  refused_ = std::max(refused_ - since, 0.0) + static_cast<double>(refused * kMaxPacket);
  refusedAt_ = now;
  const size_t keyFrame = budget.bytesIn(kKeyFrameTime) * kLineOverRepairs;
  if (isSound() || forwards_ || refused == 0 || keyFrameIsComing(now) || refused_ <= static_cast<double>(keyFrame))
    return false;
  refused_ = 0;
  return true;
}

bool OutboundStream::keyFrameIsComing(TimePoint now, bool inQueue) const {
  if (!keyFrameEnd_) return false;
  if (keyFrameLeft_.isNever()) return true;
  const Duration roundTrip = std::min(statistics_.roundTripTime().value_or(kUsualRoundTrip), kMostRoundTrip);
  return !inQueue && now - keyFrameLeft_ < roundTrip;
}

rtp::ReportedLoss OutboundStream::handleReport(TimePoint now, NtpTime wallNow, const rtp::rtcp::ReportBlock& block) {
  const auto loss = statistics_.receiveReport(wallNow, block);
  if (!loss) return {};
  if (red_) red_->onReport(now, *loss);
  if (fec_) fec_->amount().onReport(now, *loss);
  // The longer of mean and last: a queue that is just filling up is no reason to send twice what is on its way.
  const auto last = statistics_.roundTripTime(), mean = statistics_.smoothedRoundTripTime();
  if (last && mean) setRoundTripTime(std::max(*last, *mean));
  return *loss;
}

void OutboundStream::setRoundTripTime(Duration rtt) {
  retransmissions_.setRoundTripTime(rtt);
  if (fec_) fec_->amount().setRoundTripTime(rtt);
}

}  // namespace tincan::inline v0::session
