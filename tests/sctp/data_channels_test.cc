#include "sctp/data_channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sctp/pipe.h"

namespace tincan::inline v0::sctp {
namespace {

using test::Pipe;
using test::Weather;
using testing::ElementsAre;

ChannelOptions named(std::string label) {
  ChannelOptions options;
  options.label = std::move(label);
  return options;
}

Bytes randomMessage(RandomSource& random, size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

TEST(DataChannels, AChannelOpensOnBothSidesWithWhatWasAsked) {
  Pipe pipe(1);
  ChannelOptions options = named("chat");
  options.protocol = "lines";
  options.ordered = false;
  options.maxRetransmits = 3;
  const Result<uint16_t> id = pipe.a.channels->open(pipe.now, options);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(*id, 0) << "RFC 8832 §6: the DTLS client takes even ids";
  pipe.connect();
  ASSERT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.opened.empty(); }));
  const ChannelOpened& opened = pipe.b.seen.opened[0];
  options.id = 0;
  EXPECT_TRUE(opened.options == options);
  EXPECT_TRUE(opened.remote);
  ASSERT_EQ(pipe.a.seen.opened.size(), 1u);
  EXPECT_FALSE(pipe.a.seen.opened[0].remote);
  EXPECT_EQ(*pipe.b.channels->open(pipe.now, named("back")), 1) << "the server odd ones";
}

TEST(DataChannels, TheTwoInitsOfASimultaneousOpenMakeOneAssociation) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Pipe pipe(seed, Weather{.lossPercent = 10, .jitter = Duration::millis(30)});
    pipe.connect();
    EXPECT_TRUE(pipe.a.seen.connected && pipe.b.seen.connected) << "seed " << seed;
  }
}

// RFC 8831 §6.7: a channel closes once both streams are reset, and the other side may never have had it.
TEST(DataChannels, ANegotiatedChannelOfOneSideAloneCloses) {
  Pipe pipe(1);
  ChannelOptions options = named("alone");
  options.negotiated = true;
  options.id = 7;
  ASSERT_TRUE(pipe.a.channels->open(pipe.now, options).ok());
  pipe.connect();
  pipe.a.channels->close(pipe.now, 7);
  ASSERT_TRUE(pipe.runUntil([&] { return !pipe.a.seen.closedChannels.empty(); }));
  pipe.runFor(Duration::seconds(1));
  const uint64_t packets = pipe.a.channels->stats().packetsReceived;
  pipe.runFor(Duration::seconds(1));
  EXPECT_EQ(pipe.a.channels->stats().packetsReceived, packets) << "resets are not answered for ever";
}

// RFC 8841 §9.3, RFC 8831 §6.7: a close that the peer has not heard of is told over the next association, however many are
// renewed before one stands.
TEST(DataChannels, WhatWasClosingIsResetOverTheNextAssociation) {
  for (const int renewals : {1, 2, 3}) {
    Pipe pipe(1);
    ChannelOptions options = named("pair");
    options.negotiated = true;
    options.id = 7;
    ASSERT_TRUE(pipe.a.channels->open(pipe.now, options).ok());
    ASSERT_TRUE(pipe.b.channels->open(pipe.now, options).ok());
    pipe.connect();
    pipe.a.filter = pipe.b.filter = [](Bytes&) { return false; };
    pipe.a.channels->close(pipe.now, 7);
    for (int i = 0; i < renewals; ++i) {
      pipe.runFor(Duration::millis(20));
      pipe.a.channels->restart(pipe.now, true);
      pipe.b.channels->restart(pipe.now, false);
      pipe.drain();
    }
    EXPECT_THAT(pipe.a.seen.closedChannels, ElementsAre(7));
    EXPECT_TRUE(pipe.b.seen.closedChannels.empty());
    pipe.a.filter = pipe.b.filter = nullptr;
    EXPECT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.closedChannels.empty(); })) << renewals << " renewals";
  }
}

