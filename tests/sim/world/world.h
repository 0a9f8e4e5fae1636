#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "base/endpoint.h"
#include "base/random.h"
#include "tests/sim/world/places.h"
#include "tests/sim/world/tcp.h"

namespace tincan::inline v0::sim {

/// A packet as a trace sees it.
struct TracedPacket {
  TimePoint time;
  const Host& from;
  SocketAddress source;
  SocketAddress destination;
  ByteView bytes;
  Protocol protocol = Protocol::kUdp;
  uint8_t dscp = 0;
};

struct WorldStats {
  uint64_t sent = 0;  ///< put on the wire by endpoints
  uint64_t delivered = 0;
  uint64_t unroutable = 0;  ///< to nobody's address, or from none of the host's
  uint64_t filtered = 0;    ///< by a NAT or a firewall
  uint64_t unheard = 0;     ///< no socket was open
};

/// A network in virtual time, and whatever Endpoints a test attaches to its hosts. Same seed, same script: the same bytes at
/// the same times, which wireHash() says in one number.
///
///     World world(seed);
///     Host& alice = world.addHost("alice", "203.0.113.1");
///     NatBox& home = world.addNat("home", "203.0.113.2", NatConfig::symmetric());
///     Host& bob = world.addHost("bob", "192.168.1.2", home);
///     world.attach(alice, endpoint);
///     world.runFor(Duration::seconds(60));
///
/// Endpoints are drained as base/endpoint.h says: after whatever was done to them, after their wake, and all of them
/// whenever a run begins or a script step (at, after) has run. An endpoint that never gets quiet, or wakes for ever at one
/// moment, fails the test. Hosts and NATs live as long as the world; an endpoint is detached before it goes.
class World {
 public:
  explicit World(uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- what there is ----
  Realm& internet() { return *realms_.front(); }
  Host& addHost(std::string name, std::string_view address, LinkConfig link = {});
  Host& addHost(std::string name, std::string_view address, NatBox& behind, LinkConfig link = {});
  NatBox& addNat(std::string name, std::string_view outside, NatConfig config = {}, LinkConfig link = {});
  NatBox& addNat(std::string name, std::string_view outside, NatBox& behind, NatConfig config = {},
                 LinkConfig link = {});
  /// What ResolveHost answers; others get kNotFoundError. Addresses as text stand for themselves.
  void addName(std::string name, std::vector<std::string_view> addresses);
  /// A ".local" name that `host` answers for by multicast DNS (RFC 6762), as a browser does for its host candidates.
  void addMdnsName(Host& host, std::string name);

  /// The names for which TLS servers on `host` have a certificate; OpenStream to others fails.
  void setCertificate(Host& host, std::vector<std::string> names);

  void attach(Host& host, Endpoint& endpoint);
  /// Has it say its goodbyes, and takes it off its host.
  void detach(Endpoint& endpoint);

  // ---- time ----
  TimePoint now() const { return now_; }
  void runFor(Duration duration);
  /// Until `done` holds (looked at after every event), at most `limit`; whether it does.
  bool runUntil(const std::function<bool()>& done, Duration limit = Duration::seconds(60));
  /// A step of the test's script.
  void at(TimePoint time, std::function<void()> step);
  void after(Duration delay, std::function<void()> step) { at(now_ + delay, std::move(step)); }

  // ---- for endpoints ----
  PacketPool& pool() { return pool_; }
  /// A source of its own for each endpoint or whatever else needs one, from the seed and the order of calls.
  RandomSource& newRandom();

  // ---- what happened ----
  uint64_t seed() const { return seed_; }
  uint64_t wireHash() const { return wireHash_; }
  const WorldStats& stats() const { return stats_; }
  /// Sees every packet, and every write to a stream, as it leaves an endpoint.
  void onPacket(std::function<void(const TracedPacket&)> trace) { trace_ = std::move(trace); }

 private:
  struct Packet {
    SocketAddress source;
    SocketAddress destination;
    Bytes bytes;
    Ecn ecn = Ecn::kNotCapable;
    uint8_t dscp = 0;
    bool inFragments = false;  // where a link asks for it
  };
  struct Event {
    TimePoint time;
    uint64_t order;
    std::function<void()> run;
    bool operator>(const Event& o) const { return std::tie(time, order) > std::tie(o.time, o.order); }
  };
  struct Attached {
    Endpoint* endpoint = nullptr;
    Host* host = nullptr;
    bool multicast = false;                    // has sent to a group, and so hears it
    TimePoint scheduled = TimePoint::never();  // the timer event in the heap that counts
    TimePoint lastTimeout;
    int timeoutsAtOnce = 0;
    bool wakePending = false;
    bool draining = false;
  };

  static IpAddress parse(std::string_view address);
  Realm& addRealm(std::string name);
  Host& placeHost(std::string name, std::string_view address, Realm& realm, LinkConfig link);
  NatBox& placeNat(std::string name, std::string_view outside, Realm& realm, NatConfig config, LinkConfig link);

  void schedule(TimePoint time, std::function<void()> run);
  bool step(TimePoint end);

  void drainAll();
  void drain(Attached& attached);
  bool drainOnce(Attached& attached);
  void scheduleTimer(Attached& attached);
  void fireTimer(Attached& attached, TimePoint time);
  void wake(Endpoint& endpoint);
  Attached* find(const Endpoint& endpoint);

  void answer(Attached& attached, const IoRequest& request);
  UdpOpened openUdp(Attached& attached, const OpenUdp& request);
  HostResolved resolve(const ResolveHost& request) const;
  void tell(Endpoint& endpoint, Duration delay, IoResult result);
  void tellNow(Endpoint& endpoint, IoResult result);

  void send(Attached& attached, Transmit transmit);
  void noteOnWire(const Host& from, const Packet& packet, Protocol protocol);
  void travel(Link& link, Packet packet, std::function<void(Packet)> arrive);
  void route(Realm& realm, Packet packet);
  void leaveThrough(NatBox& box, Packet packet);
  void enterThrough(NatBox& box, Packet packet);
  void multicast(Attached& from, const Packet& packet);
  void answerMdns(Attached& from, const Packet& query);
  void deliver(Host& host, const Packet& packet);

  // Streams (world_streams.cc).
  struct Journey {
    std::vector<Link*> path;
    size_t ipSize;
    size_t next;
    int attempts;
    std::function<void(bool arrived)> done;
  };
  TcpListening listen(Attached& attached, const ListenTcp& request);
  TcpPath findPath(Host& from, const SocketAddress& source, const SocketAddress& remote);
  void journey(std::vector<Link*> path, size_t ipSize, std::function<void(bool arrived)> done);
  void hop(std::shared_ptr<Journey> journey);
  void openStream(Attached& attached, const OpenStream& request);
  void established(Endpoint& endpoint, Host& host, const OpenStream& request, const SocketAddress& source,
                   const TcpPath& path);
  std::pair<uint64_t, size_t> findStream(const Endpoint& endpoint, const Route& route) const;  // id 0: none
  void sendOnStream(Attached& attached, const Transmit& transmit);
  void sendSegment(uint64_t id, size_t side, TcpSegment segment);
  void readStream(uint64_t id, size_t side);
  void breakStream(uint64_t id);
  void closeStream(Endpoint& endpoint, const Route& route);
  void closeAll(Endpoint& endpoint);

  uint64_t seed_;
  testing::ScopedTrace seedTrace_;
  SeededRandom random_;
  PacketPool pool_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000'000);
  uint64_t nextOrder_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;

  std::vector<std::unique_ptr<Realm>> realms_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<NatBox>> boxes_;
  std::map<std::string, std::vector<IpAddress>, std::less<>> names_;
  std::vector<std::unique_ptr<Attached>> attached_;  // in the order of attach(), which is the order of drains
  std::unordered_map<const Endpoint*, Attached*> index_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a wake may come when the world is gone
  std::vector<std::unique_ptr<SeededRandom>> randoms_;
  std::map<std::string, Host*, std::less<>> mdnsNames_;

  std::map<const Host*, std::vector<std::string>> certificates_;
  std::map<uint64_t, TcpStream> streams_;
  uint64_t nextStream_ = 1;

  uint64_t wireHash_ = 0xcbf29ce484222325u;
  WorldStats stats_;
  std::function<void(const TracedPacket&)> trace_;
};

}  // namespace tincan::inline v0::sim
