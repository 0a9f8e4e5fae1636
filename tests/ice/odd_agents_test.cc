// Far ends that keep to their own idea of ICE: late, from elsewhere, undecided, forgetful. The call comes up and stays.
#include <map>

#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "stun/message_writer.h"
#include "stun/response.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

const Credentials kTheirs{"oddu", "oddpasswordoddpasswordod"};
const IpAddress kHouse = ip("192.0.2.9");

/// An agent of ours and a far end of which a test says what it does. It has every port of its address.
class OddAgents : public ::testing::Test {
 protected:
  void begin(Role ours, bool remoteLite = false) {
    a = &net.add({ip("192.0.2.1")}, role(ours));
    net.delay = Duration::millis(10);
    net.tap = [this](const Transmit& sent) {
      if (sent.route.remote.ip != kHouse) return false;
      if (stun::looksLikeStun(sent.packet.view())) {
        net.later(net.delay, [this, to = sent.route.remote, bytes = toBytes(sent.packet.view())] { hear(to, bytes); });
      } else {
        ++data;
      }
      return true;
    };
    a->agent->setRemoteLite(remoteLite);
    a->agent->gather(net.now);
    a->agent->setRemoteCredentials(net.now, theirs);
  }
  void tell(const std::string& rest) { a->agent->addRemoteCandidate(net.now, Candidate::parse(rest).value()); }
  void tellPort(int port, uint32_t priority = 2130706431) {
    tell("f" + std::to_string(port) + " 1 udp " + std::to_string(priority) + " 192.0.2.9 " + std::to_string(port) +
         " typ host");
  }

  void hear(const SocketAddress& at, const Bytes& bytes) {
    stun::Message message;
    ASSERT_TRUE(stun::Message::parse(bytes, message));
    if (message.messageClass() == stun::Class::kSuccess) answered.insert(at.port);
    if (message.messageClass() != stun::Class::kRequest) return;
    if (message.checkIntegrity(stun::IntegrityKey::shortTerm(theirs.password)) != stun::IntegrityCheck::kValid) return;
    ++checks[at.port];
    if (onCheck) onCheck(at, message);
  }
  void answer(const SocketAddress& from, const stun::Message& check) {
    const auto key = stun::IntegrityKey::shortTerm(theirs.password);
    Bytes out(200);
    out.resize(stun::writeBindingSuccess(out, check, a->bound[0], &key));
    send(from, std::move(out));
  }
  void refuse(const SocketAddress& from, const stun::Message& check, stun::ErrorNumber number) {
    const auto key = stun::IntegrityKey::shortTerm(theirs.password);
    Bytes out(200);
    out.resize(stun::writeError(out, check, number, &key));
    send(from, std::move(out));
  }
  void check(uint16_t port, bool useCandidate, Role theirRole = Role::kControlling) {
    const std::string username = a->agent->localCredentials().ufrag + ":" + theirs.ufrag;
    CheckFields fields;
    storeBe64(fields.id.data(), ++lastId);
    fields.username = username;
    fields.priority = 1845501695;
    fields.role = theirRole;
    fields.tieBreaker = 77;
    fields.useCandidate = useCandidate;
    Bytes out(300);
    out.resize(writeCheck(out, fields, stun::IntegrityKey::shortTerm(a->agent->localCredentials().password)));
    send({kHouse, port}, std::move(out));
  }
  void send(const SocketAddress& from, Bytes bytes) {
    net.later(net.delay, [this, from, bytes = std::move(bytes)] { net.inject(*a, from, a->bound[0], bytes); });
  }
  uint16_t selectedPort() const {
    const auto pair = a->agent->selectedPair();
    return pair ? pair->route.remote.port : 0;
  }

  Network net;
  Node* a = nullptr;
  Credentials theirs = kTheirs;
  std::function<void(const SocketAddress& at, const stun::Message&)> onCheck = [this](const auto& at, const auto& m) {
    answer(at, m);
  };
  std::map<uint16_t, int> checks;  // of ours, by port
  std::set<uint16_t> answered;     // ports whose checks we answered
  int data = 0;
  uint64_t lastId = 0;
};