// Who the peer is may be known half a round trip after it can be spoken to: until then only what is for anyone goes.
TEST(DataChannels, WhatAnUnprovenPeerIsTold) {
  using Trust = DataChannels::Trust;
  for (const Trust trust : {Trust::kNothing, Trust::kOpens, Trust::kProven}) {
    Pipe pipe(1);
    const uint16_t id = *pipe.a.channels->open(pipe.now, named("label"));
    ASSERT_TRUE(pipe.a.channels->send(pipe.now, id, asBytes("secret"), false).ok());
    pipe.a.channels->start(pipe.now, trust);
    pipe.b.channels->start(pipe.now);
    pipe.runFor(Duration::seconds(2));
    EXPECT_TRUE(pipe.a.seen.connected);
    EXPECT_EQ(pipe.b.seen.opened.size(), trust == Trust::kNothing ? 0u : 1u);
    EXPECT_EQ(pipe.b.seen.messages.size(), trust == Trust::kProven ? 1u : 0u);
    pipe.a.channels->setProven(pipe.now);
    EXPECT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.messages.empty(); }));
    pipe.a.channels->setProven(pipe.now);
    pipe.runFor(Duration::seconds(2));
    EXPECT_EQ(pipe.b.seen.messages.size(), 1u);
  }
}

TEST(DataChannels, InitsThatDescriptionsToldBeginAtOnce) {
  Pipe pipe(1);
  SeededRandom random(5);
  PacketPool pool;
  DataChannels told({}, random, pool);
  const Bytes ofA = toBytes(told.localInit()), ofB = toBytes(pipe.b.channels->localInit());
  EXPECT_FALSE(pipe.a.channels->startWith(pipe.now, ofB, asBytes("no INIT")).ok());
  ASSERT_TRUE(pipe.a.channels->startWith(pipe.now, ofB, ofA).ok());
  ASSERT_TRUE(pipe.b.channels->startWith(pipe.now, ofA).ok());
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("at once"));
  ASSERT_TRUE(pipe.a.channels->send(pipe.now, id, asBytes("with it"), false).ok());
  EXPECT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.messages.empty(); }, Duration::millis(11)))
      << "half a round trip";
}

TEST(DataChannels, PacketsThatComeBeforeStartAreKept) {
  Pipe pipe(1);
  pipe.a.channels->start(pipe.now);
  pipe.runFor(Duration::millis(15));
  pipe.b.channels->start(pipe.now);
  EXPECT_TRUE(pipe.runUntil([&] { return pipe.a.seen.connected && pipe.b.seen.connected; }, Duration::millis(100)))
      << "no retransmission was needed";
}

/// 1,000 messages of text and binary up to 64 KiB and one of 256 KiB.
void exchange(Weather weather, bool ordered, int count) {
  Pipe pipe(42, weather);
  ChannelOptions options = named("bulk");
  options.ordered = ordered;
  const uint16_t id = *pipe.a.channels->open(pipe.now, options);
  pipe.connect();
  SeededRandom random(7);
  std::vector<Message> sent;
  for (int i = 0; i < count; ++i) {
    const size_t size = i == count / 2 ? 262'144 : random.below(20) == 0 ? random.below(65'537) : random.below(2000);
    sent.push_back({id, randomMessage(random, size), random.below(2) == 0});
  }
  size_t next = 0;
  const auto feed = [&] {
    while (next < sent.size() && pipe.a.channels->bufferedAmount(id) < 1'000'000) {
      ASSERT_TRUE(pipe.a.channels->send(pipe.now, id, sent[next].data, sent[next].binary).ok());
      ++next;
    }
  };
  const bool done = pipe.runUntil(
      [&] {
        feed();
        pipe.drain();
        return pipe.b.seen.messages.size() == sent.size();
      },
      Duration::seconds(3600));
  ASSERT_TRUE(done) << pipe.b.seen.messages.size() << " of " << sent.size();
  std::vector<Message>& received = pipe.b.seen.messages;
  if (!ordered) {
    const auto byBytes = [](const Message& x, const Message& y) { return x.data < y.data; };
    std::sort(received.begin(), received.end(), byBytes);
    std::sort(sent.begin(), sent.end(), byBytes);
  }
  for (size_t i = 0; i < sent.size(); ++i) {
    ASSERT_TRUE(received[i].data == sent[i].data) << "message " << i;
    ASSERT_TRUE(received[i].data.empty() || received[i].binary == sent[i].binary) << "message " << i;
  }
  EXPECT_EQ(pipe.a.channels->bufferedAmount(id), 0u);
  EXPECT_GT(pipe.a.seen.amountChanges, 0u);
  EXPECT_EQ(pipe.lost > 0, weather.lossPercent > 0);
}

