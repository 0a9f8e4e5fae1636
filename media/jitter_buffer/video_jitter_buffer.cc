#include "media/jitter_buffer/video_jitter_buffer.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {
namespace {

// RFC 3550 A.1: numbers further away than this belong to a sequence begun anew, once two of them have come in a row.
constexpr int64_t kMaxDropout = 3000;
// While no keyframe has begun, this much is kept: the start of one may come after its rest.
constexpr int64_t kKeptWhileWaiting = 1024;
constexpr int64_t kKeptBeforeFirst = 64;
constexpr Duration kFourTries = Duration::millis(450);  // so long a gap may last for a fourth repair
constexpr int64_t kLookedBeyond = 256;                  // packets behind a gap that are looked at

}  // namespace

VideoJitterBuffer::VideoJitterBuffer(const Config& config)
    : config_(config),
      timing_(config.clockRate),
      ring_(config.maxStreamBytes / PacketBuffer::kCapacity),
      wait_(config.minWait) {
  setDelayLimits(config.minDelay, config.maxDelay);
}

void VideoJitterBuffer::setRoundTripTime(Duration rtt) {
  timing_.setRoundTripTime(rtt);
  setRepairTime(rtt);
}

void VideoJitterBuffer::setRepairTime(Duration time) {
  const Duration capped = std::clamp(time, Duration::zero(), config_.maxWait);
  const Duration three = capped * 7 / 2, four = capped * 11 / 2;
  wait_ = std::clamp(std::max(three, std::min(four, kFourTries)), std::min(config_.minWait, config_.maxWait),
                     config_.maxWait);
}

void VideoJitterBuffer::receive(TimePoint now, Packet&& packet) {
  int64_t sequence = 0;
  if (!accept(packet, sequence)) return;
  if (ring_.find(sequence)) {
    ++stats_.duplicates;
    return;
  }
  if (!makeRoom(sequence)) return;
  PacketRing::Slot& slot = ring_.put(sequence);
  slot.timestamp = packet.timestamp;
  slot.payloadType = packet.payloadType;
  slot.recovered = packet.recovered;
  slot.received = now;
  slot.info = packet.info;
  slot.dependencies = packet.dependencies;
  slot.contributing = packet.contributing;
  slot.buffer = std::move(packet.buffer);
  ++stats_.packets;
  lookedBeyond_ = false;
  highest_ = std::max(highest_, sequence);
  if (slot.info.keyFrame && slot.info.startOfFrame && !slot.info.payload.empty()) noteKeyFrameStart(sequence);
  if (state_ == State::kWaitingForKeyFrame) forgetOld(now);
  if (guessedStart_ && sequence == head_ && slot.info.keyFrame && !slot.info.guessedStart) guessedStart_.reset();
  advance();
}

// Places the number in the order; false when the packet is not wanted.
inline bool VideoJitterBuffer::accept(const Packet& packet, int64_t& sequence) {
  const uint16_t sequenceNumber = packet.sequenceNumber;
  if (!started_) restart(sequenceNumber);
  sequence = sequences_.peek(sequenceNumber);
  if (sequence - highest_ > kMaxDropout || highest_ - sequence > kMaxDropout) {
    if (afterJump_ != sequenceNumber) {
      afterJump_ = static_cast<uint16_t>(sequenceNumber + 1);
      ++stats_.late;
      return false;
    }
    ++stats_.resets;
    restart(sequenceNumber);
    sequence = sequences_.peek(sequenceNumber);
  }
  afterJump_.reset();
  if (sequence < head_ && !reachesBack(sequence, packet.timestamp)) {
    ++stats_.late;
    return false;
  }
  if (sequence > highest_) sequences_.unwrap(sequenceNumber);
  return true;
}

// A packet in front of a keyframe that was begun by a guess: of the same frame (a parameter set that was overtaken),
// and the frame begins there; or of another, and the guess was right.
bool VideoJitterBuffer::reachesBack(int64_t sequence, uint32_t timestamp) {
  if (!guessedStart_ || head_ - sequence > kKeptBeforeFirst) return false;
  if (timestamp != *guessedStart_) {
    if (sequence == head_ - 1) guessedStart_.reset();
    advance();
    return false;
  }
  if (!ring_.reserve(sequence, highest_)) return false;
  head_ = sequence;
  resetScan();
  return true;
}

void VideoJitterBuffer::restart(uint16_t sequenceNumber) {
  if (started_) stats_.dropped += ring_.dropRange(head_, highest_ + 1);
  sequences_ = {};
  timing_.reset();
  highest_ = sequences_.unwrap(sequenceNumber);
  head_ = highest_ - kKeptBeforeFirst;
  lastPictureId_ = -1;
  nextKeyFrame_.reset();
  guessedStart_.reset();
  frames_.reset();
  resetScan();
  started_ = true;
  transition(State::kWaitingForKeyFrame);
}

