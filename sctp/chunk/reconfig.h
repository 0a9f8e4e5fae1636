#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace tincan::inline v0::sctp {

/// RFC 6525 §4.1: the sender resets its own streams. Empty: all of them.
///
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |     Parameter Type = 13       | Parameter Length = 16 + 2 * N |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           Re-configuration Request Sequence Number            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           Re-configuration Response Sequence Number           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                Sender's Last Assigned TSN                     |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  Stream Number 1 (optional)   |    Stream Number 2 (optional) |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct OutgoingResetRequest {
  uint32_t sequence = 0;
  uint32_t responseSequence = 0;  ///< of the peer's request that this answers, else the last one of the peer's
  uint32_t lastTsn = 0;
  std::vector<uint16_t> streams{};
  bool operator==(const OutgoingResetRequest&) const = default;
};

/// RFC 6525 §4.2: the sender asks that the receiver resets its outgoing streams. Type 14: sequence, streams.
struct IncomingResetRequest {
  uint32_t sequence = 0;
  std::vector<uint16_t> streams{};
  bool operator==(const IncomingResetRequest&) const = default;
};

/// RFC 6525 §4.5: the sender adds outgoing streams. Type 17: sequence, count (16 bits), reserved (16 bits).
struct AddStreamsRequest {
  uint32_t sequence = 0;
  uint16_t count = 0;
  bool operator==(const AddStreamsRequest&) const = default;
};

/// Requests that we know and never grant: TSN reset (type 15) and more streams of ours (type 18).
struct OtherReconfigRequest {
  uint32_t sequence = 0;
  bool operator==(const OtherReconfigRequest&) const = default;
};

/// RFC 6525 §4.4.
enum class ReconfigResult : uint32_t {
  kNothingToDo = 0,
  kPerformed = 1,
  kDenied = 2,
  kWrongSsn = 3,
  kAlreadyInProgress = 4,
  kBadSequence = 5,
  kInProgress = 6,
};

/// Type 16: sequence of the request, result, and for TSN resets two TSNs that we ignore.
struct ReconfigResponse {
  uint32_t sequence = 0;
  ReconfigResult result = ReconfigResult::kNothingToDo;
  bool operator==(const ReconfigResponse&) const = default;
};

using ReconfigParameter =
    std::variant<OutgoingResetRequest, IncomingResetRequest, AddStreamsRequest, OtherReconfigRequest, ReconfigResponse>;

/// The parameters of a RE-CONFIG chunk (RFC 6525 §3.1), one or two; those of other types are left out. nullopt: a length
/// lies, or a result that nobody knows.
std::optional<std::vector<ReconfigParameter>> readReconfig(ByteView body);
/// The chunk's body.
Bytes write(const ReconfigParameter& parameter);

}  // namespace tincan::inline v0::sctp
