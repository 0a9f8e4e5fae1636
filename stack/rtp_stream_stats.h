#pragma once

#include <cstdint>
#include <optional>

#include "session/congestion.h"
#include "stack/media_receiver.h"
#include "stack/media_section.h"
#include "stack/stats.h"

/// What getStats() says of single streams (webrtc-stats §8.3 to §8.6), from what senders, receivers and the RTP session
/// have counted.
namespace tincan::inline v0::stack {

/// Of one of the encodings of the section's sender. `congestion`: null where the peer reports no packets.
RTCOutboundRtpStreamStats outboundStats(const MediaSection& section, size_t encoding,
                                        const session::Congestion* congestion);
/// `unixMicrosAtZero`: the wall's time at TimePoint().
RTCInboundRtpStreamStats inboundStats(TimePoint now, const MediaSection& section, const MediaReceiver& receiver,
                                      int64_t unixMicrosAtZero);
/// What the sender of `local` has told of itself; nothing before its first report.
std::optional<RTCRemoteOutboundRtpStreamStats> remoteOutboundStats(const MediaReceiver& receiver,
                                                                   const RTCInboundRtpStreamStats& local);

}  // namespace tincan::inline v0::stack
