#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sdp/notes.h"
#include "sdp/session.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// An SSRC and the one that repeats its packets (a=ssrc-group:FID, RFC 5576 §4.2, RFC 4588 §8).
struct RtxPair {
  uint32_t ssrc = 0;
  uint32_t rtxSsrc = 0;
  bool operator==(const RtxPair&) const = default;
};

/// One m= section of the peer's, with what the session and the BUNDLE group lend it.
struct RemoteSection {
  MediaKind kind = MediaKind::kAudio;
  /// The kind and the protocol are ones we speak. If not, only the mid and the offered… fields are filled.
  bool supported = true;
  std::string mid;                             ///< may be empty in a rejected section only
  bool midGenerated = false;                   ///< the peer wrote none: ours for it, which it has never seen
  Direction direction = Direction::kSendRecv;  ///< as the peer wrote it
  bool rejected = false;                       ///< port 0 and not bundle-only
  bool bundled = false;                        ///< in a BUNDLE group
  bool bundleOnly = false;

  std::vector<CodecSpec> codecs;  ///< in the peer's order of preference, with the peer's payload types
  std::vector<ExtensionSpec> extensions;
  bool extmapAllowMixed = false;
  bool rtcpMux = false;
  bool rtcpReducedSize = false;
  std::optional<uint32_t> ptime, maxPtime;  ///< ms that its packets of sound are to last (RFC 8866 §6.4)

  std::vector<std::string> streamIds;  ///< without "-"
  std::string trackId;
  std::vector<uint32_t> ssrcs;  ///< media only: those of RTX are in rtxPairs
  std::vector<RtxPair> rtxPairs;
  std::string cname;
  std::vector<std::string> sendRids;  ///< RFC 8853, in the order of the simulcast line
  bool simulcast = false;             ///< `sendRids` are of an a=simulcast, not a name for the only encoding
  std::vector<RidSpec> receiveRids;   ///< encodings that it takes, likewise

  TransportDescription transport;

  uint16_t sctpPort = 0;
  bool sctpMap = false;              ///< the form of draft-ietf-mmusic-sctp-sdp-07: "DTLS/SCTP 5000" and a=sctpmap
  uint64_t maxMessageSize = 65'536;  ///< RFC 8841 §6.1: this much where it says nothing; 0: any size
  Bytes sctpInit{};                  ///< the peer's INIT, whole (a=sctp-init); empty: it tells none

  /// RTCP goes over a port of its own (RFC 5761 §5.1.1).
  bool needsOwnRtcp() const { return !rejected && supported && kind != MediaKind::kApplication && !rtcpMux; }

  std::string offeredKind;  ///< the m= line, for the answer that rejects it
  std::string offeredProtocol;
  std::vector<std::string> offeredFormats;
};

/// What the peer's description means (RFC 8829 §5.8 and on). Sections stand in m-line order.
struct RemoteDescription {
  std::vector<RemoteSection> sections;
  BundleGroup bundle;                     ///< empty: none
  std::vector<BundleGroup> otherBundles;  ///< where there are several (RFC 9143 §7.1)
  bool iceLite = false;

  const RemoteSection* find(std::string_view mid) const;
  /// The group that a section is in; null when in none.
  const BundleGroup* groupOf(std::string_view mid) const;
  /// All of them.
  std::vector<BundleGroup> bundles() const;
  /// The section that the peer tags for the transport: the first of its BUNDLE group, else the first that is not
  /// rejected; nullptr when all are. What is used in the end is agreedTransport() (stack/jsep/negotiate.h).
  const RemoteSection* transportSection() const;
};

/// How to read: by the letter, unless there are notes.
struct Reading {
  /// What the call can do without is mended or left out, and noted.
  sdp::Notes* notes = nullptr;
  /// Of an answer: the mids of the offer, by which its sections go that have none or names of their own.
  const std::vector<std::string>* offeredMids = nullptr;
};

/// Reads a parsed description. Errors carry the names that the W3C gives them: kInvalidAccessError where something that
/// WebRTC needs is not there (mid, ice-ufrag and ice-pwd, fingerprint, rtcp-mux in a BUNDLE, sctp-port) or contradicts
/// itself (BUNDLE), kNotSupportedError for a=setup:holdconn.
Result<RemoteDescription> interpret(const sdp::Session& session, const Reading& reading = {});

}  // namespace tincan::inline v0::stack
