#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/endpoint.h"

namespace tincan::inline v0 {

/// What went into an endpoint, and what came out of it, one entry a call. `Sent` is output: a replay gives the others to an
/// endpoint and compares what that one sends.
struct PacketReceived {
  TimePoint now;
  Route route;
  Bytes packet;
  Ecn ecn = Ecn::kNotCapable;
};
struct TimedOut {
  TimePoint now;
};
struct TransmitPolled {
  TimePoint now;
};
struct IoRequestPolled {};
struct IoAnswered {
  TimePoint now;
  IoResult result;
};
struct EventsDispatched {
  TimePoint now;
};
struct DriverLeft {
  TimePoint now;
};
struct Sent {
  TimePoint now;
  Route route;
  Bytes packet;
  Ecn ecn = Ecn::kNotCapable;
};
using EndpointRecord = std::variant<PacketReceived, TimedOut, TransmitPolled, IoRequestPolled, IoAnswered,
                                    EventsDispatched, DriverLeft, Sent>;

/// Stands between an endpoint and whatever drives it, and tells a sink of everything that goes in and out, in its order.
/// An endpoint knows nothing else of the world: with the calls that its user made between, the records are enough to run
/// it again, alone, to the byte. Inputs are told before the endpoint has them, so that what its callbacks do comes after.
class RecordingEndpoint final : public Endpoint {
 public:
  using Sink = std::function<void(EndpointRecord)>;
  /// Both outlive the recorder.
  RecordingEndpoint(Endpoint& inner, Sink sink) : inner_(inner), sink_(std::move(sink)) {}

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override {
    sink_(PacketReceived{now, route, toBytes(packet.view()), packet.ecn()});
    inner_.receive(now, route, std::move(packet));
  }
  void handleTimeout(TimePoint now) override {
    sink_(TimedOut{now});
    inner_.handleTimeout(now);
  }
  TimePoint nextTimeout() const override { return inner_.nextTimeout(); }
  bool pollTransmit(TimePoint now, Transmit& out) override {
    sink_(TransmitPolled{now});
    if (!inner_.pollTransmit(now, out)) return false;
    sink_(Sent{now, out.route, toBytes(out.packet.view()), out.ecn});
    return true;
  }
  bool pollIoRequest(IoRequest& out) override {
    sink_(IoRequestPolled{});
    return inner_.pollIoRequest(out);
  }
  void handleIoResult(TimePoint now, IoResult result) override {
    sink_(IoAnswered{now, result});
    inner_.handleIoResult(now, std::move(result));
  }
  bool dispatchEvents(TimePoint now) override {
    sink_(EventsDispatched{now});
    return inner_.dispatchEvents(now);
  }
  std::array<std::string_view, 2> ufrags() const override { return inner_.ufrags(); }
  void setWake(std::function<void()> wake) override { inner_.setWake(std::move(wake)); }
  void leave(TimePoint now) override {
    sink_(DriverLeft{now});
    inner_.leave(now);
  }
  void setParting(std::function<void()> parting) override { inner_.setParting(std::move(parting)); }

 private:
  Endpoint& inner_;
  Sink sink_;
};

/// Gives one record to an endpoint, and returns what it sent for it; nothing happens for `Sent`.
std::optional<Sent> replay(const EndpointRecord& record, Endpoint& endpoint, PacketPool& pool);

}  // namespace tincan::inline v0
