#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

/// Congestion control feedback (RFC 8888 §3.1): for each source, which packets came, when, and with which ECN mark.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                 SSRC of RTCP packet sender                    |
///     |                   SSRC of a media source                      |  for each source
///     |          begin_seq            |          num_reports          |
///     |R|ECN|  Arrival time offset    | …  (padded to a whole word)   |
///     |                 Report Timestamp (32 bits)                    |
struct CongestionFeedback {
  static constexpr size_t kMaxReports = 16384;  ///< of a source (§3.1)
  /// §3.1: the offset counts in 1/1024 s; 0x1ffe: longer ago than it can say, 0x1fff: after the report's timestamp.
  static constexpr uint16_t kOffsetOverflow = 0x1ffe;
  static constexpr uint16_t kOffsetUnknown = 0x1fff;

  struct Report {
    bool received = false;
    uint8_t ecn = 0;             ///< as in the IP header
    uint16_t arrivalOffset = 0;  ///< before `timestamp`, 13 bits
    bool operator==(const Report&) const = default;
  };
  struct Source {
    Ssrc ssrc;
    uint16_t beginSequence = 0;
    std::vector<Report> reports;
    bool operator==(const Source&) const = default;
  };

  Ssrc sender;
  std::vector<Source> sources;
  uint32_t timestamp = 0;  ///< the middle 32 bits of NTP time when the report was made
  bool operator==(const CongestionFeedback&) const = default;

  /// How long an arrival lies before the report, as the wire says it.
  static uint16_t offsetOf(Duration beforeReport);
};

Verdict parse(const Block& block, CongestionFeedback& out);
bool write(ByteWriter& writer, const CongestionFeedback& feedback);

}  // namespace tincan::inline v0::rtp::rtcp
