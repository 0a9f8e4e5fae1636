#pragma once

#include <cstdlib>

#include "ice/candidate.h"
#include "ice/mdns.h"
#include "ice/server_url.h"

namespace tincan::inline v0::fuzz {

/// Round trip: candidate lines and server URLs that parse are written, and parse to the same thing; mDNS answers only
/// have to be survived.
inline void fuzzIceText(ByteView data) {
  if (const auto c = ice::Candidate::parse(asText(data))) {
    const auto again = ice::Candidate::parse(c->toString());
    if (!again || !(*again == *c)) std::abort();
  }
  if (const auto url = ice::ServerUrl::parse(asText(data))) {
    const auto again = ice::ServerUrl::parse(url->toString());
    if (!again || again->toString() != url->toString()) std::abort();
  }
  static_cast<void>(ice::parseMdnsResponse(data));
}

}  // namespace tincan::inline v0::fuzz