// The bound of the stream: what is held may not span more than the ring. The oldest has to go, up to a keyframe.
inline bool VideoJitterBuffer::makeRoom(int64_t sequence) {
  if (ring_.reserve(head_, sequence)) [[likely]]
    return true;
  ++stats_.overflows;
  giveUpHead();
  if (ring_.reserve(head_, sequence)) return true;
  skipTo(sequence);
  transition(State::kWaitingForKeyFrame);
  findNextKeyFrame();
  return ring_.reserve(head_, sequence);
}

void VideoJitterBuffer::clear() {
  if (!started_) return;
  ++stats_.overflows;
  nextKeyFrame_.reset();
  skipTo(std::max(head_, highest_ + 1));
  transition(State::kWaitingForKeyFrame);
}

void VideoJitterBuffer::noteKeyFrameStart(int64_t sequence) {
  if (state_ == State::kWaitingForKeyFrame) {
    startAt(sequence);
  } else if (sequence > head_ && !isOfHeadFrame(*ring_.find(sequence)) &&
             (!nextKeyFrame_ || sequence < *nextKeyFrame_)) {
    nextKeyFrame_ = sequence;
  }
}

void VideoJitterBuffer::startAt(int64_t keyFrameStart) {
  const PacketRing::Slot* slot = ring_.find(keyFrameStart);
  const uint32_t timestamp = slot->timestamp;
  bool guessed = slot->info.guessedStart;
  while (guessed && keyFrameStart > head_) {
    slot = ring_.find(keyFrameStart - 1);
    if (!slot) break;
    if (slot->timestamp != timestamp) {
      guessed = false;
      break;
    }
    --keyFrameStart;
    if (slot->info.startOfFrame && slot->info.keyFrame && !slot->info.guessedStart) guessed = false;
  }
  skipTo(keyFrameStart);
  if (guessed) guessedStart_ = timestamp;
  transition(State::kFlowing);
  nextKeyFrame_.reset();  // a guess may have reached back: what began this frame is no later one
  findNextKeyFrame();
}

void VideoJitterBuffer::skipTo(int64_t sequence) {
  stats_.dropped += ring_.dropRange(head_, sequence);
  head_ = sequence;
  lastPictureId_ = -1;
  guessedStart_.reset();
  resetScan();
}

void VideoJitterBuffer::resetScan() {
  scan_ = head_;
  scanBytes_ = 0;
  scanReceived_ = TimePoint();
  scanRecovered_ = false;
  picture_ = {};
  complete_.reset();
  gapSince_.reset();
  beyond_.reset();
  lookedBeyond_ = false;
}

// Each slot is passed once for each time that it lies behind a keyframe's start, so this is cheap over a stream's life.
void VideoJitterBuffer::findNextKeyFrame() {
  if (nextKeyFrame_ && *nextKeyFrame_ > head_) return;
  nextKeyFrame_.reset();
  for (int64_t sequence = head_ + 1; sequence <= highest_ && ring_.size() > 0; ++sequence) {
    const PacketRing::Slot* slot = ring_.find(sequence);
    if (!slot || !slot->info.keyFrame || !slot->info.startOfFrame || slot->info.payload.empty()) continue;
    if (isOfHeadFrame(*slot)) continue;
    nextKeyFrame_ = sequence;
    return;
  }
}

// A keyframe of several slices or layers says so more than once: to skip to its midst is to lose it.
bool VideoJitterBuffer::isOfHeadFrame(const PacketRing::Slot& slot) const {
  const PacketRing::Slot* head = ring_.find(head_);
  return head && head->timestamp == slot.timestamp;
}

// Inline like accept(), makeRoom() and scanOne(): each packet passes here.
inline void VideoJitterBuffer::advance() {
  while (state_ == State::kFlowing && !complete_ && scan_ <= highest_ && scanOne()) {
  }
}

// Looks at the next packet of the head frame; false when it is not there, or the frame has its end.
inline bool VideoJitterBuffer::scanOne() {
  const PacketRing::Slot* slot = ring_.find(scan_);
  if (!slot) {
    if (stepOverParity()) return true;
    noteGap();
    return false;
  }
  const bool first = scan_ == head_;
  if (first && guessedStart_) {  // what stands in front of it is as good as lost: wait for it
    gapSince_ = slot->received;
    return false;
  }
  gapSince_.reset();
  if (slot->info.payload.empty()) {  // padding: it fills a place in the order, and nothing else
    ++scan_;
    if (first) {
      ring_.drop(head_);
      head_ = scan_;
    }
    return true;
  }
  if (first && !slot->info.startOfFrame) {
    ++scan_;
    giveUpHead();
    return true;
  }
  if (!first && slot->timestamp != scanTimestamp_) return completeAt(scan_);  // ended, though no marker said so
  if (first) scanTimestamp_ = slot->timestamp;
  frames_.read(slot->dependencies, first, picture_);
  scanBytes_ += slot->info.frameBytes();
  scanReceived_ = std::max(scanReceived_, slot->received);
  scanRecovered_ |= slot->recovered;
  ++scan_;
  if (scanBytes_ > config_.maxFrameBytes) {
    ++stats_.overflows;
    giveUpHead();
    return true;
  }
  if (slot->info.endOfFrame) return completeAt(scan_);
  return true;
}

