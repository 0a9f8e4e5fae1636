#include "apps/examples/signaling_channel.h"

#include <variant>

#include "apps/signalling/message.h"

namespace tincan::inline v0::examples {

using apps::SignallingMessage;
using stack::RTCIceCandidate;
using stack::RTCSessionDescription;

namespace {

class MemoryChannel final : public SignalingChannel {
 public:
  explicit MemoryChannel(net::Loop& loop) : loop_(loop) {}
  void connect(const MemoryChannel& other) { other_ = other.self_; }

  void send(const json& message) override {
    loop_.post([other = other_, message] {
      const auto self = other.lock();  // unless that end is gone by then
      if (self && (*self)->onmessage) (*self)->onmessage(message);
    });
  }

 private:
  net::Loop& loop_;
  std::shared_ptr<MemoryChannel*> self_ = std::make_shared<MemoryChannel*>(this);
  std::weak_ptr<MemoryChannel*> other_;
};

// The one member of a signalling message as the tincan command writes it: {"description": …} or {"candidate": …}.
json memberOf(const SignallingMessage& message) {
  return *json::parse(apps::toJson(message)).begin();
}

template <class T>
Result<T> parseMember(const char* key, const json& value) {
  auto message = apps::parseMessage(json{{key, value}}.dump());
  if (!message) return message.error();
  return std::get<T>(std::move(message).value());
}

}  // namespace

std::pair<std::unique_ptr<SignalingChannel>, std::unique_ptr<SignalingChannel>> makePair(net::Loop& loop) {
  auto one = std::make_unique<MemoryChannel>(loop), other = std::make_unique<MemoryChannel>(loop);
  one->connect(*other);
  other->connect(*one);
  return {std::move(one), std::move(other)};
}

json toJson(const std::optional<RTCSessionDescription>& description) {
  return description ? memberOf(*description) : json();
}
json toJson(const std::optional<RTCIceCandidate>& candidate) {
  return candidate ? memberOf(*candidate) : json();
}
Result<RTCSessionDescription> toDescription(const json& value) {
  return parseMember<RTCSessionDescription>("description", value);
}
Result<RTCIceCandidate> toCandidate(const json& value) {
  return parseMember<RTCIceCandidate>("candidate", value);
}

}  // namespace tincan::inline v0::examples
