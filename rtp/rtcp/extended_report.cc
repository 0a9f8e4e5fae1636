#include "rtp/rtcp/extended_report.h"

#include <algorithm>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr uint8_t kLossRle = 1;
constexpr uint8_t kDuplicateRle = 2;
constexpr uint8_t kReferenceTime = 4;
constexpr uint8_t kDlrr = 5;
constexpr uint8_t kStatistics = 6;
constexpr uint8_t kVoipMetrics = 7;

constexpr size_t kDelaySize = 12;
constexpr size_t kStatisticsSize = 36;
constexpr size_t kVoipMetricsSize = 32;

constexpr uint16_t kVectorBit = 0x8000;  // §4.1.2
constexpr uint16_t kRunOfOnes = 0x4000;  // §4.1.1
constexpr size_t kMaxRun = 0x3fff;
constexpr size_t kVectorSize = 15;

bool read(ByteReader body, uint8_t type, uint8_t specific, XrRunLengths& out) {
  out.duplicates = type == kDuplicateRle;
  out.thinning = specific & 0x0f;
  out.source = Ssrc(body.u32());
  out.begin = body.u16();
  out.end = body.u16();
  if (!body.ok()) return false;
  out.chunks.reserve(body.remaining() / 2);
  while (body.remaining() > 0) out.chunks.push_back(body.u16());
  // §4.1.3: a null chunk at the end fills the last word.
  if (!out.chunks.empty() && out.chunks.back() == 0) out.chunks.pop_back();
  return true;
}

bool read(ByteReader body, XrReferenceTime& out) {
  out.time = NtpTime::fromRaw(body.u64());
  return body.ok() && body.atEnd();
}

bool read(ByteReader body, XrDelays& out) {
  if (body.remaining() % kDelaySize != 0) return false;
  out.delays.reserve(body.remaining() / kDelaySize);
  while (body.remaining() > 0) {
    XrDelays::Delay& delay = out.delays.emplace_back();
    delay.source = Ssrc(body.u32());
    delay.lastReferenceTime = body.u32();
    delay.delay = body.u32();
  }
  return true;
}

bool read(ByteReader body, uint8_t specific, XrStatistics& out) {
  if (body.remaining() != kStatisticsSize) return false;  // §4.6: nine words
  out.hasLoss = (specific & 0x80) != 0;
  out.hasDuplicates = (specific & 0x40) != 0;
  out.hasJitter = (specific & 0x20) != 0;
  const unsigned ttl = specific >> 3 & 0x03;
  if (ttl == 3) return false;  // §4.6: reserved
  out.ttl = static_cast<XrStatistics::Ttl>(ttl);
  out.source = Ssrc(body.u32());
  out.begin = body.u16();
  out.end = body.u16();
  for (uint32_t* value :
       {&out.lost, &out.duplicates, &out.minJitter, &out.maxJitter, &out.meanJitter, &out.deviationJitter}) {
    *value = body.u32();
  }
  for (uint8_t* value : {&out.minTtl, &out.maxTtl, &out.meanTtl, &out.deviationTtl}) *value = body.u8();
  return body.ok();
}

bool read(ByteReader body, XrVoipMetrics& out) {
  if (body.remaining() != kVoipMetricsSize) return false;  // §4.7: eight words
  out.source = Ssrc(body.u32());
  for (uint8_t* value : {&out.lossRate, &out.discardRate, &out.burstDensity, &out.gapDensity}) *value = body.u8();
  for (uint16_t* value : {&out.burstDuration, &out.gapDuration, &out.roundTripDelay, &out.endSystemDelay}) {
    *value = body.u16();
  }
  out.signalLevel = static_cast<int8_t>(body.u8());
  out.noiseLevel = static_cast<int8_t>(body.u8());
  for (uint8_t* value : {&out.residualEchoReturnLoss, &out.gapThreshold, &out.rFactor, &out.externalRFactor,
                         &out.mosListening, &out.mosConversation, &out.receiverConfiguration}) {
    *value = body.u8();
  }
  body.skip(1);
  for (uint16_t* value : {&out.jitterBufferNominal, &out.jitterBufferMaximum, &out.jitterBufferAbsoluteMaximum}) {
    *value = body.u16();
  }
  return body.ok();
}