TEST(DataChannels, MessagesComeBackUnchanged) {
  exchange({}, true, 1000);
}
TEST(DataChannels, MessagesComeBackUnchangedAtTwoPercentLoss) {
  exchange({.lossPercent = 2}, true, 1000);
}
TEST(DataChannels, MessagesComeBackUnchangedAtTenPercentLossAndReordered) {
  exchange({.lossPercent = 10, .jitter = Duration::millis(15)}, true, 1000);
}
TEST(DataChannels, UnorderedMessagesAllCome) {
  exchange({.lossPercent = 5, .jitter = Duration::millis(15)}, false, 300);
}

TEST(DataChannels, TheSameSeedGivesTheSameBytes) {
  const auto run = [](uint64_t seed) {
    Pipe pipe(seed, Weather{.lossPercent = 5, .jitter = Duration::millis(5)});
    const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
    pipe.connect();
    for (int i = 0; i < 50; ++i) (void)pipe.a.channels->send(pipe.now, id, Bytes(5000, uint8_t(i)), true);
    pipe.runFor(Duration::seconds(10));
    pipe.a.channels->close(pipe.now, id);
    pipe.runFor(Duration::seconds(2));
    pipe.a.channels->shutdown(pipe.now);
    pipe.runFor(Duration::seconds(2));
    EXPECT_EQ(pipe.b.seen.messages.size(), 50u);
    return pipe.wireHash();
  };
  const uint64_t first = run(3);
  EXPECT_TRUE(first == run(3));
  EXPECT_FALSE(first == run(4));
  EXPECT_TRUE(first == run(3)) << "nothing of another world stays behind";
}

