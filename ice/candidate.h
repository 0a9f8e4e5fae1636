#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace tincan::inline v0::ice {

/// RFC 8445 §5.1.1
enum class CandidateType : uint8_t { kHost, kServerReflexive, kPeerReflexive, kRelay };
/// "host", "srflx", "prflx", "relay" (RFC 8839 §5.1)
std::string_view name(CandidateType type);

/// RFC 6544 §4.5
enum class TcpType : uint8_t { kNone, kActive, kPassive, kSo };
std::string_view name(TcpType type);

/// One transport address at which an agent can perhaps be reached, as candidate lines carry it (RFC 8839 §5.1).
/// A candidate that hides behind an mDNS name has `hostname`, and its `address.ip` is unspecified.
struct Candidate {
  std::string foundation;  ///< 1 to 32 ice-chars
  uint8_t component = 1;
  Protocol protocol = Protocol::kUdp;
  uint32_t priority = 0;
  SocketAddress address;
  std::string hostname;
  CandidateType type = CandidateType::kHost;
  std::optional<SocketAddress> related;
  TcpType tcpType = TcpType::kNone;
  std::string ufrag;  ///< Chromium's extension: which generation the candidate belongs to; may be empty

  /// A candidate line with or without "a=" or "candidate:" in front. Extensions that are not known or ill-formed are
  /// skipped, zone ids dropped, and a foundation that is missing or none is replaced.
  static Result<Candidate> parse(std::string_view line);
  /// "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host"
  std::string toString() const;

  bool operator==(const Candidate&) const = default;
};

/// What RFC 8445 §5.1.2.1 makes of a type, a local preference and a component.
uint32_t candidatePriority(CandidateType type, uint16_t localPreference, uint8_t component);

/// RFC 6544 §4.2: TCP stands behind UDP of the same kind, and the side that opens the connection before the other. Of
/// `otherPreference` 13 bits count.
uint32_t tcpCandidatePriority(CandidateType type, TcpType tcpType, uint16_t otherPreference, uint8_t component);

/// Candidates of one type, base and server share it; others differ (RFC 8445 §5.1.1.3).
std::string candidateFoundation(CandidateType type, Protocol protocol, const IpAddress& base, const IpAddress& server);

}  // namespace tincan::inline v0::ice
