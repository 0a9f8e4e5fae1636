// Ten networks on each side: open, and the nine NATs of RFC 4787. Which pairs connect, and that all do with TURN.
#include <cstdio>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/world/ice_endpoint.h"
#include "tests/sim/world/stun_server.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

constexpr std::array kKinds = {Dependence::kEndpointIndependent, Dependence::kAddressDependent,
                               Dependence::kAddressAndPortDependent};

struct Profile {
  bool open = false;
  Dependence mapping = Dependence::kEndpointIndependent;
  Dependence filtering = Dependence::kEndpointIndependent;

  std::string name() const {
    const auto letter = [](Dependence d) {
      return std::string(d == Dependence::kEndpointIndependent ? "E" : d == Dependence::kAddressDependent ? "A" : "P");
    };
    return open ? "open" : letter(mapping) + "/" + letter(filtering);
  }
};

std::vector<Profile> profiles() {
  std::vector<Profile> out = {{true, {}, {}}};
  for (const Dependence mapping : kKinds) {
    for (const Dependence filtering : kKinds) out.push_back({false, mapping, filtering});
  }
  return out;
}

/// What theory says, without a packet: both sides send to every address of the other's that they have heard of, and
/// hear of those from which something gets through to them, until nothing changes. They are connected when some two
/// outside addresses reach each other both ways. Knows nothing of the simulation's NATs.
class Oracle {
 public:
  static bool connects(const Profile& a, const Profile& b) {
    Oracle oracle(a, b);
    return oracle.run();
  }

 private:
  // An outside address: the side's, and what of the destination its mapping was made for.
  using Outside = std::pair<int, std::string>;

  Oracle(const Profile& a, const Profile& b) : sides_{a, b} {}

  static std::string text(const Outside& address) { return std::to_string(address.first) + "(" + address.second + ")"; }

  Outside source(int side, int ip, const std::string& destination) const {
    const Profile& p = sides_[static_cast<size_t>(side)];
    if (p.open || p.mapping == Dependence::kEndpointIndependent) return {side, ""};
    if (p.mapping == Dependence::kAddressDependent) return {side, "ip" + std::to_string(ip)};
    return {side, destination};
  }
  void send(int side, int ip, const std::string& destination) {
    sent_.insert({source(side, ip, destination), {ip, destination}});
  }
  bool letsIn(const Outside& to, const Outside& from) const {
    const Profile& p = sides_[static_cast<size_t>(to.first)];
    if (p.open) return true;
    for (const auto& [mapping, remote] : sent_) {
      if (mapping != to) continue;
      if (p.filtering == Dependence::kEndpointIndependent) return true;
      if (remote.first != from.first) continue;
      if (p.filtering == Dependence::kAddressDependent || remote.second == text(from)) return true;
    }
    return false;
  }
  bool run() {
    constexpr int kStun = 2;
    std::array<std::set<Outside>, 2> known;
    for (const int side : {0, 1}) {
      send(side, kStun, "stun");
      known[static_cast<size_t>(1 - side)].insert(source(side, kStun, "stun"));
    }
    for (int round = 0; round < 10; ++round) {
      for (const int side : {0, 1}) {
        const auto targets = known[static_cast<size_t>(side)];
        for (const Outside& to : targets) {
          send(side, to.first, text(to));
          const Outside from = source(side, to.first, text(to));
          if (letsIn(to, from)) known[static_cast<size_t>(1 - side)].insert(from);
        }
      }
    }
    for (const Outside& theirs : known[0]) {
      const Outside ours = source(0, 1, text(theirs));
      if (known[1].contains(ours) && source(1, 0, text(ours)) == theirs && letsIn(theirs, ours) &&
          letsIn(ours, theirs)) {
        return true;
      }
    }
    return false;
  }

  std::array<Profile, 2> sides_;
  std::set<std::pair<Outside, std::pair<int, std::string>>> sent_;
};

