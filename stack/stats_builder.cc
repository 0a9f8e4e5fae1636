#include "stack/stats_builder.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <utility>

#include "base/base64.h"
#include "ice/server_url.h"

namespace tincan::inline v0::stack {
namespace {

// "T01", and on.
std::string transportId(uint32_t path) {
  char text[16];
  std::snprintf(text, sizeof text, "T%02u", static_cast<unsigned>(path + 1));
  return text;
}

// An id says nothing, but it stays: FNV-1a over what the object is.
std::string idOf(const char* prefix, std::string_view what) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : what) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char text[32];
  std::snprintf(text, sizeof text, "%s%016llx", prefix, static_cast<unsigned long long>(hash));
  return text;
}

// The parts of ids that name a stream: "V1234".
std::string streamName(const RTCRtpStreamStats& stream) {
  return (stream.kind == "audio" ? "A" : "V") + std::to_string(stream.ssrc);
}

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

std::string fmtpLine(const CodecSpec& codec) {
  std::string out;
  for (const auto& [key, value] : codec.parameters)
    out += (out.empty() ? "" : ";") + key + (value.empty() ? "" : "=" + value);
  return out;
}

/// completeStats(), a kind of object at a time.
class Builder {
 public:
  Builder(RTCStatsReport& report, const StatsContext& context) : report_(report), context_(context) {}

  void run() {
    addSources();
    for (auto& each : report_.inboundRtp) complete(each);
    addPlayout();
    for (auto& each : report_.outboundRtp) complete(each);
    for (auto& each : report_.remoteOutboundRtp) complete(each);
    for (const StatsContext::Path& path : context_.paths) {
      const bool first = &path == &context_.paths.front();
      RTCTransportStats& out = first ? report_.transport : report_.otherTransports.emplace_back();
      addTransport(path, out);
      addSctpTransport(path);
      addCandidates(path);
      addPairs(path, out);
    }
    stamp(report_.peerConnection, "P");
    report_.peerConnection.dataChannelsOpened += 0;  // there from the start
    report_.peerConnection.dataChannelsClosed += 0;
    for (auto& each : report_.dataChannels) stamp(each, each.id);
  }

 private:
  double millis(TimePoint at) const { return static_cast<double>(context_.unixMicrosAtZero + at.micros()) / 1000; }
  StatTime known(TimePoint at) const { return at.isNever() ? StatTime() : StatTime(millis(at)); }
  void stamp(RTCStats& stats, std::string id) {
    stats.id = std::move(id);
    stats.timestamp = millis(context_.now);
  }

  const NegotiatedSection* sectionOf(const std::string& mid) const {
    for (const NegotiatedSection& section : context_.sections)
      if (section.mid == mid) return &section;
    return nullptr;
  }

  std::string transportOf(const std::string& mid) const {
    const NegotiatedSection* section = sectionOf(mid);
    return transportId(section ? section->transport : context_.paths.front().id);
  }

  // Only codecs that a stream uses are told of (webrtc-stats, RTCCodecStats).
  std::string codecId(char direction, const std::string& mid, const std::string& mimeType) {
    const NegotiatedSection* section = sectionOf(mid);
    if (!section) return {};
    const std::string transport = transportId(section->transport);
    for (const CodecSpec& codec : section->codecs) {
      if (mimeType.substr(mimeType.find('/') + 1) != codec.name) continue;
      RTCCodecStats stats;
      stats.payloadType = codec.payloadType;
      stats.transportId = transport;
      stats.mimeType = mimeType;
      stats.clockRate = codec.clockRate;
      if (mimeType.starts_with("audio/")) stats.channels = codec.channels;
      stats.sdpFmtpLine = fmtpLine(codec);
      stamp(stats, std::string("C") + direction + transport + "_" + std::to_string(codec.payloadType) +
                       (stats.sdpFmtpLine.empty() ? "" : "_" + stats.sdpFmtpLine));
      const auto same = [&](const RTCCodecStats& each) { return each.id == stats.id; };
      if (std::none_of(report_.codecs.begin(), report_.codecs.end(), same)) report_.codecs.push_back(stats);
      return stats.id;
    }
    return {};
  }

