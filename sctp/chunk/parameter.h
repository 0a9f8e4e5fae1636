#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "sctp/chunk/chunk.h"

namespace tincan::inline v0::sctp {

/// RFC 9260 §3.2.1, and where another document has it, its section.
enum class ParameterType : uint16_t {
  kHeartbeatInfo = 1,
  kStateCookie = 7,
  kUnrecognized = 8,
  kOutgoingReset = 13,            // RFC 6525 §4.1
  kIncomingReset = 14,            // RFC 6525 §4.2
  kTsnReset = 15,                 // RFC 6525 §4.3
  kReconfigResponse = 16,         // RFC 6525 §4.4
  kAddOutgoing = 17,              // RFC 6525 §4.5
  kAddIncoming = 18,              // RFC 6525 §4.6
  kZeroChecksum = 0x8001,         // RFC 9653 §4
  kSupportedExtensions = 0x8008,  // RFC 5061 §4.2.7
  kForwardTsnSupported = 0xc000,  // RFC 3758 §3.1
};

/// One parameter, or one cause of an error (RFC 9260 §3.3.10): both have this form.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |        Parameter Type         |       Parameter Length        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     \                       Parameter Value                         /
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct ParameterView {
  ParameterType type{};
  ByteView value{};
  ByteView whole{};  ///< with the header, without the padding
};

/// Walks over what stands behind a chunk's fixed fields.
class ParameterReader {
 public:
  explicit ParameterReader(ByteView parameters) : rest_(parameters) {}

  /// The next one; false at the end, or where a length lies: then ok() is false too. The last padding may be missing.
  bool next(ParameterView& parameter) {
    if (rest_.empty() || !ok_) return false;
    ByteReader reader(rest_);
    const uint16_t type = reader.u16();
    const size_t size = reader.u16();
    ok_ = reader.ok() && size >= kParameterHeaderSize && size <= rest_.size();
    if (!ok_) return false;
    parameter.type = static_cast<ParameterType>(type);
    parameter.whole = rest_.first(size);
    parameter.value = parameter.whole.subspan(kParameterHeaderSize);
    rest_ = rest_.subspan(std::min(padded(size), rest_.size()));
    return true;
  }
  bool ok() const { return ok_; }

  static constexpr size_t kParameterHeaderSize = 4;

 private:
  ByteView rest_;
  bool ok_ = true;
};

/// RFC 9260 §3.2.1: what the two highest bits of a type that is not known ask for.
constexpr bool skipsIfUnknown(ParameterType type) {
  return (static_cast<uint16_t>(type) & 0x8000) != 0;
}
constexpr bool reportsIfUnknown(ParameterType type) {
  return (static_cast<uint16_t>(type) & 0x4000) != 0;
}

/// Appends a parameter; the one before it is padded first, so that the last one's padding does not count into its chunk
/// (RFC 9260 §3.2).
inline void addParameter(ByteBuilder& out, uint16_t type, ByteView value) {
  while (out.size() % 4 != 0) out.u8(0);
  out.u16(type).u16(static_cast<uint16_t>(ParameterReader::kParameterHeaderSize + value.size())).bytes(value);
}
inline void addParameter(ByteBuilder& out, ParameterType type, ByteView value) {
  addParameter(out, static_cast<uint16_t>(type), value);
}

}  // namespace tincan::inline v0::sctp
