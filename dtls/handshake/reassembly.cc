#include "dtls/handshake/reassembly.h"

#include <algorithm>

namespace tincan::dtls {

Reassembly::Outcome Reassembly::add(const FragmentHeader& header, ByteView fragment, uint64_t epoch) {
  if (header.length > kMaxHandshakeMessage || header.offset > header.length ||
      fragment.size() > header.length - header.offset || fragment.size() != header.fragmentLength) {
    return Outcome::kRefused;
  }
  if (header.sequence < next_) return Outcome::kOld;
  if (epoch < oldestEpoch_) return Outcome::kRefused;
  if (header.sequence - next_ >= kAhead) return Outcome::kRefused;
  auto it = held_.find(header.sequence);
  if (it != held_.end() &&
      (it->second.type != header.type || it->second.body.size() != header.length || it->second.epoch != epoch)) {
    // One of the two is forged. What came under newer keys wins; else the newer, so that a forgery cannot stand in the
    // way for ever.
    if (it->second.epoch > epoch) return Outcome::kRefused;
    drop(header.sequence);
    it = held_.end();
  }
  if (it == held_.end()) {
    if (!makeRoom(header.sequence, header.length)) return Outcome::kRefused;
    Partial fresh{header.type, epoch, Bytes(header.length), std::vector<bool>(header.length), header.length};
    it = held_.emplace(header.sequence, std::move(fresh)).first;
    heldBytes_ += header.length;
  }
  Partial& message = it->second;
  for (size_t i = 0; i < fragment.size(); ++i) {
    const size_t at = header.offset + i;
    if (message.have[at]) continue;
    message.have[at] = true;
    message.body[at] = fragment[i];
    --message.missing;
  }
  return Outcome::kTaken;
}

// Messages further ahead give way to nearer ones: they will be sent again.
bool Reassembly::makeRoom(uint16_t sequence, size_t size) {
  while (heldBytes_ + size > kMaxHeld) {
    if (held_.empty() || held_.rbegin()->first <= sequence) return false;
    drop(held_.rbegin()->first);
  }
  return true;
}

void Reassembly::drop(uint16_t sequence) {
  const auto it = held_.find(sequence);
  heldBytes_ -= it->second.body.size();
  held_.erase(it);
}

std::optional<HandshakeMessage> Reassembly::next() {
  const auto it = held_.find(next_);
  if (it == held_.end() || it->second.missing > 0) return std::nullopt;
  HandshakeMessage out{it->second.type, next_, it->second.epoch, {}};
  heldBytes_ -= it->second.body.size();
  out.body = std::move(it->second.body);
  held_.erase(it);
  ++next_;
  return out;
}

void Reassembly::dropBefore(uint64_t epoch) {
  oldestEpoch_ = epoch;
  for (auto it = held_.begin(); it != held_.end();) {
    const bool old = it->second.epoch < epoch;
    if (old) heldBytes_ -= it->second.body.size();
    it = old ? held_.erase(it) : std::next(it);
  }
}

void Reassembly::stepBack() {
  --next_;
}

}  // namespace tincan::dtls
