#include "rtp/rtcp/transport_feedback.h"

#include <algorithm>

namespace tincan::inline v0::rtp::rtcp {
namespace {

// §3.1.1: what two bits say of a packet; 3 is reserved.
enum Symbol : uint8_t { kNotReceived = 0, kSmallDelta = 1, kLargeDelta = 2 };

constexpr size_t kFixedSize = 16;  // both SSRCs, base, count, reference time, feedback count
constexpr uint16_t kVectorBit = 0x8000;
constexpr uint16_t kTwoBitSymbols = 0x4000;
constexpr size_t kMaxRun = 0x1fff;
constexpr size_t kOneBitCapacity = 14;
constexpr size_t kTwoBitCapacity = 7;
constexpr int kMaxSmallDelta = 0xff;

Symbol symbol(const TransportFeedback::Status& status) {
  if (!status.received) return kNotReceived;
  return status.delta >= 0 && status.delta <= kMaxSmallDelta ? kSmallDelta : kLargeDelta;
}

// Puts one chunk's symbols behind those that are there, at most up to `count`; the deltas keep the symbol until they
// are read. False for the reserved symbol.
bool expandChunk(uint16_t chunk, size_t count, std::vector<TransportFeedback::Status>& out) {
  const size_t room = count - out.size();
  auto add = [&out](unsigned value) { out.push_back({value != kNotReceived, static_cast<int16_t>(value)}); };
  if ((chunk & kVectorBit) == 0) {  // §3.1.3: run length
    const unsigned value = chunk >> 13;
    if (value > kLargeDelta) return false;
    for (size_t i = std::min<size_t>(chunk & kMaxRun, room); i > 0; --i) add(value);
    return true;
  }
  const bool twoBits = (chunk & kTwoBitSymbols) != 0;  // §3.1.4: status vector
  const size_t capacity = twoBits ? kTwoBitCapacity : kOneBitCapacity;
  for (size_t i = 0; i < std::min(capacity, room); ++i) {
    const unsigned value = twoBits ? chunk >> (12 - 2 * i) & 3u : chunk >> (13 - i) & 1u;
    if (value > kLargeDelta) return false;
    add(value);
  }
  return true;
}

size_t runLength(const std::vector<TransportFeedback::Status>& statuses, size_t from) {
  size_t to = from + 1;
  while (to < statuses.size() && to - from < kMaxRun && symbol(statuses[to]) == symbol(statuses[from])) ++to;
  return to - from;
}

// Writes the chunk that says most from `from` on; gives how many statuses it covers.
size_t writeChunk(ByteWriter& writer, const std::vector<TransportFeedback::Status>& statuses, size_t from) {
  const size_t rest = statuses.size() - from;
  const size_t run = runLength(statuses, from);
  const size_t oneBit = std::min(rest, kOneBitCapacity);
  const bool small = std::none_of(statuses.begin() + static_cast<ptrdiff_t>(from),
                                  statuses.begin() + static_cast<ptrdiff_t>(from + oneBit),
                                  [](const auto& status) { return symbol(status) == kLargeDelta; });
  if (run >= (small ? oneBit : std::min(rest, kTwoBitCapacity))) {
    writer.u16(static_cast<uint16_t>(symbol(statuses[from]) << 13 | run));
    return run;
  }
  uint16_t chunk = small ? kVectorBit : kVectorBit | kTwoBitSymbols;
  const size_t covered = small ? oneBit : std::min(rest, kTwoBitCapacity);
  for (size_t i = 0; i < covered; ++i) {
    chunk = static_cast<uint16_t>(chunk | symbol(statuses[from + i]) << (small ? 13 - i : 12 - 2 * i));
  }
  writer.u16(chunk);
  return covered;
}

}  // namespace

Verdict parse(const Block& block, TransportFeedback& out) {
  out.statuses.clear();
  if (block.body.size() < kFixedSize) return Verdict::kMalformed;
  ByteReader reader(block.body);
  out.sender = Ssrc(reader.u32());
  out.media = Ssrc(reader.u32());
  out.baseSequence = reader.u16();
  const size_t count = reader.u16();
  const uint32_t reference = reader.u24();
  out.referenceTime = static_cast<int32_t>(reference) - ((reference & 0x800000) != 0 ? 0x1000000 : 0);
  out.feedbackCount = reader.u8();
  if (count == 0) return Verdict::kMalformed;
  if (count > kMaxTransportStatuses) return Verdict::kLimit;
  out.statuses.reserve(count);
  while (out.statuses.size() < count) {
    const uint16_t chunk = reader.u16();
    if (!reader.ok() || !expandChunk(chunk, count, out.statuses)) return Verdict::kMalformed;
  }
  for (TransportFeedback::Status& status : out.statuses) {
    // §3.1.5: a small delta is one byte without sign, a large one two bytes with sign.
    if (status.received) {
      status.delta = status.delta == kSmallDelta ? int16_t{reader.u8()} : static_cast<int16_t>(reader.u16());
    }
  }
  return reader.ok() ? Verdict::kOk : Verdict::kMalformed;
}

bool write(ByteWriter& writer, const TransportFeedback& feedback) {
  const auto& statuses = feedback.statuses;
  if (statuses.empty() || statuses.size() > kMaxTransportStatuses) return false;
  const size_t start = writer.size();
  BlockWriter block(writer, kTransportWideFormat, kTransportFeedbackType);
  writer.u32(feedback.sender.value());
  writer.u32(feedback.media.value());
  writer.u16(feedback.baseSequence);
  writer.u16(static_cast<uint16_t>(statuses.size()));
  writer.u24(static_cast<uint32_t>(feedback.referenceTime) & 0xffffff);
  writer.u8(feedback.feedbackCount);
  for (size_t i = 0; i < statuses.size();) i += writeChunk(writer, statuses, i);
  for (const TransportFeedback::Status& status : statuses) {
    if (symbol(status) == kSmallDelta) writer.u8(static_cast<uint8_t>(status.delta));
    if (symbol(status) == kLargeDelta) writer.u16(static_cast<uint16_t>(status.delta));
  }
  while (writer.ok() && (writer.size() - start) % 4 != 0) writer.u8(0);
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
