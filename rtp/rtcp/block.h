#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::rtp::rtcp {

/// Packet types and formats (RFC 3550 §12.1, RFC 3611 §2, RFC 4585 §6.1, RFC 5104 §4.2 and §4.3, RFC 8888 §3.1,
/// transport-wide-cc-extensions-01 §3.1).
constexpr uint8_t kSenderReportType = 200;
constexpr uint8_t kReceiverReportType = 201;
constexpr uint8_t kSdesType = 202;
constexpr uint8_t kByeType = 203;
constexpr uint8_t kAppType = 204;
constexpr uint8_t kTransportFeedbackType = 205;  ///< RTPFB
constexpr uint8_t kPayloadFeedbackType = 206;    ///< PSFB
constexpr uint8_t kExtendedReportType = 207;     ///< XR
constexpr uint8_t kNackFormat = 1;
constexpr uint8_t kTmmbrFormat = 3;
constexpr uint8_t kTmmbnFormat = 4;
constexpr uint8_t kCongestionFormat = 11;
constexpr uint8_t kTransportWideFormat = 15;
constexpr uint8_t kPliFormat = 1;
constexpr uint8_t kSliFormat = 2;
constexpr uint8_t kRpsiFormat = 3;
constexpr uint8_t kFirFormat = 4;
constexpr uint8_t kApplicationFormat = 15;  ///< AFB, which REMB is one of

constexpr size_t kBlockHeaderSize = 4;
constexpr size_t kMaxCount = 31;  // five bits

/// One packet inside a compound RTCP packet, still unparsed (RFC 3550 §6.4.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P| count   |      PT       |      length in words - 1      |
///     |                        body, padding …                        |
struct Block {
  uint8_t count = 0;  ///< or the format of a feedback message
  uint8_t type = 0;
  ByteView body;  ///< behind the header, without padding
};

/// Walks over the blocks of a compound packet without allocating. Stops at the end or at the first block that lies.
class BlockReader {
 public:
  explicit BlockReader(ByteView compound) : rest_(compound) {}
  /// False at the end, and when what comes next is malformed: then `failed()` is true.
  bool next(Block& out);
  bool failed() const { return failed_; }

 private:
  bool refuse() {
    failed_ = true;
    return false;
  }
  ByteView rest_;
  bool failed_ = false;
};

/// What a block's parser says of it.
enum class Verdict : uint8_t { kOk, kMalformed, kLimit };

/// Writes a block's header with room for its length; `close` fills that in (and fails the writer when the body is no
/// whole words).
class BlockWriter {
 public:
  BlockWriter(ByteWriter& writer, uint8_t count, uint8_t type);
  [[nodiscard]] bool close();

 private:
  ByteWriter& writer_;
  size_t start_;
};

}  // namespace tincan::inline v0::rtp::rtcp
