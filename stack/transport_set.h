#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "stack/local_ice.h"
#include "stack/media_session.h"
#include "stack/path_id.h"
#include "stack/remote_transport.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// One component of a transport of a connection, and what belongs to it alone.
struct TransportPath {
  uint32_t id = 0;  ///< stack/path_id.h
  std::unique_ptr<Transport> transport;
  std::unique_ptr<MediaSession> media;  ///< null before there is any, and for RTCP, which is the other component's
  LocalIce local;
  RemoteTransport remote;
  std::optional<dtls::Role> describedRole{};  ///< by descriptions whose commands have yet to reach the transport
  /// Ours as the descriptions have it, as far as it is known. Where the association is about to follow another one, that
  /// one's role is over: an answer that still told it had both ends take the same role in the next.
  std::optional<dtls::Role> role() const {
    if (describedRole || !transport->dtlsRoleKnown()) return describedRole;
    return transport->nextDtlsRole();
  }
  RTCIceConnectionState ice = RTCIceConnectionState::kNew;
  RTCIceGatheringState gathering = RTCIceGatheringState::kNew;  ///< as far as it was told
  std::string dtlsFailure{};                                    ///< why its association came to nothing
  size_t keyLogTaken = 0;
};

/// The transports of a connection: one, unless a far end does not bundle or multiplex, or an offer prepares for that. What comes from
/// the network or the operating system is brought to the one that it is for: by the local address, where they share a
/// port by the peer's. There is always one. Owned by PeerConnection.
///
///     keep(ids): made ──► in use ──► no longer in ids: said goodbye ──► its sockets close, gone
class TransportSet {
 public:
  using Maker = std::function<std::unique_ptr<TransportPath>(uint32_t id)>;
  TransportSet(PacketPool& pool, Maker make);

  TransportPath& first() const { return *paths_.front(); }
  const std::vector<std::unique_ptr<TransportPath>>& all() const { return paths_; }
  TransportPath* find(uint32_t id) const;
  /// RTP's beside RTCP's, and the other way round; null where RTCP is multiplexed.
  TransportPath* otherComponent(const TransportPath& path) const { return find(path.id ^ kRtcpPath); }
  /// Those that are not there are made.
  void ensure(const std::vector<uint32_t>& ids);
  /// Others than these leave; without any, the first stays. `leaving` is told of each before it goes.
  void keep(TimePoint now, const std::vector<uint32_t>& ids, const std::function<void(TransportPath&)>& leaving);

  // ---- the contract ----
  void receive(TimePoint now, const Route& route, PacketBuffer packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, Transmit& out);
  bool pollIoRequest(IoRequest& out);
  void handleIoResult(TimePoint now, IoResult result);
  std::array<std::string_view, 2> ufrags() const { return first().transport->ufrags(); }

 private:
  /// The address of a socket or a listener, and whose it is.
  struct Socket {
    bool stream = false;
    SocketAddress local;
    uint32_t path = 0;
    uint32_t request = 0;
  };

  TransportPath* ownerOf(const Route& route, ByteView packet) const;
  TransportPath* byPeer(const std::vector<TransportPath*>& owners, const Route& route, ByteView packet) const;
  void note(bool stream, const std::vector<SocketAddress>& locals, uint32_t path, uint32_t request);
  void closeSockets(uint32_t path);

  PacketPool& pool_;
  Maker make_;
  std::vector<std::unique_ptr<TransportPath>> paths_;
  std::vector<Socket> sockets_;
  std::vector<Transmit> goodbyes_;  // of those that have left
  std::vector<IoRequest> requests_;
};

}  // namespace tincan::inline v0::stack
