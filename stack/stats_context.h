#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

  /// As a report says it: milliseconds since 1970.
  double millis(TimePoint at) const { return static_cast<double>(unixMicrosAtZero + at.micros()) / 1000; }
  void stamp(RTCStats& stats, std::string id) const {
    stats.id = std::move(id);
    stats.timestamp = millis(now);
  }
};

/// "T01", and on; "T01R" where it is RTCP's.
std::string statsTransportId(uint32_t path);
/// An id says nothing, but it stays the same for the same thing: a hash of what it is.
std::string statsId(const char* prefix, std::string_view what);

}  // namespace tincan::inline v0::stack
