// LIMITS A40: a peer that is authenticated and lies, made of a bare association that says what it likes.
#include <malloc.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sctp/association.h"
#include "sctp/data_channels.h"
#include "sctp/dcep.h"
#include "tests/sctp/pipe.h"

namespace tincan::inline v0::sctp {
namespace {

class Hostile : public testing::Test {
 protected:
  Hostile() { connect({}); }

  void connect(DataChannels::Config config) {
    config.dtlsClient = false;
    victim = std::make_unique<DataChannels>(config, random, pool);
    peer = std::make_unique<Association>(AssociationConfig{}, random, pool);
    seen = {};
    victim->start(now);
    peer->connect(now);
    pass();
    ASSERT_TRUE(seen.connected);
  }
  void pass(Duration duration = Duration::millis(300)) {
    const TimePoint end = now + duration;
    while (now < end) {
      bool busy = true;
      while (busy) {
        busy = false;
        PacketBuffer packet;
        while (victim->pollTransmit(now, packet)) peer->receive(now, packet.view()), busy = true;
        while (peer->pollTransmit(packet)) victim->receive(now, packet.view()), busy = true;
        while (auto event = victim->pollEvent()) note(std::move(*event)), busy = true;
        while (auto event = peer->pollEvent()) {
          busy = true;
          if (auto* reset = std::get_if<IncomingReset>(&*event))
            resets.insert(resets.end(), reset->streams.begin(), reset->streams.end());
          if (auto* message = std::get_if<MessageReceived>(&*event)) answers.push_back(std::move(*message));
        }
      }
      now = now + Duration::millis(10);
      if (victim->nextTimeout() <= now) victim->handleTimeout(now);
      if (peer->nextTimeout() <= now) peer->handleTimeout(now);
    }
  }
  void note(Event event) {
    if (std::get_if<Connected>(&event)) seen.connected = true;
    if (auto* opened = std::get_if<ChannelOpened>(&event)) seen.opened.push_back(std::move(*opened));
    if (auto* closed = std::get_if<ChannelClosed>(&event)) seen.closedChannels.push_back(closed->id);
    if (auto* message = std::get_if<Message>(&event)) seen.messages.push_back(std::move(*message));
    if (auto* failed = std::get_if<Failed>(&event)) seen.failed = failed->error;
  }
  void say(uint16_t stream, uint32_t ppid, ByteView bytes) {
    ASSERT_EQ(peer->send(now, stream, ppid, bytes, {}), Association::SendStatus::kSent);
    pass();
  }
  static Bytes open(std::string label = "x") { return dcep::write(dcep::Open{.label = std::move(label)}); }
  void stillWorks(uint16_t stream) {
    const size_t before = seen.messages.size();
    say(stream, 50, open("good"));
    say(stream, 51, asBytes("hello"));
    ASSERT_EQ(seen.messages.size(), before + 1);
    EXPECT_EQ(asText(seen.messages.back().data), "hello");
    EXPECT_FALSE(seen.failed);
  }

