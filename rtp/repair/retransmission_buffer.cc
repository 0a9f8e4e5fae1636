#include "rtp/repair/retransmission_buffer.h"

#include <algorithm>
#include <bit>

#include "rtp/header.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr Duration kDefaultRoundTrip = Duration::millis(100);
constexpr Duration kMinResendInterval = Duration::millis(5);
constexpr Duration kMaxResendInterval = Duration::seconds(1);  // a peer that lies about the round trip gains nothing

constexpr size_t kFirstSlots = 16;

size_t slotCount(size_t maxBytes) {
  return std::bit_floor(std::clamp<size_t>(maxBytes / PacketBuffer::kCapacity, kFirstSlots, 16384));
}

}  // namespace

RetransmissionBuffer::RetransmissionBuffer(const Config& config, PacketPool& pool)
    : config_(config), pool_(pool), maxSlots_(slotCount(config.maxBytes)), minResendInterval_(kDefaultRoundTrip) {}

void RetransmissionBuffer::setRoundTripTime(Duration rtt) {
  minResendInterval_ = std::clamp(rtt, kMinResendInterval, kMaxResendInterval);
}

bool RetransmissionBuffer::store(TimePoint now, ByteView rtpPacket) {
  if (rtpPacket.size() < kFixedHeaderSize || rtpPacket[0] >> 6 != 2) return false;
  const int64_t sequence = unwrapper_.unwrap(loadBe16(rtpPacket.data() + 2));
  evictOlderThan(now - config_.maxAge);
  if (held_ == 0) oldest_ = end_ = sequence;
  makeRoom(sequence);
  if (sequence < oldest_) {
    // A number from before the window: a sender of ours never does this but to begin anew.
    clear();
    oldest_ = end_ = sequence;
  }
  PacketBuffer copy = pool_.copy(rtpPacket);
  if (!copy) return false;
  Slot& place = slot(sequence);
  drop(place);
  place.packet = std::move(copy);
  place.sequence = sequence;
  place.stored = now;
  place.resent = false;
  ++held_;
  end_ = std::max(end_, sequence + 1);
  ++stats_.stored;
  return true;
}

/// Has the ring reach from the oldest packet to this one: it grows, and once it may not, the oldest go.
void RetransmissionBuffer::makeRoom(int64_t sequence) {
  const int64_t span = sequence - oldest_ + 1;
  if (span > static_cast<int64_t>(slots_.size()) && slots_.size() < maxSlots_) {
    const size_t wanted = span > static_cast<int64_t>(maxSlots_) ? maxSlots_ : static_cast<size_t>(span);
    std::vector<Slot> larger(std::bit_ceil(std::max(wanted, kFirstSlots)));
    std::swap(larger, slots_);
    for (Slot& each : larger) {
      if (each.packet) slot(each.sequence) = std::move(each);
    }
  }
  const auto capacity = static_cast<int64_t>(slots_.size());
  if (sequence >= end_ && span > capacity) evictBefore(sequence - capacity + 1);
}

std::optional<ByteView> RetransmissionBuffer::take(TimePoint now, uint16_t sequenceNumber,
                                                   RetransmissionBudget& budget) {
  if (slots_.empty()) {
    ++stats_.unknown;
    return std::nullopt;
  }
  const int64_t sequence = unwrapper_.peek(sequenceNumber);
  Slot& place = slot(sequence);
  if (!place.packet || place.sequence != sequence || now - place.stored > config_.maxAge) {
    ++stats_.unknown;
    return std::nullopt;
  }
  // What was sent again gets a round trip to arrive.
  if (place.resent && now - place.lastResent < minResendInterval_) {
    ++stats_.tooSoon;
    return std::nullopt;
  }
  if (!budget.take(now, place.packet.size())) {
    ++stats_.capped;
    return std::nullopt;
  }
  place.resent = true;
  place.lastResent = now;
  ++stats_.resent;
  stats_.resentBytes += place.packet.size();
  return place.packet.view();
}

std::optional<ByteView> RetransmissionBuffer::repeat(TimePoint now, size_t atMost) {
  if (slots_.empty()) return std::nullopt;
  for (int64_t sequence = end_ - 1; sequence >= std::max(oldest_, end_ - kRepeatWindow); --sequence) {
    Slot& place = slot(sequence);
    if (!place.packet || place.sequence != sequence || place.resent || place.packet.size() > atMost) continue;
    if (now - place.stored > config_.maxAge) return std::nullopt;
    place.resent = true;
    place.lastResent = now;
    return place.packet.view();
  }
  return std::nullopt;
}

void RetransmissionBuffer::clear() {
  for (Slot& each : slots_) drop(each);
  oldest_ = end_;
}

void RetransmissionBuffer::evictBefore(int64_t sequence) {
  // Slots beyond one turn of the ring are the same slots again.
  const int64_t stop = std::min(sequence, oldest_ + static_cast<int64_t>(slots_.size()));
  for (; oldest_ < stop && held_ > 0; ++oldest_) {
    if (slot(oldest_).sequence == oldest_) drop(slot(oldest_));
  }
  oldest_ = std::max(oldest_, sequence);
}

void RetransmissionBuffer::evictOlderThan(TimePoint limit) {
  while (oldest_ < end_) {
    Slot& place = slot(oldest_);
    if (place.packet && place.sequence == oldest_) {
      if (place.stored >= limit) return;
      drop(place);
    }
    ++oldest_;
  }
}

void RetransmissionBuffer::drop(Slot& place) {
  if (!place.packet) return;
  place.packet.reset();
  --held_;
}

}  // namespace tincan::inline v0::rtp
