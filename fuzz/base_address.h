#pragma once

#include "base/address.h"
#include "fuzz/require.h"

namespace tincan::inline v0::fuzz {

/// What parses as an address prints as one that parses to the same.
inline void fuzzBaseAddress(ByteView input) {
  const auto text = asText(input);
  if (const auto ip = IpAddress::parse(text)) require(IpAddress::parse(ip->toString()).value() == *ip);
  if (const auto address = SocketAddress::parse(text))
    require(SocketAddress::parse(address->toString()).value() == *address);
}

}  // namespace tincan::inline v0::fuzz