TEST(DataChannels, WorldsInDifferentTimesDoNotDisturbEachOther) {
  const auto script = [](Pipe& pipe, int step) {
    if (step == 0) {
      (void)pipe.a.channels->open(pipe.now, named("x"));
      pipe.start();
    }
    (void)pipe.a.channels->send(pipe.now, 0, Bytes(3000, uint8_t(step)), true);
    pipe.runFor(Duration::millis(300 + step));
  };
  const Weather weather{.lossPercent = 10};
  uint64_t alone = 0, late = 0;
  {
    Pipe pipe(1, weather);
    for (int i = 0; i < 40; ++i) script(pipe, i);
    alone = pipe.wireHash();
    EXPECT_EQ(pipe.b.seen.messages.size(), 40u);
  }
  {
    Pipe pipe(2, weather);
    pipe.now = TimePoint::fromMicros(987'654'321'000);
    for (int i = 0; i < 40; ++i) script(pipe, i);
    late = pipe.wireHash();
  }
  Pipe one(1, weather), two(2, weather);
  two.now = TimePoint::fromMicros(987'654'321'000);
  for (int i = 0; i < 40; ++i) {
    script(one, i);
    script(two, i);
  }
  EXPECT_TRUE(one.wireHash() == alone);
  EXPECT_TRUE(two.wireHash() == late);
}

TEST(DataChannels, TwoWorldsOfOneSeedMayLiveAtOnce) {
  Pipe one(9), two(9);
  one.connect();
  two.connect();
  (void)one.a.channels->open(one.now, named("one"));
  (void)two.a.channels->open(two.now, named("two"));
  ASSERT_TRUE(one.runUntil([&] { return !one.b.seen.opened.empty(); }));
  ASSERT_TRUE(two.runUntil([&] { return !two.b.seen.opened.empty(); }));
  EXPECT_EQ(one.b.seen.opened[0].options.label, "one");
  EXPECT_EQ(two.b.seen.opened[0].options.label, "two");
}

TEST(DataChannels, IdleIsQuiet) {
  Pipe pipe(1);
  pipe.connect();
  pipe.runFor(Duration::seconds(5));
  const size_t before = pipe.packets;
  pipe.runFor(Duration::seconds(1800));
  EXPECT_EQ(pipe.packets, before) << "no heartbeats: consent is ICE's";
}

TEST(DataChannels, NoRetransmissionsMeansThatLossIsLoss) {
  for (const bool timed : {false, true}) {
    Pipe pipe(5, Weather{.lossPercent = 0, .delay = Duration::millis(20)});
    ChannelOptions options = named("game");
    options.ordered = false;
    if (timed) {
      options.maxPacketLifeTime = 100;
    } else {
      options.maxRetransmits = 0;
    }
    const uint16_t id = *pipe.a.channels->open(pipe.now, options);
    pipe.connect();
    ASSERT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.opened.empty(); }));
    pipe.runFor(Duration::seconds(1));
    pipe.weather_.lossPercent = 30;
    for (int i = 0; i < 400; ++i) {
      (void)pipe.a.channels->send(pipe.now, id, Bytes(500, uint8_t(i)), true);
      pipe.runFor(Duration::millis(20));
    }
    pipe.weather_.lossPercent = 0;
    pipe.runFor(Duration::seconds(60));
    EXPECT_LT(pipe.b.seen.messages.size(), timed ? 400u : 350u);
    EXPECT_GT(pipe.b.seen.messages.size(), 100u);
    const size_t before = pipe.b.seen.messages.size();
    (void)pipe.a.channels->send(pipe.now, id, Bytes(1, 1), true);
    pipe.runFor(Duration::seconds(10));
    EXPECT_EQ(pipe.b.seen.messages.size(), before + 1) << "and the association goes on";
  }
}

TEST(DataChannels, BothCloseTheStreamAndTheIdIsFreeAgain) {
  Pipe pipe(1, Weather{.lossPercent = 5});
  pipe.connect();
  for (int round = 0; round < 20; ++round) {
    const std::string label = std::to_string(round);
    const Result<uint16_t> id = pipe.a.channels->open(pipe.now, named(label));
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(*id, 0) << "round " << round;
    (void)pipe.a.channels->send(pipe.now, *id, asBytes("hello"), false);
    ASSERT_TRUE(pipe.runUntil([&] { return pipe.b.seen.messages.size() == size_t(round) + 1; }));
    EXPECT_EQ(pipe.b.seen.opened.back().options.label, label);
    // The last message still goes out, whoever closes.
    (void)pipe.a.channels->send(pipe.now, *id, asBytes("bye"), false);
    pipe.a.channels->close(pipe.now, *id);
    EXPECT_FALSE(pipe.a.channels->send(pipe.now, *id, asBytes("late"), false).ok());
    ASSERT_TRUE(pipe.runUntil([&] {
      return pipe.a.seen.closedChannels.size() == size_t(round) + 1 &&
             pipe.b.seen.closedChannels.size() == size_t(round) + 1;
    })) << "round "
        << round;
    EXPECT_EQ(asText(pipe.b.seen.messages.back().data), "bye");
    pipe.b.seen.messages.pop_back();
  }
}

