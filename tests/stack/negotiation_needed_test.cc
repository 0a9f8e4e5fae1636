#include "stack/negotiation_needed.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

enum class State { kIdle, kQueued, kTold };

NegotiationNeeded in(State state) {
  NegotiationNeeded out;
  if (state != State::kIdle) {
    EXPECT_TRUE(out.update(true));
  }
  if (state == State::kTold) {
    EXPECT_TRUE(out.check(RTCSignalingState::kStable, true));
  }
  return out;
}

// What one more update says: a task is queued from idle alone.
bool isIdle(NegotiationNeeded needed) {
  return needed.update(true);
}
// Whether the event that was queued would be fired.
bool wouldFire(NegotiationNeeded needed) {
  return needed.check(RTCSignalingState::kStable, true);
}

// W3C §4.7.3, each state and each event of it.
TEST(NegotiationNeeded, Update) {
  struct Row {
    State state;
    bool needed, queues, idleAfter, firesAfter;
  };
  for (const Row& row : {Row{State::kIdle, false, false, true, true}, Row{State::kIdle, true, true, false, true},
                         Row{State::kQueued, false, false, false, true}, Row{State::kQueued, true, false, false, true},
                         Row{State::kTold, false, false, true, true}, Row{State::kTold, true, false, false, false}}) {
    NegotiationNeeded needed = in(row.state);
    EXPECT_EQ(needed.update(row.needed), row.queues) << static_cast<int>(row.state) << row.needed;
    EXPECT_EQ(isIdle(needed), row.idleAfter) << static_cast<int>(row.state) << row.needed;
    EXPECT_EQ(wouldFire(needed), row.firesAfter) << static_cast<int>(row.state) << row.needed;
  }
}

// W3C §4.7.3.
TEST(NegotiationNeeded, Check) {
  for (const auto signaling :
       {RTCSignalingState::kStable, RTCSignalingState::kHaveLocalOffer, RTCSignalingState::kHaveRemoteOffer,
        RTCSignalingState::kHaveLocalPranswer, RTCSignalingState::kHaveRemotePranswer, RTCSignalingState::kClosed}) {
    for (const bool isNeeded : {false, true}) {
      NegotiationNeeded needed = in(State::kQueued);
      const bool fires = signaling == RTCSignalingState::kStable && isNeeded;
      EXPECT_EQ(needed.check(signaling, isNeeded), fires) << toString(signaling) << isNeeded;
      EXPECT_EQ(isIdle(needed), !fires) << "told once";
      EXPECT_FALSE(in(State::kTold).check(signaling, true)) << "and once alone";
    }
  }
}

// W3C §4.7.3.
TEST(NegotiationNeeded, SettlingBeginsAnew) {
  for (const State state : {State::kIdle, State::kTold}) {
    NegotiationNeeded needed = in(state);
    needed.settle();
    EXPECT_TRUE(isIdle(needed));
  }
  NegotiationNeeded queued = in(State::kQueued);
  queued.settle();
  EXPECT_FALSE(isIdle(queued)) << "the task that waits will look";
  EXPECT_TRUE(wouldFire(queued));
}

}  // namespace
}  // namespace tincan::inline v0::stack
