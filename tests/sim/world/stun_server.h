#pragma once

#include <array>

#include "stun/message.h"
#include "stun/response.h"
#include "tests/sim/world/udp_endpoint.h"

namespace tincan::inline v0::sim {

/// A STUN server (RFC 8489 §5): tells everybody where their Binding request came from.
class StunServer final : public UdpEndpoint {
 public:
  explicit StunServer(PacketPool& pool, uint16_t port = 3478) : UdpEndpoint(pool, port) {}
  size_t requests() const { return requests_; }

 private:
  void onPacket(TimePoint, const Route& route, ByteView packet) override {
    stun::Message message;
    if (!stun::Message::parse(packet, message)) return;
    if (message.messageClass() != stun::Class::kRequest || message.method() != stun::Method::kBinding) return;
    ++requests_;
    std::array<uint8_t, 256> answer;
    const size_t size = stun::writeBindingSuccess(answer, message, route.remote, nullptr);
    if (size > 0) sendTo(route.local, route.remote, ByteView(answer).first(size));
  }

  size_t requests_ = 0;
};

}  // namespace tincan::inline v0::sim
