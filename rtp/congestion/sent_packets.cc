#include "rtp/congestion/sent_packets.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::rtp {
namespace {

Duration fromUnits(int64_t units, int64_t aSecond) {
  return Duration::micros(units * 1'000'000 / aSecond);
}

}  // namespace

void SentPackets::startAt(uint16_t number) {
  if (next_ != first_) return;
  first_ = next_ = number;
  newestNamed_ = next_ - 1;
}

int64_t SentPackets::onSent(SentPacket packet) {
  forgetOld(packet.sentAt);
  if (static_cast<size_t>(next_ - first_) == ring_.size()) {
    if (ring_.size() < kMostPackets) {
      grow();
    } else {
      if (first_ > newestNamed_) inFlight_ -= slot(first_).packet.size;
      ++first_;
    }
  }
  packet.number = next_++;
  Entry& entry = slot(packet.number);
  const auto index = static_cast<size_t>(&entry - ring_.data());
  if (bySsrc_ && entry.state != State::kNone) unlink(index);
  entry.packet = packet;
  entry.state = State::kOutstanding;
  if (bySsrc_) link(index);
  inFlight_ += packet.size;
  return packet.number;
}

void SentPackets::forgetOld(TimePoint now) {
  while (first_ < next_ && now - slot(first_).packet.sentAt > kLongest) {
    if (first_ > newestNamed_) inFlight_ -= slot(first_).packet.size;
    ++first_;
  }
}

void SentPackets::grow() {
  std::vector<Entry> larger(ring_.empty() ? kFirst : 2 * ring_.size());
  std::swap(ring_, larger);
  if (bySsrc_) buckets_.assign(ring_.size(), 0);
  for (int64_t number = first_; number < next_; ++number) {
    Entry& entry = slot(number);
    entry = larger[static_cast<size_t>(number) & (larger.size() - 1)];
    if (bySsrc_) link(static_cast<size_t>(&entry - ring_.data()));
  }
}

SentPackets::Entry* SentPackets::find(int64_t number) {
  return number >= first_ && number < next_ ? &slot(number) : nullptr;
}

size_t SentPackets::bucketOf(const SentPacket& packet) const {
  // Numbers of one source follow each other: they never share a bucket before the ring has gone around.
  return (packet.ssrc.value() * 0x9e3779b1u + packet.sequence) & (buckets_.size() - 1);
}

void SentPackets::link(size_t index) {
  uint32_t& head = buckets_[bucketOf(ring_[index].packet)];
  ring_[index].nextInBucket = head;
  head = static_cast<uint32_t>(index + 1);
}

void SentPackets::unlink(size_t index) {
  uint32_t* at = &buckets_[bucketOf(ring_[index].packet)];
  while (*at != 0 && *at != index + 1) at = &ring_[*at - 1].nextInBucket;
  if (*at != 0) *at = ring_[index].nextInBucket;
}

SentPackets::Entry* SentPackets::find(Ssrc ssrc, uint16_t sequence) {
  if (buckets_.empty()) return nullptr;
  SentPacket name;
  name.ssrc = ssrc;
  name.sequence = sequence;
  for (uint32_t at = buckets_[bucketOf(name)]; at != 0; at = ring_[at - 1].nextInBucket) {
    Entry& entry = ring_[at - 1];
    // The newest of a name comes first in its chain.
    if (entry.packet.ssrc == ssrc && entry.packet.sequence == sequence) return find(entry.packet.number);
  }
  return nullptr;
}

void SentPackets::noteNewest(int64_t number) {
  for (int64_t named = std::max(newestNamed_ + 1, first_); named <= number; ++named)
    inFlight_ -= slot(named).packet.size;
  newestNamed_ = std::max(newestNamed_, number);
}

void SentPackets::note(TimePoint now, Entry& entry, TimePoint receivedAt, Ecn ecn) {
  noteNewest(entry.packet.number);
  if (now - entry.packet.sentAt > kLongest) return;
  if (entry.state == State::kReceived) {
    if (!receivedAt.isNever()) ++counters_.duplicates;
    return;
  }
  if (receivedAt.isNever() && entry.state == State::kLost) return;
  const bool recovered = entry.state == State::kLost;
  entry.state = receivedAt.isNever() ? State::kLost : State::kReceived;
  results_.push_back({entry.packet, receivedAt, ecn, recovered});
}

