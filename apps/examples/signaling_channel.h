#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "net/loop.h"
#include "stack/configuration.h"

namespace tincan::inline v0::examples {

using nlohmann::json;

/// How two peers reach each other before they are connected. WebRTC leaves it to the application: here the messages are
/// JSON objects, and they go to another peer of this process (makePair) or over a WebSocket to a page (run.cc).
class SignalingChannel {
 public:
  virtual ~SignalingChannel() = default;
  virtual void send(const json& message) = 0;

  std::function<void(const json& message)> onmessage;
};

/// Two ends of one channel. What is sent at one arrives at the other by way of the loop, never inside send().
std::pair<std::unique_ptr<SignalingChannel>, std::unique_ptr<SignalingChannel>> makePair(net::Loop& loop);

/// The dictionaries as JavaScript's JSON.stringify writes them; null for none, which ends the candidates.
json toJson(const std::optional<stack::RTCSessionDescription>& description);
json toJson(const std::optional<stack::RTCIceCandidate>& candidate);
Result<stack::RTCSessionDescription> toDescription(const json& value);
Result<stack::RTCIceCandidate> toCandidate(const json& value);

}  // namespace tincan::inline v0::examples
