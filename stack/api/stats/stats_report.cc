#include "stack/api/stats/stats_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tincan::inline v0::stack {

std::string_view toString(RTCStatsType type) {
  switch (type) {
    case RTCStatsType::kCodec: return "codec";
    case RTCStatsType::kInboundRtp: return "inbound-rtp";
    case RTCStatsType::kOutboundRtp: return "outbound-rtp";
    case RTCStatsType::kRemoteInboundRtp: return "remote-inbound-rtp";
    case RTCStatsType::kRemoteOutboundRtp: return "remote-outbound-rtp";
    case RTCStatsType::kMediaSource: return "media-source";
    case RTCStatsType::kMediaPlayout: return "media-playout";
    case RTCStatsType::kPeerConnection: return "peer-connection";
    case RTCStatsType::kDataChannel: return "data-channel";
    case RTCStatsType::kTransport: return "transport";
    case RTCStatsType::kSctpTransport: return "sctp-transport";
    case RTCStatsType::kCandidatePair: return "candidate-pair";
    case RTCStatsType::kLocalCandidate: return "local-candidate";
    case RTCStatsType::kRemoteCandidate: return "remote-candidate";
    case RTCStatsType::kCertificate: return "certificate";
  }
  return "";
}

std::string_view toString(RTCQualityLimitationReason reason) {
  switch (reason) {
    case RTCQualityLimitationReason::kNone: return "none";
    case RTCQualityLimitationReason::kCpu: return "cpu";
    case RTCQualityLimitationReason::kBandwidth: return "bandwidth";
    case RTCQualityLimitationReason::kOther: return "other";
  }
  return "";
}

const RTCIceCandidatePairStats* RTCStatsReport::selectedPair() const {
  const auto at =
      std::find_if(candidatePairs.begin(), candidatePairs.end(), [](const auto& each) { return each.selected; });
  return at == candidatePairs.end() ? nullptr : &*at;
}

size_t RTCStatsReport::size() const {
  size_t count = 0;
  forEach([&](const auto&) { ++count; });
  return count;
}

bool RTCStatsReport::has(std::string_view id) const {
  return get(id, [](const auto&) {});
}

RTCStatsReport RTCStatsReport::closureOf(std::vector<std::string> ids) const {
  std::map<std::string_view, std::vector<std::string_view>> references;
  forEach([&](const auto& stats) {
    auto& of = references[stats.id];
    visit(stats, [&](std::string_view name, const auto& value) {
      // The W3C's names for references end so, and no others (webrtc-stats §7.1).
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
        if (name.ends_with("Id")) of.push_back(value);
    });
  });
  std::set<std::string, std::less<>> wanted;
  while (!ids.empty()) {
    const std::string id = std::move(ids.back());
    ids.pop_back();
    const auto at = references.find(id);
    if (at == references.end() || !wanted.insert(id).second) continue;
    ids.insert(ids.end(), at->second.begin(), at->second.end());
  }
  RTCStatsReport out = *this;
  eachOf(out, [&](auto& stats) {
    if (!wanted.contains(stats.id)) stats.id.clear();
  });
  const auto prune = [](auto& list) { std::erase_if(list, [](const auto& each) { return each.id.empty(); }); };
  prune(out.codecs);
  prune(out.otherTransports);
  prune(out.inboundRtp);
  prune(out.outboundRtp);
  prune(out.remoteInboundRtp);
  prune(out.remoteOutboundRtp);
  prune(out.audioSources);
  prune(out.videoSources);
  prune(out.audioPlayouts);
  prune(out.dataChannels);
  prune(out.candidatePairs);
  prune(out.candidates);
  prune(out.certificates);
  return out;
}

}  // namespace tincan::inline v0::stack
