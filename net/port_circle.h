#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace tincan::inline v0::net {

class Loop;
class SharedUdpPort;

/// How the loops of a UdpPortGroup reach each other: a seat for each, and words that run on the loop of the seat they
/// are for. The only thing that its threads have in common. Shared by the group and its ports, so that they may go in
/// any order.
///
/// A seat's lock is held while something is posted to its loop and while that loop comes or goes, which is what makes
/// leaving safe; no packet that falls on the right loop touches it. Bounded: kMaxWaiting packets and words on their way
/// to a seat.
class PortCircle : public std::enable_shared_from_this<PortCircle> {
 public:
  using Seat = size_t;
  static constexpr size_t kMaxWaiting = 1024;

  explicit PortCircle(size_t seats) : places_(seats) {}

  size_t seats() const { return places_.size(); }
  /// On the seat's loop.
  void enter(Seat seat, Loop& loop, SharedUdpPort& port);
  /// On the seat's loop: nothing reaches the port afterwards, whatever is under way.
  void leave(Seat seat);

  /// Room for up to `wanted` packets while fewer than `limit` are on their way: how many there is room for.
  size_t reserve(Seat to, size_t wanted, size_t limit = kMaxWaiting);
  /// Runs on that seat's loop, and gives back what was reserved. False when nobody sits there.
  bool tell(Seat to, size_t reserved, std::function<void(SharedUdpPort&)> what);

 private:
  struct Place {
    std::mutex mutex;
    Loop* loop = nullptr;                  // null before the loop came and after it went
    std::shared_ptr<SharedUdpPort*> port;  // looked at on its loop only
    std::atomic<size_t> waiting = 0;
  };
  std::vector<Place> places_;
};

}  // namespace tincan::inline v0::net
