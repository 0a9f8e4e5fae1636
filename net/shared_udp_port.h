#pragma once

#include <map>
#include <memory>
#include <vector>

#include "net/driver.h"
#include "net/shared_port_table.h"
#include "net/udp_port.h"

namespace tincan::net {

/// One UDP port, on every usable address, for any number of endpoints: a server's only hole in its firewall. Give it to
/// their drivers (DriverConfig::sharedPort); a server-reflexive candidate is the same for all of them.
///
/// Owned by the user; outlives the drivers that use it, and belongs to their loop's thread.
class SharedUdpPort {
 public:
  /// One driver, as the port sees it.
  class User {
   public:
    virtual ~User() = default;
    /// Whether checks that name this ufrag are for its endpoint.
    virtual bool answersTo(std::string_view ufrag) const = 0;
    virtual void receiveShared(const Route& route, UdpSocket::Datagram datagram) = 0;
    /// A batch that held packets for it is through. May detach anybody.
    virtual void sharedBatchDone() = 0;
  };

  /// `port` 0: any free one, on each address another. `config` gives interfaces, families and queues.
  static Result<std::unique_ptr<SharedUdpPort>> open(Loop& loop, uint16_t port, const DriverConfig& config = {});
  ~SharedUdpPort();
  SharedUdpPort(const SharedUdpPort&) = delete;
  SharedUdpPort& operator=(const SharedUdpPort&) = delete;

  std::vector<SocketAddress> locals() const;
  const DriverStats& stats() const { return stats_; }
  size_t users() const { return users_.size(); }

  // For drivers.
  SharedPortTable::User attach(User& user);
  void detach(SharedPortTable::User id);
  bool has(const SocketAddress& local) const;
  void send(SharedPortTable::User id, Transmit transmit);
  void flush();

 private:
  explicit SharedUdpPort(Loop& loop) : loop_(loop) {}
  void read(UdpPort& port);
  std::optional<SharedPortTable::User> named(std::string_view ufrag) const;

  Loop& loop_;
  DriverStats stats_;
  std::vector<std::unique_ptr<UdpPort>> ports_;
  std::map<SharedPortTable::User, User*> users_;
  SharedPortTable::User lastUser_ = 0;
  SharedPortTable table_;
};

}  // namespace tincan::net