// A NAT that maps what goes out otherwise than what came in: the answers come from a port that nobody asked, and are not
// to be believed (RFC 8445 §7.2.5.2.1); the far end's own checks from there are.
TEST_F(OddAgents, AnswersComeFromAnotherPort) {
  begin(Role::kControlling);
  tellPort(5000);
  onCheck = [this](const SocketAddress&, const stun::Message& m) { answer({kHouse, 6000}, m); };
  net.run(Duration::millis(500));
  EXPECT_FALSE(up(*a));
  check(6000, false, Role::kControlled);
  net.run(Duration::millis(500));
  EXPECT_TRUE(nominated(*a));
  EXPECT_EQ(selectedPort(), 6000);
}

TEST_F(OddAgents, AnswersOnlyAfterThreeSeconds) {
  begin(Role::kControlled);
  tellPort(5000);
  const TimePoint ready = net.now + Duration::seconds(3);
  onCheck = [&](const SocketAddress& at, const stun::Message& m) {
    if (net.now >= ready) answer(at, m);
  };
  for (int i = 0; i < 40; ++i) net.later(Duration::millis(100) * i, [this, i] { check(5000, i > 30); });
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(4200), [&] { return up(*a); }));
  net.run(Duration::seconds(1));
  EXPECT_TRUE(nominated(*a));
}

// RFC 8445 §12.1: data may go over any valid pair. A controlling agent that takes its time has a call all the same.
TEST_F(OddAgents, NamesNoPairForTenSeconds) {
  begin(Role::kControlled);
  tellPort(5000);
  for (int i = 0; i < 70; ++i) net.later(Duration::seconds(1) * i, [this, i] { check(5000, i >= 10); });
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(200), [&] { return up(*a); }));
  EXPECT_TRUE(net.sendData(*a, "sound"));
  net.run(Duration::seconds(9));
  EXPECT_TRUE(up(*a) && !nominated(*a));
  EXPECT_TRUE(net.sendData(*a, "sound"));
  EXPECT_EQ(data, 2);
  net.run(Duration::seconds(50));
  EXPECT_TRUE(up(*a) && nominated(*a));
  EXPECT_EQ(a->states.back(), State::kConnected) << "no end of candidates was told";
}

TEST_F(OddAgents, NeverNamesAPair) {
  begin(Role::kControlled);
  tellPort(5000);
  net.run(Duration::seconds(120));
  EXPECT_TRUE(up(*a));
  EXPECT_TRUE(net.sendData(*a, "sound"));
}

// RFC 8445 §7.3.1.5 and RFC 5245 §8.1.1.2: who names every pair it has, again and again, means the best one.
TEST_F(OddAgents, FlipsItsNominations) {
  begin(Role::kControlled);
  for (int port = 5000; port < 5004; ++port) tellPort(port, 2130706431 - static_cast<uint32_t>(port - 5000) * 256);
  for (int i = 0; i < 200; ++i)
    net.later(Duration::millis(20) * i, [this, i] { check(static_cast<uint16_t>(5003 - i % 4), true); });
  size_t lost = 0;
  for (int i = 10; i < 200; ++i) net.later(Duration::millis(20) * i, [&] { lost += !net.sendData(*a, "sound"); });
  net.run(Duration::seconds(6));
  EXPECT_TRUE(nominated(*a));
  EXPECT_EQ(selectedPort(), 5000);
  EXPECT_LE(a->pairChanges, 4u);
  EXPECT_EQ(lost, 0u);
}

// A server that restarts alone: same port, new credentials, nothing of its own to say. Data goes on meanwhile.
TEST_F(OddAgents, ALiteServerRestarts) {
  begin(Role::kControlled, true);
  tellPort(5000);
  net.run(Duration::seconds(1));
  ASSERT_TRUE(nominated(*a));
  EXPECT_EQ(a->agent->role(), Role::kControlling);
  for (int round = 0; round < 3; ++round) {
    theirs = {"odd" + std::to_string(round), "anotherpasswordanotherpa"};
    a->agent->restart(net.now);
    a->agent->setRemoteCredentials(net.now, theirs);
    tellPort(5000);
    EXPECT_TRUE(net.sendData(*a, "sound"));
    net.run(Duration::millis(500));
    EXPECT_TRUE(up(*a)) << round;
    EXPECT_TRUE(net.sendData(*a, "sound"));
  }
  net.run(Duration::seconds(60));
  EXPECT_TRUE(up(*a));
}

