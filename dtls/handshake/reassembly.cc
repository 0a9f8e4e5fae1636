#include "dtls/handshake/reassembly.h"

#include <algorithm>

namespace tincan::inline v0::dtls {
namespace {

constexpr uint16_t kOpen = 2;  // a first hello and a second one

}  // namespace

bool Reassembly::Partial::agrees(const FragmentHeader& header, ByteView fragment) const {
  if (type != header.type || body.size() != header.length) return false;
  for (size_t i = 0; i < fragment.size(); ++i) {
    if (have[header.offset + i] && body[header.offset + i] != fragment[i]) return false;
  }
  return true;
}

void Reassembly::Partial::put(size_t offset, ByteView fragment) {
  for (size_t i = 0; i < fragment.size(); ++i) {
    const size_t at = offset + i;
    if (have[at]) continue;
    have[at] = true;
    body[at] = fragment[i];
    --missing;
  }
}

Reassembly::Outcome Reassembly::add(const FragmentHeader& header, ByteView fragment, uint64_t epoch) {
  if (header.length > kMaxHandshakeMessage || header.offset > header.length ||
      fragment.size() > header.length - header.offset || fragment.size() != header.fragmentLength) {
    return Outcome::kRefused;
  }
  if (header.sequence < next_) return Outcome::kOld;
  if (epoch < oldestEpoch_) return Outcome::kRefused;
  if (header.sequence - next_ >= (open_ ? kOpen : kAhead)) return Outcome::kRefused;
  if (const auto it = held_.find(header.sequence); it != held_.end()) {
    // What came under newer keys wins: there is one epoch at a time. Under keys there is no forgery either.
    if (it->second.front().epoch > epoch) return Outcome::kRefused;
    if (it->second.front().epoch < epoch) drop(it);
  }
  if (const auto it = held_.find(header.sequence); it != held_.end()) {
    // A fragment belongs to each variant that it does not contradict: whose it is, shows when they are whole.
    bool taken = false;
    for (Partial& each : it->second) {
      if (!each.agrees(header, fragment)) continue;
      each.put(header.offset, fragment);
      taken = true;
    }
    if (taken) return Outcome::kTaken;
  }
  if (!makeRoom(header.sequence, header.length)) return Outcome::kRefused;
  Partial fresh{header.type, epoch, Bytes(header.length), std::vector<bool>(header.length), header.length};
  fresh.put(header.offset, fragment);
  heldBytes_ += header.length;
  held_[header.sequence].push_back(std::move(fresh));
  return Outcome::kTaken;
}

// Messages further ahead give way to nearer ones, and older variants to newer ones: they will be sent again.
bool Reassembly::makeRoom(uint16_t sequence, size_t size) {
  const auto dropOldest = [&](std::map<uint16_t, Variants>::iterator at) {
    heldBytes_ -= at->second.front().body.size();
    at->second.erase(at->second.begin());
    if (at->second.empty()) held_.erase(at);
  };
  if (const auto own = held_.find(sequence); own != held_.end() && own->second.size() >= kMaxVariants) dropOldest(own);
  while (heldBytes_ + size > kMaxHeld) {
    if (held_.empty()) return false;
    const auto last = std::prev(held_.end());
    if (last->first > sequence) {
      drop(last);
    } else if (last->first == sequence) {
      dropOldest(last);
    } else {
      return false;
    }
  }
  return true;
}

void Reassembly::drop(std::map<uint16_t, Variants>::iterator at) {
  for (const Partial& each : at->second) heldBytes_ -= each.body.size();
  held_.erase(at);
}

// The variants of a message that was believed.
void Reassembly::dropGivenOut() {
  while (!held_.empty() && held_.begin()->first < next_) drop(held_.begin());
}

std::optional<HandshakeMessage> Reassembly::next() {
  dropGivenOut();
  if (open_) {
    for (auto it = held_.begin(); it != held_.end(); ++it) {
      if (auto out = takeWhole(it)) return out;
    }
    return std::nullopt;
  }
  auto it = held_.find(next_);
  if (it == held_.end() && steppedOver_ == next_) {
    it = held_.find(static_cast<uint16_t>(next_ + 1));
    const bool shown = it != held_.end() && it->second.front().epoch > 0 && it->second.front().missing == 0;
    if (!shown) return std::nullopt;
    ++next_;
  }
  auto out = it == held_.end() ? std::nullopt : takeWhole(it);
  if (out) ++next_;
  return out;
}

std::optional<HandshakeMessage> Reassembly::takeWhole(std::map<uint16_t, Variants>::iterator at) {
  Variants& variants = at->second;
  const auto whole =
      std::find_if(variants.begin(), variants.end(), [](const Partial& each) { return each.missing == 0; });
  if (whole == variants.end()) return std::nullopt;
  HandshakeMessage out{whole->type, at->first, whole->epoch, {}};
  heldBytes_ -= whole->body.size();
  out.body = std::move(whole->body);
  variants.erase(whole);
  if (variants.empty()) held_.erase(at);
  return out;
}

void Reassembly::dropBefore(uint64_t epoch) {
  oldestEpoch_ = epoch;
  for (auto it = held_.begin(); it != held_.end();) {
    const auto here = it++;
    if (here->second.front().epoch < epoch) drop(here);
  }
}

void Reassembly::stepBack() {
  if (!open_) --next_;
}

void Reassembly::stepOver() {
  stepBack();
  steppedOver_ = next_;
}

}  // namespace tincan::inline v0::dtls
