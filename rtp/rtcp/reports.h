#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

/// How one source was received (RFC 3550 §6.4.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                             SSRC                              |
///     | fraction lost |     cumulative number of packets lost (24)    |
///     |           extended highest sequence number received           |
///     |                      interarrival jitter                      |
///     |               last SR (LSR): middle of its NTP time           |
///     |           delay since last SR (DLSR), in 1/65536 s            |
struct ReportBlock {
  Ssrc ssrc;
  uint8_t fractionLost = 0;    ///< of 256, since the last report
  int32_t cumulativeLost = 0;  ///< 24 bits with sign: duplicates make it negative; clamped when written
  uint32_t extendedHighestSequence = 0;
  uint32_t jitter = 0;                      ///< in units of the RTP timestamp
  uint32_t lastSenderReport = 0;            ///< 0: none came
  uint32_t delaySinceLastSenderReport = 0;  ///< in 1/65536 s
  bool operator==(const ReportBlock&) const = default;
};

/// SR: what a source has sent, and how it receives others (RFC 3550 §6.4.1). Profile-specific extensions are skipped.
struct SenderReport {
  Ssrc sender;
  NtpTime ntpTime;
  uint32_t rtpTimestamp = 0;
  uint32_t packetCount = 0;
  uint32_t octetCount = 0;
  std::vector<ReportBlock> reports;  ///< at most 31
  bool operator==(const SenderReport&) const = default;
};

/// RR: the same from somebody who has sent nothing (RFC 3550 §6.4.2).
struct ReceiverReport {
  Ssrc sender;
  std::vector<ReportBlock> reports;  ///< at most 31
  bool operator==(const ReceiverReport&) const = default;
};

Verdict parse(const Block& block, SenderReport& out);
Verdict parse(const Block& block, ReceiverReport& out);
/// False when it does not fit or the message cannot be said on the wire.
bool write(ByteWriter& writer, const SenderReport& report);
bool write(ByteWriter& writer, const ReceiverReport& report);

}  // namespace tincan::inline v0::rtp::rtcp
