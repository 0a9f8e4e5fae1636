#pragma once

#include <cstdlib>

#include "base/bytes.h"
#include "sdp/parser.h"
#include "sdp/writer.h"

namespace tincan::inline v0::fuzz {

/// Whatever parses is written, and what was written parses to the same.
inline void fuzzSdpSession(ByteView data) {
  const auto session = sdp::parse(asText(data));
  if (!session) {
    if (!sdp::errorLine(session.error())) std::abort();
    return;
  }
  const auto text = sdp::write(*session);
  if (!text) {
    // CRLF for LF may carry a text past the limit of sizes; nothing else may refuse.
    if (text.error().code() != ErrorCode::kLimit) std::abort();
    return;
  }
  const auto again = sdp::parse(*text);
  if (!again || !(*again == *session)) std::abort();
}

}  // namespace tincan::inline v0::fuzz
