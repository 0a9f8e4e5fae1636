#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"

namespace tincan::inline v0::ice {

/// A check of an agent whose description is not here yet, as far as it counts later.
struct EarlyCheck {
  Route route;
  uint32_t priority = 0;
  bool useCandidate = false;
  std::optional<uint32_t> nomination{};
  std::string theirs{};  ///< its ufrag
};

/// The checks that outran the peer's description (RFC 8445 §7.3): answered at once, and learnt from when its credentials are
/// here. They may be of several agents that have our offer (RFC 9429 §4.1.10.1). Owned by a Session, and handed to the one
/// after it under the same credentials of ours.
class EarlyChecks {
 public:
  static constexpr size_t kMax = 16;

  /// One more, or the same again; false when there is no room.
  bool keep(const EarlyCheck& check) {
    const auto same = std::find_if(held_.begin(), held_.end(), [&](const EarlyCheck& each) {
      return each.route == check.route && each.theirs == check.theirs;
    });
    if (same != held_.end()) {
      same->useCandidate = same->useCandidate || check.useCandidate;
      same->nomination = std::max(same->nomination, check.nomination);
      return true;
    }
    if (held_.size() == kMax) return false;
    held_.push_back(check);
    return true;
  }
  /// Gives out those of one agent, in the order in which they came.
  std::vector<EarlyCheck> takeOf(std::string_view ufrag) {
    const auto others =
        std::stable_partition(held_.begin(), held_.end(), [&](const EarlyCheck& each) { return each.theirs == ufrag; });
    std::vector<EarlyCheck> taken(std::make_move_iterator(held_.begin()), std::make_move_iterator(others));
    held_.erase(held_.begin(), others);
    return taken;
  }
  /// RFC 8445 §7.3: whoever sent the check has our password, which went to the peer alone.
  bool cameOver(const Route& route) const {
    return std::any_of(held_.begin(), held_.end(), [&](const EarlyCheck& each) { return each.route == route; });
  }
  /// A socket went with its interface.
  void removeBase(const SocketAddress& base) {
    std::erase_if(held_, [&](const EarlyCheck& each) { return each.route.local == base; });
  }

 private:
  std::vector<EarlyCheck> held_;
};

}  // namespace tincan::inline v0::ice