bool readBlock(uint8_t type, uint8_t specific, ByteView body, std::vector<XrBlock>& out) {
  const ByteReader reader(body);
  switch (type) {
    case kLossRle:
    case kDuplicateRle: return read(reader, type, specific, out.emplace_back().emplace<XrRunLengths>());
    case kReferenceTime: return read(reader, out.emplace_back().emplace<XrReferenceTime>());
    case kDlrr: return read(reader, out.emplace_back().emplace<XrDelays>());
    case kStatistics: return read(reader, specific, out.emplace_back().emplace<XrStatistics>());
    case kVoipMetrics: return read(reader, out.emplace_back().emplace<XrVoipMetrics>());
    default: out.emplace_back(XrUnknown{type, specific, toBytes(body)}); return true;
  }
}

/// The header of a block; its length is filled in when the body is written.
class XrBlockWriter {
 public:
  XrBlockWriter(ByteWriter& writer, uint8_t type, uint8_t specific) : writer_(writer), start_(writer.size()) {
    writer_.u8(type);
    writer_.u8(specific);
    writer_.u16(0);
  }
  bool close() {
    const size_t size = writer_.size() - start_;
    if (!writer_.ok() || size % 4 != 0 || size / 4 - 1 > 0xffff) return false;
    writer_.patchU16(start_ + 2, static_cast<uint16_t>(size / 4 - 1));
    return true;
  }

 private:
  ByteWriter& writer_;
  size_t start_;
};

bool writeBlock(ByteWriter& writer, const XrRunLengths& report) {
  XrBlockWriter block(writer, report.duplicates ? kDuplicateRle : kLossRle, report.thinning & 0x0f);
  writer.u32(report.source.value());
  writer.u16(report.begin);
  writer.u16(report.end);
  for (const uint16_t chunk : report.chunks) writer.u16(chunk);
  if (report.chunks.size() % 2 != 0) writer.u16(0);
  return block.close();
}

bool writeBlock(ByteWriter& writer, const XrReferenceTime& report) {
  XrBlockWriter block(writer, kReferenceTime, 0);
  writer.u64(report.time.raw());
  return block.close();
}

bool writeBlock(ByteWriter& writer, const XrDelays& report) {
  XrBlockWriter block(writer, kDlrr, 0);
  for (const XrDelays::Delay& delay : report.delays) {
    writer.u32(delay.source.value());
    writer.u32(delay.lastReferenceTime);
    writer.u32(delay.delay);
  }
  return block.close();
}

bool writeBlock(ByteWriter& writer, const XrStatistics& report) {
  const auto specific = static_cast<uint8_t>((report.hasLoss ? 0x80 : 0) | (report.hasDuplicates ? 0x40 : 0) |
                                             (report.hasJitter ? 0x20 : 0) | static_cast<int>(report.ttl) << 3);
  XrBlockWriter block(writer, kStatistics, specific);
  writer.u32(report.source.value());
  writer.u16(report.begin);
  writer.u16(report.end);
  for (const uint32_t value : {report.lost, report.duplicates, report.minJitter, report.maxJitter, report.meanJitter,
                               report.deviationJitter}) {
    writer.u32(value);
  }
  for (const uint8_t value : {report.minTtl, report.maxTtl, report.meanTtl, report.deviationTtl}) writer.u8(value);
  return block.close();
}

