#include "apps/call/report.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "apps/call/call_stats.h"
#include "apps/stats_json.h"

namespace tincan::inline v0::apps {

using nlohmann::json;

namespace {

Error failed(std::string why) {
  return {ErrorCode::kOperationError, std::move(why)};
}

template <class T>
json orNull(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

// A member that is absent counts as nothing here: the report's shape is always the same.
template <class T>
T plain(const stack::Stat<T>& value) {
  return value;
}
template <class T>
const T& plain(const T& value) {
  return value;
}

json inbound(const stack::RTCInboundRtpStreamStats& in, const Recorder::Seen& seen) {
  json out = {{"direction", "in"},
              {"kind", plain(in.kind)},
              {"mid", plain(in.mid)},
              {"ssrc", plain(in.ssrc)},
              {"codec", plain(in.codec)},
              {"packets", plain(in.packetsReceived)},
              {"bytes", plain(in.bytesReceived)},
              {"lost", plain(in.packetsLost)},
              {"jitter", plain(in.jitter)},
              {"nackCount", plain(in.nackCount)},
              {"pliCount", plain(in.pliCount)},
              {"retransmittedPackets", plain(in.retransmittedPacketsReceived)},
              {"fecPackets", plain(in.fecPacketsReceived)},
              {"fecPacketsDiscarded", plain(in.fecPacketsDiscarded)},
              {"framesReceived", plain(in.framesReceived)},
              {"framesDropped", plain(in.framesDropped)}};
  if (in.kind == "video") {
    out["framesDecoded"] = plain(in.framesDecoded);
    out["keyFramesDecoded"] = plain(in.keyFramesDecoded);
    out["framesOverBudget"] = plain(in.framesOverBudget);
    out["distinctFrames"] = seen.distinctFrames;
    out["width"] = plain(in.frameWidth);
    out["height"] = plain(in.frameHeight);
  } else {
    out["samples"] = plain(in.totalSamplesReceived);
    out["concealedSamples"] = plain(in.concealedSamples);
    out["audioRms"] = seen.audioRms;
  }
  return out;
}

json outbound(const stack::RTCOutboundRtpStreamStats& sent) {
  json out = {{"direction", "out"},
              {"kind", plain(sent.kind)},
              {"mid", plain(sent.mid)},
              {"ssrc", plain(sent.ssrc)},
              {"codec", plain(sent.codec)},
              {"packets", plain(sent.packetsSent)},
              {"bytes", plain(sent.bytesSent)},
              {"lost", plain(sent.remotePacketsLost)},
              {"jitter", plain(sent.remoteJitter)},
              {"roundTripTime", plain(sent.roundTripTime)},
              {"nackCount", plain(sent.nackCount)},
              {"pliCount", plain(sent.pliCount)},
              {"firCount", plain(sent.firCount)},
              {"retransmittedPackets", plain(sent.retransmittedPacketsSent)},
              {"retransmittedBytes", plain(sent.retransmittedBytesSent)},
              {"retransmissionsRefused", plain(sent.retransmissionsRefused)},
              {"totalPacketSendDelay", plain(sent.totalPacketSendDelay)}};
  if (sent.kind == "video") {
    out["rid"] = sent.rid;
    out["scalabilityMode"] = sent.scalabilityMode;
    out["framesEncoded"] = plain(sent.framesEncoded);
    out["keyFramesEncoded"] = plain(sent.keyFramesEncoded);
    out["targetBitrate"] = plain(sent.targetBitrate);
    out["qualityLimitationReason"] = plain(sent.qualityLimitationReason);
    out["width"] = plain(sent.frameWidth);
    out["height"] = plain(sent.frameHeight);
  }
  return out;
}

}  // namespace

Result<void> judge(const CallOutcome& outcome, const CallOptions& options, bool page) {
  if (outcome.failure) return *outcome.failure;
  if (!outcome.connected) return failed("the call ended before it was connected: " + outcome.endReason);
  for (const auto& sent : outcome.stats.outboundRtp) {
    // One of several encodings may wait for a line that carries it.
    if (sent.packetsSent == 0 && sent.rid.empty()) return failed("no " + sent.kind + " was sent");
    // A round trip is known once a receiver report has answered a sender report of ours.
    const bool seen = sent.kind == "video" ? outcome.farEnd.videoFrames > 0 : outcome.farEnd.audioPackets > 0;
    if (page && sent.roundTripTime <= 0 && !seen) {
      return failed("nothing says that the far end received our " + sent.kind +
                    " (it says so every few seconds: was the call too short?)");
    }
  }
  for (const auto& in : outcome.stats.inboundRtp) {
    if (in.packetsReceived == 0) return failed("no " + in.kind + " was received");
    if (in.kind == "video" && in.framesDecoded == 0) return failed("no picture that was received could be decoded");
  }
  const bool media = options.sendsAudio() || options.sendsVideo();
  if (page && media && outcome.stats.inboundRtp.empty()) return failed("the far end sent no media");
  if (page && media && outcome.stats.outboundRtp.empty()) return failed("no media was sent");
  if (outcome.stats.inboundRtp.empty() && outcome.stats.outboundRtp.empty() && outcome.stats.dataChannels.empty()) {
    return failed("nothing was exchanged: no track and no data channel");
  }
  return {};
}

std::string toJson(const CallOutcome& outcome, const Result<void>& verdict) {
  const auto& stats = outcome.stats;
  const auto* pair = stats.selectedPair();
  json out;
  out["result"] = verdict ? "ok" : "failed";
  out["reason"] = verdict ? outcome.endReason : verdict.error().message();
  out["offerer"] = outcome.offerer;
  out["connected"] = outcome.connected;
  out["connectionState"] = outcome.connectionState;
  out["seconds"] = outcome.seconds;
  out["secondsToConnect"] = orNull(outcome.secondsToConnect);
  out["secondsToFirstFrame"] = orNull(outcome.secondsToFirstFrame);
  out["ice"] = {{"state", outcome.iceState}, {"role", plain(stats.transport.iceRole)}};
  out["pair"] = nullptr;
  if (pair) {
    out["pair"] = {{"local", pair->local},
                   {"localType", pair->localType},
                   {"remote", pair->remote},
                   {"remoteType", pair->remoteType},
                   {"roundTripTime", plain(pair->currentRoundTripTime)},
                   {"availableOutgoingBitrate", plain(pair->availableOutgoingBitrate)},
                   {"outgoingQueueDelay", plain(pair->outgoingQueueDelay)},
                   {"outgoingLossRate", plain(pair->outgoingLossRate)}};
  }
  out["dtls"] = {{"state", plain(stats.transport.dtlsState)},
                 {"version", dtlsVersionName(stats.transport.tlsVersion)},
                 {"cipher", plain(stats.transport.dtlsCipher)}};
  out["srtpProfile"] = stats.transport.srtpCipher;
  out["tracks"] = json::array();
  for (const auto& in : stats.inboundRtp) out["tracks"].push_back(inbound(in, outcome.seen));
  for (const auto& sent : stats.outboundRtp) out["tracks"].push_back(outbound(sent));
  out["layers"] = json::array();
  for (const auto& layer : outcome.seen.layers)
    out["layers"].push_back(
        {{"rid", layer.rid}, {"framesDecoded", layer.frames}, {"width", layer.width}, {"height", layer.height}});
  out["channels"] = json::array();
  for (const auto& channel : stats.dataChannels) {
    out["channels"].push_back({{"label", plain(channel.label)},
                               {"id", channel.dataChannelIdentifier.has_value() ? *channel.dataChannelIdentifier : -1},
                               {"state", plain(channel.state)},
                               {"messagesSent", plain(channel.messagesSent)},
                               {"messagesReceived", plain(channel.messagesReceived)},
                               {"bytesSent", plain(channel.bytesSent)},
                               {"bytesReceived", plain(channel.bytesReceived)}});
  }
  const auto& network = outcome.network;
  out["network"] = {{"packetsSent", network.packetsSent},
                    {"packetsReceived", network.packetsReceived},
                    {"sendErrors", network.sendErrors},
                    {"droppedQueueFull", network.droppedQueueFull},
                    {"packetsDropped", plain(stats.transport.packetsDropped)}};
  out["stats"] = toJson(stats);
  out["farEndReceived"] = {{"audioPackets", outcome.farEnd.audioPackets}, {"videoFrames", outcome.farEnd.videoFrames}};
  out["files"] = outcome.files;
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

Result<void> writeReport(const std::string& path, const CallOutcome& outcome, const Result<void>& verdict) {
  std::ofstream file(path);
  file << toJson(outcome, verdict) << '\n';
  file.close();
  if (!file) return Error(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  return {};
}

}  // namespace tincan::inline v0::apps
