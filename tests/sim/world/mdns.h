#pragma once

#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace tincan::inline v0::sim {

/// The response to a multicast DNS query whose first question is for `name` (RFC 6762 §6), or nothing when it is not.
std::optional<Bytes> mdnsResponse(ByteView query, std::string_view name, const IpAddress& address);

}  // namespace tincan::inline v0::sim
