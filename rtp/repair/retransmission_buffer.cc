#include "rtp/repair/retransmission_buffer.h"

#include <algorithm>
#include <bit>

#include "rtp/header.h"

namespace tincan::rtp {
namespace {

constexpr Duration kDefaultRoundTrip = Duration::millis(100);
constexpr Duration kMinResendInterval = Duration::millis(5);
constexpr Duration kMaxResendInterval = Duration::seconds(1);  // a peer that lies about the round trip gains nothing

size_t slotCount(size_t maxBytes) {
  return std::bit_floor(std::clamp<size_t>(maxBytes / PacketBuffer::kCapacity, 16, 16384));
}

}  // namespace

RetransmissionBuffer::RetransmissionBuffer(const Config& config, PacketPool& pool)
    : config_(config), pool_(pool), slots_(slotCount(config.maxBytes)), minResendInterval_(kDefaultRoundTrip) {}

void RetransmissionBuffer::setRoundTripTime(Duration rtt) {
  minResendInterval_ = std::clamp(rtt, kMinResendInterval, kMaxResendInterval);
}

bool RetransmissionBuffer::store(TimePoint now, ByteView rtpPacket) {
  if (rtpPacket.size() < kFixedHeaderSize || rtpPacket[0] >> 6 != 2) return false;
  const int64_t sequence = unwrapper_.unwrap(loadBe16(rtpPacket.data() + 2));
  const auto capacity = static_cast<int64_t>(slots_.size());
  if (held_ == 0) oldest_ = end_ = sequence;
  if (sequence >= end_ && sequence - oldest_ >= capacity) evictBefore(sequence - capacity + 1);
  evictOlderThan(now - config_.maxAge);
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

std::optional<ByteView> RetransmissionBuffer::take(TimePoint now, uint16_t sequenceNumber,
                                                   RetransmissionBudget& budget) {
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

}  // namespace tincan::rtp
