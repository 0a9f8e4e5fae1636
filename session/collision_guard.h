#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>

#include "base/random.h"
#include "base/strong_id.h"

namespace tincan::inline v0::session {

/// Which SSRCs are ours, and what becomes of one that the peer uses too (RFC 3550 §8.2). It is no loop of our own
/// packets: each direction has its own SRTP key (RFC 5764 §4.2), so what came is the peer's, and we give way. Owned by
/// RtpSession.
///
///     packet or report under an SSRC of ours ─► collides ─► giveWay: another SSRC, drawn so that nobody has it
class CollisionGuard {
 public:
  /// A collision is rare chance; a peer that follows us from SSRC to SSRC would use up those that SRTP keeps.
  static constexpr uint64_t kMaxCollisions = 256;

  explicit CollisionGuard(RandomSource& random) : random_(random) {}

  void add(Ssrc ssrc) { ours_.insert(ssrc); }
  void remove(Ssrc ssrc) { ours_.erase(ssrc); }
  bool collides(Ssrc ssrc) const { return ours_.contains(ssrc); }

  /// Counts a collision. False when there have been too many: then the SSRC is shared, and nothing changes.
  bool giveWay() {
    if (collisions_ >= kMaxCollisions) return false;
    ++collisions_;
    return true;
  }
  /// One that neither we have nor, by `taken`, the peer.
  template <class Taken>
  Ssrc unused(Taken&& taken) {
    Ssrc ssrc(random_.u32());
    while (collides(ssrc) || taken(ssrc)) ssrc = Ssrc(random_.u32());
    return ssrc;
  }
  uint64_t collisions() const { return collisions_; }

 private:
  RandomSource& random_;
  std::unordered_set<Ssrc> ours_;
  uint64_t collisions_ = 0;
};

}  // namespace tincan::inline v0::session
