#include "stack/rtp_stream_stats.h"

#include "stack/ntp_millis.h"
#include "stack/section_fec.h"

namespace tincan::inline v0::stack {

RTCOutboundRtpStreamStats outboundStats(const MediaSection& section, size_t encoding,
                                        const session::Congestion* congestion) {
  const session::OutboundStream& stream = *section.sender->streams()[encoding];
  RTCOutboundRtpStreamStats out;
  out.kind = std::string(name(section.kind()));
  out.mid = section.negotiated.mid;
  if (const auto track = section.sender->sender()->track()) out.trackIdentifier = track->id();
  out.ssrc = stream.ssrc().value();
  out.codec = out.kind + "/" + section.sending[encoding].name;
  if (section.sending[encoding].rtxPayloadType) out.rtxSsrc = stream.config().rtxSsrc.value();
  out.packetsSent = stream.statistics().packetsSent();
  out.headerBytesSent = stream.statistics().bytesSent() - stream.statistics().payloadBytesSent();
  out.bytesSent = stream.statistics().payloadBytesSent();
  out.totalPacketSendDelay = stream.totalDelay().toSeconds();
  out.retransmittedPacketsSent = stream.repairs().resent;
  out.retransmittedBytesSent = stream.repairs().resentBytes;
  out.retransmissionsRefused = stream.repairs().capped;
  if (stream.sentWithEct1() > 0) out.packetsSentWithEct1 = stream.sentWithEct1();
  out.nackCount = stream.nackCount();
  out.pliCount = stream.pliCount;
  out.firCount = stream.firCount;
  if (const auto* told = congestion ? congestion->reported(stream.ssrc()) : nullptr) {
    out.remoteWithEct1 = told->ect1;
    out.remoteWithCe = told->ce;
    out.remoteBleached = told->bleached;
    out.remoteReportedLost = told->lost;
    out.remoteRecovered = told->recovered;
  }
  if (auto report = stream.statistics().lastReport()) out.remotePacketsLost = report->cumulativeLost;
  out.remoteFractionLost = stream.statistics().fractionLost();
  out.remoteJitter = stream.statistics().remoteJitter().toSeconds();
  if (auto rtt = stream.statistics().roundTripTime()) out.roundTripTime = rtt->toSeconds();
  out.totalRoundTripTime = stream.statistics().roundTripSum().toSeconds();
  out.roundTripTimeMeasurements = stream.statistics().roundTrips();
  section.sender->addStats(out, encoding);
  return out;
}

RTCInboundRtpStreamStats inboundStats(TimePoint now, const MediaSection& section, const MediaReceiver& receiver,
                                      int64_t unixMicrosAtZero) {
  const session::InboundStream& stream = receiver.stream();
  RTCInboundRtpStreamStats out;
  out.kind = std::string(name(section.kind()));
  out.mid = section.negotiated.mid;
  const auto& layer = receiver.config().layerTrack;
  out.trackIdentifier = (layer ? layer : receiver.config().receiver->track())->id();
  out.ssrc = stream.ssrc().value();
  out.codec = out.kind + "/" + receiver.codecName();
  out.packetsReceived = stream.statistics().packetsReceived();
  out.bytesReceived = stream.payloadBytes();
  out.headerBytesReceived = stream.statistics().bytesReceived() - (stream.payloadBytes() - stream.retransmittedBytes());
  if (!stream.statistics().lastArrival().isNever())
    out.lastPacketReceivedTimestamp =
        static_cast<double>(unixMicrosAtZero + stream.statistics().lastArrival().micros()) / 1000;
  if (const auto& played = receiver.lastPlayed())
    if (const auto sampled = stream.statistics().senderTime(played->timestamp))
      out.estimatedPlayoutTimestamp = ntpMillis(*sampled) + (now - played->at).toSeconds() * 1000;
  for (const RtxPair& pair : section.negotiated.remoteRtx)
    if (pair.ssrc == out.ssrc) out.rtxSsrc = pair.rtxSsrc;
  out.packetsLost = stream.statistics().packetsLost();
  out.jitter = stream.statistics().jitter().toSeconds();
  out.packetsReceivedWithEct1 = stream.receivedWithEct1;
  out.packetsReceivedWithCe = stream.receivedWithCe;
  out.retransmittedPacketsReceived = stream.retransmittedPackets();
  out.retransmittedBytesReceived = stream.retransmittedBytes();
  addFecStats(stream, out);
  receiver.addStats(out);
  return out;
}

std::optional<RTCRemoteOutboundRtpStreamStats> remoteOutboundStats(const MediaReceiver& receiver,
                                                                   const RTCInboundRtpStreamStats& local) {
  const auto& told = receiver.stream().statistics().senderTold();
  if (told.reports == 0) return std::nullopt;
  RTCRemoteOutboundRtpStreamStats remote;
  remote.ssrc = local.ssrc;
  remote.kind = local.kind;
  remote.packetsSent = told.packets;
  remote.bytesSent = told.octets;
  remote.reportsSent = told.reports;
  if (const auto at = receiver.stream().statistics().lastSenderReport())
    remote.remoteTimestamp = static_cast<double>(at->toUnixMicros()) / 1000;
  return remote;
}

}  // namespace tincan::inline v0::stack
