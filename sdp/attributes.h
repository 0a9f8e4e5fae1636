#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

/// The attributes that WebRTC gives a meaning to, one struct each, named after their `a=` line. All are plain values:
/// `==` compares what they mean, not how they were spelt.
namespace tincan::inline v0::sdp {

/// RFC 8866 §6.7.
enum class Direction : uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };
std::string_view name(Direction direction);  ///< "sendrecv"

/// RFC 4145 §4, RFC 8842 §5.2: who opens the DTLS connection.
enum class Setup : uint8_t { kActpass, kActive, kPassive, kHoldconn };
std::string_view name(Setup setup);  ///< "actpass"

/// `a=name` or `a=name:value`. An absent value and an empty one are not the same line.
struct Attribute {
  std::string name;
  std::optional<std::string> value;
  bool operator==(const Attribute&) const = default;
};

/// `c=IN IP4 0.0.0.0` (RFC 8866 §5.7); the address may carry a TTL and stays text.
struct Connection {
  std::string networkType = "IN";
  std::string addressType = "IP4";
  std::string address = "0.0.0.0";
  bool operator==(const Connection&) const = default;
};

/// `b=AS:300` (RFC 8866 §5.8).
struct Bandwidth {
  std::string type;
  uint64_t value = 0;
  bool operator==(const Bandwidth&) const = default;
};

/// `a=group:BUNDLE 0 1` (RFC 5888 §5, RFC 9143).
struct Group {
  std::string semantics;
  std::vector<std::string> mids;
  bool operator==(const Group&) const = default;
};

/// `a=msid-semantic: WMS *`: no longer in RFC 8830, but all browsers write it.
struct MsidSemantic {
  std::string semantic;
  std::vector<std::string> ids;
  bool operator==(const MsidSemantic&) const = default;
};

/// `a=fingerprint:sha-256 AB:CD…` (RFC 8122 §5). The algorithm is kept in lower case.
struct Fingerprint {
  std::string algorithm;
  Bytes value;
  std::string toString() const;  ///< "sha-256 AB:CD…"
  bool operator==(const Fingerprint&) const = default;
};

/// `a=rtcp:9 IN IP4 0.0.0.0` (RFC 3605).
struct RtcpAddress {
  uint16_t port = 0;
  std::optional<Connection> connection;
  bool operator==(const RtcpAddress&) const = default;
};

/// `a=rtpmap:111 opus/48000/2` (RFC 8866 §6.6).
struct RtpMap {
  uint8_t payloadType = 0;
  std::string encoding;
  uint32_t clockRate = 0;
  std::optional<uint32_t> channels;  ///< audio only; absent means 1
  bool operator==(const RtpMap&) const = default;
};

/// `a=fmtp:111 minptime=10;useinbandfec=1` (RFC 8866 §6.15). What the parameters mean is the codec's matter.
struct Fmtp {
  std::string format;
  std::string parameters;
  /// The parameters split at ';'; one without '=' has an empty value.
  std::vector<std::pair<std::string, std::string>> pairs() const;
  bool operator==(const Fmtp&) const = default;
};

/// `a=rtcp-fb:96 nack pli` (RFC 4585 §4.2).
struct RtcpFeedback {
  std::optional<uint8_t> payloadType;  ///< absent: '*', all of the section's
  std::string value;                   ///< "nack pli"
  bool operator==(const RtcpFeedback&) const = default;
};

/// `a=extmap:2/recvonly urn:… attributes` (RFC 8285 §8).
struct ExtMap {
  uint16_t id = 0;  ///< 1…255, or 4096…4351 where the offerer lets the answerer choose
  std::optional<Direction> direction;
  std::string uri;
  std::string attributes;
  bool operator==(const ExtMap&) const = default;
};

/// `a=msid:stream track` (RFC 8830 §2).
struct Msid {
  std::string streamId;  ///< "-": of no stream
  std::string trackId;   ///< may be empty
  bool operator==(const Msid&) const = default;
};

/// All `a=ssrc:<id> …` lines of one SSRC (RFC 5576 §4.1), joined at the place of the first.
struct Ssrc {
  uint32_t id = 0;
  std::vector<Attribute> attributes;
  const std::string* find(std::string_view name) const;  ///< the value of the first such attribute, or nullptr
  bool operator==(const Ssrc&) const = default;
};

/// `a=ssrc-group:FID 1 2` (RFC 5576 §4.2).
struct SsrcGroup {
  std::string semantics;
  std::vector<uint32_t> ssrcs;
  bool operator==(const SsrcGroup&) const = default;
};

/// `a=rid:hi send pt=96;max-width=1280` (RFC 8851 §4).
struct Rid {
  std::string id;
  bool send = true;
  std::string restrictions;
  bool operator==(const Rid&) const = default;
};

/// `a=simulcast:send q;h,~f recv a` (RFC 8853 §5.1): for each stream, its alternatives in order of preference.
struct SimulcastLayer {
  std::string rid;
  bool paused = false;
  bool operator==(const SimulcastLayer&) const = default;
};
using SimulcastStreams = std::vector<std::vector<SimulcastLayer>>;
struct Simulcast {
  SimulcastStreams send;
  SimulcastStreams receive;
  bool operator==(const Simulcast&) const = default;
};

}  // namespace tincan::inline v0::sdp
