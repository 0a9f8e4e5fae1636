// A scripted peer that keeps to the protocol but for one thing at a time: each has the alert that the RFC names, as the
// peer sees it on the wire, and no key is exported.
#include "misbehaviour.h"

#include <cstdio>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tincan::inline v0::dtls {
namespace {

using test::Misbehaviour;
using test::Outcome;
using test::ScriptedPeer;

std::vector<Misbehaviour> all() {
  std::vector<Misbehaviour> out;
  for (const auto& table : {test::misbehaviours12Client(), test::misbehaviours12Server(), test::misbehaviours13Client(),
                            test::misbehaviours13Server(), test::misbehaviours13Either(Role::kClient),
                            test::misbehaviours13Either(Role::kServer)}) {
    out.insert(out.end(), table.begin(), table.end());
  }
  return out;
}

struct Stage {
  explicit Stage(const Misbehaviour& row) {
    const Role other = row.subject == Role::kClient ? Role::kServer : Role::kClient;
    subject = test::config(row.subject, crypto::KeyType::kEcdsaP256, row.version);
    far = test::config(other, crypto::KeyType::kEcdsaP256, row.version);
    if (row.configure) row.configure(subject, far);
  }
  Config subject, far;
};

void expectOutcome(const Misbehaviour& row, ScriptedPeer& peer) {
  const bool connected = peer.subject().state() == State::kConnected;
  switch (row.outcome) {
    case Outcome::kFatal:
      peer.waitOut();  // what was said in the clear is passed over until the time-out
      EXPECT_EQ(peer.subject().state(), State::kFailed);
      ASSERT_EQ(peer.alerts().size(), 1u);
      EXPECT_EQ(peer.alerts()[0].description, row.alert) << name(peer.alerts()[0].description);
      EXPECT_EQ(peer.alerts()[0].level, AlertLevel::kFatal);
      EXPECT_TRUE(peer.log().error);
      EXPECT_FALSE(peer.subject().exportKeyingMaterial("EXTRACTOR-dtls_srtp", 60).ok());
      break;
    case Outcome::kWarned:
      EXPECT_TRUE(connected);
      ASSERT_EQ(peer.alerts().size(), 1u);
      EXPECT_EQ(peer.alerts()[0].description, row.alert) << name(peer.alerts()[0].description);
      EXPECT_EQ(peer.alerts()[0].level, AlertLevel::kWarning);
      break;
    case Outcome::kRefused: EXPECT_EQ(peer.subject().stats().helloesRefused, 1u); [[fallthrough]];
    case Outcome::kConnects:
      EXPECT_TRUE(connected) << (peer.log().error ? peer.log().error->toString() : "");
      EXPECT_TRUE(peer.alerts().empty());
      break;
    case Outcome::kWaits:
      EXPECT_EQ(peer.subject().state(), State::kConnecting);
      EXPECT_TRUE(peer.alerts().empty());
      break;
  }
  const bool mayHaveKeys = connected || !row.afterwards.empty();
  EXPECT_EQ(peer.log().keys.has_value(), mayHaveKeys);
}

TEST(Misbehaviour, EachHasTheAlertThatTheRfcNames) {
  std::set<std::string> names;
  for (const Misbehaviour& row : all()) {
    const std::string label = std::string(name(row.version)) +
                              (row.subject == Role::kClient ? " client: " : " server: ") + std::string(row.name);
    SCOPED_TRACE(label);
    EXPECT_TRUE(names.insert(label).second);
    const Stage stage(row);
    ScriptedPeer peer(stage.subject, stage.far, row.change);
    peer.run();
    if (!row.afterwards.empty()) {
      ASSERT_EQ(peer.subject().state(), State::kConnected);
      peer.send(row.afterwards);
    }
    expectOutcome(row, peer);
  }
  EXPECT_GE(names.size(), 80u);
  std::printf("%zu misbehaviours\n", names.size());
}

// The scheme itself: a peer that changes nothing connects, and what it seals is taken.
TEST(Misbehaviour, APeerThatDoesNothingWrongConnects) {
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    for (const Role role : {Role::kClient, Role::kServer}) {
      const Stage stage({"", role, version});
      ScriptedPeer peer(stage.subject, stage.far, nullptr);
      peer.run();
      EXPECT_EQ(peer.subject().state(), State::kConnected);
      EXPECT_TRUE(peer.log().keys);
      const uint64_t epoch = version == Version::kDtls12 ? 1 : 3;
      peer.send(test::record(ContentType::kApplicationData, epoch, toBytes(asBytes("sealed by the peer"))));
      ASSERT_EQ(peer.log().data.size(), 1u);
      EXPECT_EQ(asText(peer.log().data[0]), "sealed by the peer");
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls
