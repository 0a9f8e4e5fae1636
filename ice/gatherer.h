#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "ice/config.h"
#include "ice/relays.h"
#include "ice/stun_queries.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

/// The server that a candidate came from, and how long its answer took; nothing for a host candidate.
struct Origin {
  std::string url{};
  Duration roundTrip = Duration::zero();
};

/// A candidate of ours, and the local address that its packets leave from (its base, RFC 8445 §2.3).
struct LocalCandidate {
  Candidate candidate;
  SocketAddress base;
  Origin origin{};
};

/// Finds our own candidates (RFC 8445 §5.1.1): host ones on the sockets that it asks for, server-reflexive ones from
/// STUN servers (StunQueries), relayed ones from TURN servers (Relays). Owned by the agent. A server that fails gives one
/// CandidateError and holds nobody up for longer than `serverTimeout`.
///
///     kIdle ── start ──> kOpening ── sockets ──> kAsking ── every server answered or failed ──> kDone
///                                                   └── restart goes back here: the sockets stay ──┘
class Gatherer {
 public:
  Gatherer(const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats);

  void start(TimePoint now);
  /// Tells the host candidates again and asks the servers again (ICE restart); starts when it has not yet.
  void restart(TimePoint now);
  void handleIoResult(TimePoint now, const IoResult& result);
  /// True when the message answers one of our questions.
  bool handleResponse(TimePoint now, const Route& route, const stun::Message& message);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  bool pollIoRequest(IoRequest& out);
  bool pollCandidate(LocalCandidate& out);
  bool pollError(CandidateError& out);
  /// The NAT bindings towards the servers are not needed any more.
  void stopKeepalive() { queries_.stopKeepalive(); }
  /// Everything that was opened goes.
  void close();

  bool started() const { return state_ != State::kIdle; }
  bool done() const { return state_ == State::kDone; }
  /// Our own addresses are known.
  bool opened() const { return started() && opening_.empty(); }
  bool offersLoopback() const;
  Relays& relays() { return relays_; }
  /// Takes what queries and relays have come to; after each use of `relays()` that may have moved them.
  void collect();

 private:
  enum class State : uint8_t { kIdle, kOpening, kAsking, kDone };

  struct Server {
    ServerUrl url;
    std::optional<uint32_t> resolving;  ///< id of the ResolveHost that is under way
    std::vector<IpAddress> addresses;
    bool failed = false;
    bool answered = false;
  };

  void transition(State next);
  void prepareServers(TimePoint now);
  bool isRetired(size_t server) const;
  void openedUdp(TimePoint now, const UdpOpened& opened);
  void closedUdp(TimePoint now, const UdpClosed& closed);
  void resolved(TimePoint now, const HostResolved& answer);
  void addHost(const SocketAddress& base);
  void addQueries(TimePoint now, size_t server);
  bool addQuery(TimePoint now, size_t server, const IpAddress& address, const SocketAddress& base);
  void addRelay(TimePoint now, size_t server, const IpAddress& address, std::optional<SocketAddress> base);
  void addRelayed(const Relays::Outcome& outcome);
  void forget(const std::vector<SocketAddress>& relayed);
  void addReflexive(const SocketAddress& mapped, const SocketAddress& base, const SocketAddress& server, Origin origin);
  void addCandidate(Candidate candidate, const SocketAddress& base, Origin origin);
  void failServer(size_t server, uint16_t code, std::string text, const SocketAddress& local);
  void checkDone();
  uint16_t localPreference(const SocketAddress& base);

  const AgentConfig& config_;
  State state_ = State::kIdle;
  uint32_t nextId_ = 1;
  std::set<uint32_t> opening_;
  std::set<uint32_t> opened_;  ///< still in force: interfaces may come
  std::vector<SocketAddress> bases_;
  std::map<SocketAddress, uint16_t> preferences_;  ///< of each base; never given twice
  uint16_t ranks_[2] = {0, 0};                     ///< how many bases of IPv4 and of IPv6 there have been
  std::vector<Server> servers_;
  StunQueries queries_;
  Relays relays_;
  std::vector<LocalCandidate> known_;
  Queue<LocalCandidate> candidates_;
  Queue<CandidateError> errors_;
  Queue<IoRequest> requests_;
};

}  // namespace tincan::inline v0::ice
