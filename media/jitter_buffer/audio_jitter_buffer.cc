#include "media/jitter_buffer/audio_jitter_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kMaxSequenceJump = 3000;                   // RFC 3550 A.1, MAX_DROPOUT
constexpr Duration kNewClock = Duration::seconds(5);         // a timestamp this far from where time would put it
constexpr Duration kMaxPacket = Duration::millis(120);       // RFC 7587 §4.2
constexpr Duration kMaxConcealment = Duration::millis(100);  // past it decoders have faded to silence
constexpr Duration kIdleAfter = Duration::seconds(2);
constexpr Duration kMinSkipInterval = Duration::millis(500);
// Far above the target: 200 ms of sound a second can be skipped, a clock 5 % fast needs 50.
constexpr Duration kFastSkipInterval = Duration::millis(100);
constexpr int64_t kFastSkipTicks = 3;
// A fifth of the sound at the most is concealment while the extra delay is being reached.
constexpr Duration kStretchInterval = Duration::millis(100);
// Time stretching: how far off the target is worth a seam, from where on one follows another, and from where on sound
// is left out all the same. NetEq's bounds are alike: a packet above its target, and four times that.
constexpr Duration kWorthASeam = Duration::millis(10);
constexpr Duration kInHaste = Duration::millis(80);
constexpr Duration kSeamInterval = Duration::millis(100);
constexpr Duration kMostToShorten = Duration::millis(600);
constexpr Duration kUnheeded = Duration::seconds(1);       // the player cannot stretch this sound
constexpr Duration kRepairMemory = Duration::seconds(10);  // how long a loss holds the target up
constexpr Duration kOldNumbers = Duration::millis(100);    // in order for so long: a sender that has begun anew
constexpr Duration kStall = Duration::millis(500);
constexpr int64_t kMaxTimestamp = int64_t{1} << 50;

}  // namespace

AudioJitterBuffer::AudioJitterBuffer(const Config& config)
    : config_(config), delay_(config.clockRate, config.minDelay, config.maxDelay) {
  passed_.fill(INT64_MIN);
}

void AudioJitterBuffer::receive(TimePoint now, Packet packet) {
  packet.samples = std::min(packet.samples, toSamples(kMaxPacket));
  if (packet.samples == 0) packet.samples = toSamples(config_.tick);
  Held held;
  place(now, packet, held.sequence, held.timestamp);
  held.received = now;
  held.packet = std::move(packet);
  lastSamples_ = held.packet.samples;
  const bool old = played(held);
  // Later than the buffer may ever be, and nothing is held that came faster: the old path or clock is history.
  const bool copy = held.packet.copy && delay_.started();
  if (!copy && !old && packets_.empty() && delay_.started() &&
      now - delay_.fastestArrival(held.timestamp) > delay_.max())
    delay_.rebase(now, held.timestamp);
  if (copy) {
    repairUntil_ = now + kRepairMemory;
  } else {
    delay_.arrived(now, held.timestamp);
  }
  if (!old) makeUpForLate(now, held);
  if (!insert(now, std::move(held))) return;
  if (state_ == State::kPlaying) return;
  cursor_ = packets_.front().timestamp;
  const TimePoint start = std::max(now, delay_.fastestArrival(cursor_) + targetDelay());
  nextTick_ = state_ == State::kIdle ? start : std::min(nextTick_, start);
  emptySamples_ = 0;
  transition(State::kFilling);
}

// Unwraps the numbers; a sender that has begun anew (numbers or clock) makes the buffer do so too.
void AudioJitterBuffer::place(TimePoint now, const Packet& packet, int64_t& sequence, int64_t& timestamp) {
  if (sequences_.started() && hasBegunAnew(now, packet)) {
    ++stats_.resets;
    restart();
  }
  if (sequences_.started() && oldNumbersGoOn(now, sequences_.peek(packet.sequenceNumber))) {
    ++stats_.resets;
    restart();
  }
  const bool first = !sequences_.started();
  sequence = sequences_.peek(packet.sequenceNumber);
  timestamp = timestamps_.peek(packet.timestamp);
  if (!first && sequence <= sequences_.last()) return;
  sequences_.unwrap(packet.sequenceNumber);
  timestamps_.unwrap(packet.timestamp);
  lastArrival_ = now;
}

