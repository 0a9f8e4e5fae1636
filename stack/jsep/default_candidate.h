#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "sdp/attributes.h"

namespace tincan::inline v0::stack {

/// Where a peer without ICE would send to: what the m=, c= and a=rtcp lines of a description say once something was
/// gathered (RFC 8839 §4.2.1.2, RFC 9429 §5.2.2). Of the candidates of one component, "candidate:" not in front, one of UDP
/// that has an address: of IPv4 where there is one, as every browser does; relayed before server-reflexive before host.
/// nullopt: none of them can stand there.
std::optional<SocketAddress> defaultCandidate(const std::vector<std::string>& candidates, uint8_t component);

/// Both of a section's. Where RTCP has no port of its own, it has RTP's (RFC 5761 §5.1.3).
struct DefaultCandidates {
  std::optional<SocketAddress> rtp, rtcp;
};
DefaultCandidates defaultCandidates(const std::vector<std::string>& candidates, bool ownRtcp);

/// The connection data of an address (RFC 8866 §5.7).
sdp::Connection connectionOf(const IpAddress& ip);

/// A description in whose sections those lines still say that nothing was gathered: with the default candidates.
std::string withDefaults(std::string_view sdp, const std::map<size_t, DefaultCandidates>& sections);

}  // namespace tincan::inline v0::stack
