// Calls by SCReAM over lines that mark packets, that take marks off, and that know nothing of marks.
#include <gtest/gtest.h>

#include "tests/sim/line_call.h"

namespace tincan::inline v0::sim {
namespace {

using Controller = stack::CongestionSettings::Controller;

LineCall::Setup by(Controller controller, int64_t line) {
  LineCall::Setup setup;
  setup.line = line;
  setup.congestion.controller = controller;
  return setup;
}

stack::RTCTransportStats transportOf(const Peer& peer) {
  return peer.pc->getStats().transport;
}

stack::RTCRemoteInboundRtpStreamStats remoteOf(const LineCall& call) {
  for (const auto& stats : call.a.pc->getStats().remoteInboundRtp) {
    if (stats.kind == "video") return stats;
  }
  return {};
}

TEST(MarksInCalls, AQueueThatMarksStaysShortAndTheLineFull) {
  LineCall call(by(Controller::kScream, 2'000'000));
  call.hostA.up.config.marks = true;
  call.watch(Duration::seconds(5));
  call.hostA.up.forgetStats();
  const auto watched = call.watch(Duration::seconds(15));
  const LinkStats line = call.hostA.up.stats();
  print("marking", watched, call);
  std::printf("queue: 95 of 100 wait less than %.1f ms, %llu of %llu marked\n", line.queueP95().toSeconds() * 1e3,
              static_cast<unsigned long long>(line.marked), static_cast<unsigned long long>(line.passed));
  EXPECT_GE(watched.framesPerSecond, 29);
  EXPECT_GE(watched.rate, 1'400'000);
  EXPECT_LE(line.queueP95(), Duration::millis(20));
  EXPECT_EQ(watched.queueDrops, 0u);
  EXPECT_GT(line.marked, 20u);
  EXPECT_GT(transportOf(call.a).ccfbMessagesReceived, 100u);
  EXPECT_GT(transportOf(call.b).ccfbMessagesSent, 100u);
  EXPECT_EQ(call.sent().packetsSentWithEct1, call.sent().packetsSent);
  EXPECT_GT(call.seen().packetsReceivedWithCe, 20u);
  EXPECT_GT(call.seen().packetsReceivedWithEct1, 500u);
  // The far end's reports say so, but for those that are on their way.
  const auto remote = remoteOf(call);
  EXPECT_EQ(remote.packetsWithBleachedEct1Marking, 0u);
  const uint64_t told = remote.packetsReceivedWithCe, seen = call.seen().packetsReceivedWithCe;
  EXPECT_LE(told, seen);
  EXPECT_GE(told + 20, seen);
  EXPECT_GT(remote.packetsReceivedWithEct1, 450u);
}

TEST(MarksInCalls, WhereMarksAreTakenOffItStopsSendingThemAndFollowsDelay) {
  LineCall call(by(Controller::kScream, 2'000'000));
  call.hostA.up.config.marks = true;
  call.hostA.up.config.bleaches = true;
  call.watch(Duration::seconds(5));
  const auto marked = call.sent().packetsSentWithEct1;
  const auto watched = call.watch(Duration::seconds(15));
  print("bleached", watched, call);
  EXPECT_GT(marked, 0u);
  EXPECT_EQ(call.sent().packetsSentWithEct1, marked);
  EXPECT_EQ(call.seen().packetsReceivedWithEct1, 0u);
  const auto remote = remoteOf(call);
  EXPECT_GT(remote.packetsWithBleachedEct1Marking, 0u);
  EXPECT_LE(remote.packetsWithBleachedEct1Marking, marked);
  EXPECT_EQ(remote.packetsReceivedWithEct1, 0u);
  EXPECT_GE(watched.framesPerSecond, 28);
  EXPECT_GE(watched.rate, 1'000'000);
  EXPECT_LE(watched.queueDrops, 5u);
}

TEST(MarksInCalls, AnOrdinaryLineIsFollowedByItsDelay) {
  LineCall call(by(Controller::kScream, 1'000'000));
  call.watch(Duration::seconds(5));
  const auto watched = call.watch(Duration::seconds(15));
  print("no marks", watched, call);
  EXPECT_GE(watched.framesPerSecond, 28);
  EXPECT_GE(watched.rate, 500'000);
  EXPECT_LE(watched.queueDrops, 5u);
}

// RFC 8888 is asked for by who wants marks alone, and is never agreed on beside transport-wide feedback.
TEST(MarksInCalls, DescriptionsAskForThemWhereTheyAreWanted) {
  for (const Controller controller : {Controller::kDelayAndLoss, Controller::kScream}) {
    LineCall call(by(controller, 2'000'000));
    const bool wanted = controller == Controller::kScream;
    const std::string offer = call.a.pc->localDescription()->sdp, answer = call.b.pc->localDescription()->sdp;
    EXPECT_EQ(offer.find("a=rtcp-fb:* ack ccfb\r\n") != std::string::npos, wanted);
    EXPECT_EQ(answer.find("a=rtcp-fb:* ack ccfb\r\n") != std::string::npos, wanted);
    EXPECT_NE(offer.find("transport-cc\r\n"), std::string::npos) << "for peers that know no other";
    EXPECT_EQ(answer.find("transport-cc\r\n") != std::string::npos, !wanted);
    call.watch(Duration::seconds(2));
    EXPECT_EQ(transportOf(call.b).ccfbMessagesSent.has_value(), wanted);
    EXPECT_EQ(call.sent().packetsSentWithEct1.has_value(), wanted);
  }
}

// The side that would not have asked for them offers next: rates go on to be found as they are.
TEST(MarksInCalls, AreKeptWhenTheOtherSideOffers) {
  LineCall::Setup setup = by(Controller::kDelayAndLoss, 2'000'000);
  setup.offerer = stack::CongestionSettings{.controller = Controller::kScream};
  setup.answererSends = true;
  LineCall call(setup);
  call.watch(Duration::seconds(2));
  signal(call.a, call.b);
  for (const Peer* peer : {&call.a, &call.b}) {
    const std::string sdp = peer->pc->localDescription()->sdp;
    EXPECT_NE(sdp.find("a=rtcp-fb:* ack ccfb\r\n"), std::string::npos);
    EXPECT_EQ(sdp.find("transport-cc\r\n"), std::string::npos);
  }
  const auto before = transportOf(call.a).ccfbMessagesReceived.value_or(0);
  EXPECT_GT(before, 0u);
  call.watch(Duration::seconds(2));
  EXPECT_GT(transportOf(call.a).ccfbMessagesReceived.value_or(0), before + 10);
}

// Who answers takes what the offer has.
TEST(MarksInCalls, ScreamThatAnswersAnOfferWithoutThemLivesOnTransportWideFeedback) {
  LineCall::Setup setup = by(Controller::kScream, 1'000'000);
  setup.offerer = stack::CongestionSettings();
  setup.answererSends = true;
  LineCall call(setup);
  call.watch(Duration::seconds(10));
  const auto watched = call.watch(Duration::seconds(5));
  print("answering", watched, call);
  EXPECT_GE(watched.framesPerSecond, 28);
  EXPECT_FALSE(call.sent().packetsSentWithEct1.has_value());
}

}  // namespace
}  // namespace tincan::inline v0::sim
