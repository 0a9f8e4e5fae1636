#include "stack/path_stats.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/base64.h"
#include "ice/server_url.h"

namespace tincan::inline v0::stack {
namespace {

std::string_view stateName(ice::CandidatePair::State state) {
  switch (state) {
    case ice::CandidatePair::State::kFrozen: return "frozen";
    case ice::CandidatePair::State::kWaiting: return "waiting";
    case ice::CandidatePair::State::kInProgress: return "in-progress";
    case ice::CandidatePair::State::kSucceeded: return "succeeded";
    case ice::CandidatePair::State::kFailed: return "failed";
  }
  return "";
}

std::string candidateId(bool local, const ice::Candidate& candidate) {
  return statsId(local ? "IL" : "IR", std::string(ice::name(candidate.type)) + std::string(name(candidate.protocol)) +
                                          std::string(ice::name(candidate.tcpType)) + candidate.hostname +
                                          candidate.address.toString());
}

}  // namespace

void PathStats::add(RTCTransportStats& out) {
  addTransport(out);
  addSctpTransport();
  addCandidates();
  addPairs(out);
}

std::string PathStats::addCertificate(const crypto::Certificate& certificate) {
  const std::string text = certificate.fingerprint(crypto::HashAlgorithm::kSha256).toString();  // "sha-256 4A:AD:…"
  RTCCertificateStats stats;
  stats.fingerprintAlgorithm = text.substr(0, text.find(' '));
  stats.fingerprint = text.substr(text.find(' ') + 1);
  stats.base64Certificate = base64(certificate.der());
  context_.stamp(stats, statsId("CF", stats.fingerprint));
  const auto same = [&](const RTCCertificateStats& each) { return each.id == stats.id; };
  if (std::none_of(report_.certificates.begin(), report_.certificates.end(), same))
    report_.certificates.push_back(stats);
  return stats.id;
}

void PathStats::addTransport(RTCTransportStats& out) {
  context_.stamp(out, id_);
  out.iceRole = path_.transport.iceRole() == ice::Role::kControlling ? "controlling" : "controlled";
  out.iceState = toString(path_.iceState);
  out.iceLocalUsernameFragment = path_.transport.localCredentials().ufrag;
  out.selectedCandidatePairChanges = static_cast<uint32_t>(path_.transport.iceStats().selectedPairChanges);
  out.localCertificateId = addCertificate(context_.certificate);
  out.dtlsState = "new";
  out.dtlsRole = "unknown";
  if (const dtls::Connection* dtls = path_.transport.dtls()) {
    out.dtlsRole = path_.transport.dtlsRole() == dtls::Role::kClient ? "client" : "server";
    out.dtlsState = dtls::name(dtls->state());
    out.dtlsCipher = dtls->cipherSuite();
    if (const auto version = dtls->version()) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(*version));
      out.tlsVersion = hex;
    }
    const crypto::Certificate* remote = dtls->remoteCertificate();
    if (remote && dtls->state() != dtls::State::kConnecting) out.remoteCertificateId = addCertificate(*remote);
  }
  if (const auto profile = path_.transport.srtpProfile()) out.srtpCipher = crypto::name(*profile);
  const auto& counters = path_.transport.counters();
  out.packetsSent = counters.packetsSent;
  out.packetsReceived = counters.packetsReceived;
  out.bytesSent = counters.bytesSent;
  out.bytesReceived = counters.bytesReceived;
  out.packetsDropped = counters.dropped();
  if (path_.marks.reportsSent > 0) out.ccfbMessagesSent = static_cast<uint32_t>(path_.marks.reportsSent);
  if (path_.marks.reportsReceived > 0) out.ccfbMessagesReceived = path_.marks.reportsReceived;
}

void PathStats::addSctpTransport() {
  const sctp::DataChannels* data = path_.transport.data();
  if (!data || !data->connected()) return;
  const sctp::SenderStats sender = data->senderStats();
  const sctp::AssociationStats association = data->associationStats();
  RTCSctpTransportStats out;
  context_.stamp(out, "SCTP" + id_);
  out.transportId = id_;
  if (sender.srtt > Duration::zero()) out.smoothedRoundTripTime = sender.srtt.toSeconds();
  out.congestionWindow = sender.congestionWindow;
  out.receiverWindow = sender.peerWindow;
  out.mtu = association.mtu;
  out.unackData = sender.bytesInFlight;
  out.retransmissions = sender.fastRetransmits + sender.rackRetransmits + sender.tailProbes + sender.timeoutRetransmits;
  out.timeouts = sender.timeouts;
  out.spuriousRetransmissions = sender.spuriousRetransmits;
  out.interleaving = association.interleaving;
  out.zeroChecksum = association.zeroChecksum;
  report_.sctpTransports.push_back(std::move(out));
}

