#include "stack/local_ice.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

const ice::Credentials kFirst{"aaaa", "first-password-of-22-ch"}, kSecond{"bbbb", "second-password-of-22-c"};

ice::CandidateGathered candidate(const ice::Credentials& of, int port = 5000) {
  ice::Candidate out =
      ice::Candidate::parse("candidate:1 1 udp 2122260223 192.0.2.1 " + std::to_string(port) + " typ host").value();
  out.ufrag = of.ufrag;
  return {out, {}, {}};
}
ice::GatheringStateChanged to(ice::GatheringState state) {
  return {state};
}

// One word for each news: what a page hears, in its order.
std::string words(const std::vector<LocalIce::News>& news) {
  std::string out;
  for (const LocalIce::News& each : news) {
    if (!out.empty()) out += " ";
    if (auto* found = std::get_if<LocalIce::CandidateFound>(&each)) {
      out += found->candidate.empty() ? "end(" + found->ufrag + ")" : "candidate(" + found->ufrag + ")";
    } else if (auto* changed = std::get_if<LocalIce::GatheringChanged>(&each)) {
      out += toString(changed->state);
    } else {
      out += "error";
    }
  }
  return out;
}

/// The states of a generation, and each with nobody to tell (no description, or a pool) and with somebody.
enum class State { kNew, kGathering, kComplete };

LocalIce in(State state, bool live) {
  LocalIce out(kFirst);
  (void)out.setLive(live);
  if (state == State::kNew) return out;
  EXPECT_TRUE(out.askToGather());
  (void)out.handle(to(ice::GatheringState::kGathering));
  (void)out.handle(candidate(kFirst));
  if (state == State::kComplete) (void)out.handle(to(ice::GatheringState::kComplete));
  return out;
}

TEST(LocalIce, EachEventInEachState) {
  struct Row {
    State state;
    const char *gathering, *complete, *found, *error, *restart;
  };
  for (const Row& row : {Row{State::kNew, "gathering", "end(aaaa) complete", "candidate(aaaa)", "error", "gathering"},
                         Row{State::kGathering, "", "end(aaaa) complete", "candidate(aaaa)", "error", ""},
                         Row{State::kComplete, "gathering", "", "candidate(aaaa)", "error", "gathering"}}) {
    const auto heard = [&](const ice::Event& event) { return words(in(row.state, true).handle(event)); };
    EXPECT_EQ(heard(to(ice::GatheringState::kGathering)), row.gathering);
    EXPECT_EQ(heard(to(ice::GatheringState::kComplete)), row.complete);
    EXPECT_EQ(heard(candidate(kFirst)), row.found);
    EXPECT_EQ(heard(candidate(kSecond)), "") << "of another generation";
    EXPECT_EQ(heard(ice::CandidateError{}), row.error);
    EXPECT_EQ(heard(ice::SelectedPairChanged{}), "");
    // W3C §4.4.2: on a restart "gathering" is seen before "complete".
    LocalIce restarting = in(row.state, true);
    EXPECT_EQ(restarting.over(), row.state == State::kComplete);
    EXPECT_TRUE(restarting.begin(kSecond));
    EXPECT_FALSE(restarting.over()) << "nothing of it has been gathered";
    EXPECT_EQ(words(restarting.handle(to(ice::GatheringState::kComplete))), "") << "the agent does not know yet";
    EXPECT_EQ(words(restarting.restarted()), row.restart);
    EXPECT_EQ(words(restarting.handle(to(ice::GatheringState::kGathering))), "");
    EXPECT_EQ(words(restarting.handle(candidate(kFirst))), "");
    EXPECT_EQ(words(restarting.handle(candidate(kSecond))), "candidate(bbbb)");
    EXPECT_EQ(words(restarting.handle(to(ice::GatheringState::kComplete))), "end(bbbb) complete");
    // Nobody is there to tell.
    LocalIce silent = in(row.state, false);
    for (const ice::Event& event : {ice::Event(candidate(kFirst)), ice::Event(to(ice::GatheringState::kComplete)),
                                    ice::Event(ice::CandidateError{})})
      EXPECT_EQ(words(silent.handle(event)), "");
    EXPECT_EQ(silent.gathering(), RTCIceGatheringState::kNew);
    EXPECT_FALSE(silent.over());
  }
}

// W3C §4.4.1.2 and §5.6.2: what the pool has is told once there is a description, and again after a rollback to none.
TEST(LocalIce, TellsWhatWasKept) {
  LocalIce ice = in(State::kComplete, false);
  (void)ice.handle(ice::CandidateError{});
  EXPECT_EQ(words(ice.setLive(true)), "gathering candidate(aaaa) error end(aaaa) complete");
  EXPECT_EQ(words(ice.setLive(true)), "");
  EXPECT_EQ(ice.gathering(), RTCIceGatheringState::kComplete);
  EXPECT_EQ(words(ice.setLive(false)), "new");
  EXPECT_EQ(words(ice.setLive(true)), "gathering candidate(aaaa) end(aaaa) complete");
  LocalIce early = in(State::kNew, false);
  EXPECT_EQ(words(early.setLive(true)), "") << "nothing has begun";
  LocalIce midway = in(State::kGathering, false);
  EXPECT_EQ(words(midway.setLive(true)), "gathering candidate(aaaa)");
}

// W3C §4.3.2.
TEST(LocalIce, AsksOnceAGeneration) {
  LocalIce ice(kFirst);
  EXPECT_TRUE(ice.askToGather());
  EXPECT_FALSE(ice.askToGather());
  EXPECT_FALSE(ice.begin(kFirst)) << "the same credentials begin nothing";
  EXPECT_FALSE(ice.askToGather());
  EXPECT_TRUE(ice.begin(kSecond));
  EXPECT_TRUE(ice.askToGather());
  EXPECT_TRUE(ice.candidates().empty());
}

// W3C §4.4.2.
TEST(LocalIce, FreshCredentialsStayUntilTheyAreSet) {
  SeededRandom random(1);
  LocalCredentials ice(kFirst);
  const ice::Credentials fresh = ice.fresh(random);
  EXPECT_NE(fresh, kFirst);
  EXPECT_EQ(ice.fresh(random), fresh);
  EXPECT_EQ(ice.credentials(), kFirst) << "an offer that is never set changes nothing";
  ice.begin(fresh);
  EXPECT_EQ(ice.credentials(), fresh);
  EXPECT_NE(ice.fresh(random), fresh);
}

// W3C §4.4.2, restartIce: wanted until a round is over that has none of the credentials to replace.
TEST(LocalIce, RestartIsWantedUntilItIsDone) {
  LocalCredentials ice(kFirst);
  ice.replace({});
  EXPECT_FALSE(ice.restartWanted()) << "no description has told anything";
  ice.replace({"aaaa", "old"});
  EXPECT_TRUE(ice.restartWanted());
  ice.settle({"aaaa"});
  EXPECT_TRUE(ice.restartWanted());
  ice.settle({"old"});
  EXPECT_TRUE(ice.restartWanted());
  ice.settle({"bbbb"});
  EXPECT_FALSE(ice.restartWanted());
}

}  // namespace
}  // namespace tincan::inline v0::stack
