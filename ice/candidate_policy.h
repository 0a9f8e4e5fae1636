#pragma once

#include <string_view>

#include "ice/candidate.h"

namespace tincan::inline v0::ice {

/// Why a peer's address is none that we write to; empty when it may be tried. `loopbackOffered`: we have a candidate on
/// the loopback interface ourselves. A peer says where our checks go, so what it names must not reach what only this
/// machine or its link can reach (RFC 8445 §19.5.1).
std::string_view refusal(const Candidate& candidate, bool loopbackOffered);

/// The IPv4 address that an IPv6 one stands for, in any of the notations: mapped, compatible, translated, NAT64, 6to4.
IpAddress embeddedV4(const IpAddress& ip);

/// A loopback address in any notation.
bool isAnyLoopback(const IpAddress& ip);

}  // namespace tincan::inline v0::ice
