#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ecn.h"
#include "base/packet_buffer.h"
#include "base/result.h"
#include "base/time.h"

namespace tincan::inline v0 {

/// One packet on its way out.
struct Transmit {
  Route route;
  PacketBuffer packet;
  Ecn ecn = Ecn::kNotCapable;
  uint8_t dscp = 0;  ///< RFC 2474 §3, where the socket can set it for a packet
};

/// What an endpoint asks of the world and cannot do itself. Each carries an id that its answer repeats.
struct OpenUdp {
  uint32_t id = 0;
  /// A socket on every usable interface address when unspecified, else on this one. Port 0: any. The request stays in
  /// force: UdpOpened with the same id tells of addresses that come later, UdpClosed of those that went.
  SocketAddress local;
};
struct ResolveHost {
  uint32_t id = 0;
  std::string host;
};
struct OpenStream {
  uint32_t id = 0;
  Protocol protocol = Protocol::kTcp;  ///< kTcp or kTls
  SocketAddress remote;
  std::string host;  ///< the name that the TLS certificate must have; empty with kTcp
};
/// Take TCP connections, on the same addresses as OpenUdp would bind: TcpListening answers, StreamAccepted tells of each.
struct ListenTcp {
  uint32_t id = 0;
  SocketAddress local;
};
/// Close one stream, opened or accepted; nothing answers.
struct CloseStream {
  Route route;
};
/// Close everything that was opened for this endpoint.
struct CloseSockets {};
/// Close what one OpenUdp has opened, of these addresses; the request is in force no longer, and nothing answers. A port
/// that others share stays open.
struct CloseUdp {
  uint32_t id = 0;
  std::vector<SocketAddress> locals;
};
using IoRequest = std::variant<OpenUdp, ResolveHost, OpenStream, ListenTcp, CloseStream, CloseSockets, CloseUdp>;

/// The answers.
struct UdpOpened {
  uint32_t id = 0;
  std::vector<SocketAddress> locals;  ///< the addresses that were bound; empty when none could be
};
/// An interface or its address went away, and the sockets on it with it.
struct UdpClosed {
  std::vector<SocketAddress> locals;
};
struct HostResolved {
  uint32_t id = 0;
  Result<std::vector<IpAddress>> addresses;
};
struct StreamOpened {
  uint32_t id = 0;
  Result<Route> route;  ///< what packets of this stream carry as their Route
};
struct StreamClosed {
  Route route;
};
struct TcpListening {
  uint32_t id = 0;
  std::vector<SocketAddress> locals;  ///< as in UdpOpened
};
struct StreamAccepted {
  Route route;
};
using IoResult =
    std::variant<UdpOpened, UdpClosed, HostResolved, StreamOpened, StreamClosed, TcpListening, StreamAccepted>;

/// The one contract, as the driver in net/ (and the simulation in tests/) sees it: bytes, time and answers go in; bytes,
/// the next deadline and questions come out. Any number of calls may come before a drain, and a drain is: pollTransmit
/// until false, pollIoRequest until false, then dispatchEvents; again until all three have nothing.
class Endpoint {
 public:
  virtual ~Endpoint() = default;

  virtual void receive(TimePoint now, const Route& route, PacketBuffer packet) = 0;
  virtual void handleTimeout(TimePoint now) = 0;
  virtual TimePoint nextTimeout() const = 0;
  virtual bool pollTransmit(TimePoint now, Transmit& out) = 0;

  virtual bool pollIoRequest(IoRequest& out) = 0;
  virtual void handleIoResult(TimePoint now, IoResult result) = 0;

  /// Runs the user's callbacks for what has happened since the last call; false when there was nothing to say.
  virtual bool dispatchEvents(TimePoint now) = 0;

  /// Connectivity checks whose USERNAME begins with one of these are for this endpoint: how those are told apart that
  /// share a port. Two at most, as there are around an ICE restart; empty ones are none. The driver reads them after
  /// every drain.
  virtual std::array<std::string_view, 2> ufrags() const { return {}; }

  /// The driver's answer to "the user changed something from outside a callback": `wake` asks for a drain soon, and may be
  /// called any number of times. The one call that goes upward, because only the driver knows when soon is.
  virtual void setWake(std::function<void()> wake) { (void)wake; }

  /// The driver goes, and with it every way to the far end: the endpoint says its goodbyes now. What pollTransmit gives
  /// after this is the last that leaves, and nothing else is asked of it any more.
  virtual void leave(TimePoint now) { (void)now; }
  /// The driver's answer to "I am destroyed, and you are still there": `parting` does what the driver would do if it went
  /// itself, at once. The endpoint calls it first thing in its destructor. Empty once the driver has gone.
  virtual void setParting(std::function<void()> parting) { (void)parting; }
};

}  // namespace tincan::inline v0
