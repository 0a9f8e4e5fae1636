#include "stack/stats_builder.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "stack/path_stats.h"

namespace tincan::inline v0::stack {
namespace {

// The parts of ids that name a stream: "V1234".
std::string streamName(const RTCRtpStreamStats& stream) {
  return (stream.kind == "audio" ? "A" : "V") + std::to_string(stream.ssrc);
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
      PathStats(report_, context_, path).add(out);
    }
    context_.stamp(report_.peerConnection, "P");
    report_.peerConnection.dataChannelsOpened += 0;  // there from the start
    report_.peerConnection.dataChannelsClosed += 0;
    for (auto& each : report_.dataChannels) context_.stamp(each, each.id);
  }

 private:
  const NegotiatedSection* sectionOf(const std::string& mid) const {
    for (const NegotiatedSection& section : context_.sections)
      if (section.mid == mid) return &section;
    return nullptr;
  }

  std::string transportOf(const std::string& mid) const {
    const NegotiatedSection* section = sectionOf(mid);
    return statsTransportId(section ? section->transport : context_.paths.front().id);
  }

  // Only codecs that a stream uses are told of (webrtc-stats, RTCCodecStats).
  std::string codecId(char direction, const std::string& mid, const std::string& mimeType) {
    const NegotiatedSection* section = sectionOf(mid);
    if (!section) return {};
    const std::string transport = statsTransportId(section->transport);
    for (const CodecSpec& codec : section->codecs) {
      if (mimeType.substr(mimeType.find('/') + 1) != codec.name) continue;
      RTCCodecStats stats;
      stats.payloadType = codec.payloadType;
      stats.transportId = transport;
      stats.mimeType = mimeType;
      stats.clockRate = codec.clockRate;
      if (mimeType.starts_with("audio/")) stats.channels = codec.channels;
      stats.sdpFmtpLine = fmtpLine(codec);
      context_.stamp(stats, std::string("C") + direction + transport + "_" + std::to_string(codec.payloadType) +
                                (stats.sdpFmtpLine.empty() ? "" : "_" + stats.sdpFmtpLine));
      const auto same = [&](const RTCCodecStats& each) { return each.id == stats.id; };
      if (std::none_of(report_.codecs.begin(), report_.codecs.end(), same)) report_.codecs.push_back(stats);
      return stats.id;
    }
    return {};
  }

  void complete(RTCInboundRtpStreamStats& stats) {
    stats.transportId = transportOf(stats.mid);
    context_.stamp(stats, "I" + stats.transportId + streamName(stats));
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
    context_.stamp(out, "AP");
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
    context_.stamp(stats, "RO" + streamName(stats));
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
    context_.stamp(stats, "O" + stats.transportId + streamName(stats));
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
    context_.stamp(remote, "RI" + streamName(stats));
    stats.remoteId = remote.id;
    report_.remoteInboundRtp.push_back(std::move(remote));
  }

  static std::string sourceId(const std::string& kind, const std::string& track) {
    return statsId(kind == "audio" ? "SA" : "SV", track);
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
    context_.stamp(stats, id);
    list.push_back(std::move(stats));
  }

  RTCStatsReport& report_;
  const StatsContext& context_;
};

}  // namespace

void completeStats(RTCStatsReport& report, const StatsContext& context) {
  Builder(report, context).run();
}

}  // namespace tincan::inline v0::stack
