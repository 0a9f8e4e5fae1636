#include "rtp/pacer.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::rtp {
namespace {

// What silence saves up to, in bursts: a picture of three packets at 1 Mb/s (paced at 2.5) leaves at once, and a timer
// that comes up to 5 ms late loses nothing of the rate.
constexpr int64_t kBuckets = 2;
// What is too old already leaves within this, not all at once: after a machine was suspended, for instance.
constexpr Duration kLeastDrain = Duration::millis(20);
constexpr Duration kMostDrain = Duration::seconds(100);  // longer than any limit that is one
// libwebrtc's: a cluster's packets leave each 2 ms; a cluster that finds nothing to send is given up.
constexpr Duration kProbeStep = Duration::millis(2);
constexpr Duration kProbeWaits = Duration::seconds(2), kProbeLasts = Duration::millis(200);
// Padding fills each 5 ms, as libwebrtc's does; what media sent beyond it is remembered for half a second.
constexpr Duration kPaddingStep = Duration::millis(5), kPaddingDebt = Duration::millis(500);
constexpr Duration kNoPadding = Duration::millis(100);
constexpr int64_t kByte = 8 * 1'000'000;  // of budget

int64_t cost(const Pacer::Leaving& leaving) {
  return static_cast<int64_t>(leaving.packet.size()) * kByte;
}

}  // namespace

Pacer::Lane Pacer::open(Priority priority) {
  auto free = std::find_if(lanes_.begin(), lanes_.end(), [](const LaneState& lane) { return !lane.open; });
  if (free == lanes_.end()) free = lanes_.emplace(lanes_.end());
  free->priority = priority;
  free->open = true;
  return Lane(static_cast<uint32_t>(free - lanes_.begin()));
}

void Pacer::close(Lane lane) {
  LaneState& state = lanes_[lane.value()];
  Queue& queue = queueOf(state.priority);
  counters_.dropped += state.waiting.size();
  queue.packets -= state.waiting.size();
  Entry entry;
  while (state.waiting.take(entry)) {
    if (state.priority != Priority::kAudio) leftPaced(entry.packet.size());
  }
  for (size_t left = queue.turns.size(); left > 0; --left) {
    const uint32_t turn = queue.turns.front();
    queue.turns.popFront();
    if (turn != lane.value()) queue.turns.pushBack(turn);
  }
  state = {};
}

void Pacer::setPacingRate(uint64_t bitsPerSecond) {
  rate_ = std::min(bitsPerSecond, kMostRate);
  budget_ = std::min(budget_, bucket());
}

size_t Pacer::room(Lane lane) const {
  return config_.maxPackets - queues_[static_cast<size_t>(lanes_[lane.value()].priority)].packets;
}

bool Pacer::push(TimePoint now, Lane lane, PacketBuffer packet) {
  if (room(lane) == 0) {
    ++counters_.refused;
    return false;
  }
  LaneState& state = lanes_[lane.value()];
  Queue& queue = queueOf(state.priority);
  const size_t size = packet.size();
  if (state.waiting.empty()) queue.turns.pushBack(lane.value());
  state.waiting.pushBack({std::move(packet), now});
  ++queue.packets;
  if (state.priority == Priority::kAudio) return true;
  settle(now);
  if (pacedPackets_++ == 0) oldest_ = now;
  pacedBytes_ += size;
  if (config_.enabled) limitQueueTime(now);
  return true;
}

bool Pacer::poll(TimePoint now, Leaving& out) {
  settle(now);
  if (!probes_.empty()) dropStaleProbes(now);
  out.probeCluster = 0;
  if (take(queues_[0], out)) {
    // Sound beyond the rate owes no more than a bucket: the rest does not wait long for it.
    budget_ = std::max(budget_ - cost(out), std::min(budget_, -bucket()));
    noteLeft(now, out, false);
    return true;
  }
  if (pacedPackets_ == 0) return false;
  const bool probe = probeDue() <= now;
  if (!probe && !gateIsOpen(now)) return false;
  return takePaced(now, out, probe);
}

