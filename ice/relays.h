#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/queue.h"
#include "base/ring.h"
#include "ice/relay.h"
#include "ice/relay_ports.h"

namespace tincan::inline v0::ice {

/// A candidate of ours, and the local address that its packets leave from (its base, RFC 8445 §2.3).
struct LocalCandidate;

/// The connections to TURN servers, and to STUN servers over TLS. Owned by the gatherer, which adds them and turns
/// their outcomes into candidates and errors. To the sessions a relayed address is a base like a socket's: the agent
/// hands what leaves from one to `wrap`, and what comes from a server to `receive`.
///
///     session ── Route{udp, relayed, peer} ──> wrap ──> Route{udp | tcp | tls, ours, server}
///     session <── Route{udp, relayed, peer} <── receive <──┘
///
/// An allocation that its server has forgotten is lost (`pollLost`) and made anew, with an outcome of its own.
class Relays {
 public:
  enum class Arrival : uint8_t { kForeign, kControl, kData };
  /// What became of a connection: up with these addresses, or not, and why.
  struct Outcome {
    size_t server = 0;
    uint16_t code = 0;  ///< 0: it is up
    std::string reason{};
    SocketAddress local{};
    std::vector<SocketAddress> relayed{};
    std::optional<SocketAddress> mapped{};
    uint16_t preference = 0;
    Protocol protocol = Protocol::kUdp;
    SocketAddress remote{};
    Duration roundTrip = Duration::zero();  ///< of the request that the server granted
    bool again = false;                     ///< it had been up before, and was lost
  };

  Relays(const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats)
      : config_(config), random_(random), pool_(pool), stats_(stats) {}

  void add(TimePoint now, Relay::Setup setup);
  /// ICE restart: what is up tells its outcome again once its server has said that it still knows it; what has ended is
  /// forgotten.
  void restart(TimePoint now);
  /// Whether the server behind this relayed address still knows it, is asked now.
  void probe(TimePoint now, const SocketAddress& relayed);
  /// There is one that has not ended.
  bool has(size_t server) const;
  bool has(size_t server, const std::optional<SocketAddress>& base, IpAddress::Family family) const;
  /// Some connection has had no outcome yet.
  bool busy() const;
  bool busy(size_t server) const;
  bool pollOutcome(Outcome& out);
  /// A relayed address that is no more.
  bool pollLost(SocketAddress& relayed);

  /// A remote candidate's address: every relay lets it in, those that come later, too.
  void permit(TimePoint now, const IpAddress& peer);
  /// The selected pair's route: a channel for it, when it is relayed.
  void select(TimePoint now, const Route& path);
  /// Makes of a packet from a relayed address what its server must get; others stay as they are. False: there is
  /// nothing to send now.
  bool wrap(TimePoint now, Route& route, PacketBuffer& packet);
  /// A packet or a chunk from a server of ours; pollPacket gives what it held.
  Arrival receive(TimePoint now, const Route& real, PacketBuffer& packet);
  bool pollPacket(Route& path, PacketBuffer& packet);

  bool handleIoResult(TimePoint now, const IoResult& result);
  void closedUdp(TimePoint now, const std::vector<SocketAddress>& locals);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  bool pollIoRequest(IoRequest& out);
  /// Gives the allocations back; pollTransmit has the last words.
  void close();

 private:
  struct Entry {
    std::unique_ptr<Relay> relay;
    bool told = false;  ///< its outcome
    std::vector<SocketAddress> relayed{};
    bool verifying = false;  ///< since an ICE restart
    bool again = false;      ///< an outcome was told, and is so no more
  };

  void advance(TimePoint now);
  void advance(TimePoint now, Entry& entry);
  void lose(Entry& entry);
  void findPort(TimePoint now, Entry& entry);
  bool inUse(const Entry& asking, const SocketAddress& local) const;
  bool verified(Entry& entry);
  void tell(Entry& entry);
  void tellFailure(Entry& entry, uint16_t code, std::string reason);

  const AgentConfig& config_;
  RandomSource& random_;
  PacketPool& pool_;
  Stats& stats_;
  uint32_t nextId_ = 0x4000'0000u;  ///< the gatherer counts from one, the TCP streams from 0x8000'0000
  std::vector<Entry> entries_;
  RelayPorts ports_;
  std::set<IpAddress> peers_;
  Queue<Outcome> outcomes_;
  Queue<SocketAddress> lost_;
  Ring<std::pair<Route, PacketBuffer>> packets_;
};

}  // namespace tincan::inline v0::ice
