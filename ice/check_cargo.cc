#include "ice/check_cargo.h"

#include <algorithm>

#include "stun/crc32.h"

namespace tincan::inline v0::ice {
namespace {

using stun::AttributeType;

constexpr size_t kAttributeHeader = 4;           // RFC 8489 §14
constexpr size_t kIntegrityAndFingerprint = 32;  // RFC 8489 §14.5, §14.7
constexpr size_t kCrcSize = 4;

constexpr size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

}  // namespace

void CheckCargo::accept() {
  if (state_ == State::kOff) transition(State::kListening);
}

void CheckCargo::offer() {
  if (state_ == State::kOff || state_ == State::kListening) transition(State::kTentative);
}

void CheckCargo::transition(State next) {
  state_ = next;
  if (next != State::kOff && next != State::kComplete) return;
  flight_.clear();
  receivedCount_ = 0;
}

void CheckCargo::add(ByteView datagram) {
  if (state_ == State::kOff || state_ == State::kComplete) return;
  if (datagram.size() > kMaxDatagram || flight_.size() >= kMaxFlight) {
    ++counters_.dropped;
    return;
  }
  flight_.push_back({stun::crc32(datagram), toBytes(datagram)});
}

void CheckCargo::finish(bool lastWordIsOurs) {
  // A peer that has said nothing of this until now, nor needed it, will not.
  if (!carries()) return transition(State::kOff);
  if (!lastWordIsOurs) flight_.clear();
  transition(State::kPending);
}

uint32_t CheckCargo::write(stun::MessageWriter& writer) {
  if (!mayCarry()) return 0;
  const auto fits = [&](size_t value) {
    return writer.size() + kAttributeHeader + padded(value) + kIntegrityAndFingerprint <= kMaxMessage;
  };
  std::array<uint8_t, kMaxAcknowledged * kCrcSize> list;
  const size_t count = std::min(receivedCount_, kMaxAcknowledged);
  for (size_t i = 0; i < count; ++i) storeBe32(list.data() + i * kCrcSize, received_[receivedCount_ - count + i]);
  if (!fits(count * kCrcSize)) return 0;
  writer.bytes(AttributeType::kDtlsInStunAcknowledgement, ByteView(list).first(count * kCrcSize));
  // Round robin, so that a flight of several datagrams is there after as many messages.
  for (size_t tried = 0; tried < flight_.size(); ++tried) {
    const Datagram& datagram = flight_[next_++ % flight_.size()];
    if (!fits(datagram.bytes.size())) continue;
    writer.bytes(AttributeType::kDtlsInStun, datagram.bytes);
    ++counters_.carried;
    return datagram.crc;
  }
  return 0;
}

void CheckCargo::read(const stun::Message& message, uint32_t carried) {
  const auto datagram = message.value(AttributeType::kDtlsInStun);
  const auto list = message.value(AttributeType::kDtlsInStunAcknowledgement);
  if (!readPresence(message.messageClass(), datagram || list)) return;
  if (list) {
    readAcknowledgements(*list);
    // The peer answered a check and knows of all this: then it has what the check carried.
    if (carried != 0 && message.messageClass() == stun::Class::kSuccess) acknowledge(carried);
  }
  if (datagram && !datagram->empty()) {
    const bool anew = isNew(stun::crc32(*datagram));
    if (anew && arrived_.size() < kMaxArrived) {
      if (PacketBuffer packet = pool_.copy(*datagram)) arrived_.pushBack(std::move(packet));
      ++counters_.arrived;
    } else {
      ++(anew ? counters_.dropped : counters_.repeated);
    }
  } else if (state_ == State::kPending && list) {
    // The peer has nothing more to say, and we have heard all.
    transition(State::kComplete);
  }
}

/// What the mere presence of the attributes says; false when the message is of no use to us.
/// Differs from draft-hancke-webrtc-sped-00, for which a check without them says that the peer cannot: it may have left
/// before the peer had heard of ours. The answer to one of ours cannot.
bool CheckCargo::readPresence(stun::Class messageClass, bool any) {
  switch (state_) {
    case State::kOff:
    case State::kComplete: return false;
    case State::kListening:
      if (any) transition(State::kConfirmed);
      return any;
    case State::kTentative:
      if (any) transition(State::kConfirmed);
      if (!any && messageClass == stun::Class::kSuccess) transition(State::kOff);
      return any;
    case State::kConfirmed: return any;
    case State::kPending:
      // The peer is through before us.
      if (!any) transition(State::kComplete);
      return any;
  }
  return false;
}

void CheckCargo::readAcknowledgements(ByteView list) {
  if (list.size() % kCrcSize != 0 || list.size() > kMaxAcknowledged * kCrcSize) {
    ++counters_.malformed;
    return;
  }
  for (size_t at = 0; at < list.size(); at += kCrcSize) acknowledge(loadBe32(list.data() + at));
}

void CheckCargo::acknowledge(uint32_t crc) {
  counters_.acknowledged += std::erase_if(flight_, [&](const Datagram& each) { return each.crc == crc; });
}

/// Notes it as one to acknowledge; false when it stands among the last ones already.
bool CheckCargo::isNew(uint32_t crc) {
  const auto end = received_.begin() + static_cast<std::ptrdiff_t>(receivedCount_);
  if (std::find(received_.begin(), end, crc) != end) return false;
  if (receivedCount_ == kRemembered) {
    std::rotate(received_.begin(), received_.begin() + 1, received_.end());
    --receivedCount_;
  }
  received_[receivedCount_++] = crc;
  return true;
}

void CheckCargo::noteArrived(ByteView datagram) {
  if (mayCarry()) static_cast<void>(isNew(stun::crc32(datagram)));
}

}  // namespace tincan::inline v0::ice