bool AudioJitterBuffer::hasBegunAnew(TimePoint now, const Packet& packet) const {
  const int64_t jump = sequences_.peek(packet.sequenceNumber) - sequences_.last();
  const Duration moved = toDuration(timestamps_.peek(packet.timestamp) - timestamps_.last());
  if (std::abs(jump) > kMaxSequenceJump || std::abs(timestamps_.last()) > kMaxTimestamp) return true;
  // RFC 3550 §5.1: number and time grow together. A time that jumps back, or one that goes on under old numbers, is
  // new.
  if (jump <= 0) return moved > Duration::zero() || moved < -(kMaxPacket * kMaxSequenceJump);
  if (moved < Duration::zero()) return true;
  return std::abs((moved - (now - lastArrival_)).micros()) > kNewClock.micros();
}

// RFC 3550 A.1 asks for two old numbers in a row; here they also have to come for a while, as late ones do not.
bool AudioJitterBuffer::oldNumbersGoOn(TimePoint now, int64_t sequence) {
  if (!playedSequence_ || sequence > *playedSequence_) {
    lateSince_.reset();
    return false;
  }
  if (!lateSince_ || sequence != lateSequence_ + 1) lateSince_ = now;
  lateSequence_ = sequence;
  return now - *lateSince_ >= kOldNumbers;
}

void AudioJitterBuffer::restart() {
  packets_.clear();
  sequences_ = {};
  timestamps_ = {};
  playedSequence_.reset();
  playedDtx_ = false;
  playedEnd_.reset();
  passed_.fill(INT64_MIN);
  wishSince_.reset();
  lateSince_.reset();
  delay_.reset();
  transition(State::kIdle);
}

void AudioJitterBuffer::pass(TimePoint now, uint16_t sequenceNumber) {
  if (!sequences_.started()) return;
  const int64_t sequence = sequences_.peek(sequenceNumber);
  if (sequence <= sequences_.last() || sequence - sequences_.last() > kMaxSequenceJump) return;
  sequences_.unwrap(sequenceNumber);
  passed_[static_cast<size_t>(sequence) % passed_.size()] = sequence;
  lastPassed_ = now;
}

// Whether nothing is missing between what was played last and this.
bool AudioJitterBuffer::goesOn(int64_t sequence) const {
  if (!playedSequence_) return false;
  const auto known = std::count_if(passed_.begin(), passed_.end(),
                                   [&](int64_t one) { return one > *playedSequence_ && one < sequence; });
  return sequence <= *playedSequence_ + 1 + known;
}

void AudioJitterBuffer::clear() {
  ++stats_.overflows;
  restart();
}

bool AudioJitterBuffer::insert(TimePoint now, Held held) {
  if (played(held) || (state_ == State::kPlaying && held.end() <= cursor_)) {
    ++stats_.late;
    if (!held.packet.copy) repairUntil_ = std::min(repairUntil_, now);  // late, not lost
    return false;
  }
  auto at = packets_.end();
  while (at != packets_.begin() && std::prev(at)->timestamp >= held.timestamp) --at;
  if (at != packets_.end() && at->timestamp == held.timestamp) {
    ++stats_.duplicates;
    return false;
  }
  packets_.insert(at, std::move(held));
  ++stats_.packets;
  if (packets_.size() > config_.maxPackets) {
    ++stats_.overflows;
    skipFront();
  }
  return true;
}

// A packet whose place has been concealed: play it after all, and stay that much further behind from now on. Where
// other packets are held, only as far as the delay should go anyway; where none is, the only other choice is silence.
void AudioJitterBuffer::makeUpForLate(TimePoint now, const Held& held) {
  if (state_ != State::kPlaying || held.timestamp >= cursor_) return;
  const Duration grown = currentDelay() + toDuration(cursor_ - held.timestamp);
  if (!packets_.empty() && grown > targetDelay() + config_.tick) return;
  cursor_ = held.timestamp;
  if (packets_.empty() && emptySamples_ >= toSamples(kMaxConcealment)) {
    // Long silent: the delay is built up before sound goes on, not gap by gap in it.
    nextTick_ = std::max(now, delay_.fastestArrival(cursor_) + targetDelay());
    emptySamples_ = 0;
    transition(State::kFilling);
  }
}

Duration AudioJitterBuffer::targetDelay() const {
  return std::min(ownTarget() + possibleExtra(), std::max(heldAtMost(config_.maxPackets * 3 / 4), networkTarget()));
}

// Short packets fill the buffer before they fill a second.
Duration AudioJitterBuffer::heldAtMost(size_t packets) const {
  return toDuration(int64_t{lastSamples_} * static_cast<int64_t>(packets));
}

Duration AudioJitterBuffer::possibleExtra() const {
  return std::min(extra_, heldAtMost(config_.maxPackets / 2));
}

Duration AudioJitterBuffer::networkTarget() const {
  // RFC 6716 §2.1.7: the copy of a lost packet is in the one behind it.
  const Duration repair = lastArrival_ < repairUntil_ ? toDuration(lastSamples_) : Duration::zero();
  return std::min(delay_.target() + repair, delay_.max());
}

