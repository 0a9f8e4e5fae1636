#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "sdp/session.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// One m= section of a description of ours. Its place in SessionPlan::sections is its m-line index, for ever.
struct SectionPlan {
  MediaKind kind = MediaKind::kAudio;
  std::string mid;
  Direction direction = Direction::kSendRecv;
  bool rejected = false;      ///< port 0: refused, stopped, or waiting to be recycled
  bool bundleOnly = false;    ///< offers only: RFC 9143 §6, port 0 until the answerer bundles
  bool ownTransport = false;  ///< offers only: a new section that is not to wait on the transport of the others
  bool rtcpMux = true;        ///< RTCP may go with RTP (RFC 5761 §5.1.1)
  bool ownRtcp = false;       ///< RTCP goes over a port of its own; of an offer: may, unless the answer multiplexes it
  std::vector<CodecSpec> codecs;
  std::vector<ExtensionSpec> extensions;
  bool extmapAllowMixed = true;  ///< RFC 8285 §6: two-byte headers beside one-byte ones; an answer says it to who did
  std::optional<SendStreams> send;             ///< written when the direction sends
  std::vector<RidSpec> sendRids, receiveRids;  ///< simulcast, each written when the direction goes that way; else empty

  // what a transport of its own tells otherwise than SessionPlan::transport
  std::optional<Setup> setup;
  std::vector<std::string> candidates;  ///< without "candidate:" in front
  bool endOfCandidates = false;

  // application
  uint16_t sctpPort = 5000;
  uint64_t maxMessageSize = 262'144;
  Bytes sctpInit{};         ///< our INIT, whole (a=sctp-init, draft-hancke-tsvwg-snap-00); empty: not told
  bool sctpMap = false;     ///< in the peer's older form (RemoteSection::sctpMap)
  bool writesMid = true;    ///< not to a peer that wrote none
  std::string whyRejected;  ///< of an answer, in words; empty where the offer had rejected it

  /// What the offer's m= line said, for a section that we reject without speaking its language (planAnswer fills them).
  /// Empty: ours, "UDP/TLS/RTP/SAVPF" and the payload types, or "UDP/DTLS/SCTP webrtc-datachannel".
  std::string offeredKind;
  std::string offeredProtocol;
  std::vector<std::string> offeredFormats;
};

/// A whole description of ours, offer or answer: everything that describe() needs. Sections of one BUNDLE group share a
/// transport (RFC 9143), each other one has its own; all have the same ICE credentials (RFC 8839 §5.4 lets them) and the
/// same certificate.
struct SessionPlan {
  uint64_t sessionId = 0;  ///< RFC 8829 §5.2.1: 63 random bits, the same for the connection's life
  uint64_t version = 0;    ///< one more for each description that differs
  std::vector<SectionPlan> sections;
  TransportDescription transport;
  BundleGroup bundle;                     ///< empty: none
  std::vector<BundleGroup> otherBundles;  ///< where there are several

  /// The group that a section is in; null when in none.
  const BundleGroup* groupOf(std::string_view mid) const;
};

/// RFC 8829 §5.2.1, §5.3.1: the session description of a plan. Candidates of `transport` go to the first accepted section
/// and a section's own to that one; the other attributes of the transport to every accepted one, as browsers do.
sdp::Session describe(const SessionPlan& plan);

}  // namespace tincan::inline v0::stack
