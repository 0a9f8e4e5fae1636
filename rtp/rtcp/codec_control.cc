#include "rtp/rtcp/codec_control.h"

#include <bit>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kSsrcsSize = 8;
constexpr size_t kLimitSize = 8;
constexpr size_t kLossSize = 4;
constexpr size_t kRpsiFixedSize = 2;
constexpr uint32_t kMantissaBits = 17;
constexpr uint16_t kMaxOverhead = 0x1ff;
constexpr uint16_t kMaxMacroblock = 0x1fff;
constexpr uint8_t kMaxPictureId = 0x3f;
// A compound packet of 64 KiB could hold thousands; a session has a few sources and a picture a few slices.
constexpr size_t kMaxEntries = 255;

Verdict readLimits(const Block& block, size_t atLeast, Ssrc& sender, std::vector<RateLimit>& out) {
  out.clear();
  const ByteView body = block.body;
  if (body.size() < kSsrcsSize + atLeast * kLimitSize || (body.size() - kSsrcsSize) % kLimitSize != 0) {
    return Verdict::kMalformed;
  }
  const size_t count = (body.size() - kSsrcsSize) / kLimitSize;
  if (count > kMaxEntries) return Verdict::kLimit;
  sender = Ssrc(loadBe32(body.data()));  // RFC 5104 §4.2.1.2: the media source is not used
  out.reserve(count);
  for (size_t at = kSsrcsSize; at < body.size(); at += kLimitSize) {
    const uint32_t bits = loadBe32(body.data() + at + 4);
    const uint32_t exponent = bits >> 26;
    const uint64_t mantissa = bits >> 9 & ((1u << kMantissaBits) - 1);
    // 63 bits of exponent can pass 64 bits of rate.
    if (mantissa << exponent >> exponent != mantissa) return Verdict::kMalformed;
    out.push_back({Ssrc(loadBe32(body.data() + at)), mantissa << exponent, static_cast<uint16_t>(bits & kMaxOverhead)});
  }
  return Verdict::kOk;
}

bool writeLimits(ByteWriter& writer, uint8_t format, Ssrc sender, const std::vector<RateLimit>& limits) {
  if (limits.size() > kMaxEntries) return false;
  BlockWriter block(writer, format, kTransportFeedbackType);
  writer.u32(sender.value());
  writer.u32(0);
  for (const RateLimit& limit : limits) {
    if (limit.overhead > kMaxOverhead) return false;
    const auto width = static_cast<uint32_t>(std::bit_width(limit.bitrate));
    const uint32_t exponent = width > kMantissaBits ? width - kMantissaBits : 0;
    writer.u32(limit.ssrc.value());
    writer.u32(exponent << 26 | static_cast<uint32_t>(limit.bitrate >> exponent) << 9 | limit.overhead);
  }
  return block.close();
}

}  // namespace

Verdict parse(const Block& block, Tmmbr& out) {
  return readLimits(block, 1, out.sender, out.limits);
}

Verdict parse(const Block& block, Tmmbn& out) {
  return readLimits(block, 0, out.sender, out.limits);
}

Verdict parse(const Block& block, Sli& out) {
  out.losses.clear();
  const ByteView body = block.body;
  if (body.size() < kSsrcsSize + kLossSize || body.size() % kLossSize != 0) return Verdict::kMalformed;
  if ((body.size() - kSsrcsSize) / kLossSize > kMaxEntries) return Verdict::kLimit;
  out.sender = Ssrc(loadBe32(body.data()));
  out.media = Ssrc(loadBe32(body.data() + 4));
  out.losses.reserve((body.size() - kSsrcsSize) / kLossSize);
  for (size_t at = kSsrcsSize; at < body.size(); at += kLossSize) {
    const uint32_t bits = loadBe32(body.data() + at);
    out.losses.push_back({static_cast<uint16_t>(bits >> 19), static_cast<uint16_t>(bits >> 6 & kMaxMacroblock),
                          static_cast<uint8_t>(bits & kMaxPictureId)});
  }
  return Verdict::kOk;
}

Verdict parse(const Block& block, Rpsi& out) {
  const ByteView body = block.body;
  if (body.size() < kSsrcsSize + kRpsiFixedSize) return Verdict::kMalformed;
  out.sender = Ssrc(loadBe32(body.data()));
  out.media = Ssrc(loadBe32(body.data() + 4));
  const size_t padding = body[kSsrcsSize];
  const ByteView bits = body.subspan(kSsrcsSize + kRpsiFixedSize);
  // RFC 4585 §6.3.3.2: PB counts unused bits up to the 32-bit boundary, and the bit below the payload type is 0.
  if (padding > 31 || padding > 8 * bits.size() || (body[kSsrcsSize + 1] & 0x80) != 0) return Verdict::kMalformed;
  out.payloadType = body[kSsrcsSize + 1];
  out.unusedBits = static_cast<uint8_t>(padding % 8);
  const ByteView used = bits.first(bits.size() - padding / 8);
  out.bits.assign(used.begin(), used.end());
  return Verdict::kOk;
}

bool write(ByteWriter& writer, const Tmmbr& tmmbr) {
  return !tmmbr.limits.empty() && writeLimits(writer, kTmmbrFormat, tmmbr.sender, tmmbr.limits);
}

bool write(ByteWriter& writer, const Tmmbn& tmmbn) {
  return writeLimits(writer, kTmmbnFormat, tmmbn.sender, tmmbn.limits);
}

bool write(ByteWriter& writer, const Sli& sli) {
  if (sli.losses.empty() || sli.losses.size() > kMaxEntries) return false;
  BlockWriter block(writer, kSliFormat, kPayloadFeedbackType);
  writer.u32(sli.sender.value());
  writer.u32(sli.media.value());
  for (const Sli::Loss& loss : sli.losses) {
    if (loss.first > kMaxMacroblock || loss.number > kMaxMacroblock || loss.pictureId > kMaxPictureId) return false;
    writer.u32(uint32_t{loss.first} << 19 | uint32_t{loss.number} << 6 | loss.pictureId);
  }
  return block.close();
}

bool write(ByteWriter& writer, const Rpsi& rpsi) {
  if (rpsi.payloadType > 0x7f || rpsi.unusedBits > 7 || (rpsi.bits.empty() && rpsi.unusedBits > 0)) return false;
  BlockWriter block(writer, kRpsiFormat, kPayloadFeedbackType);
  writer.u32(rpsi.sender.value());
  writer.u32(rpsi.media.value());
  const size_t fill = (4 - (kRpsiFixedSize + rpsi.bits.size()) % 4) % 4;
  writer.u8(static_cast<uint8_t>(8 * fill + rpsi.unusedBits));
  writer.u8(rpsi.payloadType);
  writer.bytes(rpsi.bits);
  writer.zeros(fill);
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
