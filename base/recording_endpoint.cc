#include "base/recording_endpoint.h"

namespace tincan::inline v0 {
namespace {

struct Replayer {
  Endpoint& endpoint;
  PacketPool& pool;

  std::optional<Sent> operator()(const PacketReceived& record) const {
    PacketBuffer packet = pool.copy(record.packet);
    packet.setEcn(record.ecn);
    endpoint.receive(record.now, record.route, std::move(packet));
    return std::nullopt;
  }
  std::optional<Sent> operator()(const TimedOut& record) const {
    endpoint.handleTimeout(record.now);
    return std::nullopt;
  }
  std::optional<Sent> operator()(const TransmitPolled& record) const {
    Transmit out;
    if (!endpoint.pollTransmit(record.now, out)) return std::nullopt;
    return Sent{record.now, out.route, toBytes(out.packet.view()), out.ecn};
  }
  std::optional<Sent> operator()(const IoRequestPolled&) const {
    IoRequest request;
    (void)endpoint.pollIoRequest(request);
    return std::nullopt;
  }
  std::optional<Sent> operator()(const IoAnswered& record) const {
    endpoint.handleIoResult(record.now, record.result);
    return std::nullopt;
  }
  std::optional<Sent> operator()(const EventsDispatched& record) const {
    (void)endpoint.dispatchEvents(record.now);
    return std::nullopt;
  }
  std::optional<Sent> operator()(const DriverLeft& record) const {
    endpoint.leave(record.now);
    return std::nullopt;
  }
  std::optional<Sent> operator()(const Sent&) const { return std::nullopt; }
};

}  // namespace

std::optional<Sent> replay(const EndpointRecord& record, Endpoint& endpoint, PacketPool& pool) {
  return std::visit(Replayer{endpoint, pool}, record);
}

}  // namespace tincan::inline v0
