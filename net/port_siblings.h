#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/address.h"
#include "net/driver.h"
#include "net/port_circle.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// A packet that fell on another loop than its endpoint's, as plain bytes: packet buffers belong to one loop's pool.
struct StrayPacket {
  Route route;
  Bytes bytes;
  Ecn ecn = Ecn::kNotCapable;
  TimePoint arrived = TimePoint::never();
};

/// What a loop of a UdpPortGroup says to the others. Owned by its SharedUdpPort, whose statistics it keeps, and on its
/// loop. What it says may be lost when the other is too busy; SharedUdpPort gets along with that.
class PortSiblings {
 public:
  using Seat = PortCircle::Seat;
  /// Of the packets on their way to a loop, how many may be ones that nobody is known to own: junk from outside must
  /// not take the room of calls.
  static constexpr size_t kMaxAsked = PortCircle::kMaxWaiting / 4;

  PortSiblings(std::shared_ptr<PortCircle> circle, Seat seat, Loop& loop, SharedUdpPort& self, DriverStats& stats);
  ~PortSiblings();
  PortSiblings(const PortSiblings&) = delete;
  PortSiblings& operator=(const PortSiblings&) = delete;

  /// A packet that is none of this loop's, for its owner or, when that is not known, for whoever it belongs to. Goes
  /// with the next flush.
  void hand(const Route& route, const UdpSocket::Datagram& datagram, std::optional<Seat> owner);
  /// Gives the seats that turned out to be empty.
  std::vector<Seat> flush();

  /// That these addresses talk to an endpoint of this loop, to one of the others or to all.
  void claim(const std::vector<Route>& routes, std::optional<Seat> to = std::nullopt);
  /// That they do not any more.
  void release(const std::vector<Route>& routes, std::optional<Seat> to = std::nullopt);

 private:
  bool send(Seat to, std::vector<StrayPacket> packets, bool asked);
  template <class Word>
  void say(std::optional<Seat> to, const Word& word);

  const std::shared_ptr<PortCircle> circle_;
  const Seat seat_;
  DriverStats& stats_;
  std::vector<std::vector<StrayPacket>> owned_;  // for each seat
  std::vector<StrayPacket> unknown_;
};

}  // namespace tincan::inline v0::net