Duration AudioJitterBuffer::ownTarget() const {
  return std::max(networkTarget(), std::min(floor_, heldAtMost(config_.maxPackets * 3 / 4)));
}

Duration AudioJitterBuffer::currentDelay() const {
  return state_ == State::kIdle ? Duration::zero() : nextTick_ - delay_.fastestArrival(cursor_);
}

std::optional<PlayoutPoint> AudioJitterBuffer::playing() const {
  if (state_ != State::kPlaying) return std::nullopt;
  const Duration reached = std::max(currentDelay() - ownTarget(), Duration::zero());
  return PlayoutPoint{static_cast<uint32_t>(cursor_), nextTick_, reached, Duration::zero()};
}

// What could be left out: no more than what is held, whatever a faster path in the past would allow.
Duration AudioJitterBuffer::excess() const {
  if (packets_.empty()) return Duration::zero();
  return std::min(currentDelay(), toDuration(packets_.back().end() - cursor_)) - targetDelay();
}

bool AudioJitterBuffer::pop(TimePoint now, Playout& out) {
  if (state_ == State::kIdle || now < nextTick_) return false;
  transition(State::kPlaying);
  out = Playout();
  catchUp(now);
  shrink(now);
  if (betweenPackets()) {
    fill(now, out);
  } else if (!insertTick(now, out)) {
    play(now, out);
  }
  return true;
}

// Silence is stretched by fill(); where there is none, sound is, for the extra delay alone: jitter waits for its gaps.
bool AudioJitterBuffer::insertTick(TimePoint now, Playout& out) {
  if (stretches(now) || extra_ == Duration::zero() || now - lastStretch_ < kStretchInterval) return false;
  if (targetDelay() - currentDelay() < config_.tick) return false;
  lastStretch_ = now;
  out.kind = Kind::kMissing;
  out.inserted = true;
  out.timestamp = static_cast<uint32_t>(cursor_);
  out.samples = toSamples(config_.tick);
  stats_.stretchedSamples += out.samples;
  tickBy(out.samples, false);
  return true;
}

// Whether the player does as it is asked to; for a while it may have sound that cannot be stretched.
bool AudioJitterBuffer::stretches(TimePoint now) const {
  return config_.timeStretch && !(wishSince_ && now - *wishSince_ > kUnheeded);
}

AudioJitterBuffer::Stretch AudioJitterBuffer::wish(TimePoint now) {
  const Duration above = excess(), below = targetDelay() - currentDelay();
  const Duration off = std::max(above, below);
  if (!config_.timeStretch || off < kWorthASeam) {
    wishSince_.reset();
    return Stretch::kNone;
  }
  if (off < kInHaste && now - lastStretch_ < kSeamInterval) return Stretch::kNone;
  if (!wishSince_) wishSince_ = now;
  if (below > above) return Stretch::kLonger;
  return above >= kInHaste ? Stretch::kMuchShorter : Stretch::kShorter;
}

void AudioJitterBuffer::stretched(int64_t samples) {
  // Something is played of each packet, and no more than twice: whatever the player says, time goes on.
  const int64_t most = poppedSamples_;
  samples = std::clamp<int64_t>(samples, -most * 3 / 4, most);
  if (samples == 0) return;
  (samples > 0 ? stats_.insertedSamples : stats_.removedSamples) += static_cast<uint64_t>(std::abs(samples));
  tickRemainder_ += samples * 1'000'000;
  nextTick_ += Duration::micros(tickRemainder_ / config_.clockRate);
  tickRemainder_ %= config_.clockRate;
  lastStretch_ = nextTick_;
  wishSince_.reset();
}

// A caller that has not asked for long: what should have been played since is not played now.
void AudioJitterBuffer::catchUp(TimePoint now) {
  if (now - nextTick_ < kStall) return;
  cursor_ += toSamples(std::min(now - nextTick_, Duration::seconds(60)));
  nextTick_ = now;
  while (!packets_.empty() && packets_.front().end() <= cursor_) skipFront();
}

// Where the delay is above its target: shortens a silence, or leaves a packet out. What is above the maximum goes at
// once.
void AudioJitterBuffer::shrink(TimePoint now) {
  if (excess() < config_.tick) return;
  if (betweenPackets()) {
    cursor_ += std::min<int64_t>(packets_.front().timestamp - cursor_, toSamples(std::min(excess(), kNewClock)));
    return;
  }
  const bool patient = stretches(now);
  const Duration most = patient ? kMostToShorten : std::max(delay_.max() + config_.tick - ownTarget(), config_.tick);
  while (packets_.size() > 1 && excess() > most) {
    lastSkip_ = now;
    skipFront();
  }
  if (patient || excess() < config_.tick * 2 || packets_.size() < 2) return;
  const bool far = excess() >= config_.tick * kFastSkipTicks;
  if (now - lastSkip_ < (far ? kFastSkipInterval : kMinSkipInterval)) return;
  lastSkip_ = now;
  skipFront();
}

