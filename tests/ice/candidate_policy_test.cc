#include "ice/candidate_policy.h"

#include <gtest/gtest.h>

#include "ice/agent.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

Candidate candidate(const std::string& address, uint16_t port, bool tcp = false) {
  const std::string line = "1 1 " + std::string(tcp ? "tcp" : "udp") + " 1 " + address + " " + std::to_string(port) +
                           " typ host" + (tcp ? " tcptype passive" : "");
  return Candidate::parse(line).value();
}

TEST(CandidatePolicy, A11AddressesOfNoHostAreRefusedInEveryNotation) {
  for (const std::string v4 : {"0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.255", "224.0.0.1", "127.0.0.1"}) {
    if (v4 != "127.0.0.1") {
      EXPECT_NE(refusal(candidate(v4, 5000), true), "") << v4;
    }
    for (const std::string prefix : {"::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"}) {
      if (prefix + v4 == "::0.0.0.0") continue;
      EXPECT_NE(refusal(candidate(prefix + v4, 5000), true), "") << prefix << v4;
    }
  }
  for (const char* v6 : {"::", "ff02::1", "fec0::1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::1"}) {
    EXPECT_NE(refusal(candidate(v6, 5000), true), "") << v6;
  }
  EXPECT_NE(refusal(candidate("192.0.2.1", 0), true), "");
}

TEST(CandidatePolicy, AddressesOfHostsAreNot) {
  for (const char* good : {"192.0.2.1", "10.0.0.1", "169.254.1.1", "2001:db8::1", "fe80::1", "fd00::1",
                           "64:ff9b::192.0.2.1", "2002:c000:201::1"}) {
    EXPECT_EQ(refusal(candidate(good, 80), false), "") << good;
  }
}

TEST(CandidatePolicy, LoopbackOnlyWhereWeOfferIt) {
  for (const char* loopback : {"127.0.0.1", "127.9.9.9", "::1"}) {
    for (const bool tcp : {false, true}) {
      EXPECT_NE(refusal(candidate(loopback, 5000, tcp), false), "") << loopback;
      EXPECT_EQ(refusal(candidate(loopback, 5000, tcp), true), "") << loopback;
    }
  }
}

TEST(CandidatePolicy, TcpNeverToServicesNorToTheLink) {
  EXPECT_NE(refusal(candidate("192.0.2.1", 1023, true), true), "");
  EXPECT_EQ(refusal(candidate("192.0.2.1", 1024, true), true), "");
  EXPECT_NE(refusal(candidate("127.0.0.1", 25, true), true), "");
  EXPECT_NE(refusal(candidate("169.254.1.1", 5000, true), true), "");
  EXPECT_NE(refusal(candidate("fe80::1", 5000, true), true), "");
}

TEST(CandidatePolicy, LoopbackIsHeldUntilOurOwnAddressesAreKnown) {
  for (const bool offers : {false, true}) {
    Network net;
    Node& a = net.add({ip(offers ? "127.0.0.1" : "192.0.2.1")}, role(Role::kControlling));
    a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
    a.agent->addRemoteCandidate(net.now, candidate("127.0.0.2", 5000));
    EXPECT_EQ(a.agent->stats().candidatesRefused, 0u);
    a.agent->gather(net.now);
    net.run(Duration::seconds(1));
    EXPECT_EQ(a.agent->stats().candidatesRefused, offers ? 0u : 1u);
    EXPECT_EQ(a.agent->candidateNotes().size(), offers ? 0u : 1u);
    EXPECT_EQ(a.agent->stats().checksSent > 0, offers);
  }
}

TEST(CandidatePolicy, TheApplicationFilters) {
  Network net;
  AgentConfig config = role(Role::kControlling);
  config.acceptRemote = [](const Candidate& c) { return c.address.ip != ip("192.0.2.2"); };
  Node& a = net.add({ip("192.0.2.1")}, config);
  a.agent->gather(net.now);
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  a.agent->addRemoteCandidate(net.now, candidate("192.0.2.2", 5000));
  net.run(Duration::seconds(1));
  EXPECT_EQ(a.agent->stats().checksSent, 0u);
  EXPECT_EQ(a.agent->candidateNotes().size(), 1u);
  a.agent->addRemoteCandidate(net.now, candidate("192.0.2.3", 5000));
  net.run(Duration::seconds(1));
  EXPECT_GT(a.agent->stats().checksSent, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::ice
