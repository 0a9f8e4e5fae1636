// What the report of a failed call says of each pair.
#include "ice/pair_report.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

// One agent, and a far end that a test plays: `respond` says what comes of each check that reaches it.
struct Rig {
  Network net;
  std::vector<std::string> log;
  Node& a = net.add({ip("192.0.2.1")}, config());
  const Credentials far{"farx", "the password of the far end"};
  std::function<void(const Transmit& check, const stun::Message& request)> respond;

  AgentConfig config() {
    AgentConfig out = role(Role::kControlling);
    out.log =
        Log(LogLevel::kDebug, [this](LogLevel, std::string_view, std::string_view text) { log.emplace_back(text); });
    return out;
  }
  Rig() {
    net.tap = [this](const Transmit& check) {
      stun::Message request;
      const Bytes bytes = toBytes(check.packet.view());
      if (respond && stun::Message::parse(bytes, request)) respond(check, request);
      return true;
    };
  }
  void inject(const Transmit& check, const SocketAddress& from, ByteView answer) {
    net.later(Duration::millis(20),
              [this, local = check.route.local, from, bytes = toBytes(answer)] { net.inject(a, from, local, bytes); });
  }
  void start(int candidates) {
    a.agent->gather(net.now);
    a.agent->setRemoteCredentials(net.now, far);
    for (int i = 0; i < candidates; ++i) {
      Candidate candidate = Candidate::parse("candidate:1 1 udp 2122260223 198.51.100.1 7000 typ host").value();
      candidate.foundation = std::to_string(i + 1);
      candidate.priority -= static_cast<uint32_t>(i);
      candidate.address.port = static_cast<uint16_t>(7000 + i);
      a.agent->addRemoteCandidate(net.now, candidate);
    }
    a.agent->endOfRemoteCandidates(net.now);
  }
  // The only pair's line.
  std::string line() {
    const auto report = a.agent->pairReport();
    EXPECT_EQ(report.size(), 2u);
    return report.back();
  }
};

Bytes success(const stun::Message& request, std::string_view password, const SocketAddress& mapped) {
  const auto key = stun::IntegrityKey::shortTerm(password);
  Bytes out(200);
  out.resize(stun::writeBindingSuccess(out, request, mapped, &key));
  return out;
}

TEST(PairReport, NotTriedAndNoAnswer) {
  Rig rig;
  EXPECT_EQ(rig.a.agent->pairReport(),
            std::vector<std::string>{"0 candidate pairs, 0 tried; 0 candidates of the peer's"});
  rig.start(2);
  rig.net.run(Duration::millis(10));
  const auto report = rig.a.agent->pairReport();
  ASSERT_EQ(report.size(), 3u);
  EXPECT_EQ(report[0], "2 candidate pairs, 1 tried; 2 candidates of the peer's");
  EXPECT_EQ(report[1], "udp 192.0.2.1:40000 (host) -> 198.51.100.1:7000 (host): 1 check, no answer");
  EXPECT_EQ(report[2], "udp 192.0.2.1:40000 (host) -> 198.51.100.1:7001 (host): not tried");
}

TEST(PairReport, AnErrorIsNamedByItsNumber) {
  Rig rig;
  rig.respond = [&](const Transmit& check, const stun::Message& request) {
    const auto key = stun::IntegrityKey::shortTerm(rig.far.password);
    Bytes out(200);
    out.resize(stun::writeError(out, request, stun::ErrorNumber::kBadRequest, &key));
    rig.inject(check, check.route.remote, out);
  };
  rig.start(1);
  rig.net.run(Duration::seconds(1));
  EXPECT_NE(rig.line().find(": 1 check, refused with 400"), std::string::npos) << rig.line();
}

TEST(PairReport, AnAnswerFromAnotherAddressNamesIt) {
  Rig rig;
  rig.respond = [&](const Transmit& check, const stun::Message& request) {
    rig.inject(check, at("198.51.100.9:9"), success(request, rig.far.password, check.route.local));
  };
  rig.start(1);
  rig.net.run(Duration::seconds(1));
  EXPECT_NE(rig.line().find(": 1 check, answered over another path (198.51.100.9:9)"), std::string::npos) << rig.line();
}

TEST(PairReport, AForgedAnswerIsNoAnswer) {
  Rig rig;
  rig.respond = [&](const Transmit& check, const stun::Message& request) {
    rig.inject(check, check.route.remote, success(request, "another password", check.route.local));
  };
  rig.start(1);
  rig.net.run(Duration::millis(400));
  EXPECT_NE(rig.line().find(": 1 check, answers that the peer's password does not prove"), std::string::npos)
      << rig.line();
}

TEST(PairReport, APairThatAnsweredAndFellSilent) {
  Rig rig;
  rig.respond = [&](const Transmit& check, const stun::Message& request) {
    rig.inject(check, check.route.remote, success(request, rig.far.password, check.route.local));
  };
  rig.start(1);
  rig.net.run(Duration::seconds(2));
  EXPECT_TRUE(rig.line().ends_with(", answered (round trip 20 ms)")) << rig.line();
  rig.respond = nullptr;
  rig.log.clear();
  rig.net.run(Duration::seconds(60));
  ASSERT_EQ(rig.a.agent->state(), State::kFailed);
  EXPECT_TRUE(rig.line().ends_with(", answered (round trip 20 ms), and silent since")) << rig.line();
  const auto report = rig.a.agent->pairReport();
  ASSERT_GE(rig.log.size(), report.size());
  EXPECT_EQ(std::vector<std::string>(rig.log.end() - 2, rig.log.end()), report) << "the log ends with the report";
}

TEST(PairReport, IsBounded) {
  Rig rig;
  rig.start(40);
  rig.net.run(Duration::seconds(1));
  const auto report = rig.a.agent->pairReport();
  ASSERT_EQ(report.size(), kMaxReportedPairs + 2);
  EXPECT_TRUE(report.front().starts_with("40 candidate pairs, ")) << report.front();
  EXPECT_EQ(report.back(), "and 8 more");
}

}  // namespace
}  // namespace tincan::inline v0::ice