  void complete(RTCInboundRtpStreamStats& stats) {
    stats.transportId = transportOf(stats.mid);
    stamp(stats, "I" + stats.transportId + streamName(stats));
    stats.codecId = codecId('I', stats.mid, stats.codec);
    if (stats.frameWidth == 0u || stats.frameHeight == 0u) {
      stats.frameWidth.reset();
      stats.frameHeight.reset();
    }
    if (stats.kind == "audio") {  // members of video alone
      stats.framesReceived.reset();
      stats.firCount.reset();
      stats.framesDecoded.reset();
      stats.keyFramesDecoded.reset();
      stats.framesDropped.reset();
    } else {
      stats.totalSamplesReceived.reset();
      stats.concealedSamples.reset();
      stats.audioLevel.reset();
    }
  }

  // Sound goes to its sinks when it is due, and what they play it by is not ours to know: there is no delay and no gap
  // between here and there.
  void addPlayout() {
    RTCAudioPlayoutStats out;
    stamp(out, "AP");
    out.kind = "audio";
    for (auto& each : report_.inboundRtp) {
      if (each.kind != "audio") continue;
      each.playoutId = out.id;
      out.totalSamplesDuration = std::max<double>(out.totalSamplesDuration, each.totalSamplesDuration);
      out.totalSamplesCount = std::max<uint64_t>(out.totalSamplesCount, each.totalSamplesReceived);
    }
    if (!out.totalSamplesCount.has_value()) return;
    out.synthesizedSamplesDuration = 0.0;
    out.synthesizedSamplesEvents = 0;
    out.totalPlayoutDelay = 0.0;
    report_.audioPlayouts.push_back(std::move(out));
  }

  void complete(RTCRemoteOutboundRtpStreamStats& stats) {
    stamp(stats, "RO" + streamName(stats));
    for (RTCInboundRtpStreamStats& local : report_.inboundRtp) {
      if (local.ssrc != stats.ssrc) continue;
      stats.localId = local.id;
      stats.transportId = local.transportId;
      stats.codecId = local.codecId;
      local.remoteId = stats.id;
    }
  }

  void complete(RTCOutboundRtpStreamStats& stats) {
    stats.transportId = transportOf(stats.mid);
    stamp(stats, "O" + stats.transportId + streamName(stats));
    stats.codecId = codecId('O', stats.mid, stats.codec);
    if (!stats.trackIdentifier.empty()) stats.mediaSourceId = sourceId(stats.kind, stats.trackIdentifier);
    if (stats.frameWidth == 0u || stats.frameHeight == 0u) {
      stats.frameWidth.reset();
      stats.frameHeight.reset();
    }
    if (stats.kind == "audio") {
      stats.framesEncoded.reset();
      stats.keyFramesEncoded.reset();
    }
    // The far end's reports say it, once there was one.
    if (!stats.remotePacketsLost.has_value()) {
      stats.remoteFractionLost.reset();
      stats.remoteJitter.reset();
      return;
    }
    RTCRemoteInboundRtpStreamStats remote;
    remote.ssrc = stats.ssrc;
    remote.kind = stats.kind;
    remote.transportId = stats.transportId;
    remote.codecId = stats.codecId;
    remote.packetsLost = stats.remotePacketsLost;
    remote.jitter = stats.remoteJitter;
    remote.fractionLost = stats.remoteFractionLost;
    remote.roundTripTime = stats.roundTripTime;
    remote.totalRoundTripTime = stats.totalRoundTripTime;
    remote.roundTripTimeMeasurements = stats.roundTripTimeMeasurements;
    remote.packetsReceivedWithEct1 = stats.remoteWithEct1;
    remote.packetsReceivedWithCe = stats.remoteWithCe;
    remote.packetsWithBleachedEct1Marking = stats.remoteBleached;
    remote.packetsReportedAsLost = stats.remoteReportedLost;
    remote.packetsReportedAsLostButRecovered = stats.remoteRecovered;
    remote.localId = stats.id;
    stamp(remote, "RI" + streamName(stats));
    stats.remoteId = remote.id;
    report_.remoteInboundRtp.push_back(std::move(remote));
  }

  static std::string sourceId(const std::string& kind, const std::string& track) {
    return idOf(kind == "audio" ? "SA" : "SV", track);
  }