TimePoint SentPackets::arrivalBase(TimePoint now, Duration farStep) {
  const TimePoint expected = farAt_ + farStep;
  const bool jumped = clockKnown_ && (expected - now > kMostClockStep || now - expected > kMostClockStep);
  farAt_ = clockKnown_ && !jumped ? expected : now;
  clockKnown_ = true;
  if (jumped) {
    clockJumped_ = true;
    ++counters_.clockJumps;
  }
  return farAt_;
}

void SentPackets::add(TimePoint now, const rtcp::TransportFeedback& feedback) {
  // 24 bits with sign, shifted up so that they wrap as 32 do.
  const int64_t before = referenceTime_.last();
  const int64_t units = (referenceTime_.unwrap(static_cast<uint32_t>(feedback.referenceTime) << 8) - before) >> 8;
  TimePoint arrival = arrivalBase(now, rtcp::TransportFeedback::kReferenceUnit * units);
  // What comes last is the nearest to what we sent last: the number is the one next to it.
  int64_t number =
      next_ - 1 - static_cast<int16_t>(static_cast<uint16_t>(next_ - 1) - static_cast<uint16_t>(feedback.baseSequence));
  for (const rtcp::TransportFeedback::Status& status : feedback.statuses) {
    if (status.received) arrival += rtcp::TransportFeedback::kTick * status.delta;
    if (Entry* entry = find(number)) {
      note(now, *entry, status.received ? arrival : TimePoint::never(), Ecn::kNotCapable);
    } else {
      ++counters_.unknown;
    }
    ++number;
  }
}

void SentPackets::add(TimePoint now, const rtcp::CongestionFeedback& feedback) {
  // RFC 8888 §3.1: the middle 32 bits of an NTP time, in 1/65536 s.
  const int64_t before = reportTimestamp_.last();
  const TimePoint base = arrivalBase(now, fromUnits(reportTimestamp_.unwrap(feedback.timestamp) - before, 65536));
  for (const rtcp::CongestionFeedback::Source& source : feedback.sources) {
    uint16_t sequence = source.beginSequence;
    for (const rtcp::CongestionFeedback::Report& report : source.reports) {
      Entry* entry = find(source.ssrc, sequence++);
      // RFC 8888 §3.1: an arrival that the offset cannot say is an arrival still, but no measure of delay.
      const bool timed = report.arrivalOffset < rtcp::CongestionFeedback::kOffsetOverflow;
      if (!entry || (report.received && !timed)) {
        ++counters_.unknown;
        continue;
      }
      const TimePoint arrival = base - fromUnits(report.arrivalOffset, 1024);
      note(now, *entry, report.received ? arrival : TimePoint::never(), static_cast<Ecn>(report.ecn & 3));
    }
  }
}

FeedbackReport SentPackets::take(TimePoint now) {
  std::swap(results_, taken_);
  results_.clear();
  // In order by nature, but where reports overlap or name several sources.
  const auto byNumber = [](const PacketResult& a, const PacketResult& b) { return a.sent.number < b.sent.number; };
  if (!std::is_sorted(taken_.begin(), taken_.end(), byNumber)) std::sort(taken_.begin(), taken_.end(), byNumber);
  // Lost by one report and received by the next of the same compound: the last word counts, and nothing was lost.
  size_t kept = 0;
  for (size_t i = 0; i < taken_.size(); ++i) {
    if (kept > 0 && taken_[kept - 1].sent.number == taken_[i].sent.number) {
      if (taken_[kept - 1].lost()) taken_[kept - 1] = taken_[i];
      taken_[kept - 1].recovered = false;
    } else {
      taken_[kept++] = taken_[i];
    }
  }
  taken_.resize(kept);
  FeedbackReport report;
  report.at = now;
  report.results = taken_;
  report.inFlight = inFlight_;
  report.clockJumped = std::exchange(clockJumped_, false);
  for (auto result = taken_.rbegin(); result != taken_.rend(); ++result) {
    if (result->lost()) continue;
    report.roundTrip = std::max(now - result->sent.sentAt, Duration::micros(1));
    break;
  }
  return report;
}

}  // namespace tincan::inline v0::rtp
