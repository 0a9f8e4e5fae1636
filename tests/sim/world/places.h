#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "tests/sim/world/link.h"
#include "tests/sim/world/nat.h"

namespace tincan::inline v0::sim {

class Host;
struct NatBox;

/// Where addresses mean something: the internet, or what is behind one NAT. Owned by the world.
struct Realm {
  std::string name;
  NatBox* gateway = nullptr;  ///< the NAT to the world outside; none for the internet
  std::map<IpAddress, Host*> hosts;
  std::map<IpAddress, NatBox*> boxes;  ///< NATs whose outside is here
};

/// A NAT in its place, with a wire to the realm outside. Owned by the world.
struct NatBox {
  NatBox(std::string boxName, Realm& in, Realm& out, Nat table, LinkConfig link)
      : name(std::move(boxName)), inside(in), outside(out), nat(std::move(table)), up(link), down(link) {}
  std::string name;
  Realm& inside;
  Realm& outside;
  Nat nat;
  Link up;
  Link down;
  uint16_t nextTcpPort = 30'000;  ///< of the next connection that goes out
};

/// A machine with one or more addresses, and a wire of its own to its realm. Owned by the world.
class Host {
 public:
  const std::string& name() const { return name_; }
  const std::vector<IpAddress>& addresses() const { return addresses_; }
  Realm& realm() const { return realm_; }
  /// A second interface; sockets that are open already do not have it.
  void addAddress(IpAddress address);
  /// The interface is gone: its sockets neither send nor hear any more.
  void removeAddress(IpAddress address);

  Link up;
  Link down;

 private:
  friend class World;
  Host(std::string name, Realm& realm, LinkConfig link) : up(link), down(link), name_(std::move(name)), realm_(realm) {}
  bool has(IpAddress address) const;
  uint16_t freeTcpPort();

  std::string name_;
  Realm& realm_;
  std::vector<IpAddress> addresses_;
  std::map<SocketAddress, Endpoint*> sockets_;    // UDP
  std::map<SocketAddress, Endpoint*> listeners_;  // TCP
  uint16_t nextPort_ = 49'152;
  uint16_t nextTcpPort_ = 40'000;
};

}  // namespace tincan::inline v0::sim