  void addSources() {
    std::set<std::string> done;
    for (const auto& transceiver : context_.transceivers) {
      const MediaStreamTrackPtr track = transceiver->sender()->track();
      if (!track) continue;
      const std::string id = sourceId(std::string(track->kind()), track->id());
      if (!done.insert(id).second) continue;
      const media::SourceStatistics& source = track->sourceStatistics();
      if (track->isVideo()) {
        RTCVideoSourceStats stats;
        if (source.pictures.count() > 0) {
          stats.width = static_cast<uint32_t>(source.width);
          stats.height = static_cast<uint32_t>(source.height);
        }
        stats.frames = source.pictures.count();
        stats.framesPerSecond = source.pictures.rate(context_.now);
        addSource(report_.videoSources, std::move(stats), id, *track);
      } else {
        RTCAudioSourceStats stats;
        stats.audioLevel = source.sound.level();
        stats.totalAudioEnergy = source.sound.energy();
        stats.totalSamplesDuration = source.sound.duration();
        addSource(report_.audioSources, std::move(stats), id, *track);
      }
    }
  }

  template <class Stats>
  void addSource(std::vector<Stats>& list, Stats stats, const std::string& id, const media::MediaStreamTrack& track) {
    stats.trackIdentifier = track.id();
    stats.kind = track.kind();
    stamp(stats, id);
    list.push_back(std::move(stats));
  }

  std::string addCertificate(const crypto::Certificate& certificate) {
    const std::string text = certificate.fingerprint(crypto::HashAlgorithm::kSha256).toString();  // "sha-256 4A:AD:…"
    RTCCertificateStats stats;
    stats.fingerprintAlgorithm = text.substr(0, text.find(' '));
    stats.fingerprint = text.substr(text.find(' ') + 1);
    stats.base64Certificate = base64(certificate.der());
    stamp(stats, idOf("CF", stats.fingerprint));
    const auto same = [&](const RTCCertificateStats& each) { return each.id == stats.id; };
    if (std::none_of(report_.certificates.begin(), report_.certificates.end(), same))
      report_.certificates.push_back(stats);
    return stats.id;
  }

