#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace tincan::inline v0::sctp::dcep {

/// What an SCTP message is for (RFC 8831 §8, IANA "SCTP Payload Protocol Identifiers").
enum class Ppid : uint32_t {
  kControl = 50,  ///< DCEP
  kString = 51,
  kBinaryPartial = 52,  ///< deprecated: a piece of a message, never the last
  kBinary = 53,
  kStringPartial = 54,  ///< deprecated
  kStringEmpty = 56,    ///< SCTP has no empty messages: one byte, to be ignored
  kBinaryEmpty = 57,
};

/// RFC 8832 §5.1: the low bits; 0x80 is added for unordered.
enum class Reliability : uint8_t { kReliable = 0x00, kPartialRetransmits = 0x01, kPartialTimed = 0x02 };

/// DATA_CHANNEL_OPEN (RFC 8832 §5.1).
struct Open {
  bool ordered = true;
  Reliability reliability = Reliability::kReliable;
  uint16_t priority = 256;            ///< RFC 8831 §6.4: 128 below normal, 256 normal, 512 high, 1024 extra high
  uint32_t reliabilityParameter = 0;  ///< retransmissions, or milliseconds; ignored when reliable
  std::string label{};
  std::string protocol{};
  bool operator==(const Open&) const = default;
};
/// DATA_CHANNEL_ACK (RFC 8832 §5.2).
struct Ack {
  bool operator==(const Ack&) const = default;
};
using Message = std::variant<Open, Ack>;

Result<Message> parse(ByteView bytes);
/// Label and protocol at most 65,535 bytes each.
Bytes write(const Message& message);

}  // namespace tincan::inline v0::sctp::dcep
