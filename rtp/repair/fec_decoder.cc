#include "rtp/repair/fec_decoder.h"

#include <cstring>
#include <utility>

#include "base/sequence.h"
#include "rtp/header.h"
#include "rtp/repair/fec_xor.h"

namespace tincan::inline v0::rtp {
namespace {

// Older than this behind the newest packet, a number means a packet of the next round of the ring.
constexpr uint16_t kWindow = FecDecoder::kMediaPackets - FecMask::kSize;

}  // namespace

FecDecoder::FecDecoder(FecScheme scheme, Ssrc media, PacketPool& pool) : scheme_(scheme), ssrc_(media), pool_(pool) {
  parity_.reserve(kParityPackets);
  recovered_.reserve(kParityPackets);
}

const FecDecoder::Media* FecDecoder::find(uint16_t sequence) const {
  const Media& media = media_[sequence % kMediaPackets];
  return media.used && media.sequence == sequence ? &media : nullptr;
}

void FecDecoder::receiveMedia(ByteView packet) {
  Header header;
  if (!Header::parse(packet, header) || header.ssrc != ssrc_) return;
  // One too old to stand in a mask that is still looked at would only push out a younger one.
  if (started_ && isNewer(newest_, header.sequenceNumber) &&
      static_cast<uint16_t>(newest_ - header.sequenceNumber) > kWindow) {
    if (static_cast<uint16_t>(newest_ - header.sequenceNumber) < 0x1000) return;
    parity_.clear();  // the sender began anew
    newest_ = header.sequenceNumber;
  }
  if (find(header.sequenceNumber) || !keep(header.sequenceNumber, pool_.copy(packet))) return;
  repairAll();
}

bool FecDecoder::keep(uint16_t sequence, PacketBuffer packet) {
  if (!packet) return false;
  Media& media = media_[sequence % kMediaPackets];
  media.used = true;
  media.sequence = sequence;
  media.packet = std::move(packet);
  if (!started_ || isNewer(sequence, newest_)) newest_ = sequence;
  started_ = true;
  note(sequence);
  return true;
}

// The packet is there: no parity misses it any more.
void FecDecoder::note(uint16_t sequence) {
  for (Parity& parity : parity_) {
    const auto bit = static_cast<uint16_t>(sequence - parity.fec.base);
    if (bit < FecMask::kSize) parity.missing.clear(bit);
  }
}

void FecDecoder::receiveParity(ByteView payload) {
  ++stats_.parityPackets;
  Parity parity;
  parity.packet = pool_.copy(payload);
  if (!parity.packet) return;
  if (!FecPacket::parse(scheme_, parity.packet.view(), parity.fec) ||
      (scheme_ == FecScheme::kFlexfec03 && parity.fec.protectedSsrc != ssrc_)) {
    ++stats_.malformed;
    return;
  }
  parity.missing = parity.fec.mask;
  for (size_t bit = 0; bit <= parity.fec.mask.highest(); ++bit) {
    if (find(static_cast<uint16_t>(parity.fec.base + bit))) parity.missing.clear(bit);
  }
  if (parity_.size() == kParityPackets) {
    ++stats_.unused;
    parity_.erase(parity_.begin());
  }
  parity_.push_back(std::move(parity));
  repairAll();
}

// What lies so far back that its packets leave the ring is of no use.
void FecDecoder::forgetOld() {
  std::erase_if(parity_, [&](const Parity& parity) {
    const auto behind = static_cast<uint16_t>(newest_ - parity.fec.base);
    const bool old = started_ && behind < 0x8000 && behind > kWindow;
    if (old || parity.missing.empty()) ++stats_.unused;
    return old || parity.missing.empty();
  });
}

// Each repair uses a parity packet up, so this ends.
void FecDecoder::repairAll() {
  forgetOld();
  for (size_t i = 0; i < parity_.size();) {
    if (parity_[i].missing.count() != 1) {
      ++i;
      continue;
    }
    Parity parity = std::move(parity_[i]);
    parity_.erase(parity_.begin() + static_cast<ptrdiff_t>(i));
    if (!repair(parity)) {
      ++stats_.malformed;
    } else {
      i = 0;  // what was repaired may be what another one misses
    }
  }
  forgetOld();
}

bool FecDecoder::repair(Parity& parity) {
  const auto sequence = static_cast<uint16_t>(parity.fec.base + parity.missing.lowest());
  PacketBuffer out = pool_.allocate();
  const ByteView body = parity.fec.body;
  if (!out) return false;
  uint8_t* bytes = out.append(kFixedHeaderSize + body.size());
  if (!bytes) return false;
  FecPacket fields = parity.fec;
  const MutableByteView rest(bytes + kFixedHeaderSize, body.size());
  if (!body.empty()) std::memcpy(rest.data(), body.data(), body.size());
  for (size_t bit = 0; bit <= parity.fec.mask.highest(); ++bit) {
    if (!parity.fec.mask.test(bit) || parity.missing.test(bit)) continue;
    const Media* media = find(static_cast<uint16_t>(parity.fec.base + bit));
    if (!media) return false;  // it has left the ring since
    xorPacket(media->packet.view(), fields, rest);
  }
  // RFC 5109 §9.2: the length that comes out must be one that the parity covers.
  if (fields.length > body.size()) return false;
  bytes[0] = static_cast<uint8_t>(0x80 | (fields.first & 0x3f));
  bytes[1] = fields.second;
  storeBe16(bytes + 2, sequence);
  storeBe32(bytes + 4, fields.timestamp);
  storeBe32(bytes + 8, ssrc_.value());
  out.trimBack(body.size() - fields.length);
  Header header;
  if (!Header::parse(out.view(), header)) return false;
  PacketBuffer copy = pool_.copy(out.view());
  if (!keep(sequence, std::move(copy))) return false;
  if (recovered_.size() - nextRecovered_ < kMediaPackets) recovered_.push_back(std::move(out));
  ++stats_.recovered;
  return true;
}

bool FecDecoder::poll(PacketBuffer& out) {
  if (nextRecovered_ == recovered_.size()) {
    recovered_.clear();
    nextRecovered_ = 0;
    return false;
  }
  out = std::move(recovered_[nextRecovered_++]);
  return true;
}

bool unwrapRed(PacketBuffer& packet, PayloadType redType) {
  Header header;
  if (!Header::parse(packet.view(), header) || header.payloadType != redType) return false;
  const ByteView payload = header.payload(packet.view());
  if (payload.empty()) return false;
  const uint8_t block = payload[0];
  // The first bit says that another block follows; RED in RED is refused.
  if ((block & 0x80) != 0 || PayloadType(block) == redType) return false;
  uint8_t* bytes = packet.data();
  std::memmove(bytes + 1, bytes, header.headerSize);
  packet.trimFront(1);
  setPayloadType(packet.mutableView(), PayloadType(block));
  return true;
}

}  // namespace tincan::inline v0::rtp
