#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/random.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::sim {

struct TurnServerConfig {
  std::string realm = "test.local";
  std::map<std::string, std::string> users = {{"user", "pass"}};
  bool auth = true;
  bool algorithms = false;       ///< offers SHA-256 and MD5, and wants the first that the client takes
  bool onlyMd5 = false;          ///< … of that list
  bool userhash = false;         ///< wants USERHASH
  bool stripAlgorithms = false;  ///< somebody on the way takes the list out: a bid-down attack
  Duration nonceLifetime = Duration::seconds(3600);
  bool alwaysStale = false;
  Duration lifetime = Duration::seconds(600);
  std::optional<SocketAddress> alternate;
  uint16_t refuse = 0;             ///< every authenticated Allocate gets this error
  std::set<stun::Method> forgets;  ///< a request of these finds that the allocation is gone: 437, and so it is
  size_t quota = 1000;
  uint16_t port = 3478;           ///< UDP and TCP; 0: any, and no TCP nor TLS
  std::set<IpAddress> forbidden;  ///< peers: 403
  bool silent = false;
};

struct TurnServerStats {
  size_t allocates = 0, refreshes = 0, permissions = 0, binds = 0, releases = 0, challenges = 0, stale = 0,
         bindings = 0;
  size_t sendIndications = 0, dataIndications = 0, channelIn = 0, channelOut = 0;
  size_t noPermission = 0;  ///< data dropped, either way
  size_t mostAllocations = 0;
  std::set<Protocol> protocols;  ///< over which allocations were made
  std::set<Route> allocators;    ///< who asked for them
};

/// A TURN server (RFC 8656) that the tests' clients meet: UDP and TCP on port 3478, TLS on 5349, relayed addresses on
/// every address of its host. Written apart from the client; shares only the message classes with it.
class TurnServer final : public Endpoint {
 public:
  TurnServer(PacketPool& pool, RandomSource& random, TurnServerConfig initial = {});

  TurnServerConfig config;
  TurnServerStats stats;
  size_t allocations() const { return allocations_.size(); }
  const std::set<SocketAddress>& locals() const { return servers_; }  ///< where it hears UDP
  /// Puts bytes on the way to a client, as the server or as somebody who forges its address.
  void sendTo(const Route& client, ByteView bytes);
  /// The clients that have an allocation, and their relayed addresses.
  std::vector<Route> clients() const;
  std::vector<SocketAddress> relayed(const Route& client) const { return allocations_.at(client).relayed; }

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override;
  bool pollTransmit(TimePoint, Transmit& out) override;
  bool pollIoRequest(IoRequest& out) override;
  void handleIoResult(TimePoint now, IoResult result) override;
  bool dispatchEvents(TimePoint) override { return false; }
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  using Method = stun::Method;
  struct Allocation {
    std::vector<SocketAddress> relayed;
    TimePoint expires;
    std::map<IpAddress, TimePoint> permissions;
    std::map<uint16_t, std::pair<SocketAddress, TimePoint>> channels;
    stun::TransactionId granted{};  ///< the Allocate that made it, and the answer, for when that one was lost
    Bytes answer{};
  };
  struct Pending {
    Route client;
    Bytes request;
    std::vector<bool> v6;  ///< families that are asked for
  };

  void fromClient(TimePoint now, const Route& client, ByteView message);
  void fromPeer(TimePoint now, const SocketAddress& relayed, const SocketAddress& peer, ByteView data);
  void request(TimePoint now, const Route& client, const stun::Message& message);
  /// 0: the request is authenticated.
  uint16_t check(TimePoint now, const stun::Message& message);
  void allocate(TimePoint now, const Route& client, const stun::Message& message);
  void allocated(TimePoint now, const Pending& pending, const std::vector<SocketAddress>& locals);
  void relay(TimePoint now, const Route& client, const SocketAddress& peer, ByteView data);
  void error(TimePoint now, const Route& client, const stun::Message& request, uint16_t number);
  template <class Body>
  void answer(const Route& client, const stun::Message& request, Body&& body);
  void seal(stun::MessageWriter& writer, const stun::Message& request) const;
  std::string nonce(TimePoint now) const;
  Bytes algorithmList() const;
  /// The user's password's key, as the request's algorithm wants it.
  std::optional<Bytes> keyFor(const stun::Message& message) const;

  PacketPool& pool_;
  RandomSource& random_;
  std::map<Route, Allocation> allocations_;
  std::map<uint32_t, Pending> pending_;
  std::map<Route, Bytes> streams_;
  std::set<SocketAddress> servers_;  ///< our own UDP addresses
  uint32_t nextId_ = 10;
  std::deque<Transmit> transmits_;
  std::deque<IoRequest> requests_;
  std::function<void()> wake_;
};

}  // namespace tincan::inline v0::sim
