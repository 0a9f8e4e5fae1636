#pragma once

#include <cstdlib>

#include "sctp/dcep.h"

namespace tincan::inline v0::fuzz {

/// Round trip: what parses is written, and parses to the same again.
inline void fuzzSctpDcep(ByteView input) {
  const Result<sctp::dcep::Message> message = sctp::dcep::parse(input);
  if (!message) return;
  const Bytes written = sctp::dcep::write(*message);
  const Result<sctp::dcep::Message> again = sctp::dcep::parse(written);
  if (!again || !(*again == *message)) std::abort();
}

}  // namespace tincan::inline v0::fuzz