TEST(DataChannels, ManyChannelsCloseAtOnce) {
  Pipe pipe(1, Weather{.lossPercent = 3});
  pipe.connect();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(pipe.a.channels->open(pipe.now, named(std::to_string(i))).ok());
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.b.seen.opened.size() == 200; }));
  for (uint16_t i = 0; i < 200; ++i)
    (i % 4 < 2 ? pipe.a : pipe.b).channels->close(pipe.now, static_cast<uint16_t>(2 * i));
  ASSERT_TRUE(pipe.runUntil([&] {
    return pipe.a.seen.closedChannels.size() == 200 && pipe.b.seen.closedChannels.size() == 200;
  })) << pipe.a.seen.closedChannels.size()
      << " " << pipe.b.seen.closedChannels.size();
}

TEST(DataChannels, BothMayCloseAtTheSameMoment) {
  Pipe pipe(1);
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  pipe.connect();
  ASSERT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.opened.empty(); }));
  pipe.a.channels->close(pipe.now, id);
  pipe.b.channels->close(pipe.now, id);
  EXPECT_TRUE(
      pipe.runUntil([&] { return pipe.a.seen.closedChannels.size() == 1 && pipe.b.seen.closedChannels.size() == 1; }));
}

TEST(DataChannels, NegotiatedChannelsNeedNoDcep) {
  Pipe pipe(1);
  ChannelOptions options = named("agreed");
  options.negotiated = true;
  options.id = 7;
  ASSERT_EQ(*pipe.a.channels->open(pipe.now, options), 7);
  ASSERT_EQ(*pipe.b.channels->open(pipe.now, options), 7);
  pipe.connect();
  ASSERT_EQ(pipe.a.seen.opened.size(), 1u);
  ASSERT_EQ(pipe.b.seen.opened.size(), 1u);
  EXPECT_FALSE(pipe.b.seen.opened[0].remote);
  ASSERT_TRUE(pipe.b.channels->send(pipe.now, 7, asBytes("hi"), false).ok());
  ASSERT_TRUE(pipe.runUntil([&] { return !pipe.a.seen.messages.empty(); }));
  EXPECT_EQ(pipe.a.channels->open(pipe.now, options).error().code(), ErrorCode::kOperationError);
}

TEST(DataChannels, EmptyMessagesStayEmptyAndKeepTheirKind) {
  Pipe pipe(1);
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  pipe.connect();
  (void)pipe.a.channels->send(pipe.now, id, {}, false);
  (void)pipe.a.channels->send(pipe.now, id, {}, true);
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.b.seen.messages.size() == 2; }));
  EXPECT_TRUE(pipe.b.seen.messages[0].data.empty());
  EXPECT_FALSE(pipe.b.seen.messages[0].binary);
  EXPECT_TRUE(pipe.b.seen.messages[1].data.empty());
  EXPECT_TRUE(pipe.b.seen.messages[1].binary);
}

