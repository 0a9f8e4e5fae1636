#include "rtp/rtcp/congestion_feedback.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kTimestampSize = 4;
constexpr uint16_t kReceivedBit = 0x8000;
constexpr uint16_t kOffsetMask = 0x1fff;

bool readSource(ByteReader& reader, CongestionFeedback::Source& out) {
  out.ssrc = Ssrc(reader.u32());
  out.beginSequence = reader.u16();
  const size_t count = reader.u16();
  if (!reader.ok() || count * 2 > reader.remaining()) return false;
  out.reports.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const uint16_t bits = reader.u16();
    // §3.1: when R is 0 the rest is to be ignored.
    const bool received = (bits & kReceivedBit) != 0;
    out.reports.push_back({received, static_cast<uint8_t>(received ? bits >> 13 & 0x03 : 0),
                           static_cast<uint16_t>(received ? bits & kOffsetMask : 0)});
  }
  if (count % 2 != 0) reader.skip(2);
  return reader.ok();
}

}  // namespace

uint16_t CongestionFeedback::offsetOf(Duration beforeReport) {
  if (beforeReport < Duration::zero()) return kOffsetUnknown;
  const int64_t ticks = beforeReport.micros() / 1'000'000 * 1024 + beforeReport.micros() % 1'000'000 * 1024 / 1'000'000;
  return ticks >= kOffsetOverflow ? kOffsetOverflow : static_cast<uint16_t>(ticks);
}

Verdict parse(const Block& block, CongestionFeedback& out) {
  out.sources.clear();
  ByteReader reader(block.body);
  out.sender = Ssrc(reader.u32());
  while (reader.remaining() > kTimestampSize) {
    CongestionFeedback::Source& source = out.sources.emplace_back();
    if (!readSource(reader, source)) return Verdict::kMalformed;
    if (source.reports.size() > CongestionFeedback::kMaxReports) return Verdict::kLimit;
  }
  out.timestamp = reader.u32();
  return reader.ok() && reader.atEnd() ? Verdict::kOk : Verdict::kMalformed;
}

bool write(ByteWriter& writer, const CongestionFeedback& feedback) {
  BlockWriter block(writer, kCongestionFormat, kTransportFeedbackType);
  writer.u32(feedback.sender.value());
  for (const CongestionFeedback::Source& source : feedback.sources) {
    if (source.reports.size() > CongestionFeedback::kMaxReports) return false;
    writer.u32(source.ssrc.value());
    writer.u16(source.beginSequence);
    writer.u16(static_cast<uint16_t>(source.reports.size()));
    for (const CongestionFeedback::Report& report : source.reports) {
      writer.u16(report.received ? static_cast<uint16_t>(kReceivedBit | (report.ecn & 0x03) << 13 |
                                                         (report.arrivalOffset & kOffsetMask))
                                 : uint16_t{0});
    }
    if (source.reports.size() % 2 != 0) writer.u16(0);
  }
  writer.u32(feedback.timestamp);
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
