#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "base/endpoint.h"

namespace tincan::inline v0::sim {

/// Stands between an endpoint and the world, and has the endpoint's clock run faster than the world's by so many parts in a
/// million (slower, where it is negative): everything that the endpoint does by its clock, captures and plays, goes with it.
class DriftingEndpoint final : public Endpoint {
 public:
  /// `inner` outlives it. Both clocks say the same at `from`.
  DriftingEndpoint(Endpoint& inner, int ppm, TimePoint from) : inner_(inner), ppm_(ppm), from_(from) {}

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override {
    inner_.receive(own(now), route, std::move(packet));
  }
  void handleTimeout(TimePoint now) override { inner_.handleTimeout(own(now)); }
  TimePoint nextTimeout() const override { return ofWorld(inner_.nextTimeout()); }
  bool pollTransmit(TimePoint now, Transmit& out) override { return inner_.pollTransmit(own(now), out); }
  bool pollIoRequest(IoRequest& out) override { return inner_.pollIoRequest(out); }
  void handleIoResult(TimePoint now, IoResult result) override { inner_.handleIoResult(own(now), std::move(result)); }
  bool dispatchEvents(TimePoint now) override { return inner_.dispatchEvents(own(now)); }
  std::array<std::string_view, 2> ufrags() const override { return inner_.ufrags(); }
  void setWake(std::function<void()> wake) override { inner_.setWake(std::move(wake)); }
  void leave(TimePoint now) override { inner_.leave(own(now)); }
  void setParting(std::function<void()> parting) override { inner_.setParting(std::move(parting)); }

 private:
  static constexpr int64_t kMillion = 1'000'000;

  TimePoint own(TimePoint world) const { return world + Duration::micros((world - from_).micros() * ppm_ / kMillion); }
  /// The first moment of the world's at which the endpoint's clock has come so far.
  TimePoint ofWorld(TimePoint own) const {
    if (own.isNever()) return own;
    const Duration one = Duration::micros(1);
    TimePoint world = from_ + Duration::micros((own - from_).micros() * kMillion / (kMillion + ppm_));
    while (this->own(world) < own) world = world + one;
    while (world > from_ && this->own(world - one) >= own) world = world - one;
    return world;
  }

  Endpoint& inner_;
  int ppm_;
  TimePoint from_;
};

}  // namespace tincan::inline v0::sim