struct Setting {
  std::vector<std::string> urls;
  bool udpBlocked = false;
};

Host& place(World& world, const Profile& profile, int side, bool udpBlocked) {
  const std::string outside = side == 0 ? "203.0.113.1" : "198.51.100.1";
  LinkConfig wire;
  wire.blocksUdp = udpBlocked;
  if (profile.open) return world.addHost("open", outside, wire);
  NatConfig config;
  config.mapping = profile.mapping;
  config.filtering = profile.filtering;
  config.hairpinning = false;
  NatBox& box = world.addNat("nat", outside, config, wire);
  return world.addHost("inside", side == 0 ? "192.168.1.2" : "10.0.0.2", box);
}

bool connects(const Profile& left, const Profile& right, const Setting& setting, uint64_t seed) {
  World world(seed);
  Host& serverHost = world.addHost("server", "192.0.2.9");
  TurnServer server(world.pool(), world.newRandom());
  world.attach(serverHost, server);
  ice::AgentConfig config;
  for (const std::string& url : setting.urls) {
    config.servers.push_back(ice::ServerUrl::parse(url).value());
    config.servers.back().username = "user";
    config.servers.back().credential = "pass";
  }
  IceEndpoint a(world, place(world, left, 0, setting.udpBlocked), config);
  config.role = ice::Role::kControlled;
  IceEndpoint b(world, place(world, right, 1, setting.udpBlocked), config);
  a.connectTo(b);
  b.connectTo(a);
  const bool up =
      world.runUntil([&] { return a.agent.selectedPair() && b.agent.selectedPair(); }, Duration::seconds(25));
  if (!up) return false;
  world.runFor(Duration::seconds(1));
  a.sendText("ping");
  b.sendText("pong");
  world.runFor(Duration::seconds(1));
  const bool both = a.texts.size() == 1 && b.texts.size() == 1;
  world.detach(server);
  return both;
}

/// Runs all ordered pairs and prints who connects; gives the number.
size_t matrix(const char* title, const Setting& setting,
              const std::function<bool(const Profile&, const Profile&)>& expected) {
  const std::vector<Profile> all = profiles();
  std::printf("\n%s\n     ", title);
  for (const Profile& p : all) std::printf("%5s", p.name().c_str());
  size_t count = 0;
  uint64_t seed = 1;
  for (const Profile& left : all) {
    std::printf("\n%5s", left.name().c_str());
    for (const Profile& right : all) {
      const bool up = connects(left, right, setting, seed++);
      std::printf("%5s", up ? "yes" : ".");
      count += up;
      EXPECT_EQ(up, expected(left, right)) << left.name() << " with " << right.name();
    }
  }
  std::printf("\n%zu of 100\n", count);
  return count;
}

TEST(NatMatrix, WithoutTurnWhatTheoryAllows) {
  size_t theory = 0;
  for (const Profile& left : profiles()) {
    for (const Profile& right : profiles()) theory += Oracle::connects(left, right);
  }
  EXPECT_EQ(theory, 61u) << "one NAT a side, no hairpin";
  EXPECT_EQ(matrix("STUN alone (mapping/filtering: Endpoint-independent, Address-, address-and-Port-dependent)",
                   {{"stun:192.0.2.9"}, false}, Oracle::connects),
            61u);
}

TEST(NatMatrix, WithTurnAll) {
  EXPECT_EQ(matrix("STUN and TURN over UDP", {{"stun:192.0.2.9", "turn:192.0.2.9"}, false},
                   [](const Profile&, const Profile&) { return true; }),
            100u);
}

TEST(NatMatrix, UdpBlockedAllByTurnOverTcp) {
  EXPECT_EQ(matrix("UDP blocked, TURN over TCP", {{"stun:192.0.2.9", "turn:192.0.2.9?transport=tcp"}, true},
                   [](const Profile&, const Profile&) { return true; }),
            100u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