bool Pacer::takePaced(TimePoint now, Leaving& out, bool probe) {
  for (size_t i = 1; i < kPriorities; ++i) {
    if (!take(queues_[i], out)) continue;
    // A cluster above the rate owes no more than a bucket, as sound does: what follows it does not wait long.
    if (config_.enabled && probe) budget_ = std::max(budget_ - cost(out), std::min(budget_, -bucket()));
    if (config_.enabled && !probe) budget_ -= cost(out);
    leftPaced(out.packet.size());
    noteLeft(now, out, true);
    return true;
  }
  return false;
}

// What leaves counts for the cluster at hand, and against what padding may fill.
void Pacer::noteLeft(TimePoint now, Leaving& out, bool paced) {
  if (paddingRate_ > 0) paddingBudget_ -= cost(out);
  if (probes_.empty()) return;
  RunningProbe& running = probes_.front();
  if (running.began.isNever() && !paced) return;  // sound alone begins none
  if (running.began.isNever()) running.began = now;
  out.probeCluster = running.probe.cluster;
  ++running.packets;
  running.bytes += out.packet.size();
  if (running.packets >= running.probe.packets && running.bytes >= running.probe.bytes) probes_.popFront();
}

bool Pacer::startProbe(TimePoint now, const Probe& probe) {
  if (!config_.enabled || probe.rate == 0 || probe.cluster == 0 || probes_.size() >= kMostProbes) return false;
  RunningProbe running;
  running.probe = probe;
  running.probe.rate = std::min(probe.rate, kMostRate);
  running.asked = now;
  probes_.pushBack(running);
  return true;
}

// Never while there is none. The first packet at once; each next when the rate allows it, in steps of kProbeStep.
TimePoint Pacer::probeDue() const {
  if (probes_.empty()) return TimePoint::never();
  const RunningProbe& running = probes_.front();
  if (running.began.isNever()) return running.asked;
  const auto micros = static_cast<int64_t>(running.bytes * 8'000'000 / running.probe.rate);
  return running.began + kProbeStep * (micros / kProbeStep.micros());
}

void Pacer::dropStaleProbes(TimePoint now) {
  while (!probes_.empty()) {
    const RunningProbe& running = probes_.front();
    const TimePoint since = running.began.isNever() ? running.asked : running.began;
    if (now - since <= (running.began.isNever() ? kProbeWaits : kProbeLasts)) return;
    probes_.popFront();
  }
}

size_t Pacer::paddingDue(TimePoint now) {
  dropStaleProbes(now);
  if (!config_.enabled || pacedPackets_ > 0) return 0;
  if (!probes_.empty()) {
    const RunningProbe& running = probes_.front();
    // A cluster begins with a packet of the media: padding alone would say that there is nothing to send.
    if (running.began.isNever() || probeDue() > now) return 0;
    const auto step = static_cast<size_t>(running.probe.rate * static_cast<uint64_t>(kProbeStep.micros()) / 8'000'000);
    return std::max<size_t>(step, 1);
  }
  if (paddingRate_ == 0) return 0;
  const auto perMicro = static_cast<int64_t>(paddingRate_);
  const int64_t most = perMicro * kPaddingStep.micros();
  const int64_t elapsed = std::min((now - paddingSettled_).micros(), kPaddingDebt.micros());
  paddingSettled_ = now;
  paddingBudget_ = std::clamp(paddingBudget_ + perMicro * elapsed, -perMicro * kPaddingDebt.micros(), most);
  if (paddingBudget_ < most / 2) return 0;
  return static_cast<size_t>(paddingBudget_ / kByte);
}

void Pacer::noPadding(TimePoint now) {
  if (!probes_.empty()) probes_.popFront();
  paddingBudget_ = 0;
  paddingSettled_ = now + kNoPadding;
}

