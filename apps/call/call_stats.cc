#include "apps/call/call_stats.h"

namespace tincan::inline v0::apps {

namespace {

std::string afterSlash(const std::string& codec) {
  return codec.substr(codec.find('/') + 1);
}

// "VP8 q", "VP9 L3T3_KEY": which encoding of several, and its layers where it has any.
std::string codecAndLayer(const stack::RTCOutboundRtpStreamStats& sent) {
  std::string out = afterSlash(sent.codec);
  if (!sent.rid.empty()) out += ' ' + sent.rid;
  if (!sent.scalabilityMode.empty() && sent.scalabilityMode != "L1T1") out += ' ' + sent.scalabilityMode;
  return out;
}

double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

}  // namespace

std::string dtlsVersionName(const std::string& tlsVersion) {
  if (tlsVersion == "FEFD") return "DTLS 1.2";
  if (tlsVersion == "FEFC") return "DTLS 1.3";
  return tlsVersion;
}

CallStats toCallStats(const stack::RTCStatsReport& report) {
  CallStats out;
  out.iceState = report.transport.iceState;
  if (const auto* pair = report.selectedPair()) {
    out.pair = pair->local + " " + pair->localType + " ↔ " + pair->remote + " " + pair->remoteType;
    out.roundTripMs = pair->currentRoundTripTime * 1000;
    if (pair->availableOutgoingBitrate > 0) {
      out.line.push_back(
          {pair->availableOutgoingBitrate, 0, pair->outgoingLossRate * 100, pair->outgoingQueueDelay * 1000});
    }
  }
  out.dtlsVersion = dtlsVersionName(report.transport.tlsVersion);
  out.cipher = report.transport.dtlsCipher;
  out.srtpProfile = report.transport.srtpCipher;
  for (const auto& in : report.inboundRtp) {
    const auto lost = static_cast<double>(*in.packetsLost > 0 ? *in.packetsLost : 0);
    out.tracks.push_back({in.kind, "in", afterSlash(in.codec), in.packetsReceived, in.bytesReceived, 0,
                          percent(lost, lost + static_cast<double>(in.packetsReceived)), in.framesDecoded,
                          in.jitter * 1000});
  }
  for (const auto& sent : report.outboundRtp) {
    if (!out.line.empty()) out.line.back().target += sent.targetBitrate;
    if (sent.kind == "video" && sent.qualityLimitationReason != "none") out.limitation = sent.qualityLimitationReason;
    out.tracks.push_back({sent.kind, "out", codecAndLayer(sent), sent.packetsSent, sent.bytesSent, 0,
                          100 * sent.remoteFractionLost, sent.framesEncoded, sent.remoteJitter * 1000});
  }
  for (const auto& channel : report.dataChannels) {
    out.channels.push_back({channel.label, channel.state, channel.messagesSent, channel.messagesReceived});
  }
  return out;
}

}  // namespace tincan::inline v0::apps
