#include "media/jitter_buffer/video_jitter_buffer.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr Duration kFourTries = Duration::millis(450);  // so long a gap may last for a fourth repair

}  // namespace

VideoJitterBuffer::VideoJitterBuffer(const Config& config)
    : config_(config),
      timing_(config.clockRate),
      held_(config.maxStreamBytes / PacketBuffer::kCapacity),
      wait_(config.minWait) {
  setDelayLimits(config.minDelay, config.maxDelay);
}

void VideoJitterBuffer::setRoundTripTime(Duration rtt) {
  timing_.setRoundTripTime(rtt);
  setRepairTime(rtt);
}

void VideoJitterBuffer::setRepairTime(Duration time) {
  repairTime_ = std::clamp(time, Duration::zero(), config_.maxWait);
  const Duration three = repairTime_ * 7 / 2, four = repairTime_ * 11 / 2;
  wait_ = std::clamp(std::max(three, std::min(four, kFourTries)), std::min(config_.minWait, config_.maxWait),
                     config_.maxWait);
}

void VideoJitterBuffer::receive(TimePoint now, Packet&& packet) {
  int64_t sequence = 0;
  if (!accept(packet, sequence)) return;
  if (held_.find(sequence)) {
    ++stats_.duplicates;
    return;
  }
  if (!makeRoom(sequence)) return;
  HeldPackets::Slot& slot = held_.put(sequence);
  slot.timestamp = packet.timestamp;
  slot.payloadType = packet.payloadType;
  slot.recovered = packet.recovered;
  slot.received = now;
  slot.info = packet.info;
  slot.dependencies = packet.dependencies;
  slot.contributing = packet.contributing;
  slot.buffer = std::move(packet.buffer);
  ++stats_.packets;
  rate_.note(now, slot.info.payload.size());
  lookedBeyond_ = false;
  if (slot.info.keyFrame && slot.info.startOfFrame && !slot.info.payload.empty()) noteKeyFrameStart(sequence);
  if (state_ == State::kWaitingForKeyFrame) stats_.dropped += held_.forgetOld(now, config_.maxWait);
  if (guessedStart_ && sequence == held_.head() && slot.info.keyFrame && !slot.info.guessedStart) guessedStart_.reset();
  advance();
}

// Places the number in the order; false when the packet is not wanted.
inline bool VideoJitterBuffer::accept(const Packet& packet, int64_t& sequence) {
  if (!started_) restart(packet.sequenceNumber);
  switch (held_.place(packet.sequenceNumber, sequence)) {
    case HeldPackets::Place::kInOrder: break;
    case HeldPackets::Place::kStray: ++stats_.late; return false;
    case HeldPackets::Place::kNewSequence:
      ++stats_.resets;
      sequence = restart(packet.sequenceNumber);
      break;
  }
  if (sequence >= held_.head() || reachesBack(sequence, packet.timestamp)) return true;
  ++stats_.late;
  return false;
}

// A packet in front of a keyframe that was begun by a guess: of the same frame (a parameter set that was overtaken),
// and the frame begins there; or of another, and the guess was right.
bool VideoJitterBuffer::reachesBack(int64_t sequence, uint32_t timestamp) {
  if (!guessedStart_ || held_.head() - sequence > HeldPackets::kKeptBeforeFirst) return false;
  if (timestamp != *guessedStart_) {
    if (sequence == held_.head() - 1) guessedStart_.reset();
    advance();
    return false;
  }
  if (!held_.reserveFrom(sequence)) return false;
  held_.moveHead(sequence);
  resetScan();
  return true;
}

int64_t VideoJitterBuffer::restart(uint16_t sequenceNumber) {
  if (started_) stats_.dropped += held_.dropAll();
  const int64_t first = held_.begin(sequenceNumber);
  timing_.reset();
  lastPictureId_ = -1;
  guessedStart_.reset();
  frames_.reset();
  resetScan();
  started_ = true;
  transition(State::kWaitingForKeyFrame);
  return first;
}

// The bound of the stream: what is held may not span more than the ring. The oldest has to go, up to a keyframe.
inline bool VideoJitterBuffer::makeRoom(int64_t sequence) {
  if (held_.reserve(sequence)) [[likely]]
    return true;
  ++stats_.overflows;
  giveUpHead();
  if (held_.reserve(sequence)) return true;
  skipTo(sequence);
  transition(State::kWaitingForKeyFrame);
  held_.seekKeyFrame();
  return held_.reserve(sequence);
}

void VideoJitterBuffer::clear() {
  if (!started_) return;
  ++stats_.overflows;
  held_.forgetKeyFrame();
  skipTo(std::max(held_.head(), held_.highest() + 1));
  transition(State::kWaitingForKeyFrame);
}

void VideoJitterBuffer::noteKeyFrameStart(int64_t sequence) {
  if (state_ == State::kWaitingForKeyFrame) {
    startAt(sequence);
  } else {
    held_.noteKeyFrame(sequence);
  }
}

