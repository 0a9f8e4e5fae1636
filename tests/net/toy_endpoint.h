#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

/// How long a test waits for what should come at once, before it fails.
inline constexpr Duration kPatience = Duration::seconds(10);

/// An endpoint whose every answer the test decides, and which remembers what it was told.
class ToyEndpoint final : public Endpoint {
 public:
  std::function<void(const Route&, PacketBuffer)> onReceive;
  std::function<void()> onTimeout;
  std::function<void()> onEvent;  ///< run by dispatchEvents when `events` is above zero

  std::deque<Transmit> transmits;
  std::deque<IoRequest> requests;
  int events = 0;
  TimePoint deadline = TimePoint::never();

  std::vector<IoResult> results;
  int drains = 0;
  int timeouts = 0;
  std::function<void()> wake, parting;
  std::function<void()> onLeave;

  void receive(TimePoint, const Route& route, PacketBuffer packet) override {
    if (onReceive) onReceive(route, std::move(packet));
  }
  void handleTimeout(TimePoint) override {
    ++timeouts;
    deadline = TimePoint::never();
    if (onTimeout) onTimeout();
  }
  TimePoint nextTimeout() const override { return deadline; }
  bool pollTransmit(TimePoint, Transmit& out) override { return take(transmits, out); }
  bool pollIoRequest(IoRequest& out) override { return take(requests, out); }
  void handleIoResult(TimePoint, IoResult result) override { results.push_back(std::move(result)); }
  bool dispatchEvents(TimePoint) override {
    ++drains;
    if (events == 0) return false;
    --events;
    const auto callback = onEvent;  // the callback may destroy this endpoint
    if (callback) callback();
    return true;
  }
  void setWake(std::function<void()> function) override { wake = std::move(function); }
  void leave(TimePoint) override {
    if (onLeave) onLeave();
  }
  void setParting(std::function<void()> function) override { parting = std::move(function); }

  template <class T>
  const T* result() const {
    for (const IoResult& each : results) {
      if (const T* found = std::get_if<T>(&each)) return found;
    }
    return nullptr;
  }

 private:
  template <class T>
  static bool take(std::deque<T>& from, T& out) {
    if (from.empty()) return false;
    out = std::move(from.front());
    from.pop_front();
    return true;
  }
};

}  // namespace tincan::inline v0::net
