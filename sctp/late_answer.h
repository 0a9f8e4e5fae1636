#pragma once

#include <optional>

#include "base/bytes.h"

namespace tincan::sctp {

/// RFC 9260 §8.4: a SHUTDOWN ACK that comes when all is over (our SHUTDOWN COMPLETE was lost) is answered with another, with
/// the tag it came with and the T bit, or the peer would wait in vain. Nothing for any other packet. The checksum is left zero.
std::optional<Bytes> answerToLateShutdownAck(ByteView packet);

}  // namespace tincan::sctp
