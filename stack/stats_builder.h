#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "crypto/certificate.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/stats.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// What getStats() looks at besides the streams that MediaSession tells of.
struct StatsContext {
  TimePoint now;
  int64_t unixMicrosAtZero = 0;
  /// One transport, and what congestion control finds on it.
  struct Path {
    uint32_t id = 0;  ///< as sections name it
    const Transport& transport;
    RTCIceConnectionState iceState = RTCIceConnectionState::kNew;
    double availableOutgoingBitrate = 0;  ///< 0: not known
    std::optional<double> outgoingQueueDelay{}, outgoingLossRate{};
    MediaSession::Marks marks{};
  };
  std::vector<Path> paths;                 ///< one at least
  const crypto::Certificate& certificate;  ///< ours
  const std::vector<NegotiatedSection>& sections;
  const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers;
  bool hidesAddresses = false;  ///< host candidates are told under .local names
};

/// Makes one report of what the layers know (webrtc-stats): the streams of `report` get ids, codecs, sources and the far
/// end's view of them; transport, candidates, pairs and certificates are added; everything refers to everything.
void completeStats(RTCStatsReport& report, const StatsContext& context);

}  // namespace tincan::inline v0::stack