// What lies between a picture that is out and the start of the next one carries nothing of either: parity, which has
// numbers among those of media (RFC 5109 §14.1), and which browsers do not send again.
bool VideoJitterBuffer::stepOverParity() {
  if (scan_ != head_ || lastPictureId_ < 0) return false;
  for (int64_t sequence = scan_ + 1; sequence <= highest_; ++sequence) {
    const PacketRing::Slot* slot = ring_.find(sequence);
    if (!slot || slot->info.payload.empty()) continue;
    const int32_t id = slot->info.pictureId;
    // RFC 7741 §4.2, RFC 9628 §4.2: of 7 or of 15 bits.
    const bool follows = id == lastPictureId_ + 1 || (id == 0 && (lastPictureId_ == 0x7f || lastPictureId_ == 0x7fff));
    if (!follows || !slot->info.startOfFrame) return false;
    ring_.dropRange(head_, sequence);
    head_ = scan_ = sequence;
    gapSince_.reset();
    if (nextKeyFrame_ && *nextKeyFrame_ <= head_) findNextKeyFrame();
    return true;
  }
  return false;
}

void VideoJitterBuffer::noteGap() {
  if (gapSince_ || highest_ <= scan_) return;
  for (int64_t sequence = scan_ + 1; sequence <= highest_; ++sequence) {
    if (const PacketRing::Slot* slot = ring_.find(sequence)) {
      gapSince_ = slot->received;
      return;
    }
  }
}

// The head frame is whole, up to `end`. True where it is of no use and the scan goes on behind it.
bool VideoJitterBuffer::completeAt(int64_t end) {
  const auto due = timing_.complete(scanReceived_, scanTimestamp_, scanBytes_, scanRecovered_);
  if (leaveOut(end)) return true;
  complete_ = Complete{end, scanBytes_, scanReceived_, due};
  return false;
}

// A decoder would make something else of it, and of all that refers to it.
bool VideoJitterBuffer::leaveOut(int64_t end) {
  switch (frames_.verdict(picture_)) {
    case DecodableFrames::Verdict::kUnknown:
    case DecodableFrames::Verdict::kDecodable: return false;
    case DecodableFrames::Verdict::kLeftOut:
      ++stats_.framesLeftOut;
      skipTo(end);
      findNextKeyFrame();
      return true;
    case DecodableFrames::Verdict::kChainBroken:
      ++stats_.chainsBroken;
      giveUpHead();
      return true;
  }
  return false;
}

// Drops the head frame as far as it was looked at, and goes on at the next keyframe: a held one, or one to come.
void VideoJitterBuffer::giveUpHead() {
  if (nextKeyFrame_) {
    startAt(*nextKeyFrame_);
    return;
  }
  skipTo(std::max(scan_, head_));
  transition(State::kWaitingForKeyFrame);
}

// One that has only begun may need repairs itself, and would have to be waited for in the place of what is missing.
bool VideoJitterBuffer::keyFrameIsWhole() const {
  if (!nextKeyFrame_) return false;
  const uint32_t timestamp = ring_.find(*nextKeyFrame_)->timestamp;
  for (int64_t sequence = *nextKeyFrame_; sequence <= highest_; ++sequence) {
    const PacketRing::Slot* slot = ring_.find(sequence);
    if (!slot) return false;
    if (slot->timestamp != timestamp || slot->info.endOfFrame) return true;
  }
  return false;
}

// Acts on a gap that has lasted; false when there was nothing to do.
bool VideoJitterBuffer::checkGap(TimePoint now) {
  if (state_ != State::kFlowing || complete_ || !gapSince_) return false;
  if (passGap(now)) return true;
  const Duration age = now - *gapSince_;
  const bool skip = age >= config_.skipToKeyFrameAfter && keyFrameIsWhole();
  if (!skip && age < wait_) return false;
  ++stats_.gapsGivenUp;
  giveUpHead();
  return true;
}

// What is missing may come as long as nothing behind it is due that does without.
bool VideoJitterBuffer::passGap(TimePoint now) {
  if (!frames_.following() || guessedStart_) return false;
  if (!std::exchange(lookedBeyond_, true)) beyond_ = findBeyond();
  if (!beyond_ || now < beyond_->due) return false;
  ++stats_.gapsPassed;
  skipTo(beyond_->start);
  findNextKeyFrame();
  return true;
}

