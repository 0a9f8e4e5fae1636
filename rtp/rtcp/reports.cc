#include "rtp/rtcp/reports.h"

#include <algorithm>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kReportBlockSize = 24;
constexpr size_t kSenderInfoSize = 24;  // with the SSRC
constexpr int32_t kMaxCumulativeLost = 0x7fffff;
constexpr int32_t kMinCumulativeLost = -0x800000;

ReportBlock readReport(const uint8_t* p) {
  const uint32_t lost = loadBe24(p + 5);
  return {
      .ssrc = Ssrc(loadBe32(p)),
      .fractionLost = p[4],
      .cumulativeLost = static_cast<int32_t>(lost) - ((lost & 0x800000) != 0 ? 0x1000000 : 0),
      .extendedHighestSequence = loadBe32(p + 8),
      .jitter = loadBe32(p + 12),
      .lastSenderReport = loadBe32(p + 16),
      .delaySinceLastSenderReport = loadBe32(p + 20),
  };
}

bool readReports(const Block& block, size_t offset, std::vector<ReportBlock>& out) {
  out.clear();
  if (block.body.size() < offset + kReportBlockSize * block.count) return false;
  out.reserve(block.count);
  const uint8_t* p = block.body.data() + offset;
  for (size_t i = 0; i < block.count; ++i) out.push_back(readReport(p + kReportBlockSize * i));
  return true;
}

void writeReports(ByteWriter& writer, const std::vector<ReportBlock>& reports) {
  for (const ReportBlock& report : reports) {
    writer.u32(report.ssrc.value());
    writer.u8(report.fractionLost);
    // RFC 3550 appendix A.3: clamped, not wrapped.
    const int32_t lost = std::clamp(report.cumulativeLost, kMinCumulativeLost, kMaxCumulativeLost);
    writer.u24(static_cast<uint32_t>(lost) & 0xffffff);
    writer.u32(report.extendedHighestSequence);
    writer.u32(report.jitter);
    writer.u32(report.lastSenderReport);
    writer.u32(report.delaySinceLastSenderReport);
  }
}

}  // namespace

Verdict parse(const Block& block, SenderReport& out) {
  if (block.body.size() < kSenderInfoSize) return Verdict::kMalformed;
  const uint8_t* p = block.body.data();
  out.sender = Ssrc(loadBe32(p));
  out.ntpTime = NtpTime::fromRaw(loadBe64(p + 4));
  out.rtpTimestamp = loadBe32(p + 12);
  out.packetCount = loadBe32(p + 16);
  out.octetCount = loadBe32(p + 20);
  return readReports(block, kSenderInfoSize, out.reports) ? Verdict::kOk : Verdict::kMalformed;
}

Verdict parse(const Block& block, ReceiverReport& out) {
  if (block.body.size() < 4) return Verdict::kMalformed;
  out.sender = Ssrc(loadBe32(block.body.data()));
  return readReports(block, 4, out.reports) ? Verdict::kOk : Verdict::kMalformed;
}

bool write(ByteWriter& writer, const SenderReport& report) {
  if (report.reports.size() > kMaxCount) return false;
  BlockWriter block(writer, static_cast<uint8_t>(report.reports.size()), kSenderReportType);
  writer.u32(report.sender.value());
  writer.u64(report.ntpTime.raw());
  writer.u32(report.rtpTimestamp);
  writer.u32(report.packetCount);
  writer.u32(report.octetCount);
  writeReports(writer, report.reports);
  return block.close();
}

bool write(ByteWriter& writer, const ReceiverReport& report) {
  if (report.reports.size() > kMaxCount) return false;
  BlockWriter block(writer, static_cast<uint8_t>(report.reports.size()), kReceiverReportType);
  writer.u32(report.sender.value());
  writeReports(writer, report.reports);
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
