#pragma once

#include <string>

#include "stack/stats_context.h"

namespace tincan::inline v0::stack {

/// What a report says of one transport: itself and its certificates, the association over it, the candidates and pairs
/// below it. Made for one report.
class PathStats {
 public:
  /// All outlive it; `path` is of `context`.
  PathStats(RTCStatsReport& report, const StatsContext& context, const StatsContext::Path& path)
      : report_(report), context_(context), path_(path), id_(statsTransportId(path.id)) {}

  /// The transport into `out`, the others into the report.
  void add(RTCTransportStats& out);

 private:
  void addTransport(RTCTransportStats& out);
  std::string addCertificate(const crypto::Certificate& certificate);
  void addSctpTransport();
  void addCandidates();
  void addCandidate(bool local, const ice::Candidate& candidate, const std::string& url);
  void addPairs(RTCTransportStats& transport);
  void fill(RTCIceCandidatePairStats& out, const ice::PairStats& pair) const;
  StatTime known(TimePoint at) const { return at.isNever() ? StatTime() : StatTime(context_.millis(at)); }

  RTCStatsReport& report_;
  const StatsContext& context_;
  const StatsContext::Path& path_;
  const std::string id_;
};

}  // namespace tincan::inline v0::stack
