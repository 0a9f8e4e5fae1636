#include "net/port_circle.h"

#include <algorithm>
#include <utility>

#include "net/loop.h"

namespace tincan::inline v0::net {

void PortCircle::enter(Seat seat, Loop& loop, SharedUdpPort& port) {
  const std::lock_guard lock(places_[seat].mutex);
  places_[seat].loop = &loop;
  places_[seat].port = std::make_shared<SharedUdpPort*>(&port);
}

void PortCircle::leave(Seat seat) {
  const std::lock_guard lock(places_[seat].mutex);
  places_[seat].loop = nullptr;
  places_[seat].port.reset();
}

size_t PortCircle::reserve(Seat to, size_t wanted, size_t limit) {
  std::atomic<size_t>& waiting = places_[to].waiting;
  const size_t before = waiting.fetch_add(wanted);
  const size_t granted = before >= limit ? 0 : std::min(wanted, limit - before);
  waiting -= wanted - granted;
  return granted;
}

bool PortCircle::tell(Seat to, size_t reserved, std::function<void(SharedUdpPort&)> what) {
  Place& place = places_[to];
  const std::lock_guard lock(place.mutex);
  if (place.loop == nullptr) {
    place.waiting -= reserved;
    return false;
  }
  place.loop->post([self = shared_from_this(), &place, reserved, what = std::move(what),
                    port = std::weak_ptr<SharedUdpPort*>(place.port)] {
    place.waiting -= reserved;
    if (const auto there = port.lock()) what(**there);
  });
  return true;
}

}  // namespace tincan::inline v0::net
