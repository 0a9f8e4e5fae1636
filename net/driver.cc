#include "net/driver.h"

#include <utility>

#include "net/asio_runtime.h"
#include "net/endpoint_server.h"
#include "net/shared_udp_port.h"

namespace tincan::inline v0::net {

// The server on Asio's loop; of its own it has the port that many endpoints share.
class Driver::Impl final : public EndpointServer, private SharedUdpPort::User {
 public:
  Impl(Loop& loop, Endpoint& endpoint, DriverConfig config)
      : EndpointServer(runtimeOf(loop), endpoint, std::move(config)) {}

 private:
  SharedUdpPort* port() { return config().sharedPort; }

  bool openShared(const OpenUdp& request) override {
    if (!port() || request.local.ip.isSpecified() || request.local.port != 0) return false;
    if (!sharing_) sharing_ = port()->attach(*this);
    answer(UdpOpened{request.id, port()->locals()});
    return true;
  }

  bool sendShared(Transmit& transmit) override {
    if (!sharing_ || !port()->has(transmit.route.local)) return false;
    ++stats_.packetsSent;
    stats_.bytesSent += transmit.packet.size();
    port()->send(*sharing_, std::move(transmit));
    return true;
  }

  void flushShared(bool now) override {
    if (!sharing_) return;
    if (now) {
      port()->flush();
    } else {
      port()->flushSoon();
    }
  }

  void closeShared() override {
    if (sharing_) port()->detach(*std::exchange(sharing_, std::nullopt));
  }

  void drained() override {
    if (sharing_) port()->name(*sharing_, endpoint().ufrags());
  }

  void receiveShared(const Route& route, UdpSocket::Datagram datagram) override {
    ++stats_.packetsReceived;
    stats_.bytesReceived += datagram.packet.size();
    receiveDatagram(route, datagram);
  }

  void sharedBatchDone() override { drain(); }

  std::optional<SharedPortTable::User> sharing_;
};

Driver::Driver(Loop& loop, Endpoint& endpoint, DriverConfig config)
    : impl_(std::make_shared<Impl>(loop, endpoint, std::move(config))) {
  impl_->start();
}

Driver::~Driver() {
  impl_->close();
}
void Driver::wake() {
  impl_->wake();
}
const DriverStats& Driver::stats() const {
  return impl_->stats();
}
const std::optional<Error>& Driver::lastError() const {
  return impl_->lastError();
}

}  // namespace tincan::inline v0::net