TEST(DataChannels, WrongOptionsAreRefusedWithTheirW3cName) {
  Pipe pipe(1);
  DataChannels& a = *pipe.a.channels;
  ChannelOptions both = named("x");
  both.maxRetransmits = 1;
  both.maxPacketLifeTime = 1;
  EXPECT_EQ(a.open(pipe.now, both).error().code(), ErrorCode::kTypeError);
  EXPECT_EQ(a.open(pipe.now, named(std::string(65'536, 'x'))).error().code(), ErrorCode::kTypeError);
  ChannelOptions wordy = named("x");
  wordy.protocol = std::string(65'536, 'x');
  EXPECT_EQ(a.open(pipe.now, wordy).error().code(), ErrorCode::kTypeError);
  ChannelOptions noId = named("x");
  noId.negotiated = true;
  EXPECT_EQ(a.open(pipe.now, noId).error().code(), ErrorCode::kTypeError);
  noId.id = 65'535;
  EXPECT_EQ(a.open(pipe.now, noId).error().code(), ErrorCode::kOperationError);
  ChannelOptions odd = named("x");
  odd.id = 3;
  EXPECT_EQ(a.open(pipe.now, odd).error().code(), ErrorCode::kOperationError);
  EXPECT_EQ(a.send(pipe.now, 9, asBytes("x"), false).error().code(), ErrorCode::kInvalidStateError);
  for (int i = 0; i < 32'768; ++i) ASSERT_TRUE(a.open(pipe.now, named("x")).ok());
  EXPECT_EQ(a.open(pipe.now, named("x")).error().code(), ErrorCode::kOperationError) << "the even ids are gone";
  a.close(pipe.now, 4242);
  EXPECT_EQ(a.open(pipe.now, named("x")).value(), 4242) << "the one that is free again";
}

// LIMITS B09: a message, and what waits.
TEST(DataChannels, SizesAndQueuesHaveBounds) {
  DataChannels::Config config;
  config.remoteMaxMessageSize = 1000;
  Pipe pipe(1, {}, config);
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  EXPECT_TRUE(pipe.a.channels->send(pipe.now, id, Bytes(1000), true).ok());
  EXPECT_EQ(pipe.a.channels->send(pipe.now, id, Bytes(1001), true).error().code(), ErrorCode::kTypeError);
  EXPECT_EQ(pipe.a.channels->bufferedAmount(id), 1000u);

  config.remoteMaxMessageSize = 0;
  Pipe open(1, {}, config);
  const uint16_t other = *open.a.channels->open(open.now, named("x"));
  EXPECT_EQ(open.a.channels->maxSendSize(), 262'144u);
  const Bytes big(262'144);
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(open.a.channels->send(open.now, other, big, true).ok());
  EXPECT_EQ(open.a.channels->send(open.now, other, big, true).error().code(), ErrorCode::kOperationError);
  EXPECT_EQ(open.a.channels->bufferedAmount(other), 16u * 1024 * 1024);
  open.connect();
  EXPECT_TRUE(open.runUntil([&] { return open.b.seen.messages.size() == 64; }));
}

TEST(DataChannels, AChannelWithMuchToSayDoesNotSilenceTheOthers) {
  Pipe pipe(1);
  const uint16_t bulk = *pipe.a.channels->open(pipe.now, named("bulk"));
  const uint16_t small = *pipe.a.channels->open(pipe.now, named("small"));
  pipe.connect();
  for (int i = 0; i < 200; ++i) (void)pipe.a.channels->send(pipe.now, bulk, Bytes(50'000), true);
  pipe.runFor(Duration::millis(60));
  (void)pipe.a.channels->send(pipe.now, small, asBytes("me"), false);
  const auto heard = [&] {
    return std::any_of(pipe.b.seen.messages.begin(), pipe.b.seen.messages.end(),
                       [&](const Message& m) { return m.id == small; });
  };
  ASSERT_TRUE(pipe.runUntil(heard));
  EXPECT_LT(pipe.b.seen.messages.size(), 100u);
}

TEST(DataChannels, AReceiverThatDoesNotPollMakesTheSenderWait) {
  SeededRandom random(1);
  PacketPool pool;
  DataChannels a({.dtlsClient = true}, random, pool), b({.dtlsClient = false}, random, pool);
  TimePoint now = TimePoint::fromMicros(1);
  a.start(now);
  b.start(now);
  const uint16_t id = *a.open(now, named("x"));
  const auto pass = [&] {
    PacketBuffer out;
    for (int i = 0; i < 5000; ++i) {
      now = now + Duration::millis(1);
      if (a.nextTimeout() <= now) a.handleTimeout(now);
      if (b.nextTimeout() <= now) b.handleTimeout(now);
      while (a.pollTransmit(now, out)) b.receive(now, out.view());
      while (b.pollTransmit(now, out)) a.receive(now, out.view());
      while (a.pollEvent()) {
      }
    }
  };
  pass();
  for (int i = 0; i < 600; ++i) (void)a.send(now, id, Bytes(16'000), true);
  pass();
  EXPECT_GT(a.bufferedAmount(id), 5'000'000u) << "9.6 MB were sent; b keeps a few events and a window of 1 MiB";
  size_t received = 0;
  for (int i = 0; i < 200 && received < 600; ++i) {
    while (auto event = b.pollEvent()) received += std::holds_alternative<Message>(*event) ? 1 : 0;
    PacketBuffer out;
    for (int j = 0; j < 100; ++j) {
      now = now + Duration::millis(5);
      if (a.nextTimeout() <= now) a.handleTimeout(now);
      if (b.nextTimeout() <= now) b.handleTimeout(now);
      while (b.pollTransmit(now, out)) a.receive(now, out.view());
      while (a.pollTransmit(now, out)) b.receive(now, out.view());
    }
  }
  EXPECT_EQ(received, 600u);
}

TEST(DataChannels, ShutdownSendsWhatIsQueuedAndTellsBoth) {
  Pipe pipe(1, Weather{.lossPercent = 5});
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  pipe.connect();
  for (int i = 0; i < 100; ++i) (void)pipe.a.channels->send(pipe.now, id, Bytes(30'000), true);
  pipe.a.channels->shutdown(pipe.now);
  EXPECT_FALSE(pipe.a.channels->send(pipe.now, id, asBytes("x"), true).ok());
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.a.seen.closed && pipe.b.seen.closed; }));
  EXPECT_EQ(pipe.b.seen.messages.size(), 100u);
  EXPECT_THAT(pipe.a.seen.closedChannels, ElementsAre(id));
  EXPECT_THAT(pipe.b.seen.closedChannels, ElementsAre(id));
  EXPECT_FALSE(pipe.a.channels->open(pipe.now, named("x")).ok());
  pipe.a.channels->shutdown(pipe.now);
  pipe.a.channels->abort(pipe.now);
}

TEST(DataChannels, AnAbortIsSeenAtOnce) {
  Pipe pipe(1);
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  pipe.connect();
  ASSERT_TRUE(pipe.runUntil([&] { return !pipe.b.seen.opened.empty(); }));
  pipe.a.channels->abort(pipe.now);
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.b.seen.failed.has_value(); }, Duration::millis(50)));
  EXPECT_TRUE(pipe.a.seen.closed);
  EXPECT_THAT(pipe.b.seen.closedChannels, ElementsAre(id));
}

TEST(DataChannels, APeerThatNeverAnswersIsGivenUp) {
  Pipe pipe(1);
  pipe.a.channels->start(pipe.now);
  (void)pipe.a.channels->open(pipe.now, named("x"));
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.a.seen.failed.has_value(); }, Duration::seconds(300)));
  EXPECT_EQ(pipe.a.seen.failed->code(), ErrorCode::kTimeout);
  EXPECT_EQ(pipe.a.seen.closedChannels.size(), 1u);
}

TEST(DataChannels, APeerThatGoesSilentIsGivenUp) {
  Pipe pipe(1);
  const uint16_t id = *pipe.a.channels->open(pipe.now, named("x"));
  pipe.connect();
  pipe.weather_.lossPercent = 100;
  (void)pipe.a.channels->send(pipe.now, id, asBytes("anybody?"), false);
  ASSERT_TRUE(pipe.runUntil([&] { return pipe.a.seen.failed.has_value(); }, Duration::seconds(600)));
  EXPECT_EQ(pipe.a.seen.failed->code(), ErrorCode::kNetworkError);
}

TEST(DataChannels, AThousandLivesLeaveNothingBehind) {
  for (uint64_t i = 0; i < 1000; ++i) {
    Pipe pipe(i);
    if (i % 5 != 0) (void)pipe.a.channels->open(pipe.now, named("x"));
    if (i % 7 != 0) pipe.start();
    if (i % 3 != 0) pipe.runFor(Duration::millis(static_cast<int64_t>(i % 100)));
    (void)pipe.a.channels->send(pipe.now, 0, Bytes(20'000), true);
    pipe.drain();
    if (i % 4 == 0) pipe.a.channels->shutdown(pipe.now);
    if (i % 4 == 1) pipe.a.channels->abort(pipe.now);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sctp
