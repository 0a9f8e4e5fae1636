#pragma once

#include <memory>
#include <optional>

#include "base/endpoint.h"
#include "net/driver_config.h"
#include "net/driver_stats.h"
#include "net/local_sockets.h"
#include "net/mdns_socket.h"
#include "net/runtime.h"
#include "net/stream_table.h"

namespace tincan::inline v0::net {

/// Serves one Endpoint on a Runtime: what net::Driver and node::UvDriver have in common, which is all but the loop. Opens
/// the sockets it asks for, resolves names, keeps its one timer, and drains it after every batch of input as
/// base/endpoint.h says.
///
/// Held by its driver and, for the length of each entry from the loop, by that entry: a callback of the user's may destroy
/// the driver, and `closed()` then keeps the entry off the endpoint and the sockets.
class EndpointServer : public std::enable_shared_from_this<EndpointServer>, private LocalSockets::Owner {
 public:
  EndpointServer(Runtime& runtime, Endpoint& endpoint, DriverConfig config);
  virtual ~EndpointServer();
  EndpointServer(const EndpointServer&) = delete;
  EndpointServer& operator=(const EndpointServer&) = delete;

  /// Once it is held by a shared_ptr.
  void start();
  /// Has the endpoint say its goodbyes, which leave at once, and closes all sockets.
  void close();
  /// Asks for a drain in the loop's next turn.
  void wake();

  const DriverStats& stats() const { return stats_; }
  const std::optional<Error>& lastError() const { return sockets_.lastError(); }

 protected:
  // ---- What a driver has besides: sockets that it shares with others, and something to do around each drain ----
  /// The request is answered here, and these sockets are what the endpoint has.
  virtual bool openShared(const OpenUdp& request);
  /// False where it is none of theirs: the packet is as it was then.
  virtual bool sendShared(Transmit& transmit);
  /// `now`: the loop may never turn again.
  virtual void flushShared(bool now);
  virtual void closeShared();
  virtual void draining() {}
  virtual void drained();

  bool closed() const { return closed_; }
  Endpoint& endpoint() { return endpoint_; }
  const DriverConfig& config() const { return config_; }
  /// One packet from shared sockets; drain() comes behind a batch of them.
  void receiveDatagram(const Route& route, UdpSocket::Datagram& datagram);
  void drain();
  bool answer(IoResult result) final;
  DriverStats stats_;

 private:
  void sayGoodbye();
  bool drainOnce();
  void route(Transmit transmit);
  void routeToStream(Transmit transmit);
  void sendMulticast(const Transmit& transmit);

  void readUdp(UdpPort& port) final;
  void readStream(const Route& route, PacketBuffer packet);
  void readMdns();
  void interfacesChanged() final;
  TimePoint now();

  void armTimer();
  void timeout();

  void handle(const OpenUdp& request);
  void handle(const ResolveHost& request);
  void handle(const OpenStream& request) { streams_.open(request); }
  void handle(const ListenTcp& request) { sockets_.listen(request); }
  void handle(const CloseUdp& request) { sockets_.close(request); }
  void handle(const CloseStream& request) { streams_.close(request.route); }
  void handle(const CloseSockets&) { closeSockets(); }
  bool openMdns();
  void closeSockets();

  Runtime& runtime_;
  Endpoint& endpoint_;
  const DriverConfig config_;
  std::unique_ptr<Runtime::Timer> timer_;
  TimePoint armed_;
  StreamTable streams_;
  LocalSockets sockets_;
  std::unique_ptr<MdnsSocket> mdns_;
  std::unique_ptr<Runtime::Watcher> mdnsWatcher_;
  TimePoint seen_;  // the latest time that the endpoint was told
  std::unique_ptr<Runtime::Soon> waking_;
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace tincan::inline v0::net