std::optional<VideoJitterBuffer::Beyond> VideoJitterBuffer::findBeyond() const {
  const int64_t end = std::min(highest_, scan_ + kLookedBeyond);
  for (int64_t sequence = scan_ + 1; sequence <= end; ++sequence) {
    const PacketRing::Slot* slot = ring_.find(sequence);
    if (!slot || slot->info.payload.empty() || !slot->info.startOfFrame) continue;
    if (scan_ > head_ && slot->timestamp == scanTimestamp_) continue;  // of the picture with the gap
    DecodableFrames::Picture picture;
    TimePoint received;
    const auto behind = wholePicture(sequence, picture, received);
    if (!behind) continue;
    if (frames_.verdict(picture) == DecodableFrames::Verdict::kDecodable)
      return Beyond{sequence, timing_.foreseen(slot->timestamp, received)};
    sequence = *behind - 1;
  }
  return std::nullopt;
}

// One past the last packet of the picture that starts there; nothing where it is not whole, or begins a new structure.
std::optional<int64_t> VideoJitterBuffer::wholePicture(int64_t start, DecodableFrames::Picture& picture,
                                                       TimePoint& received) const {
  const uint32_t timestamp = ring_.find(start)->timestamp;
  for (int64_t sequence = start; sequence <= highest_; ++sequence) {
    const PacketRing::Slot* slot = ring_.find(sequence);
    if (!slot) return std::nullopt;
    if (slot->info.payload.empty()) continue;
    if (slot->timestamp != timestamp) return sequence;
    if (!frames_.peek(slot->dependencies, sequence == start, picture)) return std::nullopt;
    received = std::max(received, slot->received);
    if (slot->info.endOfFrame) return sequence + 1;
  }
  return std::nullopt;
}

void VideoJitterBuffer::forgetOld(TimePoint now) {
  while (head_ < highest_) {
    const PacketRing::Slot* slot = ring_.find(head_);
    const bool old = slot && now - slot->received > config_.maxWait;
    if (!old && highest_ - head_ < kKeptWhileWaiting) return;
    if (slot) {
      ring_.drop(head_);
      ++stats_.dropped;
    }
    ++head_;
  }
}

bool VideoJitterBuffer::pop(TimePoint now, ReceivedFrame& out) {
  while (true) {
    advance();
    while (checkGap(now)) advance();
    if (!complete_ || now < complete_->due.at) return false;
    if (joinPackets(ring_, head_, complete_->end, complete_->bytes, out)) break;
    // Packets that do not make a frame together: the sender is wrong, and what follows leans on it.
    ++stats_.malformed;
    giveUpHead();
  }
  ++stats_.framesOut;
  if (out.keyFrame) ++stats_.keyFramesOut;
  stats_.delaySum += now - complete_->received;
  stats_.minimumSum += timing_.targetDelay();
  stats_.targetSum += timing_.targetDelay() + timing_.extraDelay();
  describe(out);
  frames_.give(picture_);
  out.received = complete_->received;
  out.due = now;
  timing_.handedOut(complete_->due);
  const int64_t end = complete_->end;
  lastPictureId_ = ring_.find(head_)->info.pictureId;
  ring_.dropRange(head_, end);
  head_ = end;
  guessedStart_.reset();
  resetScan();
  if (nextKeyFrame_ && *nextKeyFrame_ <= head_) findNextKeyFrame();
  advance();
  return true;
}

// What descriptors say of the picture, beside what payloads do.
void VideoJitterBuffer::describe(ReceivedFrame& out) const {
  out.frameId.reset();
  out.dependencies.clear();
  out.contributingSources.clear();
  const ByteView sources = ring_.find(head_)->contributing;
  for (size_t i = 0; i + 4 <= sources.size(); i += 4) out.contributingSources.push(loadBe32(sources.data() + i));
  if (!picture_.readable || picture_.frames.empty()) return;
  const int64_t lowest = picture_.frames[0].number;
  for (const DecodableFrames::Frame& frame : picture_.frames) {
    out.frameId = frame.number;
    out.spatialLayer = frame.spatial;
    out.temporalLayer = frame.temporal;
    for (const uint16_t difference : frame.differences)
      if (frame.number - difference < lowest) out.dependencies.push(frame.number - difference);
  }
}

TimePoint VideoJitterBuffer::nextTimeout() const {
  if (complete_) return complete_->due.at;
  if (state_ != State::kFlowing || !gapSince_) return TimePoint::never();
  const TimePoint over = *gapSince_ + (keyFrameIsWhole() ? std::min(config_.skipToKeyFrameAfter, wait_) : wait_);
  return beyond_ ? earlier(over, beyond_->due) : over;
}

}  // namespace tincan::inline v0::media
