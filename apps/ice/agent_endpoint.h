#pragma once

#include <deque>
#include <functional>

#include "base/endpoint.h"
#include "ice/agent.h"

namespace tincan::inline v0::apps {

/// An ICE agent by itself as something that net::Driver can drive: no DTLS, no media. Owned by whoever probes a
/// network.
class AgentEndpoint final : public Endpoint {
 public:
  struct Callbacks {
    std::function<void(const ice::Event&)> event;
    std::function<void(TimePoint, const PacketBuffer&)> data;  ///< what came over the selected pair
  };

  AgentEndpoint(ice::AgentConfig config, RandomSource& random, PacketPool& pool, Callbacks callbacks);

  ice::Agent& agent() { return agent_; }
  /// Over the selected pair; false when there is none.
  bool send(TimePoint now, PacketBuffer packet);

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override;
  bool pollTransmit(TimePoint now, Transmit& out) override;
  bool pollIoRequest(IoRequest& out) override;
  void handleIoResult(TimePoint now, IoResult result) override;
  bool dispatchEvents(TimePoint now) override;
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  Callbacks callbacks_;
  ice::Agent agent_;
  std::deque<Transmit> queue_;
  std::function<void()> wake_;
};

}  // namespace tincan::inline v0::apps