TEST_F(OddAgents, TellsOneCandidateFiftyTimes) {
  begin(Role::kControlling);
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    tell("f" + n + " 1 " + (i % 2 ? "UDP " : "udp ") + std::to_string(2130706431 - i) + " 192.0.2.9 5000 typ " +
         (i % 3 ? "host" : "srflx raddr 10.0.0.1 rport 9"));
  }
  net.run(Duration::seconds(1));
  EXPECT_TRUE(nominated(*a));
  EXPECT_EQ(a->agent->pairStats().size(), 1u);
  EXPECT_LE(checks[5000], 4);
}

// The better half of what it tells leads nowhere; what is left works at once.
TEST_F(OddAgents, MostOfItsCandidatesLeadNowhere) {
  begin(Role::kControlling);
  for (int port = 5000; port < 5040; ++port) tellPort(port, 2130706431 - static_cast<uint32_t>(port - 5000) * 256);
  onCheck = [this](const SocketAddress& at, const stun::Message& m) {
    if (at.port >= 5038) answer(at, m);
  };
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(2500), [&] { return nominated(*a); })) << "40 pairs, 50 ms apart";
  EXPECT_EQ(selectedPort(), 5038);
}

// Its firewall opens late, and it never checks by itself.
TEST_F(OddAgents, ALiteServerIsUnreachableForTenSeconds) {
  begin(Role::kControlled, true);
  tellPort(5000);
  const TimePoint open = net.now + Duration::seconds(10);
  onCheck = [&](const SocketAddress& at, const stun::Message& m) {
    if (net.now >= open) answer(at, m);
  };
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(11200), [&] { return nominated(*a); }));
  EXPECT_LE(checks[5000], 16) << "and it was not flooded meanwhile";
}

// RFC 8489 §6.3.4: an error of its own that may pass, and no word about the pair; libwebrtc asks again, too.
TEST_F(OddAgents, HasNoTimeForTwoSeconds) {
  begin(Role::kControlled, true);
  tellPort(5000);
  const TimePoint ready = net.now + Duration::seconds(2);
  onCheck = [&](const SocketAddress& at, const stun::Message& m) {
    if (net.now >= ready) return answer(at, m);
    refuse(at, m, stun::ErrorNumber::kServerError);
  };
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(3200), [&] { return nominated(*a); }));
  EXPECT_LE(checks[5000], 8);
}

// Each answer comes thrice, and once more five seconds later.
TEST_F(OddAgents, AnswersSeveralTimes) {
  begin(Role::kControlling);
  tellPort(5000);
  onCheck = [this](const SocketAddress& at, const stun::Message& m) {
    for (int i = 0; i < 3; ++i) answer(at, m);
    const auto key = stun::IntegrityKey::shortTerm(theirs.password);
    Bytes late(200);
    late.resize(stun::writeBindingSuccess(late, m, a->bound[0], &key));
    net.later(Duration::seconds(5), [this, at, late] { net.inject(*a, at, a->bound[0], late); });
  };
  net.run(Duration::seconds(40));
  EXPECT_TRUE(nominated(*a));
  EXPECT_EQ(a->pairChanges, 1u);
  EXPECT_LT(*a->agent->roundTripTime(), Duration::millis(50)) << "late ones say nothing of the path";
}

// New candidates in the middle of a call are no reason to leave a pair that works, and the way out when it stops.
TEST_F(OddAgents, ChangesItsCandidatesInTheMiddleOfACall) {
  begin(Role::kControlling);
  tellPort(5000);
  net.run(Duration::seconds(1));
  ASSERT_TRUE(nominated(*a));
  uint16_t alive = 5000;
  onCheck = [&](const SocketAddress& at, const stun::Message& m) {
    if (at.port == alive) answer(at, m);
  };
  for (uint16_t port = 5001; port < 5004; ++port) {
    tellPort(port);
    net.run(Duration::seconds(2));
    EXPECT_EQ(selectedPort(), port - 1);
    alive = port;
    net.later(Duration::millis(500), [this, port] { check(port, false, Role::kControlled); });
    net.run(Duration::seconds(9));
    EXPECT_EQ(selectedPort(), port);
    EXPECT_TRUE(up(*a));
  }
}

}  // namespace
}  // namespace tincan::inline v0::ice
