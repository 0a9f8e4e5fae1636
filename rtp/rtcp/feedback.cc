#include "rtp/rtcp/feedback.h"

#include <bit>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kSsrcsSize = 8;
constexpr size_t kNackItemSize = 4;
constexpr size_t kFirEntrySize = 8;
constexpr size_t kRembFixedSize = kSsrcsSize + 8;
constexpr uint32_t kRembName = 0x52454d42;  // "REMB"
constexpr uint32_t kMantissaBits = 18;
constexpr size_t kMaxRembSsrcs = 255;

void writeSsrcs(ByteWriter& writer, Ssrc sender, Ssrc media) {
  writer.u32(sender.value());
  writer.u32(media.value());
}

}  // namespace

Verdict parse(const Block& block, Nack& out) {
  out.sequenceNumbers.clear();
  const ByteView body = block.body;
  // RFC 4585 §6.2.1: at least one item. Padding (see BlockReader) may not leave a part of one.
  if (body.size() < kSsrcsSize + kNackItemSize || body.size() % kNackItemSize != 0) return Verdict::kMalformed;
  out.sender = Ssrc(loadBe32(body.data()));
  out.media = Ssrc(loadBe32(body.data() + 4));
  size_t total = 0;
  for (size_t at = kSsrcsSize; at < body.size(); at += kNackItemSize) {
    total += 1 + static_cast<size_t>(std::popcount(loadBe16(body.data() + at + 2)));
  }
  if (total > kMaxNackedPackets) return Verdict::kLimit;
  out.sequenceNumbers.reserve(total);
  for (size_t at = kSsrcsSize; at < body.size(); at += kNackItemSize) {
    const uint16_t first = loadBe16(body.data() + at);
    out.sequenceNumbers.push_back(first);
    // Bit i, counted from the lowest, stands for packet first + i + 1.
    for (unsigned mask = loadBe16(body.data() + at + 2); mask != 0; mask &= mask - 1) {
      out.sequenceNumbers.push_back(static_cast<uint16_t>(first + std::countr_zero(mask) + 1));
    }
  }
  return Verdict::kOk;
}

Verdict parse(const Block& block, Pli& out) {
  // RFC 4585 §6.3.1: no FCI.
  if (block.body.size() != kSsrcsSize) return Verdict::kMalformed;
  out.sender = Ssrc(loadBe32(block.body.data()));
  out.media = Ssrc(loadBe32(block.body.data() + 4));
  return Verdict::kOk;
}

Verdict parse(const Block& block, Fir& out) {
  out.entries.clear();
  const ByteView body = block.body;
  if (body.size() < kSsrcsSize + kFirEntrySize || (body.size() - kSsrcsSize) % kFirEntrySize != 0) {
    return Verdict::kMalformed;
  }
  out.sender = Ssrc(loadBe32(body.data()));  // RFC 5104 §4.3.1.2: the media source is not used
  const size_t entries = (body.size() - kSsrcsSize) / kFirEntrySize;
  if (entries > kMaxNackedPackets) return Verdict::kLimit;
  out.entries.reserve(entries);
  for (size_t at = kSsrcsSize; at < body.size(); at += kFirEntrySize) {
    out.entries.push_back({Ssrc(loadBe32(body.data() + at)), body[at + 4]});
  }
  return Verdict::kOk;
}

bool isRemb(const Block& block) {
  return block.type == kPayloadFeedbackType && block.count == kApplicationFormat &&
         block.body.size() >= kSsrcsSize + sizeof kRembName && loadBe32(block.body.data() + kSsrcsSize) == kRembName;
}

Verdict parse(const Block& block, Remb& out) {
  out.ssrcs.clear();
  const ByteView body = block.body;
  if (!isRemb(block) || body.size() < kRembFixedSize) return Verdict::kMalformed;
  const size_t ssrcs = body[kSsrcsSize + 4];
  if (body.size() != kRembFixedSize + 4 * ssrcs) return Verdict::kMalformed;
  const uint32_t rate = loadBe24(body.data() + kSsrcsSize + 5);
  const uint32_t exponent = rate >> kMantissaBits;
  const uint64_t mantissa = rate & ((1u << kMantissaBits) - 1);
  // 63 bits of exponent can pass 64 bits of rate.
  if (mantissa << exponent >> exponent != mantissa) return Verdict::kMalformed;
  out.sender = Ssrc(loadBe32(body.data()));
  out.bitrate = mantissa << exponent;
  out.ssrcs.reserve(ssrcs);
  for (size_t i = 0; i < ssrcs; ++i) out.ssrcs.push_back(Ssrc(loadBe32(body.data() + kRembFixedSize + 4 * i)));
  return Verdict::kOk;
}

bool write(ByteWriter& writer, const Nack& nack) {
  const auto& list = nack.sequenceNumbers;
  if (list.empty() || list.size() > kMaxNackedPackets) return false;
  BlockWriter block(writer, kNackFormat, kTransportFeedbackType);
  writeSsrcs(writer, nack.sender, nack.media);
  for (size_t i = 0; i < list.size();) {
    const uint16_t first = list[i++];
    uint16_t mask = 0;
    // Takes what follows in ascending order within 16, so that a reader sees the list in the order given.
    for (uint16_t last = 0; i < list.size(); ++i) {
      const auto distance = static_cast<uint16_t>(list[i] - first);
      if (distance <= last || distance > 16) break;
      mask = static_cast<uint16_t>(mask | 1u << (distance - 1));
      last = distance;
    }
    writer.u16(first);
    writer.u16(mask);
  }
  return block.close();
}

bool write(ByteWriter& writer, const Pli& pli) {
  BlockWriter block(writer, kPliFormat, kPayloadFeedbackType);
  writeSsrcs(writer, pli.sender, pli.media);
  return block.close();
}

bool write(ByteWriter& writer, const Fir& fir) {
  if (fir.entries.empty() || fir.entries.size() > kMaxNackedPackets) return false;
  BlockWriter block(writer, kFirFormat, kPayloadFeedbackType);
  writeSsrcs(writer, fir.sender, Ssrc(0));
  for (const Fir::Entry& entry : fir.entries) {
    writer.u32(entry.ssrc.value());
    writer.u8(entry.sequenceNumber);
    writer.u24(0);
  }
  return block.close();
}

bool write(ByteWriter& writer, const Remb& remb) {
  if (remb.ssrcs.size() > kMaxRembSsrcs) return false;
  const auto width = static_cast<uint32_t>(std::bit_width(remb.bitrate));
  const uint32_t exponent = width > kMantissaBits ? width - kMantissaBits : 0;
  BlockWriter block(writer, kApplicationFormat, kPayloadFeedbackType);
  writeSsrcs(writer, remb.sender, Ssrc(0));
  writer.u32(kRembName);
  writer.u8(static_cast<uint8_t>(remb.ssrcs.size()));
  writer.u24(exponent << kMantissaBits | static_cast<uint32_t>(remb.bitrate >> exponent));
  for (Ssrc ssrc : remb.ssrcs) writer.u32(ssrc.value());
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