void AudioJitterBuffer::skipFront() {
  const Held& front = packets_.front();
  cursor_ = std::max(cursor_, front.end());
  playedSequence_ = front.sequence;
  playedEnd_ = front.end();
  playedDtx_ = front.packet.dtx;
  packets_.erase(packets_.begin());
  ++stats_.skipped;
}

void AudioJitterBuffer::play(TimePoint now, Playout& out) {
  Held held = std::move(packets_.front());
  packets_.erase(packets_.begin());
  out.kind = Kind::kPacket;
  out.timestamp = held.packet.timestamp;
  out.samples = held.packet.samples;
  out.payload = held.packet.payload;
  out.payloadType = held.packet.payloadType;
  out.buffer = std::move(held.packet.buffer);
  cursor_ = held.timestamp;
  const bool whole = goesOn(held.sequence);
  if (playedSequence_ && !whole) repairUntil_ = now + kRepairMemory;
  if (whole && playedEnd_ && held.timestamp > *playedEnd_)
    out.pause = static_cast<uint32_t>(std::min<int64_t>(held.timestamp - *playedEnd_, UINT32_MAX));
  playedSequence_ = held.sequence;
  playedEnd_ = held.end();
  playedDtx_ = held.packet.dtx;
  poppedSamples_ = out.samples;
  out.stretch = wish(now);
  emptySamples_ = 0;
  concealing_ = false;
  ++stats_.played;
  stats_.emittedSamples += out.samples;
  stats_.delaySum += (now - held.received) * out.samples;
  stats_.targetSum += targetDelay() * out.samples;
  stats_.minimumSum += networkTarget() * out.samples;
  tickBy(out.samples, true);
}

// No number is missing between the last packet and the next: the sender said nothing in between.
bool AudioJitterBuffer::silence() const {
  if (packets_.empty()) return playedDtx_ || emptySamples_ >= toSamples(kMaxConcealment);
  return goesOn(packets_.front().sequence);
}

void AudioJitterBuffer::fill(TimePoint now, Playout& out) {
  const int64_t gap = packets_.empty() ? INT64_MAX : packets_.front().timestamp - cursor_;
  const bool silent = silence();
  uint32_t most = toSamples(config_.tick);
  // One packet is lost: asked for in one piece, as the copy in the next one is.
  if (!silent && !packets_.empty() && gap <= packets_.front().packet.samples) most = packets_.front().packet.samples;
  out.samples = static_cast<uint32_t>(std::min<int64_t>(gap, most));
  out.timestamp = static_cast<uint32_t>(cursor_);
  // While the delay is below its target, silence is stretched, and so is a wait for the next packet.
  const bool below = targetDelay() - currentDelay() >= config_.tick;
  bool moveCursor = true;
  if (silent) {
    out.kind = Kind::kNothing;
    moveCursor = packets_.empty() || !below;
    // Stretched by whole ticks, however short it is: senders that stamp by a wall clock leave silences of a few samples.
    if (!moveCursor) out.samples = toSamples(config_.tick);
    stats_.silentSamples += out.samples;
    concealing_ = false;
  } else {
    out.kind = Kind::kMissing;
    stats_.concealedSamples += out.samples;
    if (!concealing_) ++stats_.concealmentEvents;
    concealing_ = true;
    moveCursor = !packets_.empty() || !below;
    if (gap == out.samples) {
      out.nextPayload = packets_.front().packet.payload;
      out.payloadType = packets_.front().packet.payloadType;
    }
  }
  emptySamples_ += out.samples;
  tickBy(out.samples, moveCursor);
  if (packets_.empty() && now - std::max(lastArrival_, lastPassed_) > kIdleAfter) transition(State::kIdle);
}

void AudioJitterBuffer::tickBy(uint32_t samples, bool moveCursor) {
  if (moveCursor) cursor_ += samples;
  tickRemainder_ += int64_t{samples} * 1'000'000;
  nextTick_ += Duration::micros(tickRemainder_ / config_.clockRate);
  tickRemainder_ %= config_.clockRate;
}

TimePoint AudioJitterBuffer::nextTimeout() const {
  return state_ == State::kIdle ? TimePoint::never() : nextTick_;
}

}  // namespace tincan::inline v0::media
