#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "net/driver_config.h"
#include "net/driver_stats.h"
#include "net/interface_watch.h"
#include "net/stream_table.h"
#include "net/udp_port.h"

namespace tincan::inline v0::net {

/// The UDP sockets that one endpoint has asked for, and where it listens for TCP: on this machine's addresses, also on
/// those that come later, and no more on those that go. Owned by an EndpointServer.
class LocalSockets {
 public:
  class Owner {
   public:
    /// What the endpoint is told; false when it, or the owner, has closed.
    virtual bool answer(IoResult result) = 0;
    virtual void readUdp(UdpPort& port) = 0;
    /// Interfaces have changed: has followInterfaces() called, and holds itself meanwhile.
    virtual void interfacesChanged() = 0;

   protected:
    ~Owner() = default;
  };

  /// `config`, `stats` and `streams`, where listeners are, outlive this.
  LocalSockets(Runtime& runtime, const DriverConfig& config, DriverStats& stats, StreamTable& streams, Owner& owner);

  void open(const OpenUdp& request);
  void listen(const ListenTcp& request);
  void close(const CloseUdp& request);
  void closeAll();
  void followInterfaces();

  /// False where no socket of these has the packet's local address: it is as it was then.
  bool send(Transmit& transmit);
  void flush();

  /// Why the last socket could not be opened.
  const std::optional<Error>& lastError() const { return lastError_; }
  void refused(Error error);

 private:
  template <class Open>
  auto inPortRange(const SocketAddress& local, const Open& open);
  void bind(const OpenUdp& request, const IpAddress& address, UdpOpened& out);
  void bind(const ListenTcp& request, const IpAddress& address, TcpListening& out);
  std::vector<IpAddress> addressesFor(const SocketAddress& local);
  bool hasPortOn(const IpAddress& address) const;
  void watchInterfaces(const SocketAddress& local);
  bool closeAddress(const IpAddress& address);
  bool openAddress(const IpAddress& address);

  Runtime& runtime_;
  const DriverConfig& config_;
  DriverStats& stats_;
  StreamTable& streams_;
  Owner& owner_;
  std::vector<std::unique_ptr<UdpPort>> ports_;
  std::vector<OpenUdp> udpRequests_;       // in force: new addresses get sockets, too
  std::vector<ListenTcp> listenRequests_;  // the same
  std::shared_ptr<InterfaceWatch> watch_;
  InterfaceWatch::Subscription interfaces_;
  std::optional<Error> lastError_;
};

}  // namespace tincan::inline v0::net
