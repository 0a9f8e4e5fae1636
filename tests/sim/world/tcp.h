#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "base/endpoint.h"
#include "tests/sim/world/places.h"

namespace tincan::inline v0::sim {

/// What goes one way over a stream, in order.
struct TcpSegment {
  enum class Kind : uint8_t { kAccept, kData, kFin };
  Kind kind = Kind::kData;
  Bytes bytes{};
};

/// One side of a stream: who it is, and what has come for it.
struct TcpEnd {
  Endpoint* endpoint = nullptr;  ///< none once it has closed
  Host* host = nullptr;
  Route route;
  std::vector<Link*> path;  ///< the wires to the other end
  uint64_t nextSent = 0;
  uint64_t nextRead = 0;
  std::map<uint64_t, TcpSegment> arrived;  ///< by number; what overtook its forerunner waits here
};

/// A TCP or TLS connection between two endpoints of a world. Reliable and in order; what a wire loses is sent again
/// after a doubling time-out, and bytes come in chunks that have nothing to do with the writer's. No congestion
/// control.
///
///     OpenStream ── SYN ──> listener? ── SYN-ACK (kTls: a round trip more) ──> StreamOpened ── ACK ──> StreamAccepted
///                     └── none: refused, after a round trip        no such host, or a NAT in front: time-out
struct TcpStream {
  std::array<TcpEnd, 2> ends;  ///< who opened it, who accepted it
};

/// The wires from a host to an address and back, through the NATs between them.
struct TcpPath {
  Host* host = nullptr;  ///< none: nobody there who could answer
  SocketAddress seen;    ///< the source, as the far end sees it
  std::vector<Link*> there;
  std::vector<Link*> back;
};

}  // namespace tincan::inline v0::sim
