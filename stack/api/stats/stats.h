#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stack/api/stats/stat.h"

namespace tincan::inline v0::stack {

/// webrtc-stats.
enum class RTCStatsType : uint8_t {
  kCodec,
  kInboundRtp,
  kOutboundRtp,
  kRemoteInboundRtp,
  kRemoteOutboundRtp,
  kMediaSource,
  kMediaPlayout,
  kPeerConnection,
  kDataChannel,
  kTransport,
  kSctpTransport,
  kCandidatePair,
  kLocalCandidate,
  kRemoteCandidate,
  kCertificate
};
std::string_view toString(RTCStatsType type);  ///< "inbound-rtp"

/// webrtc-pc §8.5: what every statistics dictionary has. `id` names the same object in every report of a connection.
struct RTCStats {
  explicit RTCStats(RTCStatsType kind) : type(kind) {}

  double timestamp = 0;  ///< milliseconds since 1970
  RTCStatsType type;
  std::string id;

  template <class Visitor>
  void visitMembers(Visitor&& visitor) const {
    visitor("timestamp", timestamp);
    visitor("type", type);
    visitor("id", Always{id});
  }
};

}  // namespace tincan::inline v0::stack
