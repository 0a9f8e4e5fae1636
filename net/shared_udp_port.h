#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/connected_ports.h"
#include "net/driver.h"
#include "net/port_siblings.h"
#include "net/shared_port_table.h"
#include "net/soon.h"
#include "net/udp_port.h"
#include "net/udp_port_group.h"

namespace tincan::inline v0::net {

/// One UDP port, on every usable address, for any number of endpoints: a server's only hole in its firewall. Give it to
/// their drivers (DriverConfig::sharedPort); a server-reflexive candidate is the same for all of them.
///
/// Owned by the user; outlives the drivers that use it, and belongs to their loop's thread. As one part of a
/// UdpPortGroup (`join`) it serves the port together with other loops, each with its own endpoints. The kernel's hash
/// knows nothing of endpoints, so a packet may fall on a loop that is not its endpoint's:
///
///     packet ── hash ──> a loop's socket
///                          │ for an endpoint here (its ufrag, its question, its address) ──> that one
///                          │ from an address that another loop has claimed ──> a copy to that loop
///                          └ not known here ──> a copy to each other loop: one takes it, or none
///     the loop it belongs to, when an address keeps falling on others:
///                          a socket on the same port, connected to it ──> the kernel gives it the rest
///
/// A loop claims an address when a check from there was answered, and releases it with the endpoint. Copies go by
/// Loop::post, so those of one address stay in order; they are bounded (PortCircle::kMaxWaiting) and counted, and none
/// is handed on twice. Claims that were lost or are out of date mend themselves: what is handed to the wrong loop is
/// answered with a release, and who takes a packet that all were asked about claims its address again.
class SharedUdpPort {
 public:
  /// One driver, as the port sees it.
  class User {
   public:
    virtual ~User() = default;
    virtual void receiveShared(const Route& route, UdpSocket::Datagram datagram) = 0;
    /// A batch that held packets for it is through. May detach anybody.
    virtual void sharedBatchDone() = 0;
  };

  /// `port` 0: any free one, on each address another. `config` gives interfaces, families and queues.
  static Result<std::unique_ptr<SharedUdpPort>> open(Loop& loop, uint16_t port, const DriverConfig& config = {});
  /// The loop's part of a port that several loops serve. On the loop's thread, or before it runs.
  static Result<std::unique_ptr<SharedUdpPort>> join(Loop& loop, UdpPortGroup& group);
  ~SharedUdpPort();
  SharedUdpPort(const SharedUdpPort&) = delete;
  SharedUdpPort& operator=(const SharedUdpPort&) = delete;

  std::vector<SocketAddress> locals() const;
  const DriverStats& stats() const { return stats_; }
  size_t users() const { return users_.size(); }
  /// Sockets that are connected to one remote address, which would fall on another loop.
  size_t connectedSockets() const { return connected_ ? connected_->size() : 0; }

  // For drivers.
  SharedPortTable::User attach(User& user);
  void detach(SharedPortTable::User id);
  /// Checks that name one of these ufrags are for this user from now on, and no others (Endpoint::ufrags).
  void name(SharedPortTable::User id, const std::array<std::string_view, 2>& ufrags);
  bool has(const SocketAddress& local) const;
  void send(SharedPortTable::User id, Transmit transmit);
  /// What is queued leaves when the endpoints that have something to say now have all said it: the packets of a
  /// thousand subscribers go to the kernel by the batch, not a call for each.
  void flushSoon();
  /// At once, for a driver that goes: the loop may never turn again.
  void flush();

  // For the other loops of a group, by PortCircle. `asked`: the one who hands it over does not know whose it is.
  void takeOver(PortCircle::Seat from, bool asked, const std::vector<StrayPacket>& packets);
  void claimed(PortCircle::Seat by, const std::vector<Route>& routes);
  void released(PortCircle::Seat by, const std::vector<Route>& routes);

 private:
  struct Attached {
    User* user = nullptr;
    bool touched = false;  // the batch that is being read had packets for it
    std::array<std::string, 2> ufrags{};
  };
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Users = std::unordered_map<SharedPortTable::User, Attached>;
  // Several of one name are possible, and their checks go to whom the address is known to belong to, else to any.
  using Names = std::unordered_multimap<std::string, SharedPortTable::User, NameHash, std::equal_to<>>;

  explicit SharedUdpPort(Loop& loop);
  void add(std::unique_ptr<UdpSocket> socket, const DriverConfig& config);
  void read(UdpPort& port);
  void sort(const Route& route, UdpSocket::Datagram& datagram);
  void deliver(Users::iterator to, const Route& route, UdpSocket::Datagram datagram);
  void finishBatch();
  std::optional<SharedPortTable::User> whose(const Route& route, ByteView packet);
  std::optional<SharedPortTable::User> named(const Route& route, std::string_view ufrag) const;
  void forgetName(SharedPortTable::User id, const std::string& ufrag);

  Loop& loop_;
  DriverStats stats_;
  std::vector<std::unique_ptr<UdpPort>> ports_;
  Users users_;
  Names names_;
  SharedPortTable::User lastUser_ = 0;
  SharedPortTable table_;
  std::vector<SharedPortTable::User> touched_;
  bool finishing_ = false;                     // finishBatch flushes behind the last of them
  Soon flushing_;                              // behind the drains that are queued already
  std::unique_ptr<ConnectedPorts> connected_;  // in a group
  std::unique_ptr<PortSiblings> siblings_;     // in a group; goes first, and with it what others say
};

}  // namespace tincan::inline v0::net
