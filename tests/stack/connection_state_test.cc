#include "stack/connection_state.h"

#include <gtest/gtest.h>

#include "stack/attribute.h"

namespace tincan::inline v0::stack {
namespace {

// W3C §5.6.1: every ICE state beside every DTLS state.
TEST(ConnectionState, OfIceAndDtls) {
  using Ice = RTCIceConnectionState;
  using Dtls = dtls::State;
  using Is = RTCPeerConnectionState;
  const Dtls columns[] = {Dtls::kNew, Dtls::kConnecting, Dtls::kConnected, Dtls::kClosed, Dtls::kFailed};
  struct Row {
    Ice ice;
    Is is[5];
  };
  const Row rows[] = {
      {Ice::kNew, {Is::kNew, Is::kConnecting, Is::kConnecting, Is::kDisconnected, Is::kFailed}},
      {Ice::kChecking, {Is::kConnecting, Is::kConnecting, Is::kConnecting, Is::kDisconnected, Is::kFailed}},
      {Ice::kConnected, {Is::kConnecting, Is::kConnecting, Is::kConnected, Is::kDisconnected, Is::kFailed}},
      {Ice::kCompleted, {Is::kConnecting, Is::kConnecting, Is::kConnected, Is::kDisconnected, Is::kFailed}},
      {Ice::kDisconnected, {Is::kDisconnected, Is::kDisconnected, Is::kDisconnected, Is::kDisconnected, Is::kFailed}},
      {Ice::kFailed, {Is::kFailed, Is::kFailed, Is::kFailed, Is::kFailed, Is::kFailed}},
      {Ice::kClosed, {Is::kClosed, Is::kClosed, Is::kClosed, Is::kClosed, Is::kClosed}},
  };
  for (const Row& row : rows) {
    for (size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(connectionStateOf(row.ice, columns[i], false), row.is[i])
          << toString(row.ice) << " " << dtls::name(columns[i]);
      const Is hopeless = row.ice == Ice::kClosed ? Is::kClosed : Is::kFailed;
      EXPECT_EQ(connectionStateOf(row.ice, columns[i], true), hopeless);
    }
  }
}

// §5.6.1 to §5.6.3: each pair of transports, in either order.
// W3C §4.3.3.
TEST(ConnectionState, OfSeveralTransports) {
  using Is = RTCPeerConnectionState;
  const auto joint = [](Is a, Is b) {
    const Is both[] = {a, b}, swapped[] = {b, a};
    EXPECT_EQ(jointState(both), jointState(swapped));
    return jointState(both);
  };
  for (const Is each : {Is::kNew, Is::kConnecting, Is::kConnected, Is::kDisconnected, Is::kFailed, Is::kClosed}) {
    EXPECT_EQ(joint(each, each), each);
    EXPECT_EQ(joint(each, Is::kFailed), Is::kFailed);
    if (each != Is::kFailed) {
      EXPECT_EQ(joint(each, Is::kDisconnected), Is::kDisconnected);
    }
    EXPECT_EQ(joint(each, Is::kClosed), each) << "what is closed counts for nothing";
  }
  EXPECT_EQ(joint(Is::kNew, Is::kConnected), Is::kConnecting);
  EXPECT_EQ(joint(Is::kNew, Is::kConnecting), Is::kConnecting);
  EXPECT_EQ(joint(Is::kConnected, Is::kConnecting), Is::kConnecting);
  EXPECT_EQ(jointState(std::span<const Is>()), Is::kNew);
}

// W3C §4.3.4.
TEST(ConnectionState, OfSeveralIceTransports) {
  using Is = RTCIceConnectionState;
  const auto joint = [](Is a, Is b) {
    const Is both[] = {a, b}, swapped[] = {b, a};
    EXPECT_EQ(jointState(both), jointState(swapped));
    return jointState(both);
  };
  for (const Is each :
       {Is::kNew, Is::kChecking, Is::kConnected, Is::kCompleted, Is::kDisconnected, Is::kFailed, Is::kClosed}) {
    EXPECT_EQ(joint(each, each), each);
    EXPECT_EQ(joint(each, Is::kFailed), Is::kFailed);
    if (each != Is::kFailed) {
      EXPECT_EQ(joint(each, Is::kDisconnected), Is::kDisconnected);
    }
    EXPECT_EQ(joint(each, Is::kClosed), each);
  }
  EXPECT_EQ(joint(Is::kNew, Is::kChecking), Is::kChecking);
  EXPECT_EQ(joint(Is::kNew, Is::kCompleted), Is::kChecking);
  EXPECT_EQ(joint(Is::kChecking, Is::kConnected), Is::kChecking);
  EXPECT_EQ(joint(Is::kConnected, Is::kCompleted), Is::kConnected);
}

// W3C §4.3.2.
TEST(ConnectionState, OfSeveralGatherers) {
  using Is = RTCIceGatheringState;
  const auto joint = [](Is a, Is b) {
    const Is both[] = {a, b};
    return jointState(both);
  };
  EXPECT_EQ(joint(Is::kNew, Is::kComplete), Is::kNew);
  EXPECT_EQ(joint(Is::kComplete, Is::kGathering), Is::kGathering);
  EXPECT_EQ(joint(Is::kNew, Is::kGathering), Is::kGathering);
  EXPECT_EQ(joint(Is::kComplete, Is::kComplete), Is::kComplete);
  EXPECT_EQ(jointState(std::span<const Is>()), Is::kNew);
}

// W3C §4.4.1.3.
TEST(Attribute, IsShownWithItsEvent) {
  Attribute<int> attribute(0);
  EXPECT_FALSE(attribute.change(0));
  EXPECT_TRUE(attribute.change(1));
  EXPECT_TRUE(attribute.change(2));
  EXPECT_EQ(attribute.shown(), 0);
  EXPECT_EQ(attribute.actual(), 2);
  attribute.show(1);
  EXPECT_EQ(attribute.shown(), 1);
  attribute.catchUp();
  EXPECT_EQ(attribute.shown(), 2);
}

}  // namespace
}  // namespace tincan::inline v0::stack
