#include "net/port_siblings.h"

#include <utility>

#include "net/shared_udp_port.h"

namespace tincan::inline v0::net {

PortSiblings::PortSiblings(std::shared_ptr<PortCircle> circle, Seat seat, Loop& loop, SharedUdpPort& self,
                           DriverStats& stats)
    : circle_(std::move(circle)), seat_(seat), stats_(stats), owned_(circle_->seats()) {
  circle_->enter(seat_, loop, self);
}

PortSiblings::~PortSiblings() {
  circle_->leave(seat_);
}

void PortSiblings::hand(const Route& route, const UdpSocket::Datagram& datagram, std::optional<Seat> owner) {
  auto& where = owner ? owned_[*owner] : unknown_;
  where.push_back({route, toBytes(datagram.packet.view()), datagram.ecn, datagram.arrived});
}

std::vector<PortSiblings::Seat> PortSiblings::flush() {
  std::vector<Seat> empty;
  const auto unknown = std::exchange(unknown_, {});
  for (Seat to = 0; to < owned_.size(); ++to) {
    if (to == seat_) continue;
    if (!owned_[to].empty() && !send(to, std::exchange(owned_[to], {}), false)) empty.push_back(to);
    if (!unknown.empty()) static_cast<void>(send(to, unknown, true));
  }
  return empty;
}

bool PortSiblings::send(Seat to, std::vector<StrayPacket> packets, bool asked) {
  const size_t room = circle_->reserve(to, packets.size(), asked ? kMaxAsked : PortCircle::kMaxWaiting);
  stats_.droppedHandOver += packets.size() - room;
  if (room == 0) return true;
  packets.resize(room);
  const bool sent = circle_->tell(to, room, [from = seat_, asked, packets = std::move(packets)](SharedUdpPort& port) {
    port.takeOver(from, asked, packets);
  });
  if (sent) stats_.handedOver += room;
  return sent;
}

template <class Word>
void PortSiblings::say(std::optional<Seat> to, const Word& word) {
  for (Seat each = 0; each < circle_->seats(); ++each) {
    if (each == seat_ || (to && each != *to) || circle_->reserve(each, 1) == 0) continue;
    static_cast<void>(circle_->tell(each, 1, word));
  }
}

void PortSiblings::claim(const std::vector<Route>& routes, std::optional<Seat> to) {
  if (!routes.empty()) say(to, [from = seat_, routes](SharedUdpPort& port) { port.claimed(from, routes); });
}

void PortSiblings::release(const std::vector<Route>& routes, std::optional<Seat> to) {
  if (!routes.empty()) say(to, [from = seat_, routes](SharedUdpPort& port) { port.released(from, routes); });
}

}  // namespace tincan::inline v0::net
