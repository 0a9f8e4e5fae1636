#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/block.h"

// XR (RFC 3611 §2): an SSRC, then blocks, each behind
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |      BT       | type-specific |  length in words - 1          |
namespace tincan::inline v0::rtp::rtcp {

/// Which packets came (§4.1, loss) or came twice (§4.2, duplicates), as run lengths and bit vectors.
struct XrRunLengths {
  bool duplicates = false;
  uint8_t thinning = 0;  ///< 4 bits: only every 2^thinning-th packet is told of
  Ssrc source;
  uint16_t begin = 0;
  uint16_t end = 0;              ///< one past the last
  std::vector<uint16_t> chunks;  ///< as on the wire, a last null chunk left out

  /// One bool for each packet told of: came (loss), or came once (duplicates). The chunks may say less than the range;
  /// what they do not say is false.
  std::vector<bool> expand() const;
  static std::vector<uint16_t> compress(const std::vector<bool>& bits);
  bool operator==(const XrRunLengths&) const = default;
};

/// §4.4: the receiver's clock, for a round trip without having sent media.
struct XrReferenceTime {
  NtpTime time;
  bool operator==(const XrReferenceTime&) const = default;
};

/// §4.5: the answer to it, like LSR and DLSR of a sender report.
struct XrDelays {
  struct Delay {
    Ssrc source;
    uint32_t lastReferenceTime = 0;  ///< the middle 32 bits
    uint32_t delay = 0;              ///< 1/65536 s
    bool operator==(const Delay&) const = default;
  };
  std::vector<Delay> delays;
  bool operator==(const XrDelays&) const = default;
};

/// §4.6: what a range of packets had in common. Which parts are filled the flags say.
struct XrStatistics {
  enum class Ttl : uint8_t { kNone = 0, kIpv4Ttl = 1, kIpv6HopLimit = 2 };
  bool hasLoss = false;
  bool hasDuplicates = false;
  bool hasJitter = false;
  Ttl ttl = Ttl::kNone;
  Ssrc source;
  uint16_t begin = 0;
  uint16_t end = 0;
  uint32_t lost = 0;
  uint32_t duplicates = 0;
  uint32_t minJitter = 0, maxJitter = 0, meanJitter = 0, deviationJitter = 0;
  uint8_t minTtl = 0, maxTtl = 0, meanTtl = 0, deviationTtl = 0;
  bool operator==(const XrStatistics&) const = default;
};

/// §4.7: what a call sounds like.
struct XrVoipMetrics {
  Ssrc source;
  uint8_t lossRate = 0, discardRate = 0, burstDensity = 0, gapDensity = 0;              ///< of 256
  uint16_t burstDuration = 0, gapDuration = 0, roundTripDelay = 0, endSystemDelay = 0;  ///< ms
  int8_t signalLevel = 127, noiseLevel = 127;                                           ///< dBm; 127: not known
  uint8_t residualEchoReturnLoss = 127, gapThreshold = 16;
  uint8_t rFactor = 127, externalRFactor = 127, mosListening = 127, mosConversation = 127;
  uint8_t receiverConfiguration = 0;
  uint16_t jitterBufferNominal = 0, jitterBufferMaximum = 0, jitterBufferAbsoluteMaximum = 0;  ///< ms
  bool operator==(const XrVoipMetrics&) const = default;
};

/// §3: a block type that is not known is skipped; kept as it came.
struct XrUnknown {
  uint8_t type = 0;
  uint8_t specific = 0;
  Bytes body;  ///< whole words
  bool operator==(const XrUnknown&) const = default;
};

using XrBlock = std::variant<XrRunLengths, XrReferenceTime, XrDelays, XrStatistics, XrVoipMetrics, XrUnknown>;

struct ExtendedReport {
  static constexpr size_t kMaxBlocks = 255;
  Ssrc sender;
  std::vector<XrBlock> blocks;
  bool operator==(const ExtendedReport&) const = default;
};

Verdict parse(const Block& block, ExtendedReport& out);
bool write(ByteWriter& writer, const ExtendedReport& report);

}  // namespace tincan::inline v0::rtp::rtcp
