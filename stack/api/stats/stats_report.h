#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stack/api/stats/media_stats.h"
#include "stack/api/stats/rtp_stream_stats.h"
#include "stack/api/stats/transport_stats.h"

namespace tincan::inline v0::stack {

/// webrtc-pc §8.6, RTCStatsReport: statistics by their ids, and by their kinds, as C++ rather asks for them. What one
/// has to say is told by visit() of stack/api/stats/stat.h, one source for JSON, tables and other languages:
///
///     report.forEach([](const auto& stats) {
///       visit(stats, [](std::string_view name, const auto& value) { … });
///     });
struct RTCStatsReport {
  std::vector<RTCCodecStats> codecs;
  std::vector<RTCInboundRtpStreamStats> inboundRtp;
  std::vector<RTCOutboundRtpStreamStats> outboundRtp;
  std::vector<RTCRemoteInboundRtpStreamStats> remoteInboundRtp;
  std::vector<RTCRemoteOutboundRtpStreamStats> remoteOutboundRtp;
  std::vector<RTCAudioSourceStats> audioSources;
  std::vector<RTCVideoSourceStats> videoSources;
  std::vector<RTCAudioPlayoutStats> audioPlayouts;
  RTCPeerConnectionStats peerConnection;
  std::vector<RTCDataChannelStats> dataChannels;
  RTCTransportStats transport;                        ///< the first one, which most connections have alone
  std::vector<RTCTransportStats> otherTransports;     ///< of what the far end does not bundle
  std::vector<RTCSctpTransportStats> sctpTransports;  ///< one, once there is an association
  std::vector<RTCIceCandidatePairStats> candidatePairs;
  std::vector<RTCIceCandidateStats> candidates;  ///< of both sides
  std::vector<RTCCertificateStats> certificates;

  /// Beside the IDL: seconds from the first description set to the connection; 0 while it is not connected.
  double connectTime = 0;

  /// The pair that data takes; nullptr while there is none.
  const RTCIceCandidatePairStats* selectedPair() const;

  /// Calls visitor with each dictionary, whatever its type.
  template <class Visitor>
  void forEach(Visitor&& visitor) const {
    eachOf(*this, visitor);
  }
  bool has(std::string_view id) const;
  size_t size() const;
  /// Calls visitor with the dictionary of this id; false when there is none.
  template <class Visitor>
  bool get(std::string_view id, Visitor&& visitor) const {
    bool found = false;
    forEach([&](const auto& stats) {
      if (found || stats.id != id) return;
      found = true;
      visitor(stats);
    });
    return found;
  }

  /// webrtc-pc §8.4: what these ids name, and all that it refers to, through as many as there are.
  RTCStatsReport closureOf(std::vector<std::string> ids) const;

 private:
  // What has no id was not filled in: a connection without a transport has none to tell of.
  template <class Report, class Visitor>
  static void eachOf(Report& report, Visitor&& visitor) {
    const auto all = [&](auto& list) {
      for (auto& each : list)
        if (!each.id.empty()) visitor(each);
    };
    all(report.codecs);
    all(report.inboundRtp);
    all(report.outboundRtp);
    all(report.remoteInboundRtp);
    all(report.remoteOutboundRtp);
    all(report.audioSources);
    all(report.videoSources);
    all(report.audioPlayouts);
    if (!report.peerConnection.id.empty()) visitor(report.peerConnection);
    all(report.dataChannels);
    if (!report.transport.id.empty()) visitor(report.transport);
    all(report.otherTransports);
    all(report.sctpTransports);
    all(report.candidatePairs);
    all(report.candidates);
    all(report.certificates);
  }
};

}  // namespace tincan::inline v0::stack
