#include "node/uv_driver/uv_driver.h"

#include <utility>

#include "net/endpoint_server.h"

namespace tincan::inline v0::node {

// The server on libuv's loop; of its own it has what the addon does before a drain and
// once events have been dispatched.
class UvDriver::Impl final : public net::EndpointServer {
 public:
  Impl(UvLoop& loop, Endpoint& endpoint, UvDriverConfig config)
      : EndpointServer(loop, endpoint,
                       net::DriverConfig{.includeLoopback = config.includeLoopback,
                                         .ipv6 = config.ipv6,
                                         .interfaces = std::move(config.interfaces),
                                         .sendQueue = config.sendQueue,
                                         .log = std::move(config.log)}),
        draining_(std::move(config.draining)),
        drained_(std::move(config.drained)) {}

 private:
  void draining() override {
    if (draining_) draining_();
  }
  void drained() override {
    if (drained_) drained_();
  }

  const std::function<void()> draining_, drained_;
};

UvDriver::UvDriver(UvLoop& loop, Endpoint& endpoint, UvDriverConfig config)
    : impl_(std::make_shared<Impl>(loop, endpoint, std::move(config))) {
  impl_->start();
}
UvDriver::~UvDriver() {
  impl_->close();
}
void UvDriver::wake() {
  impl_->wake();
}

}  // namespace tincan::inline v0::node
