#include <algorithm>
#include <utility>

#include "stack/data_channel_set.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/stats_builder.h"
#include "stack/transport_set.h"

namespace tincan::inline v0::stack {

std::string PeerConnection::takeKeyLog() {
  std::string out;
  for (const auto& path : transports_->all()) {
    if (path->transport->dtls() == nullptr) continue;
    const std::string& all = path->transport->dtls()->keyLog();
    out += all.substr(std::min(std::exchange(path->keyLogTaken, all.size()), all.size()));
  }
  return out;
}

RTCStatsReport PeerConnection::getStats() const {
  RTCStatsReport out;
  const auto sections = negotiation_->sections();
  StatsContext context{.now = settledAt_,
                       .unixMicrosAtZero = environment_.unixMicrosAtZero,
                       .paths = {},
                       .certificate = identity_->certificate(),
                       .sections = sections,
                       .transceivers = negotiation_->transceivers(),
                       .hidesAddresses = configuration_.ice.mdnsNames};
  for (const auto& path : transports_->all()) {
    StatsContext::Path& each = context.paths.emplace_back(StatsContext::Path{path->id, *path->transport});
    each.iceState = transports_->all().size() == 1 ? iceConnection_.actual() : path->ice;
    if (!path->media) continue;
    path->media->addStats(context.now, out);
    each.availableOutgoingBitrate = static_cast<double>(path->media->availableOutgoingBitrate());
    each.marks = path->media->marks();
    if (const auto congestion = path->media->congestion()) {
      each.outgoingQueueDelay = congestion->queueDelay.toSeconds();
      each.outgoingLossRate = congestion->lossRate;
    }
  }
  out.peerConnection = channels_->counts();
  out.dataChannels = channels_->stats();
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

}  // namespace tincan::inline v0::stack