bool Pacer::take(Queue& queue, Leaving& out) {
  if (queue.packets == 0) return false;
  const uint32_t turn = queue.turns.front();
  LaneState& lane = lanes_[turn];
  Entry& entry = lane.waiting.front();
  out.lane = Lane(turn);
  out.packet = std::move(entry.packet);
  out.queued = entry.queued;
  lane.waiting.popFront();
  --queue.packets;
  // One lane alone has all the turns.
  if (!lane.waiting.empty() && queue.turns.size() == 1) return true;
  queue.turns.popFront();
  if (!lane.waiting.empty()) queue.turns.pushBack(turn);
  return true;
}

// Opens when a burst is saved up, and stays open until it is spent.
bool Pacer::gateIsOpen(TimePoint now) {
  if (gateOpen_ && budget_ > 0) return true;
  if (!config_.enabled) return true;
  if (gateOpen_) {
    gateOpen_ = false;
    // What was oldest has left; sound may have taken of what the rest was to have.
    oldest_ = TimePoint::never();
    for (LaneState& lane : lanes_) {
      if (lane.priority != Priority::kAudio && !lane.waiting.empty())
        oldest_ = earlier(oldest_, lane.waiting.front().queued);
    }
    limitQueueTime(now);
  }
  if (!gateOpen_) gateOpen_ = rate() > 0 && budget_ >= opensAt();
  return gateOpen_;
}

void Pacer::leftPaced(size_t bytes) {
  pacedBytes_ -= bytes;
  if (--pacedPackets_ > 0) return;
  raised_ = 0;
  budget_ = std::min(budget_, bucket());
  gateOpen_ = false;
}

TimePoint Pacer::nextTimeout() const {
  if (queues_[0].packets > 0 || (!config_.enabled && pacedPackets_ > 0)) return TimePoint();
  if (pacedPackets_ == 0) return paddingAt();
  if (gateOpen_ && budget_ > 0) return TimePoint();
  if (rate() == 0) return probeDue();
  const int64_t missing = std::max<int64_t>(opensAt() - budget_, 0);
  const auto perMicro = static_cast<int64_t>(rate());
  return earlier(settled_ + Duration::micros((missing + perMicro - 1) / perMicro), probeDue());
}

// When padding is due while nothing waits; never: none is.
TimePoint Pacer::paddingAt() const {
  if (!probes_.empty() && !probes_.front().began.isNever()) return probeDue();
  if (paddingRate_ == 0) return TimePoint::never();
  const auto perMicro = static_cast<int64_t>(paddingRate_);
  const int64_t missing = std::max<int64_t>(perMicro * kPaddingStep.micros() / 2 - paddingBudget_, 0);
  return paddingSettled_ + Duration::micros((missing + perMicro - 1) / perMicro);
}

// Above zero: a burst, or all that waits but for the packet that may overdraw.
int64_t Pacer::opensAt() const {
  const auto work = static_cast<int64_t>(pacedBytes_) * kByte;
  const int64_t allButOne = work - work / static_cast<int64_t>(pacedPackets_);
  return std::max<int64_t>(1, std::min(static_cast<int64_t>(rate()) * burst_.micros(), allButOne));
}

int64_t Pacer::bucket() const {
  return static_cast<int64_t>(rate()) * kBuckets * burst_.micros();
}

void Pacer::refill(TimePoint now) {
  const auto perMicro = static_cast<int64_t>(rate());
  const int64_t elapsed = (now - settled_).micros();
  const int64_t missing = bucket() - budget_;
  settled_ = now;
  if (perMicro == 0) return;
  budget_ = elapsed > missing / perMicro ? bucket() : budget_ + elapsed * perMicro;
}

// So that all that waits leaves before what waits longest has waited too long.
void Pacer::limitQueueTime(TimePoint now) {
  const Duration left = std::clamp(config_.maxQueueTime - (now - oldest_), kLeastDrain, kMostDrain);
  const auto time = static_cast<uint64_t>(left.micros());
  const uint64_t work = pacedBytes_ * static_cast<uint64_t>(kByte);
  if (work <= std::max(rate_, raised_) * time) return;  // as nearly always: nothing is divided
  raised_ = std::min(work / time + 1, kMostRate);
}

}  // namespace tincan::inline v0::rtp
