#include "sctp/tx/rack_tlp.h"

#include <algorithm>

#include "sctp/tx/rtt_estimator.h"

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kDuplicateThreshold = 3;  // RFC 8985 §6.2 step 4, RFC 9260 §7.2.4
constexpr int kPersist = 16;               // §6.2 step 4: recoveries that a wider window lasts
constexpr int64_t kMaxWindows = 64;        // SRTT bounds the window before: the number only must not grow
constexpr Duration kProbeGrace = Duration::millis(2);
constexpr Duration kUnmeasuredProbe = Duration::seconds(1);  // §7.2

}  // namespace

void RackTlp::reset(int64_t firstTsn) {
  *this = RackTlp();
  highest_ = tsn_ = firstTsn - 1;
}

void RackTlp::onAcked(TimePoint now, int64_t tsn, const OutstandingChunk& chunk, Duration minRtt) {
  const Duration rtt = now - chunk.sentAt;
  // Step 2: so soon after a retransmission, the first transmission has been acknowledged. It was late and not lost: that
  // is reordering too, which the RFC would learn by a DSACK later.
  if (chunk.transmissions > 1 && rtt < minRtt) {
    reorderingSeen_ |= tsn < highest_;
    return;
  }
  if (!hasDelivered_ || chunk.sentAt > sentAt_ || (chunk.sentAt == sentAt_ && tsn > tsn_)) {
    hasDelivered_ = true;
    sentAt_ = chunk.sentAt;
    tsn_ = tsn;
    rtt_ = rtt;
  }
  if (tsn > highest_) {
    highest_ = tsn;
  } else if (chunk.transmissions == 1) {
    reorderingSeen_ = true;
    lateness_ = std::max(lateness_, rtt - rtt_);
  }
}

void RackTlp::onDuplicates(int64_t next) {
  if (duplicateRound_ != OutstandingChunks::kNone) return;  // once a round trip
  duplicateRound_ = next;
  windows_ = std::min(windows_ + 1, kMaxWindows);
  persist_ = kPersist;
}

void RackTlp::onCumulative(int64_t cumulative) {
  if (duplicateRound_ != OutstandingChunks::kNone && cumulative >= duplicateRound_) {
    duplicateRound_ = OutstandingChunks::kNone;
  }
}

void RackTlp::onRecoveryEnd() {
  if (persist_ > 0 && --persist_ == 0) windows_ = 1;
  lateness_ = lateness_ - lateness_ / kPersist;
}

Duration RackTlp::window(const Round& round, const OutstandingChunks& chunks) const {
  if (!reorderingSeen_ && (round.inRecovery || chunks.chunksAcked() >= kDuplicateThreshold)) return Duration::zero();
  // The RFC's window widens only when something was sent for nothing. How late packets are can be seen before that.
  return std::min(std::max(round.minRtt / 4 * windows_, lateness_ + lateness_ / 4), round.srtt);
}

TimePoint RackTlp::detect(const Round& round, const OutstandingChunks& chunks, std::vector<int64_t>& lost) const {
  if (!hasDelivered_) return TimePoint::never();
  const Duration patience = rtt_ + window(round, chunks);
  TimePoint again = TimePoint::never();
  for (int64_t tsn = chunks.oldestInFlight(); tsn != OutstandingChunks::kNone; tsn = chunks.after(tsn)) {
    const OutstandingChunk& chunk = chunks.at(tsn);
    if (chunk.sentAt > sentAt_ || (chunk.sentAt == sentAt_ && tsn >= tsn_)) break;
    const TimePoint due = chunk.sentAt + patience;
    if (due <= round.now) {
      lost.push_back(tsn);
    } else {
      again = due;  // the last of them: one timer for all
    }
  }
  return again;
}

void RackTlp::detectAtTimeout(const Round& round, const OutstandingChunks& chunks, std::vector<int64_t>& lost) const {
  const Duration patience = rtt_ + window(round, chunks);
  for (int64_t tsn = chunks.oldestInFlight(); tsn != OutstandingChunks::kNone; tsn = chunks.after(tsn)) {
    if (tsn == chunks.first() || chunks.at(tsn).sentAt + patience <= round.now) lost.push_back(tsn);
  }
}

Duration RackTlp::probeTimeout(Duration srtt, size_t chunksInFlight, bool prompt) {
  if (srtt == Duration::zero()) return kUnmeasuredProbe;
  // A single packet's SACK may be held back (RFC 9260 §6.2), unless it was asked for.
  const bool held = chunksInFlight == 1 && !prompt;
  return srtt * 2 + (held ? RttEstimator::kDelayedSack : kProbeGrace);
}

}  // namespace tincan::inline v0::sctp
