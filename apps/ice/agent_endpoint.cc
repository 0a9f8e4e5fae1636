#include "apps/ice/agent_endpoint.h"

#include <utility>

namespace tincan::inline v0::apps {

AgentEndpoint::AgentEndpoint(ice::AgentConfig config, RandomSource& random, PacketPool& pool, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), agent_(std::move(config), random, pool) {}

bool AgentEndpoint::send(TimePoint now, PacketBuffer packet) {
  Transmit out;
  if (!agent_.send(now, std::move(packet), out)) return false;
  queue_.push_back(std::move(out));
  if (wake_) wake_();
  return true;
}

void AgentEndpoint::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  PacketBuffer data = agent_.receive(now, route, std::move(packet));
  while (data) {
    if (callbacks_.data) callbacks_.data(now, data);
    data.reset();
    static_cast<void>(agent_.pollReceived(data));  // a stream may bring several at once
  }
}

void AgentEndpoint::handleTimeout(TimePoint now) {
  agent_.handleTimeout(now);
}

TimePoint AgentEndpoint::nextTimeout() const {
  return agent_.nextTimeout();
}

bool AgentEndpoint::pollTransmit(TimePoint now, Transmit& out) {
  if (agent_.pollTransmit(now, out)) return true;
  if (queue_.empty()) return false;
  out = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

bool AgentEndpoint::pollIoRequest(IoRequest& out) {
  return agent_.pollIoRequest(out);
}

void AgentEndpoint::handleIoResult(TimePoint now, IoResult result) {
  agent_.handleIoResult(now, result);
}

bool AgentEndpoint::dispatchEvents(TimePoint) {
  bool any = false;
  while (const auto event = agent_.pollEvent()) {
    any = true;
    if (callbacks_.event) callbacks_.event(*event);
  }
  return any;
}

}  // namespace tincan::inline v0::apps
