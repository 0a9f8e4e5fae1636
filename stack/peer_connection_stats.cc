#include <algorithm>
#include <cstdio>
#include <utility>

#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/peer_connection.h"
#include "stack/transport.h"

namespace tincan::stack {
namespace {

std::string candidateType(const ice::Candidate& candidate) {
  switch (candidate.type) {
    case ice::CandidateType::kHost: return "host";
    case ice::CandidateType::kServerReflexive: return "srflx";
    case ice::CandidateType::kPeerReflexive: return "prflx";
    case ice::CandidateType::kRelay: return "relay";
  }
  return "";
}

RTCIceCandidatePairStats pairStats(const Transport& transport) {
  RTCIceCandidatePairStats out;
  const auto pair = transport.candidatePair();
  if (!pair) return out;
  out.selected = true;
  out.local = pair->route.local.toString();
  out.remote = pair->route.remote.toString();
  out.localType = candidateType(pair->local);
  out.remoteType = candidateType(pair->remote);
  out.currentRoundTripTime = pair->rtt.toSeconds();
  return out;
}

RTCTransportStats transportStats(const Transport& transport) {
  RTCTransportStats out;
  out.iceRole = transport.iceRole() == ice::Role::kControlling ? "controlling" : "controlled";
  if (const dtls::Connection* dtls = transport.dtls()) {
    out.dtlsState = std::string(dtls::name(dtls->state()));
    out.dtlsCipher = std::string(dtls->cipherSuite());
    if (const auto version = dtls->version()) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(*version));
      out.tlsVersion = hex;
    }
  } else {
    out.dtlsState = "new";
  }
  if (const auto profile = transport.srtpProfile()) out.srtpCipher = std::string(crypto::name(*profile));
  const auto& counters = transport.counters();
  out.packetsSent = counters.packetsSent;
  out.packetsReceived = counters.packetsReceived;
  out.bytesSent = counters.bytesSent;
  out.bytesReceived = counters.bytesReceived;
  out.packetsDropped = counters.dropped();
  return out;
}

}  // namespace

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
  out.candidatePair = pairStats(*transport_);
  out.candidatePair.availableOutgoingBitrate = static_cast<double>(media_->availableOutgoingBitrate());
  if (const auto congestion = media_->congestion()) {
    out.candidatePair.outgoingQueueDelay = congestion->queueDelay.toSeconds();
    out.candidatePair.outgoingLossRate = congestion->lossRate;
  }
  out.transport = transportStats(*transport_);
  out.transport.iceState = std::string(toString(iceConnection_.actual()));
  if (connectedAt_ && firstDescription_) out.connectTime = (*connectedAt_ - *firstDescription_).toSeconds();
  return out;
}

}  // namespace tincan::stack
