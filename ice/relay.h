#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "base/ring.h"
#include "ice/config.h"
#include "stun/stream_splitter.h"
#include "stun/transaction.h"
#include "stun/turn_client.h"

namespace tincan::inline v0::ice {

/// One connection to one server: TURN over UDP, TCP or TLS (RFC 8656), or a STUN Binding over TLS (`stuns:`), which
/// shows that the server is there and gives no candidate, because a mapping of TCP is of no use to anybody else. Owned
/// by Relays.
///
///     kConnecting ──> kAsking ──> kUp ──(refused, closed)──> kEnded
///          ^             │         └── 437, expired: another allocation from kAsking, at most 3 times in a row; the
///          │             │             connection closed: the same from kConnecting
///          │             ├── 437: from another port, three in all (RFC 8656 §7.4)
///          └─────────────┴── 300: to the alternate server, at most 3 times, never to the same twice
class Relay {
 public:
  enum class State : uint8_t { kConnecting, kAsking, kUp, kEnded };
  struct Setup {
    size_t server = 0;  ///< which of the configuration's
    ServerUrl url;
    SocketAddress remote;
    std::optional<SocketAddress> base;  ///< UDP: our socket; none: a stream of its own
    uint16_t preference = 0;            ///< local preference of the candidates (RFC 8445 §5.1.2.1)
    stun::TurnConfig::Family family = stun::TurnConfig::Family::kIpv4;
  };

  Relay(Setup setup, const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats);

  void start(uint32_t& nextId);
  /// UDP, in kConnecting: there is to be a port to ask from. `usePort` and `refusePort` say which, or not that one;
  /// `noPort` that there is none left.
  bool wantsPort() const { return wantsPort_; }
  bool tried(size_t number) const { return (triedPorts_ >> number & 1) != 0; }
  void usePort(TimePoint now, size_t number, const SocketAddress& local);
  void refusePort(size_t number) { triedPorts_ |= 1u << number; }
  void noPort();
  /// Gives the allocation back; pollTransmit has the last words.
  void close();
  /// True when the answer was for this one.
  bool handleIoResult(TimePoint now, const IoResult& result, uint32_t& nextId);
  /// The socket that it sends from is gone.
  void lost();
  /// True for what comes from the server: everything on its stream; of datagrams, those that are TURN's.
  bool owns(const Route& real, ByteView packet) const;
  /// Takes it; what it held from peers goes to `out`, with the relayed address as the local one.
  void receive(TimePoint now, PacketBuffer packet, Ring<std::pair<Route, PacketBuffer>>& out);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  bool pollIoRequest(IoRequest& out);
  /// After each of the above: moves on what the client has come to.
  void advance(TimePoint now, uint32_t& nextId);

  const Setup& setup() const { return setup_; }
  State state() const { return state_; }
  const stun::TurnClient::Failure& failure() const { return failure_; }
  stun::TurnClient* client() { return client_.get(); }
  /// Empty until it is up, and when it has ended.
  std::vector<SocketAddress> relayed() const;
  const std::optional<SocketAddress>& mapped() const { return client_->mapped(); }
  Duration roundTrip() const { return client_->roundTrip(); }
  /// What packets for the server carry.
  const Route& route() const { return route_; }
  SocketAddress local() const { return route_.local; }

 private:
  void transition(State next) { state_ = next; }
  void connect(uint32_t& nextId);
  void begin(TimePoint now);
  void end(uint16_t code, std::string reason);
  void redirect(uint32_t& nextId);
  void mismatched(uint32_t& nextId);
  void remake(TimePoint now);
  bool mayRemake(TimePoint now);
  void reconnect(uint32_t& nextId);
  void take(TimePoint now, PacketBuffer packet, Ring<std::pair<Route, PacketBuffer>>& out);
  void takeBinding(ByteView packet);
  void sendBinding(const stun::TransactionId& id, stun::Class messageClass);
  bool isStream() const { return !setup_.base; }

  Setup setup_;
  const AgentConfig& config_;
  RandomSource& random_;
  PacketPool& pool_;
  Stats& stats_;
  State state_ = State::kConnecting;
  std::string host_;  ///< the name that the certificate must have
  std::vector<SocketAddress> visited_;
  uint32_t opening_ = 0;  ///< id of the OpenStream under way
  bool open_ = false;     ///< the stream is
  Route route_;
  bool wantsPort_ = false;
  size_t port_ = 0;          ///< the number (RelayPorts) of the one in use
  uint32_t triedPorts_ = 0;  ///< a bit for each number that this Allocate has been tried from
  size_t triedStreams_ = 0;
  size_t remakes_ = 0;  ///< allocations in a row that were lost soon after they were granted
  TimePoint upSince_ = TimePoint::never();
  stun::StreamSplitter splitter_;
  std::unique_ptr<stun::TurnClient> client_;
  stun::Transaction binding_;
  TimePoint keepalive_ = TimePoint::never();
  stun::TurnClient::Failure failure_;
  Ring<Transmit> transmits_;
  Queue<IoRequest> requests_;
};

}  // namespace tincan::inline v0::ice
