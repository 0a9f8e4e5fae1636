#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdp/attributes.h"

/// The words that JSEP (RFC 8829) and the stack share. Plain values without behaviour.
namespace tincan::inline v0::stack {

using sdp::Direction;
using sdp::Setup;

enum class MediaKind : uint8_t { kAudio, kVideo, kApplication };
std::string_view name(MediaKind kind);  ///< "audio", as an m= line says it

/// The same direction seen from the other side: sendonly becomes recvonly.
Direction reversed(Direction direction);
/// What both allow: RFC 8829 §5.3.1 answers intersect(reversed(offered), ours).
Direction intersect(Direction a, Direction b);
bool sends(Direction direction);
bool receives(Direction direction);
Direction makeDirection(bool send, bool receive);

/// RFC 8888 §6: reports of arrivals and ECN marks, by source. For all codecs of a section, and never beside transport-cc
/// once it is agreed on.
inline constexpr std::string_view kCongestionFeedback = "ack ccfb";

/// A codec as one m= section carries it. RTX (RFC 4588) is never a codec of its own here: it is the rtxPayloadType of
/// the codec that it repairs.
struct CodecSpec {
  std::string name;  ///< "VP8", "opus"; compare without regard to case
  uint8_t payloadType = 0;
  uint32_t clockRate = 0;
  uint8_t channels = 1;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< a=fmtp; one without '=' has an empty value
  std::vector<std::string> feedback;                            ///< "nack", "nack pli", "transport-cc"
  std::optional<uint8_t> rtxPayloadType;

  bool hasFeedback(std::string_view kind) const;
  /// The value of an fmtp parameter, or `otherwise`.
  std::string_view parameter(std::string_view key, std::string_view otherwise = {}) const;
  bool operator==(const CodecSpec&) const = default;
};

/// The mids of one BUNDLE group, the tagged one first (RFC 9143).
using BundleGroup = std::vector<std::string>;

/// Transports that one connection has at most at a time: each has sockets and a handshake, and a description may ask for
/// as many as it has sections. What is past them is rejected.
constexpr size_t kMaxTransports = 16;

struct ExtensionSpec {
  uint8_t id = 0;
  std::string uri;
  Direction direction = Direction::kSendRecv;  ///< as seen by who writes it (RFC 8285 §6)
  bool operator==(const ExtensionSpec&) const = default;
};

/// An encoding of a section that has several (RFC 8851, RFC 8853).
struct RidSpec {
  std::string id;
  bool paused = false;  ///< "~": not wanted for now, or not sent for now
  bool operator==(const RidSpec&) const = default;
};
/// As many encodings of one section as are sent or taken: what browsers send.
constexpr size_t kMaxRids = 3;

/// What one kind of media can be offered with, in order of preference.
struct MediaCapabilities {
  std::vector<CodecSpec> codecs;
  std::vector<ExtensionSpec> extensions;
};

struct TransportDescription {
  std::string iceUfrag;
  std::string icePwd;
  bool trickle = true;
  bool iceLite = false;
  bool renomination = false;              ///< ice-option of libwebrtc's (draft-thatcher-ice-renomination)
  bool congestionFeedback = false;        ///< of ours: RFC 8888's reports are offered beside transport-wide ones
  bool sped = false;                      ///< DTLS may ride on checks (draft-hancke-webrtc-sped-00)
  bool cryptex = false;                   ///< takes RTP whose extensions and CSRCs are encrypted (RFC 9335 §4)
  std::vector<std::string> fingerprints;  ///< "sha-256 AB:CD…"
  Setup setup = Setup::kActpass;          ///< of a peer that wrote none: actpass
  std::vector<std::string> candidates;    ///< without "candidate:" in front
  bool endOfCandidates = false;
  bool operator==(const TransportDescription&) const = default;
};

/// What we send in one section: a track, its streams and its SSRCs.
struct SendStreams {
  std::vector<std::string> streamIds;
  std::string trackId;
  uint32_t ssrc = 0;
  std::optional<uint32_t> rtxSsrc;
  std::string cname;
  std::optional<uint32_t> fecSsrc{};  ///< of FlexFEC
  bool operator==(const SendStreams&) const = default;
};

}  // namespace tincan::inline v0::stack
