#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/attributes.h"

namespace tincan::inline v0::sdp {

/// What may stand both at the session's level and in a media section. Where a section has none of its own, the
/// session's applies: ask through the accessors of Session.
struct Section {
  std::optional<std::string> information;  ///< i=
  std::optional<Connection> connection;    ///< c=
  std::vector<Bandwidth> bandwidths;       ///< b=

  std::optional<std::string> iceUfrag;  ///< RFC 8839 §5.4
  std::optional<std::string> icePwd;
  std::vector<std::string> iceOptions;  ///< RFC 8839 §5.6
  std::vector<Fingerprint> fingerprints;
  std::optional<Setup> setup;
  std::optional<std::string> tlsId;  ///< RFC 8842 §4
  bool endOfCandidates = false;      ///< RFC 8840 §8.2

  std::optional<Direction> direction;
  std::vector<ExtMap> extmaps;
  bool extmapAllowMixed = false;  ///< RFC 8285 §6
  bool cryptex = false;           ///< RFC 9335 §4

  /// Every attribute that has no field of its own at this level, verbatim and in order.
  std::vector<Attribute> otherAttributes;

  /// RFC 8839 §5.6 separates options by spaces; libdatachannel writes commas, and they are understood too.
  bool hasIceOption(std::string_view option) const;

  bool operator==(const Section&) const = default;
};

/// One `m=` line and all that follows it (RFC 8866 §5.14).
struct Media : Section {
  std::string kind;  ///< "audio", "video", "application"
  uint16_t port = 9;
  std::optional<uint32_t> portCount;
  std::string protocol;              ///< "UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP"
  std::vector<std::string> formats;  ///< payload types, or "webrtc-datachannel"; never empty

  std::optional<std::string> mid;       ///< RFC 5888 §4; unique in its session
  bool bundleOnly = false;              ///< RFC 9143 §6
  std::vector<std::string> candidates;  ///< what follows "candidate:", uninterpreted

  std::optional<RtcpAddress> rtcp;
  bool rtcpMux = false;         ///< RFC 5761 §5.1.1
  bool rtcpMuxOnly = false;     ///< RFC 8858
  bool rtcpRsize = false;       ///< RFC 5506 §5
  std::vector<RtpMap> rtpmaps;  ///< one for a payload type
  std::vector<Fmtp> fmtps;
  std::vector<RtcpFeedback> rtcpFbs;
  std::optional<uint32_t> ptime;  ///< whole milliseconds
  std::optional<uint32_t> maxptime;

  std::vector<Msid> msids;
  std::vector<Ssrc> ssrcs;  ///< an SSRC stands once in a session
  std::vector<SsrcGroup> ssrcGroups;
  std::vector<Rid> rids;
  std::optional<Simulcast> simulcast;  ///< names only rids that are declared

  std::optional<uint16_t> sctpPort;        ///< RFC 8841 §5
  std::optional<uint64_t> maxMessageSize;  ///< RFC 8841 §6; 0: any size

  const RtpMap* findRtpMap(uint8_t payloadType) const;

  bool operator==(const Media&) const = default;
};

/// `o=` (RFC 8866 §5.2).
struct Origin {
  std::string username = "-";
  uint64_t sessionId = 0;
  uint64_t sessionVersion = 0;
  Connection connection{"IN", "IP4", "127.0.0.1"};
  bool operator==(const Origin&) const = default;
};

/// `t=` and the `r=` lines behind it (RFC 8866 §5.9, §5.10).
struct Timing {
  uint64_t start = 0;
  uint64_t stop = 0;
  std::vector<std::string> repeats;
  bool operator==(const Timing&) const = default;
};

/// A session description (RFC 8866), whole. Plain data: parse() makes it, write() prints it, and
/// parse(write(parse(text))) equals parse(text).
struct Session : Section {
  Origin origin;
  std::string name = "-";
  std::optional<std::string> uri;
  std::vector<std::string> emails;
  std::vector<std::string> phones;
  std::vector<Timing> timings{Timing{}};
  std::optional<std::string> timeZones;  ///< z=

  std::vector<Group> groups;
  std::vector<MsidSemantic> msidSemantics;
  bool iceLite = false;  ///< RFC 8839 §5.3

  std::vector<Media> media;

  const Media* findMedia(std::string_view mid) const;
  const Group* findGroup(std::string_view semantics) const;

  // A section's own attribute, or else the session's.
  const std::optional<std::string>& iceUfragOf(const Media& section) const;
  const std::optional<std::string>& icePwdOf(const Media& section) const;
  const std::vector<Fingerprint>& fingerprintsOf(const Media& section) const;
  const std::vector<ExtMap>& extmapsOf(const Media& section) const;
  std::optional<Setup> setupOf(const Media& section) const;
  Direction directionOf(const Media& section) const;  ///< sendrecv when nobody says (RFC 8866 §6.7)
  bool hasIceOption(const Media& section, std::string_view option) const;
  bool extmapAllowMixedIn(const Media& section) const { return section.extmapAllowMixed || extmapAllowMixed; }
  bool cryptexIn(const Media& section) const { return section.cryptex || cryptex; }
  bool endOfCandidatesIn(const Media& section) const { return section.endOfCandidates || endOfCandidates; }

  bool operator==(const Session&) const = default;
};

}  // namespace tincan::inline v0::sdp
