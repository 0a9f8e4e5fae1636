// What comes: SACKs and timeouts.
#include <algorithm>

#include "sctp/tx/sender_impl.h"

namespace tincan::inline v0::sctp {
Sender::Impl::Impl(const SenderConfig& given) : config(given), rtt_(given.initialRto, given.minRto, given.maxRto) {
  setMaxPacket(config.maxPacket);
}

void Sender::Impl::start(TimePoint now, const SenderStart& start) {
  if (started) return;
  started = true;
  reset(now, start);
}

void Sender::Impl::restart(TimePoint now, const SenderStart& start) {
  if (started) queue.restart(outstanding.takeUnacknowledged());
  started = true;
  rtt_ = RttEstimator(config.initialRto, config.minRto, config.maxRto);
  delivery_ = DeliveryRate();
  pacer_ = Pacer();
  congestion_.reset();
  setMaxPacket(config.maxPacket);
  consecutiveTimeouts = 0;
  reset(now, start);
}

void Sender::Impl::reset(TimePoint, const SenderStart& start) {
  queue.setInterleaving(start.interleaving);
  outstanding.start(start.initialTsn, start.interleaving, start.forwardTsn);
  rack_.reset(chunks().first());
  peerWindow_ = start.peerWindow;
  windowShut_ = inRecovery_ = undoable_ = forceOne_ = forwardTsnDue_ = everLimited_ = false;
  t3_ = tail_ = reorder_ = TimePoint::never();
  probe_ = Probe::kNone;
  skippedTo_ = chunks().first() - 1;
}

void Sender::Impl::setMaxPacket(size_t bytes) {
  config.maxPacket = bytes;
  const size_t packet = bytes - kCommonHeader;
  if (congestion_) {
    congestion_->setPacket(packet);
  } else {
    congestion_ = makeCongestionController(config.congestionControl, packet, config.seed);
  }
  pacer_.setPacket(bytes);
}

RackTlp::Round Sender::Impl::round(TimePoint now) const {
  return {now, rtt_.srtt(), minRtt(), inRecovery_};
}

void Sender::Impl::setPace() {
  pacer_.setRate(rtt_.measured() ? congestion_->pacingRate(rtt_.srtt()) : 0);
}

Sender::SackStatus Sender::Impl::onSack(TimePoint now, const SackChunk& sack, bool window) {
  if (!started) return SackStatus::kInvalid;
  const size_t inFlightBefore = chunks().bytesInFlight();
  sackTime_ = now;
  sampleRtt_.reset();
  newestSentAt_ = TimePoint();
  newestAcked_ = 0;
  const RetransmissionQueue::SackResult result = outstanding.onSack(sack, *this);
  if (result.status != SackStatus::kTaken) {
    counts_.invalidSacks += result.status == SackStatus::kInvalid;
    if (result.status == SackStatus::kOld) noteDuplicates(now, sack);  // which one alone may carry
    return result.status;
  }
  counts_.bytesAcked += result.ackedData;
  noteDuplicates(now, sack);
  if (sampleRtt_) rtt_.onSample(now, *sampleRtt_);
  if (inRecovery_ && chunks().first() >= recoveryEnd_) {
    inRecovery_ = false;
    rack_.onRecoveryEnd();
    congestion_->onRecovered();
  }
  if (result.ackedChunks > 0) detectLosses(now, Found::kBySack);
  judgeProbe(now, sack);
  if (window) {
    const size_t used = chunks().bytesInFlight();
    peerWindow_ = sack.window > used ? sack.window - used : 0;
    windowShut_ = sack.window < config.maxPacket;
  }
  if (result.ackedChunks > 0) adapt(now, inFlightBefore, result.ackedBytes);
  // RFC 9260 §8.1; §6.1 A: a window that is shut, and said to be, is no failure.
  if (result.ackedChunks > 0 || result.advanced || windowShut_) consecutiveTimeouts = 0;
  armAfterSack(now, result.advanced);
  return SackStatus::kTaken;
}

void Sender::Impl::onAcked(int64_t tsn, const OutstandingChunk& chunk, RetransmissionQueue::State was) {
  if (was == RetransmissionQueue::State::kLost) --suspected_;  // not sent again yet: it was only late
  delivery_.onAcked(sackTime_, chunk);
  rack_.onAcked(sackTime_, tsn, chunk, minRtt());
  newestAcked_ = std::max(newestAcked_, tsn);
  if (chunk.sentAt < newestSentAt_) return;
  newestSentAt_ = chunk.sentAt;
  // Karn's rule (RFC 9260 §6.3.1 C5): not of what was sent twice.
  if (chunk.transmissions == 1) sampleRtt_ = sackTime_ - chunk.sentAt;
}

void Sender::Impl::armAfterSack(TimePoint now, bool advanced) {
  if (chunks().empty()) {
    t3_ = tail_ = reorder_ = TimePoint::never();  // RFC 9260 §6.3.2 R2
    probe_ = Probe::kNone;
    return;
  }
  if (advanced || t3_.isNever()) armT3(now);  // R3
  armTail(now);
  // RFC 3758 §3.5 C3: with each SACK; but a SACK that was on its way knows nothing of it.
  if (outstanding.hasSkipped() &&
      (outstanding.advancedPoint() > skippedTo_ || now - forwardTsnAt_ >= std::max(rtt_.srtt(), Duration::millis(1)))) {
    forwardTsnDue_ = true;
  }
}

void Sender::Impl::armTail(TimePoint now) {
  const int64_t newest = chunks().newestInFlight();
  if (inRecovery_ || hasLost() || newest == OutstandingChunks::kNone || probe_ != Probe::kNone || !mayProbe(now)) {
    tail_ = TimePoint::never();
    return;
  }
  // From the last chunk on, as RFC 9002 §6.2.1 has it, and not from the last SACK: it is its SACK that is waited for.
  const Duration timeout = RackTlp::probeTimeout(rtt_.srtt(), chunks().chunksInFlight(), promptTail_);
  tail_ = earlier(std::max(now, outstanding.at(newest).sentAt + timeout), t3_);
}

void Sender::Impl::detectLosses(TimePoint now, Found found) {
  lost_.clear();
  reorder_ = rack_.detect(round(now), chunks(), lost_);
  if (!lost_.empty()) applyLosses(now, found);
}

void Sender::Impl::applyLosses(TimePoint now, Found found) {
  bool congested = false;
  bool unprovable = false;  // what is given up is not sent again: nobody will know whether it was lost
  int64_t suspected = 0;
  for (const int64_t tsn : lost_) {
    if (chunks().state(tsn) != RetransmissionQueue::State::kInFlight) continue;  // its message was given up just now
    OutstandingChunk& chunk = outstanding.at(tsn);
    chunk.found = chunk.transmissions > 1 && found == Found::kBySack ? Found::kByTime : found;
    delivery_.onLost(chunk.wireSize);
    congestion_->onLost({now, tsn, chunk.wireSize, chunk.inFlight, delivery_.lost() - chunk.lostBefore,
                         chunk.appLimited, delivery_.delivered()});
    congested |= !inRecovery_ || chunk.sentAt >= recoveryStart_;
    outstanding.markLost(now, tsn);
    if (chunks().state(tsn) == RetransmissionQueue::State::kAbandoned) {
      forwardTsnDue_ = true;
      unprovable = true;
    }
    ++suspected;
  }
  if (congested && found != Found::kByT3) {
    congestion_->onCongestion(now, chunks().bytesInFlight());
    enterRecovery(now);
    forceOne_ = hasLost();  // RFC 9260 §7.2.4 rule 3: one packet whatever the window
  }
  suspected_ += suspected;
  if (unprovable) undoable_ = false;
}

void Sender::Impl::enterRecovery(TimePoint now) {
  inRecovery_ = undoable_ = true;
  recoveryStart_ = now;
  recoveryEnd_ = chunks().end();
  suspected_ = 0;
  setPace();
}

void Sender::Impl::noteDuplicates(TimePoint now, const SackChunk& sack) {
  rack_.onCumulative(chunks().first() - 1);
  if (!sack.duplicates.empty() && counts_.spuriousRetransmits < resent_) {  // else they are the network's own
    const uint64_t before = counts_.spuriousRetransmits;
    counts_.spuriousRetransmits = std::min<uint64_t>(before + sack.duplicates.size(), resent_);
    suspected_ -= static_cast<int64_t>(counts_.spuriousRetransmits - before);
    rack_.onDuplicates(chunks().end());
  }
  if (!undoable_ || suspected_ > 0) return;
  undoable_ = inRecovery_ = false;
  congestion_->onSpurious(now);
}

// RFC 8985 §7.4: when the probe has made good a loss, the window answers it.
void Sender::Impl::judgeProbe(TimePoint now, const SackChunk& sack) {
  if (probe_ != Probe::kSent) return;
  const bool reached =
      chunks().first() >= probeEnd_ || chunks().state(probeEnd_ - 1) == RetransmissionQueue::State::kAcked;
  if (!reached) return;
  probe_ = Probe::kNone;
  if (probedTsn_ == OutstandingChunks::kNone || inRecovery_) return;
  const bool twice =
      std::find(sack.duplicates.begin(), sack.duplicates.end(), toTsn(probedTsn_)) != sack.duplicates.end();
  // So soon after the probe, what came is the first one.
  if (twice || now - probedAt_ < minRtt()) return;
  congestion_->onCongestion(now, chunks().bytesInFlight());
  enterRecovery(now);
  inRecovery_ = !chunks().empty();
  undoable_ = false;
}

void Sender::Impl::adapt(TimePoint now, size_t inFlightBefore, size_t ackedBytes) {
  AckEvent event;
  event.now = now;
  event.ackedBytes = ackedBytes;
  event.inFlightBefore = inFlightBefore;
  event.inFlight = chunks().bytesInFlight();
  // In slow start the window may be twice what is used: it doubles, and pacing lets it fill only half way before.
  const bool limited = everLimited_ && now - limitedAt_ <= rtt_.srtt();
  event.windowLimited = limited || (congestion_->inSlowStart() && 2 * inFlightBefore >= congestion_->window());
  event.inRecovery = inRecovery_ && newestSentAt_ < recoveryStart_;
  event.rtt = sampleRtt_;
  event.srtt = rtt_.srtt();
  event.minRtt = minRtt();
  event.newestAcked = newestAcked_;
  event.nextTsn = chunks().end();
  event.delivered = delivery_.delivered();
  event.lost = delivery_.lost();
  event.rate = delivery_.take(minRtt());
  congestion_->onAck(event);
  setPace();
}

TimePoint Sender::Impl::nextTimeout() const {
  if (!started) return TimePoint::never();
  TimePoint next = earlier(t3_, earlier(tail_, reorder_));
  if (mayTransmit()) next = earlier(next, pacer_.release());
  return next;
}

void Sender::Impl::handleTimeout(TimePoint now) {
  if (!started) return;
  if (reorder_ <= now) detectLosses(now, Found::kByTime);
  if (tail_ <= now) {
    tail_ = TimePoint::never();
    if (mayProbe(now)) {
      if (t3_ <= now) armT3(now);  // RFC 8985 §7.2: the probe comes first
      probe_ = Probe::kDue;
    }
  }
  if (t3_ <= now) onT3(now);
}

// RFC 9260 §6.3.3, with RFC 8985 §6.3 for what is lost.
void Sender::Impl::onT3(TimePoint now) {
  ++counts_.timeouts;
  ++consecutiveTimeouts;
  tail_ = reorder_ = TimePoint::never();
  probe_ = Probe::kNone;
  const size_t inFlight = chunks().bytesInFlight();
  lost_.clear();
  rack_.detectAtTimeout(round(now), chunks(), lost_);
  applyLosses(now, Found::kByT3);
  outstanding.markReneged(now);
  // A probe of a window that is shut says nothing about the network.
  if (!windowShut_ && (!lost_.empty() || hasLost())) {
    congestion_->onTimeout(now, inFlight, consecutiveTimeouts > 1);
    enterRecovery(now);
    suspected_ = static_cast<int64_t>(chunks().chunksLost());
  }
  rtt_.backOff();  // E2
  armT3(now);
  forceOne_ = hasLost();  // E3
  forwardTsnDue_ |= outstanding.hasSkipped();
}

SenderStats Sender::Impl::stats() const {
  SenderStats stats = counts_;
  stats.srtt = rtt_.srtt();
  stats.minRtt = minRtt();
  stats.latestRtt = rtt_.latest();
  stats.rto = rtt_.rto();
  stats.congestionWindow = congestion_->window();
  stats.peerWindow = peerWindow_;
  stats.bytesInFlight = chunks().bytesInFlight();
  stats.pacingRate = pacer_.rate();
  stats.abandonedMessages += outstanding.abandonedMessages();
  return stats;
}

}  // namespace tincan::inline v0::sctp
