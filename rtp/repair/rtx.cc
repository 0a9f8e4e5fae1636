#include "rtp/repair/rtx.h"

#include <algorithm>
#include <cstring>

#include "rtp/header.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr size_t kOsnSize = 2;
constexpr uint8_t kPaddingBit = 0x20;

}  // namespace

void RtxPayloadTypes::add(PayloadType media, PayloadType rtx) {
  if (media.value() > 127 || rtx.value() > 127) return;
  toRtx_[media.value()] = rtx.value();
  toMedia_[rtx.value()] = media.value();
}

std::optional<PayloadType> RtxPayloadTypes::rtxFor(PayloadType media) const {
  if (media.value() > 127 || toRtx_[media.value()] == kNone) return std::nullopt;
  return PayloadType(toRtx_[media.value()]);
}

std::optional<PayloadType> RtxPayloadTypes::mediaFor(PayloadType rtx) const {
  if (rtx.value() > 127 || toMedia_[rtx.value()] == kNone) return std::nullopt;
  return PayloadType(toMedia_[rtx.value()]);
}

bool RtxSender::build(ByteView original, PacketBuffer& out) {
  Header header;
  if (!Header::parse(original, header)) return false;
  const auto type = types_.rtxFor(header.payloadType);
  if (!type || !out.empty()) return false;
  const ByteView payload = header.payload(original);
  uint8_t* bytes = out.append(header.headerSize + kOsnSize + payload.size());
  if (!bytes) return false;
  std::memcpy(bytes, original.data(), header.headerSize);
  storeBe16(bytes + header.headerSize, header.sequenceNumber);
  if (!payload.empty()) std::memcpy(bytes + header.headerSize + kOsnSize, payload.data(), payload.size());
  bytes[0] = static_cast<uint8_t>(bytes[0] & ~kPaddingBit);
  const MutableByteView packet = out.mutableView();
  setPayloadType(packet, *type);
  setSequenceNumber(packet, nextSequence_++);
  setSsrc(packet, ssrc_);  // RFC 4588 §4: its own SSRC (SSRC multiplexing)
  return true;
}

bool RtxSender::buildPadding(PayloadType mediaType, uint32_t timestamp, uint8_t size, PacketBuffer& out,
                             ByteView extensionBlock) {
  const auto type = types_.rtxFor(mediaType);
  if (!type || size == 0 || !out.empty() || out.tailroom() < size) return false;
  Header header;
  header.payloadType = *type;
  header.sequenceNumber = nextSequence_;
  header.timestamp = timestamp;
  header.ssrc = ssrc_;
  if (!prependHeader(out, header, {}, extensionBlock) || !appendPadding(out, size)) return false;
  ++nextSequence_;
  return true;
}

RtxReceiver::Outcome RtxReceiver::restore(PacketBuffer& packet) {
  Header header;
  return count(Header::parse(packet.view(), header) ? restoreInPlace(packet, header) : Outcome::kMalformed);
}

RtxReceiver::Outcome RtxReceiver::restore(ReceivedPacket& packet) {
  const Outcome outcome = count(restoreInPlace(packet.buffer, packet.header));
  if (outcome == Outcome::kRestored) packet.recovered = true;
  return outcome;
}

RtxReceiver::Outcome RtxReceiver::count(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRestored: ++stats_.restored; break;
    case Outcome::kPadding: ++stats_.padding; break;
    case Outcome::kMalformed: ++stats_.malformed; break;
  }
  return outcome;
}

RtxReceiver::Outcome RtxReceiver::restoreInPlace(PacketBuffer& packet, Header& header) {
  const auto type = types_.mediaFor(header.payloadType);
  if (!type) return Outcome::kMalformed;
  // Browsers probe the bandwidth with retransmission packets that hold nothing, not even a sequence number.
  if (header.payloadSize(packet.view()) <= kOsnSize) return Outcome::kPadding;
  uint8_t* bytes = packet.data();
  header.payloadType = *type;
  header.sequenceNumber = loadBe16(bytes + header.headerSize);
  header.ssrc = mediaSsrc_;
  std::memmove(bytes + kOsnSize, bytes, header.headerSize);  // the header moves over the sequence number
  packet.trimFront(kOsnSize);
  const MutableByteView restored = packet.mutableView();
  setPayloadType(restored, header.payloadType);
  setSequenceNumber(restored, header.sequenceNumber);
  setSsrc(restored, header.ssrc);
  return Outcome::kRestored;
}

}  // namespace tincan::inline v0::rtp
