#include "rtp/congestion_feedback_collector.h"

#include <algorithm>

namespace tincan::inline v0::rtp {
namespace {

constexpr size_t kFixedSize = 12;  // header, sender, timestamp
constexpr size_t kSourceSize = 8;  // SSRC, first number, count
constexpr size_t kLeastReports = 2;

}  // namespace

void CongestionFeedbackCollector::Source::advanceTo(int64_t number) {
  if (number - highest >= kWindow) {
    std::fill(arrivals.begin(), arrivals.end(), Arrival());
  } else {
    for (int64_t i = highest + 1; i <= number; ++i) at(i) = {};
  }
  highest = number;
  next = std::max(next, highest - kWindow + 1);
  from = std::max(from, highest - kWindow + 1);
}

CongestionFeedbackCollector::Source& CongestionFeedbackCollector::sourceOf(Ssrc ssrc, uint16_t sequence,
                                                                           TimePoint now) {
  for (Source& source : sources_) {
    if (source.ssrc == ssrc) return source;
  }
  Source* source = nullptr;
  if (sources_.size() < kMostSources) {
    source = &sources_.emplace_back();
  } else {
    source = &*std::min_element(sources_.begin(), sources_.end(),
                                [](const Source& a, const Source& b) { return a.heardAt < b.heardAt; });
  }
  source->ssrc = ssrc;
  source->heardAt = now;
  source->unwrapper = {};
  source->arrivals.assign(static_cast<size_t>(kWindow), Arrival());
  source->highest = source->next = source->from = source->unwrapper.unwrap(sequence);
  return *source;
}

void CongestionFeedbackCollector::onPacket(Ssrc ssrc, uint16_t sequence, TimePoint arrival, Ecn ecn) {
  Source& source = sourceOf(ssrc, sequence, arrival);
  source.heardAt = arrival;
  const int64_t number = source.unwrapper.peek(sequence);
  if (number <= source.highest - kWindow) return;  // older than what is remembered
  if (number > source.highest) {
    source.advanceTo(number);
    source.unwrapper.unwrap(sequence);  // only forward: old packets must not pull the space back
  }
  Arrival& slot = source.at(number);
  if (!slot.at.isNever()) {
    // RFC 8888 §3.1: of copies the first arrival counts, and a mark on any of them.
    if (ecn == Ecn::kCongested) slot.ecn = ecn;
    return;
  }
  slot = {arrival, ecn};
  source.next = std::min(source.next, number);
  source.from = std::min(source.from, source.next);
  if (!due_.isNever()) return;
  opens_ = opening_.has(arrival);
  due_ = arrival + interval_;
}

std::optional<rtcp::CongestionFeedback> CongestionFeedbackCollector::poll(TimePoint now, NtpTime wall) {
  if (now < due_) return std::nullopt;
  rtcp::CongestionFeedback feedback;
  feedback.sender = sender_;
  feedback.timestamp = wall.middle();
  size_t size = kFixedSize;
  bool all = true;
  for (Source& source : sources_) {
    if (source.next > source.highest) continue;
    if (size + kSourceSize + 2 * kLeastReports > kMaxReportSize) {
      all = false;
      break;
    }
    size += kSourceSize;
    // §3.1: two bytes each, in whole words.
    const size_t room = (kMaxReportSize - size) / 4 * 2;
    const int64_t untold = source.next;
    // What is told again must leave room for what is new.
    if (source.highest - source.from >= static_cast<int64_t>(room)) source.from = untold;
    auto& told = feedback.sources.emplace_back();
    told.ssrc = source.ssrc;
    told.beginSequence = static_cast<uint16_t>(source.from);
    told.reports.reserve(std::min(room, static_cast<size_t>(source.highest - source.from + 1)));
    for (source.next = source.from; source.next <= source.highest && told.reports.size() < room; ++source.next) {
      const Arrival& arrival = source.at(source.next);
      auto& report = told.reports.emplace_back();
      if (arrival.at.isNever()) continue;
      report = {true, static_cast<uint8_t>(arrival.ecn), rtcp::CongestionFeedback::offsetOf(now - arrival.at)};
    }
    size += (told.reports.size() + 1) / 2 * 4;
    const bool whole = source.next > source.highest;
    source.from = whole && opens_ ? untold : source.next;
    all &= whole;
  }
  if (all) due_ = TimePoint::never();
  if (feedback.sources.empty()) return std::nullopt;
  return feedback;
}

}  // namespace tincan::inline v0::rtp
