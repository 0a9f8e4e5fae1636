#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

constexpr size_t kMaxTransportStatuses = 2048;

/// Which packets of a transport came and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |      base sequence number     |      packet status count      |
///     |                 reference time                | fb pkt. count |
///     |          packet chunk         |         packet chunk          |
///     |         packet chunk …        |  recv delta   |  recv delta … | padding
struct TransportFeedback {
  /// §3.1.5: times are in ticks of 250 µs, §3.1: and the reference time in units of 64 ms.
  static constexpr Duration kTick = Duration::micros(250);
  static constexpr Duration kReferenceUnit = Duration::millis(64);

  struct Status {
    bool received = false;
    int16_t delta = 0;  ///< ticks since the arrival before it (the first: since the reference time)
    bool operator==(const Status&) const = default;
  };

  Ssrc sender;
  Ssrc media;
  uint16_t baseSequence = 0;
  int32_t referenceTime = 0;  ///< 24 bits with sign, in units of 64 ms of the receiver's own clock
  uint8_t feedbackCount = 0;
  std::vector<Status> statuses;  ///< of baseSequence and those after it; 1 to kMaxTransportStatuses
  bool operator==(const TransportFeedback&) const = default;
};

Verdict parse(const Block& block, TransportFeedback& out);
bool write(ByteWriter& writer, const TransportFeedback& feedback);

}  // namespace tincan::inline v0::rtp::rtcp