  SeededRandom random{1};
  PacketPool pool;
  TimePoint now = TimePoint::fromMicros(1);
  std::unique_ptr<DataChannels> victim;
  std::unique_ptr<Association> peer;
  test::Seen seen;
  std::vector<uint16_t> resets;
  std::vector<MessageReceived> answers;
};

size_t heap() {
#if defined(__SANITIZE_ADDRESS__)
  return 0;
#else
  return mallinfo2().uordblks;
#endif
}

// LIMITS B09: streams are there to be used, all of them, and what each takes is small and bounded.
TEST_F(Hostile, AllStreamsAtOnceTakeLittle) {
  peer.reset();
  AssociationConfig config;
  config.streams = 65'535;
  config.maxMessageSize = 1000;
  connect({});
  peer = std::make_unique<Association>(config, random, pool);
  victim = std::make_unique<DataChannels>(DataChannels::Config{.dtlsClient = false}, random, pool);
  seen = {};
  victim->start(now);
  peer->connect(now);
  pass();
  ASSERT_TRUE(seen.connected);
  EXPECT_EQ(victim->maxChannels(), 65'535);
  const size_t before = heap();
  // A channel on each that is the peer's to open; nonsense on each that is not.
  for (uint32_t stream = 0; stream < 65'535; ++stream) {
    const Bytes bytes = stream % 2 == 0 ? open("") : Bytes{0xff};
    while (peer->send(now, static_cast<uint16_t>(stream), 50, bytes, {}) != Association::SendStatus::kSent) pass();
    if (stream % 4096 == 0) pass();
    seen.opened.clear();
    seen.opened.shrink_to_fit();
  }
  pass(Duration::seconds(5));
  answers = {};
  EXPECT_GE(victim->stats().channelsRefused, 32'768u - DataChannels::kMaxRemoteChannels);
  EXPECT_EQ(victim->stats().channelsOpened, DataChannels::kMaxRemoteChannels);
  peer.reset();
  EXPECT_LT(heap() - before, 16u * 1024 * 1024) << "what the window may grow to";
  std::printf("all streams of one peer: %zu KiB\n", (heap() - before) / 1024);
  EXPECT_FALSE(seen.failed);
}

// LIMITS B09: nobody is owed more resets than we can count.
TEST_F(Hostile, ResetsOfStreamsWithoutAChannelAreBounded) {
  connect({});
  for (int round = 0; round < 2; ++round) {
    for (uint16_t stream = 1; stream < 1024; stream += 2) say(stream, 50, Bytes{0xff});
  }
  EXPECT_EQ(victim->stats().messagesRefused, 1024u);
  stillWorks(2);
}

// LIMITS B21: pieces of messages that never end, on as many channels as it takes.
TEST_F(Hostile, PiecesOfAllChannelsTogetherHaveABound) {
  constexpr uint32_t kPiece = 52, kLast = 53;
  const Bytes large(262'143);
  uint16_t id = 0;
  for (int i = 0; i < 64; ++i, id += 2) {
    say(id, 50, open());
    say(id, kPiece, large);
  }
  const uint16_t small = id, over = static_cast<uint16_t>(id + 2);
  say(small, 50, open());
  say(small, kPiece, Bytes(64));  // 64 times 262,143 and 64 are 16 MiB to the byte
  EXPECT_EQ(victim->stats().partialsRefused, 0u);
  EXPECT_TRUE(seen.closedChannels.empty());
  say(over, 50, open());
  say(over, kPiece, Bytes(1));
  EXPECT_EQ(victim->stats().partialsRefused, 1u);
  EXPECT_EQ(resets, std::vector<uint16_t>{over}) << "the one whose piece goes over";
  EXPECT_FALSE(seen.failed);
  // Whole messages need none of it; and what is closed gives its part back.
  say(small + 4, 50, open());
  say(small + 4, 53, asBytes("whole"));
  ASSERT_EQ(seen.messages.size(), 1u);
  victim->close(now, 0);
  pass();
  say(2, kLast, Bytes(1));
  ASSERT_EQ(seen.messages.size(), 2u);
  EXPECT_EQ(seen.messages.back().data.size(), 262'144u);
  say(small, kLast, Bytes(1));
  EXPECT_EQ(seen.messages.size(), 3u);
  EXPECT_EQ(victim->stats().partialsRefused, 1u);
}

// A piece at a time: what a message takes up grows with it, and is given back with it.
TEST_F(Hostile, AMessageOfManyPiecesIsWholeAndLeavesNothing) {
  say(0, 50, open());
  for (int round = 0; round < 70; ++round) {  // more than the bound in all
    for (int piece = 0; piece < 3; ++piece) {
      ASSERT_EQ(peer->send(now, 0, 52, Bytes(80'000), {}), Association::SendStatus::kSent);
    }
    say(0, 53, Bytes(5));
    ASSERT_EQ(seen.messages.size(), static_cast<size_t>(round) + 1);
    ASSERT_EQ(seen.messages.back().data.size(), 240'005u);
  }
  EXPECT_EQ(victim->stats().partialsRefused, 0u);
}

TEST_F(Hostile, WrongParityIsResetAndNotAcknowledged) {
  say(3, 50, open());
  EXPECT_TRUE(seen.opened.empty());
  EXPECT_TRUE(answers.empty());
  EXPECT_THAT(resets, testing::ElementsAre(3));
  stillWorks(0);
}

TEST_F(Hostile, AnIdInUseIsClosed) {
  say(0, 50, open("first"));
  say(0, 50, open("second"));
  ASSERT_EQ(seen.opened.size(), 1u);
  EXPECT_THAT(resets, testing::ElementsAre(0));
  say(0, 51, asBytes("late"));
  EXPECT_TRUE(seen.messages.empty());
  stillWorks(2);
}

TEST_F(Hostile, AnOpenForOurOwnChannelClosesIt) {
  const uint16_t id = *victim->open(now, {.label = "ours"});
  pass();
  say(id, 50, open());
  EXPECT_THAT(resets, testing::ElementsAre(id));
  stillWorks(0);
}

TEST_F(Hostile, ALabelLengthThatLiesIsRefused) {
  Bytes bytes = open("label");
  bytes[9] = 200;
  say(0, 50, bytes);
  EXPECT_TRUE(seen.opened.empty());
  EXPECT_THAT(resets, testing::ElementsAre(0));
  EXPECT_EQ(victim->stats().messagesRefused, 1u);
  stillWorks(2);
}

TEST_F(Hostile, AFloodOfOpensIsBounded) {
  for (uint16_t id = 0; id < 200; id = static_cast<uint16_t>(id + 2)) {
    while (peer->send(now, id, 50, open(std::string(60'000, 'x')), {}) == Association::SendStatus::kFull) pass();
  }
  pass(Duration::seconds(5));
  EXPECT_EQ(seen.opened.size(), 17u) << "1 MiB of labels";
  EXPECT_FALSE(seen.failed);
  EXPECT_EQ(resets.size(), 83u) << "and the other OPENs were answered with a reset";
}

TEST_F(Hostile, TheSameOpenAgainAndAgainCostsNothing) {
  for (int i = 0; i < 3000; ++i) {
    while (peer->send(now, 1, 50, open(), {}) == Association::SendStatus::kFull) pass(Duration::millis(20));
  }
  pass();
  EXPECT_TRUE(seen.opened.empty());
  EXPECT_FALSE(seen.failed);
  stillWorks(0);
}

TEST_F(Hostile, AMessageOverTheMaximumClosesItsChannel) {
  connect({.maxMessageSize = 10'000});
  say(0, 50, open());
  say(0, 53, Bytes(10'000));
  ASSERT_EQ(seen.messages.size(), 1u);
  say(0, 53, Bytes(10'001));
  EXPECT_EQ(seen.messages.size(), 1u);
  EXPECT_THAT(resets, testing::ElementsAre(0));
  stillWorks(2);
}

TEST_F(Hostile, MessagesInPiecesOfTheOldKindAreJoinedUpToTheMaximum) {
  connect({.maxMessageSize = 10'000});
  say(0, 50, open());
  say(0, 54, asBytes("one "));
  say(0, 54, asBytes("two "));
  EXPECT_TRUE(seen.messages.empty());
  say(0, 51, asBytes("three"));
  ASSERT_EQ(seen.messages.size(), 1u);
  EXPECT_EQ(asText(seen.messages[0].data), "one two three");
  EXPECT_FALSE(seen.messages[0].binary);
  for (int i = 0; i < 3; ++i) say(0, 52, Bytes(4000));
  EXPECT_EQ(seen.messages.size(), 1u);
  EXPECT_THAT(resets, testing::ElementsAre(0));
}

TEST_F(Hostile, MessagesWithoutAChannelOrAKnownKindAreDropped) {
  say(4, 51, asBytes("nobody"));
  say(4, 53, asBytes("nobody"));
  say(0, 50, open());
  for (const uint32_t ppid : {0u, 49u, 55u, 58u, 0xffffffffu}) say(0, ppid, asBytes("what"));
  say(4, 50, dcep::write(dcep::Ack{}));
  EXPECT_TRUE(seen.messages.empty());
  EXPECT_EQ(victim->stats().messagesRefused, 8u);
  say(0, 51, asBytes("hello"));
  EXPECT_EQ(seen.messages.size(), 1u);
}

TEST_F(Hostile, ResettingWhatIsNotThereDoesNothing) {
  std::vector<uint16_t> streams;
  for (uint16_t i = 0; i < 60; ++i) streams.push_back(i);
  EXPECT_EQ(peer->resetStreams(now, streams), Association::SendStatus::kSent);
  pass();
  EXPECT_TRUE(seen.closedChannels.empty());
  stillWorks(0);
}

TEST_F(Hostile, AnOpenRightAfterTheResetTakesTheIdAnew) {
  for (int round = 0; round < 5; ++round) {
    say(0, 50, open(std::to_string(round)));
    const uint16_t id = 0;
    ASSERT_EQ(peer->resetStreams(now, {&id, 1}), Association::SendStatus::kSent);
    pass();
    EXPECT_EQ(seen.opened.size(), size_t(round) + 1);
    EXPECT_EQ(seen.closedChannels.size(), size_t(round) + 1);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sctp
