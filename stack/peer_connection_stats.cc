#include <algorithm>
#include <utility>

#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/stats_builder.h"
#include "stack/transport.h"

namespace tincan::stack {

std::string PeerConnection::takeKeyLog() {
  if (transport_->dtls() == nullptr) return {};
  const std::string& all = transport_->dtls()->keyLog();
  return all.substr(std::min(std::exchange(keyLogTaken_, all.size()), all.size()));
}

RTCStatsReport PeerConnection::getStats() const {
  RTCStatsReport out;
  media_->addStats(out);
  out.peerConnection = channels_->counts();
  out.dataChannels = channels_->stats();
  const auto sections = negotiation_->sections();
  StatsContext context{.now = settledAt_,
                       .unixMicrosAtZero = environment_.unixMicrosAtZero,
                       .transport = *transport_,
                       .iceState = iceConnection_.actual(),
                       .certificate = identity_->certificate(),
                       .sections = sections,
                       .transceivers = negotiation_->transceivers(),
                       .availableOutgoingBitrate = static_cast<double>(media_->availableOutgoingBitrate()),
                       .hidesAddresses = configuration_.ice.mdnsNames};
  if (const auto congestion = media_->congestion()) {
    context.outgoingQueueDelay = congestion->queueDelay.toSeconds();
    context.outgoingLossRate = congestion->lossRate;
  }
  context.marks = media_->marks();
  completeStats(out, context);
  if (connectedAt_ && firstDescription_) out.connectTime = (*connectedAt_ - *firstDescription_).toSeconds();
  return out;
}

// W3C §8.4, with a selector: a track that exactly one sender or receiver has.
Result<RTCStatsReport> PeerConnection::getStats(const MediaStreamTrackPtr& selector) const {
  size_t holders = 0;
  bool sends = false;
  for (const auto& transceiver : negotiation_->transceivers()) {
    const bool sent = selector && transceiver->sender()->track() == selector;
    const bool received = selector && transceiver->receiver()->track() == selector;
    holders += (sent ? 1u : 0u) + (received ? 1u : 0u);
    sends |= sent;
  }
  if (holders != 1) {
    return {ErrorCode::kInvalidAccessError, "getStats: " + std::string(holders == 0 ? "no" : "more than one") +
                                                " sender or receiver has this track: ask for the whole report"};
  }
  const RTCStatsReport all = getStats();
  std::vector<std::string> ids;
  for (const auto& each : all.outboundRtp)
    if (sends && each.trackIdentifier == selector->id()) ids.push_back(each.id);
  for (const auto& each : all.inboundRtp)
    if (!sends && each.trackIdentifier == selector->id()) ids.push_back(each.id);
  return all.closureOf(std::move(ids));
}

}  // namespace tincan::stack