void VideoJitterBuffer::startAt(int64_t keyFrameStart) {
  const HeldPackets::Slot* slot = held_.find(keyFrameStart);
  const uint32_t timestamp = slot->timestamp;
  bool guessed = slot->info.guessedStart;
  while (guessed && keyFrameStart > held_.head()) {
    slot = held_.find(keyFrameStart - 1);
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
  held_.forgetKeyFrame();  // a guess may have reached back: what began this frame is no later one
  held_.seekKeyFrame();
}

void VideoJitterBuffer::skipTo(int64_t sequence) {
  stats_.dropped += held_.moveHead(sequence);
  lastPictureId_ = -1;
  guessedStart_.reset();
  resetScan();
}

void VideoJitterBuffer::resetScan() {
  scan_ = held_.head();
  scanBytes_ = 0;
  scanReceived_ = TimePoint();
  scanRecovered_ = false;
  picture_ = {};
  complete_.reset();
  gapSince_.reset();
  beyond_.reset();
  lookedBeyond_ = false;
}

// Inline like accept(), makeRoom() and scanOne(): each packet passes here.
inline void VideoJitterBuffer::advance() {
  while (state_ == State::kFlowing && !complete_ && scan_ <= held_.highest() && scanOne()) {
  }
}

// Looks at the next packet of the head frame; false when it is not there, or the frame has its end.
inline bool VideoJitterBuffer::scanOne() {
  const HeldPackets::Slot* slot = held_.find(scan_);
  if (!slot) {
    if (stepOverParity()) return true;
    noteGap();
    return false;
  }
  const bool first = scan_ == held_.head();
  if (first && guessedStart_) {  // what stands in front of it is as good as lost: wait for it
    gapSince_ = slot->received;
    return false;
  }
  gapSince_.reset();
  if (slot->info.payload.empty()) {  // padding: it fills a place in the order, and nothing else
    ++scan_;
    if (first) held_.moveHead(scan_);
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
  if (scan_ != held_.head() || lastPictureId_ < 0) return false;
  int64_t sequence = scan_ + 1;
  const HeldPackets::Slot* slot = held_.findFrom(sequence);
  while (slot && slot->info.payload.empty()) slot = held_.findFrom(++sequence);
  if (!slot) return false;
  const int32_t id = slot->info.pictureId;
  // RFC 7741 §4.2, RFC 9628 §4.2: of 7 or of 15 bits.
  const bool follows = id == lastPictureId_ + 1 || (id == 0 && (lastPictureId_ == 0x7f || lastPictureId_ == 0x7fff));
  if (!follows || !slot->info.startOfFrame) return false;
  held_.moveHead(sequence);
  if (held_.nextKeyFrame()) held_.seekKeyFrame();
  scan_ = sequence;
  gapSince_.reset();
  return true;
}

void VideoJitterBuffer::noteGap() {
  int64_t behind = scan_ + 1;
  if (gapSince_) return;
  if (const HeldPackets::Slot* slot = held_.findFrom(behind)) gapSince_ = slot->received;
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
      held_.seekKeyFrame();
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
  if (const auto next = held_.nextKeyFrame()) {
    startAt(*next);
    return;
  }
  skipTo(std::max(scan_, held_.head()));
  transition(State::kWaitingForKeyFrame);
}

// Who gives up asks for a keyframe: that takes a round trip and its time on the line. To have waited as long for a repair
// costs at most twice of what the better choice would have.
Duration VideoJitterBuffer::gapLasts() const {
  return std::max(wait_, std::min(repairTime_ + rate_.timeFor(keyFrameBytes_), config_.maxWait));
}

// Acts on a gap that has lasted; false when there was nothing to do.
bool VideoJitterBuffer::checkGap(TimePoint now) {
  if (state_ != State::kFlowing || complete_ || !gapSince_) return false;
  if (passGap(now)) return true;
  const Duration age = now - *gapSince_;
  const bool skip = age >= config_.skipToKeyFrameAfter && held_.keyFrameIsWhole();
  if (!skip && age < gapLasts()) return false;
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
  held_.seekKeyFrame();
  return true;
}

std::optional<VideoJitterBuffer::Beyond> VideoJitterBuffer::findBeyond() const {
  const auto ofHead = scan_ > held_.head() ? std::optional(scanTimestamp_) : std::nullopt;
  const auto picture = held_.decodableBehind(scan_, ofHead, frames_);
  if (!picture) return std::nullopt;
  return Beyond{picture->start, timing_.foreseen(picture->timestamp, picture->received)};
}

bool VideoJitterBuffer::pop(TimePoint now, ReceivedFrame& out) {
  while (true) {
    advance();
    while (checkGap(now)) advance();
    if (!complete_ || now < complete_->due.at) return false;
    if (joinPackets(held_.ring(), held_.head(), complete_->end, complete_->bytes, out)) break;
    // Packets that do not make a frame together: the sender is wrong, and what follows leans on it.
    ++stats_.malformed;
    giveUpHead();
  }
  ++stats_.framesOut;
  if (out.keyFrame) {
    ++stats_.keyFramesOut;
    keyFrameBytes_ = complete_->bytes;
  }
  stats_.delaySum += now - complete_->received;
  stats_.minimumSum += timing_.targetDelay();
  stats_.targetSum += timing_.targetDelay() + timing_.extraDelay();
  describe(out);
  frames_.give(picture_);
  out.received = complete_->received;
  out.due = now;
  timing_.handedOut(complete_->due);
  lastPictureId_ = held_.find(held_.head())->info.pictureId;
  held_.moveHead(complete_->end);
  guessedStart_.reset();
  resetScan();
  if (held_.nextKeyFrame()) held_.seekKeyFrame();
  advance();
  return true;
}

// What descriptors say of the picture, beside what payloads do.
void VideoJitterBuffer::describe(ReceivedFrame& out) const {
  out.frameId.reset();
  out.dependencies.clear();
  out.contributingSources.clear();
  const ByteView sources = held_.find(held_.head())->contributing;
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
  const Duration lasts = gapLasts();
  const TimePoint over = *gapSince_ + (held_.keyFrameIsWhole() ? std::min(config_.skipToKeyFrameAfter, lasts) : lasts);
  return beyond_ ? earlier(over, beyond_->due) : over;
}

}  // namespace tincan::inline v0::media