void PathStats::addCandidate(bool local, const ice::Candidate& candidate, const std::string& url) {
  RTCIceCandidateStats out(local ? RTCStatsType::kLocalCandidate : RTCStatsType::kRemoteCandidate);
  context_.stamp(out, candidateId(local, candidate));
  if (report_.has(out.id)) return;
  out.transportId = id_;
  const bool host = candidate.type == ice::CandidateType::kHost;
  // webrtc-stats, RTCIceCandidateStats.address: not told where the application does not learn it either.
  if (candidate.hostname.empty() && !(local && host && context_.hidesAddresses))
    out.address = candidate.address.ip.toString();
  out.port = candidate.address.port;
  out.protocol = candidate.protocol == Protocol::kUdp ? "udp" : "tcp";
  out.candidateType = ice::name(candidate.type);
  out.priority = candidate.priority;
  out.foundation = candidate.foundation;
  if (candidate.related && candidate.related->ip.isSpecified()) {
    out.relatedAddress = candidate.related->ip.toString();
    out.relatedPort = candidate.related->port;
  }
  out.usernameFragment = local ? path_.transport.localCredentials().ufrag : candidate.ufrag;
  if (candidate.protocol == Protocol::kTcp) out.tcpType = ice::name(candidate.tcpType);
  out.url = url;
  if (const auto server = ice::ServerUrl::parse(url); server && candidate.type == ice::CandidateType::kRelay) {
    const bool tls = server->scheme == ice::ServerUrl::Scheme::kTurns;
    out.relayProtocol = tls ? "tls" : name(server->protocol);
  }
  report_.candidates.push_back(std::move(out));
}

void PathStats::addCandidates() {
  for (const auto& each : path_.transport.iceAgent().localCandidates()) addCandidate(true, each.candidate, each.url);
  for (const ice::Candidate& each : path_.transport.iceAgent().remoteCandidates()) addCandidate(false, each, {});
}

void PathStats::addPairs(RTCTransportStats& transport) {
  for (const ice::PairStats& pair : path_.transport.iceAgent().pairStats()) {
    RTCIceCandidatePairStats out;
    addCandidate(true, pair.info.local, {});  // one that only an answer told of
    addCandidate(false, pair.info.remote, {});
    out.transportId = id_;
    out.localCandidateId = candidateId(true, pair.info.local);
    out.remoteCandidateId = candidateId(false, pair.info.remote);
    // While ICE restarts, or the peer is another agent, two generations have pairs of the same addresses.
    const std::string key =
        out.localCandidateId + out.remoteCandidateId + pair.info.route.local.toString() + pair.ufrag;
    context_.stamp(out, statsId("CP", key));
    if (report_.has(out.id)) context_.stamp(out, statsId("CP", key + " before"));
    out.state = stateName(pair.state);
    out.nominated = pair.info.nominated;
    fill(out, pair);
    if (pair.selected) {
      out.selected = true;
      if (path_.availableOutgoingBitrate > 0) out.availableOutgoingBitrate = path_.availableOutgoingBitrate;
      if (path_.outgoingQueueDelay) out.outgoingQueueDelay = *path_.outgoingQueueDelay;
      if (path_.outgoingLossRate) out.outgoingLossRate = *path_.outgoingLossRate;
      transport.selectedCandidatePairId = out.id;
    }
    out.local = pair.info.route.local.toString();
    out.remote = pair.info.route.remote.toString();
    out.localType = ice::name(pair.info.local.type);
    out.remoteType = ice::name(pair.info.remote.type);
    report_.candidatePairs.push_back(std::move(out));
  }
}

void PathStats::fill(RTCIceCandidatePairStats& out, const ice::PairStats& pair) const {
  const ice::PairTraffic& traffic = pair.traffic;
  out.packetsSent = traffic.packetsSent;
  out.packetsReceived = traffic.packetsReceived;
  out.bytesSent = traffic.bytesSent;
  out.bytesReceived = traffic.bytesReceived;
  out.lastPacketSentTimestamp = known(traffic.lastSent);
  out.lastPacketReceivedTimestamp = known(traffic.lastReceived);
  out.totalRoundTripTime = traffic.roundTripSum.toSeconds();
  if (pair.history.answers > 0) out.currentRoundTripTime = pair.info.rtt.toSeconds();
  out.requestsReceived = traffic.requestsReceived;
  out.requestsSent = pair.history.sent;
  out.responsesReceived = pair.history.answers;
  out.responsesSent = traffic.responsesSent;
  out.consentRequestsSent = traffic.consentRequestsSent;
}

}  // namespace tincan::inline v0::stack
