#include "sctp/socket/stream_reset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tincan::inline v0::sctp {
namespace {

using testing::ElementsAre;
using Action = IncomingResets::Action;
using Outcome = OutgoingResets::Outcome;

constexpr Duration kTimeout = Duration::millis(400);
const TimePoint kNow = TimePoint::fromMicros(1000);

TEST(OutgoingResets, OneRequestAtATimeOfAllThatIsQuiet) {
  OutgoingResets resets(100);
  const std::vector<uint16_t> wanted = {1, 3, 5};
  resets.want(wanted);
  EXPECT_FALSE(resets.isReady());
  resets.markQuiet(1);
  resets.markQuiet(5);
  resets.markQuiet(9);  // nobody asked
  ASSERT_TRUE(resets.isReady());
  const OutgoingResetRequest request = resets.nextRequest(kNow, 7, 50, kTimeout);
  EXPECT_EQ(request, (OutgoingResetRequest{100, 7, 50, {1, 5}}));
  resets.markQuiet(3);
  EXPECT_FALSE(resets.isReady()) << "one is out";
  resets.want(wanted);
  EXPECT_TRUE(resets.waiting().empty()) << "nothing is asked for twice";
  std::vector<uint16_t> streams;
  EXPECT_EQ(resets.onResponse(kNow, {99, ReconfigResult::kPerformed}, streams), Outcome::kIgnored);
  EXPECT_EQ(resets.onResponse(kNow, {100, ReconfigResult::kPerformed}, streams), Outcome::kDone);
  EXPECT_THAT(streams, ElementsAre(1, 5));
  ASSERT_TRUE(resets.isReady());
  EXPECT_EQ(resets.nextRequest(kNow, 7, 51, kTimeout).sequence, 101u);
  EXPECT_EQ(resets.onResponse(kNow, {101, ReconfigResult::kDenied}, streams), Outcome::kRefused);
  EXPECT_EQ(resets.onResponse(kNow, {101, ReconfigResult::kDenied}, streams), Outcome::kIgnored);
  EXPECT_TRUE(resets.nextTimeout().isNever());
}

TEST(OutgoingResets, TheSameRequestGoesAgainEverLater) {
  OutgoingResets resets(0xffffffff);
  const uint16_t stream = 1;
  resets.want({&stream, 1});
  resets.markQuiet(1);
  const OutgoingResetRequest request = resets.nextRequest(kNow, 0, 0, kTimeout);
  EXPECT_FALSE(resets.retransmit(kNow));
  TimePoint now = resets.nextTimeout();
  EXPECT_EQ(now, kNow + kTimeout);
  EXPECT_EQ(resets.retransmit(now), request);
  EXPECT_EQ(resets.nextTimeout(), now + kTimeout * 2);
  EXPECT_EQ(resets.attempts(), 1u);
  std::vector<uint16_t> streams;
  (void)resets.onResponse(now, {request.sequence, ReconfigResult::kInProgress}, streams);
  EXPECT_EQ(resets.attempts(), 0u) << "it lives";
  EXPECT_TRUE(resets.isAsked());
}

TEST(OutgoingResets, ARequestHoldsAsManyAsAPacketHasRoomFor) {
  OutgoingResets resets(0);
  std::vector<uint16_t> all(1000);
  for (uint16_t i = 0; i < 1000; ++i) all[i] = i;
  resets.want(all);
  for (const uint16_t stream : all) resets.markQuiet(stream);
  EXPECT_EQ(resets.nextRequest(kNow, 0, 0, kTimeout).streams.size(), OutgoingResets::kMaxAtOnce);
}

TEST(IncomingResets, EachIsPerformedOnceAndRepeatedAnswersAreTheSame) {
  IncomingResets resets(10);
  const OutgoingResetRequest request{10, 0, 5, {1}};
  EXPECT_EQ(resets.judge(request, true).action, Action::kPerform);
  resets.performed(10, ReconfigResult::kPerformed);
  for (int i = 0; i < 3; ++i) {
    const auto again = resets.judge(request, true);
    EXPECT_EQ(again.action, Action::kAnswer);
    EXPECT_EQ(again.result, ReconfigResult::kPerformed);
  }
  EXPECT_EQ(resets.lastSequence(), 10u);
  for (const uint32_t sequence : {9u, 12u, 0u, 0xffffffffu}) {
    EXPECT_EQ(resets.judge({sequence, 0, 5, {1}}, true).result, ReconfigResult::kBadSequence) << sequence;
    EXPECT_EQ(resets.judgeOther(sequence).result, ReconfigResult::kBadSequence) << sequence;
  }
  EXPECT_EQ(resets.judgeOther(11).action, Action::kPerform);
  resets.performed(11, ReconfigResult::kDenied);
  EXPECT_EQ(resets.judgeOther(11).result, ReconfigResult::kDenied);
  EXPECT_EQ(resets.judge(request, true).result, ReconfigResult::kPerformed) << "the two of one chunk";
}

TEST(IncomingResets, OneThatIsEarlyIsKeptAndAnsweredOnceItIsDue) {
  IncomingResets resets(10);
  const OutgoingResetRequest request{10, 0, 5, {1}};
  EXPECT_EQ(resets.judge(request, false).action, Action::kKeep);
  ASSERT_TRUE(resets.kept());
  EXPECT_EQ(resets.judge(request, false).result, ReconfigResult::kInProgress) << "asked again";
  EXPECT_EQ(resets.judgeOther(10).result, ReconfigResult::kInProgress);
  EXPECT_EQ(resets.judge(request, true).action, Action::kPerform);
  resets.performed(10, ReconfigResult::kPerformed);
  EXPECT_FALSE(resets.kept());
}

}  // namespace
}  // namespace tincan::inline v0::sctp