  void addTransport(const StatsContext::Path& path, RTCTransportStats& out) {
    stamp(out, transportId(path.id));
    out.iceRole = path.transport.iceRole() == ice::Role::kControlling ? "controlling" : "controlled";
    out.iceState = toString(path.iceState);
    out.iceLocalUsernameFragment = path.transport.localCredentials().ufrag;
    out.selectedCandidatePairChanges = static_cast<uint32_t>(path.transport.iceStats().selectedPairChanges);
    out.localCertificateId = addCertificate(context_.certificate);
    out.dtlsState = "new";
    out.dtlsRole = "unknown";
    if (const dtls::Connection* dtls = path.transport.dtls()) {
      out.dtlsRole = path.transport.dtlsRole() == dtls::Role::kClient ? "client" : "server";
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
    if (const auto profile = path.transport.srtpProfile()) out.srtpCipher = crypto::name(*profile);
    const auto& counters = path.transport.counters();
    out.packetsSent = counters.packetsSent;
    out.packetsReceived = counters.packetsReceived;
    out.bytesSent = counters.bytesSent;
    out.bytesReceived = counters.bytesReceived;
    out.packetsDropped = counters.dropped();
    if (path.marks.reportsSent > 0) out.ccfbMessagesSent = static_cast<uint32_t>(path.marks.reportsSent);
    if (path.marks.reportsReceived > 0) out.ccfbMessagesReceived = path.marks.reportsReceived;
  }

  void addSctpTransport(const StatsContext::Path& path) {
    const sctp::DataChannels* data = path.transport.data();
    if (!data || !data->connected()) return;
    const sctp::SenderStats sender = data->senderStats();
    const sctp::AssociationStats association = data->associationStats();
    RTCSctpTransportStats out;
    stamp(out, "SCTP" + transportId(path.id));
    out.transportId = transportId(path.id);
    if (sender.srtt > Duration::zero()) out.smoothedRoundTripTime = sender.srtt.toSeconds();
    out.congestionWindow = sender.congestionWindow;
    out.receiverWindow = sender.peerWindow;
    out.mtu = association.mtu;
    out.unackData = sender.bytesInFlight;
    out.retransmissions =
        sender.fastRetransmits + sender.rackRetransmits + sender.tailProbes + sender.timeoutRetransmits;
    out.timeouts = sender.timeouts;
    out.spuriousRetransmissions = sender.spuriousRetransmits;
    out.interleaving = association.interleaving;
    out.zeroChecksum = association.zeroChecksum;
    report_.sctpTransports.push_back(std::move(out));
  }

  static std::string candidateId(bool local, const ice::Candidate& candidate) {
    return idOf(local ? "IL" : "IR", std::string(ice::name(candidate.type)) + std::string(name(candidate.protocol)) +
                                         std::string(ice::name(candidate.tcpType)) + candidate.hostname +
                                         candidate.address.toString());
  }

  void addCandidate(const StatsContext::Path& path, bool local, const ice::Candidate& candidate,
                    const std::string& url) {
    RTCIceCandidateStats out(local ? RTCStatsType::kLocalCandidate : RTCStatsType::kRemoteCandidate);
    stamp(out, candidateId(local, candidate));
    if (report_.has(out.id)) return;
    out.transportId = transportId(path.id);
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
    out.usernameFragment = local ? path.transport.localCredentials().ufrag : candidate.ufrag;
    if (candidate.protocol == Protocol::kTcp) out.tcpType = ice::name(candidate.tcpType);
    out.url = url;
    if (const auto server = ice::ServerUrl::parse(url); server && candidate.type == ice::CandidateType::kRelay) {
      const bool tls = server->scheme == ice::ServerUrl::Scheme::kTurns;
      out.relayProtocol = tls ? "tls" : name(server->protocol);
    }
    report_.candidates.push_back(std::move(out));
  }

  void addCandidates(const StatsContext::Path& path) {
    for (const auto& each : path.transport.iceAgent().localCandidates())
      addCandidate(path, true, each.candidate, each.url);
    for (const ice::Candidate& each : path.transport.iceAgent().remoteCandidates()) addCandidate(path, false, each, {});
  }

  void addPairs(const StatsContext::Path& path, RTCTransportStats& transport) {
    for (const ice::PairStats& pair : path.transport.iceAgent().pairStats()) {
      RTCIceCandidatePairStats out;
      addCandidate(path, true, pair.info.local, {});  // one that only an answer told of
      addCandidate(path, false, pair.info.remote, {});
      out.transportId = transportId(path.id);
      out.localCandidateId = candidateId(true, pair.info.local);
      out.remoteCandidateId = candidateId(false, pair.info.remote);
      // While ICE restarts, or the peer is another agent, two generations have pairs of the same addresses.
      const std::string key =
          out.localCandidateId + out.remoteCandidateId + pair.info.route.local.toString() + pair.ufrag;
      stamp(out, idOf("CP", key));
      if (report_.has(out.id)) stamp(out, idOf("CP", key + " before"));
      out.state = stateName(pair.state);
      out.nominated = pair.info.nominated;
      fill(out, pair);
      if (pair.selected) {
        out.selected = true;
        if (path.availableOutgoingBitrate > 0) out.availableOutgoingBitrate = path.availableOutgoingBitrate;
        if (path.outgoingQueueDelay) out.outgoingQueueDelay = *path.outgoingQueueDelay;
        if (path.outgoingLossRate) out.outgoingLossRate = *path.outgoingLossRate;
        transport.selectedCandidatePairId = out.id;
      }
      out.local = pair.info.route.local.toString();
      out.remote = pair.info.route.remote.toString();
      out.localType = ice::name(pair.info.local.type);
      out.remoteType = ice::name(pair.info.remote.type);
      report_.candidatePairs.push_back(std::move(out));
    }
  }

  void fill(RTCIceCandidatePairStats& out, const ice::PairStats& pair) const {
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

  RTCStatsReport& report_;
  const StatsContext& context_;
};

}  // namespace

void completeStats(RTCStatsReport& report, const StatsContext& context) {
  Builder(report, context).run();
}

}  // namespace tincan::inline v0::stack