bool writeBlock(ByteWriter& writer, const XrVoipMetrics& report) {
  XrBlockWriter block(writer, kVoipMetrics, 0);
  writer.u32(report.source.value());
  for (const uint8_t value : {report.lossRate, report.discardRate, report.burstDensity, report.gapDensity}) {
    writer.u8(value);
  }
  for (const uint16_t value :
       {report.burstDuration, report.gapDuration, report.roundTripDelay, report.endSystemDelay}) {
    writer.u16(value);
  }
  writer.u8(static_cast<uint8_t>(report.signalLevel));
  writer.u8(static_cast<uint8_t>(report.noiseLevel));
  for (const uint8_t value :
       {report.residualEchoReturnLoss, report.gapThreshold, report.rFactor, report.externalRFactor, report.mosListening,
        report.mosConversation, report.receiverConfiguration, uint8_t{0}}) {
    writer.u8(value);
  }
  for (const uint16_t value :
       {report.jitterBufferNominal, report.jitterBufferMaximum, report.jitterBufferAbsoluteMaximum}) {
    writer.u16(value);
  }
  return block.close();
}

bool writeBlock(ByteWriter& writer, const XrUnknown& report) {
  XrBlockWriter block(writer, report.type, report.specific);
  writer.bytes(report.body);
  return block.close();
}

}  // namespace

std::vector<bool> XrRunLengths::expand() const {
  const size_t range = static_cast<uint16_t>(end - begin);
  const size_t step = size_t{1} << thinning;
  std::vector<bool> out;
  out.reserve((range + step - 1) / step);
  const size_t count = (range + step - 1) / step;
  for (const uint16_t chunk : chunks) {
    const bool vector = (chunk & kVectorBit) != 0;
    const size_t size = vector ? kVectorSize : chunk & kMaxRun;
    for (size_t i = 0; i < size && out.size() < count; ++i) {
      out.push_back(vector ? (chunk >> (kVectorSize - 1 - i) & 1) != 0 : (chunk & kRunOfOnes) != 0);
    }
  }
  out.resize(count);
  return out;
}

std::vector<uint16_t> XrRunLengths::compress(const std::vector<bool>& bits) {
  std::vector<uint16_t> out;
  for (size_t at = 0; at < bits.size();) {
    size_t run = 1;
    while (at + run < bits.size() && run < kMaxRun && bits[at + run] == bits[at]) ++run;
    if (run >= std::min(kVectorSize, bits.size() - at)) {
      out.push_back(static_cast<uint16_t>((bits[at] ? kRunOfOnes : 0) | run));
      at += run;
      continue;
    }
    uint16_t chunk = kVectorBit;
    for (size_t i = 0; i < kVectorSize && at + i < bits.size(); ++i) {
      if (bits[at + i]) chunk = static_cast<uint16_t>(chunk | 1u << (kVectorSize - 1 - i));
    }
    out.push_back(chunk);
    at += kVectorSize;
  }
  return out;
}

Verdict parse(const Block& block, ExtendedReport& out) {
  out.blocks.clear();
  ByteReader reader(block.body);
  out.sender = Ssrc(reader.u32());
  while (reader.ok() && reader.remaining() > 0) {
    if (out.blocks.size() == ExtendedReport::kMaxBlocks) return Verdict::kLimit;
    const uint8_t type = reader.u8();
    const uint8_t specific = reader.u8();
    const ByteView body = reader.view(size_t{4} * reader.u16());
    if (!reader.ok() || !readBlock(type, specific, body, out.blocks)) return Verdict::kMalformed;
  }
  return reader.ok() ? Verdict::kOk : Verdict::kMalformed;
}

bool write(ByteWriter& writer, const ExtendedReport& report) {
  if (report.blocks.size() > ExtendedReport::kMaxBlocks) return false;
  BlockWriter block(writer, 0, kExtendedReportType);
  writer.u32(report.sender.value());
  for (const XrBlock& one : report.blocks) {
    if (!std::visit([&](const auto& some) { return writeBlock(writer, some); }, one)) return false;
  }
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
