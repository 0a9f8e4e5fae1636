#include "apps/call/report.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "apps/call/call_stats.h"

namespace tincan::apps {

using nlohmann::json;

namespace {

Error failed(std::string why) {
  return {ErrorCode::kOperationError, std::move(why)};
}

template <class T>
json orNull(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json inbound(const stack::RTCInboundRtpStreamStats& in, const Recorder::Seen& seen) {
  json out = {{"direction", "in"},
              {"kind", in.kind},
              {"mid", in.mid},
              {"ssrc", in.ssrc},
              {"codec", in.codec},
              {"packets", in.packetsReceived},
              {"bytes", in.bytesReceived},
              {"lost", in.packetsLost},
              {"jitter", in.jitter},
              {"nackCount", in.nackCount},
              {"pliCount", in.pliCount},
              {"retransmittedPackets", in.retransmittedPacketsReceived},
              {"framesReceived", in.framesReceived},
              {"framesDropped", in.framesDropped}};
  if (in.kind == "video") {
    out["framesDecoded"] = in.framesDecoded;
    out["keyFramesDecoded"] = in.keyFramesDecoded;
    out["framesOverBudget"] = in.framesOverBudget;
    out["distinctFrames"] = seen.distinctFrames;
    out["width"] = in.frameWidth;
    out["height"] = in.frameHeight;
  } else {
    out["samples"] = in.totalSamplesReceived;
    out["concealedSamples"] = in.concealedSamples;
    out["audioRms"] = seen.audioRms;
  }
  return out;
}

json outbound(const stack::RTCOutboundRtpStreamStats& sent) {
  json out = {{"direction", "out"},
              {"kind", sent.kind},
              {"mid", sent.mid},
              {"ssrc", sent.ssrc},
              {"codec", sent.codec},
              {"packets", sent.packetsSent},
              {"bytes", sent.bytesSent},
              {"lost", sent.remotePacketsLost},
              {"jitter", sent.remoteJitter},
              {"roundTripTime", sent.roundTripTime},
              {"nackCount", sent.nackCount},
              {"pliCount", sent.pliCount},
              {"firCount", sent.firCount},
              {"retransmittedPackets", sent.retransmittedPacketsSent},
              {"retransmittedBytes", sent.retransmittedBytesSent},
              {"retransmissionsRefused", sent.retransmissionsRefused},
              {"totalPacketSendDelay", sent.totalPacketSendDelay}};
  if (sent.kind == "video") {
    out["framesEncoded"] = sent.framesEncoded;
    out["keyFramesEncoded"] = sent.keyFramesEncoded;
    out["targetBitrate"] = sent.targetBitrate;
    out["qualityLimitationReason"] = sent.qualityLimitationReason;
    out["width"] = sent.frameWidth;
    out["height"] = sent.frameHeight;
  }
  return out;
}

}  // namespace

Result<void> judge(const CallOutcome& outcome, const CallOptions& options, bool page) {
  if (outcome.failure) return *outcome.failure;
  if (!outcome.connected) return failed("the call ended before it was connected: " + outcome.endReason);
  for (const auto& sent : outcome.stats.outboundRtp) {
    if (sent.packetsSent == 0) return failed("no " + sent.kind + " was sent");
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
  const auto& pair = stats.candidatePair;
  json out;
  out["result"] = verdict ? "ok" : "failed";
  out["reason"] = verdict ? outcome.endReason : verdict.error().message();
  out["offerer"] = outcome.offerer;
  out["connected"] = outcome.connected;
  out["connectionState"] = outcome.connectionState;
  out["seconds"] = outcome.seconds;
  out["secondsToConnect"] = orNull(outcome.secondsToConnect);
  out["secondsToFirstFrame"] = orNull(outcome.secondsToFirstFrame);
  out["ice"] = {{"state", outcome.iceState}, {"role", stats.transport.iceRole}};
  out["pair"] = nullptr;
  if (pair.selected) {
    out["pair"] = {{"local", pair.local},
                   {"localType", pair.localType},
                   {"remote", pair.remote},
                   {"remoteType", pair.remoteType},
                   {"roundTripTime", pair.currentRoundTripTime},
                   {"availableOutgoingBitrate", pair.availableOutgoingBitrate},
                   {"outgoingQueueDelay", pair.outgoingQueueDelay},
                   {"outgoingLossRate", pair.outgoingLossRate}};
  }
  out["dtls"] = {{"state", stats.transport.dtlsState},
                 {"version", dtlsVersionName(stats.transport.tlsVersion)},
                 {"cipher", stats.transport.dtlsCipher}};
  out["srtpProfile"] = stats.transport.srtpCipher;
  out["tracks"] = json::array();
  for (const auto& in : stats.inboundRtp) out["tracks"].push_back(inbound(in, outcome.seen));
  for (const auto& sent : stats.outboundRtp) out["tracks"].push_back(outbound(sent));
  out["channels"] = json::array();
  for (const auto& channel : stats.dataChannels) {
    out["channels"].push_back({{"label", channel.label},
                               {"id", channel.dataChannelIdentifier},
                               {"state", channel.state},
                               {"messagesSent", channel.messagesSent},
                               {"messagesReceived", channel.messagesReceived},
                               {"bytesSent", channel.bytesSent},
                               {"bytesReceived", channel.bytesReceived}});
  }
  const auto& network = outcome.network;
  out["network"] = {{"packetsSent", network.packetsSent},
                    {"packetsReceived", network.packetsReceived},
                    {"sendErrors", network.sendErrors},
                    {"droppedQueueFull", network.droppedQueueFull},
                    {"packetsDropped", stats.transport.packetsDropped}};
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

}  // namespace tincan::apps
