// Every chunk in every state, and a peer that is authenticated and lies: bounded, counted, dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sctp/chunk/data.h"
#include "sctp/chunk/error.h"
#include "sctp/chunk/init.h"
#include "sctp/chunk/reconfig.h"
#include "tests/sctp/socket/forger.h"

namespace tincan::inline v0::sctp::test {
namespace {

using State = Association::State;
using SendStatus = Association::SendStatus;

enum class Stage {
  kNew,
  kCookieWait,
  kCookieEchoed,
  kEstablished,
  kShutdownPending,
  kShutdownSent,
  kShutdownReceived,
  kShutdownAckSent,
  kClosed,
};
constexpr Stage kStages[] = {Stage::kNew,
                             Stage::kCookieWait,
                             Stage::kCookieEchoed,
                             Stage::kEstablished,
                             Stage::kShutdownPending,
                             Stage::kShutdownSent,
                             Stage::kShutdownReceived,
                             Stage::kShutdownAckSent,
                             Stage::kClosed};

void discard(Association& of, TimePoint now) {
  PacketBuffer packet;
  while (of.pollTransmit(now, packet)) {
  }
}

/// B in a stage, and A's header such that B takes it.
std::unique_ptr<Forger> bring(Stage stage) {
  auto forger = std::make_unique<Forger>();
  Forger& f = *forger;
  PacketBuffer packet;
  if (stage == Stage::kNew) return forger;
  if (stage == Stage::kCookieWait || stage == Stage::kCookieEchoed) {
    f.b.connect(f.now);
    EXPECT_TRUE(f.b.pollTransmit(f.now, packet));
    f.header.tag = loadBe32(packet.data() + 16);  // B's tag is in its INIT
    if (stage == Stage::kCookieEchoed) {
      f.a.connect(f.now);
      discard(f.a, f.now);
      f.a.receive(f.now, packet.view());
      EXPECT_TRUE(f.a.pollTransmit(f.now, packet));
      f.b.receive(f.now, packet.view());
      discard(f.b, f.now);
    }
    return forger;
  }
  f.connect();
  if (stage == Stage::kShutdownPending || stage == Stage::kShutdownReceived) {
    EXPECT_EQ(f.b.send(f.now, 0, 51, Bytes(5), {}), SendStatus::kSent);  // never acknowledged
    discard(f.b, f.now);
  }
  if (stage == Stage::kShutdownPending || stage == Stage::kShutdownSent) f.b.shutdown(f.now);
  if (stage == Stage::kShutdownReceived || stage == Stage::kShutdownAckSent) {
    f.a.shutdown(f.now);
    while (f.a.pollTransmit(f.now, packet)) {
      f.see(packet.view());
      f.b.receive(f.now, packet.view());
    }
  }
  if (stage == Stage::kClosed) f.b.abort(f.now);
  discard(f.b, f.now);
  while (f.b.pollEvent()) {
  }
  return forger;
}

State expected(Stage stage) {
  switch (stage) {
    case Stage::kNew: return State::kNew;
    case Stage::kCookieWait:
    case Stage::kCookieEchoed: return State::kConnecting;
    case Stage::kEstablished: return State::kEstablished;
    case Stage::kShutdownPending:
    case Stage::kShutdownSent:
    case Stage::kShutdownReceived:
    case Stage::kShutdownAckSent: return State::kShuttingDown;
    case Stage::kClosed: return State::kClosed;
  }
  return State::kClosed;
}

std::vector<Bytes> bodies() {
  std::vector<Bytes> out = {{}, Bytes(1), Bytes(4), Bytes(8), Bytes(12), Bytes(16, 1), Bytes(64, 0xff), Bytes(300)};
  InitChunk init;
  init.tag = 77;
  init.outboundStreams = init.inboundStreams = 10;
  init.window = 5000;
  const Bytes whole = write(init);
  out.emplace_back(whole.begin() + 4, whole.end());
  init.type = ChunkType::kInitAck;
  init.cookie = Bytes(76, 3);
  const Bytes ack = write(init);
  out.emplace_back(ack.begin() + 4, ack.end());
  out.push_back(writeCause(CauseCode::kStaleCookie, Bytes(4)));
  out.push_back(write(ReconfigParameter(OutgoingResetRequest{1, 2, 3, {0, 1}})));
  out.push_back(write(ReconfigParameter(ReconfigResponse{1, ReconfigResult::kPerformed})));
  return out;
}

TEST(States, EveryChunkInEveryState) {
  for (const Stage stage : kStages) {
    {
      const auto forger = bring(stage);
      ASSERT_EQ(forger->b.state(), expected(stage)) << static_cast<int>(stage);
    }
    for (int type = 0; type < 256; ++type) {
      // Forging costs nothing, bringing does: a new life only where the old one has ended.
      std::unique_ptr<Forger> forger = bring(stage);
      for (const Bytes& body : bodies()) {
        for (const uint8_t flags : {0x00, 0x03, 0xff}) {
          if (forger->b.state() != expected(stage)) forger = bring(stage);
          forger->forge(static_cast<ChunkType>(type), flags, body);
          ASSERT_LE(forger->answers().size(), 4u) << "stage " << static_cast<int>(stage) << " type " << type;
          size_t events = 0;
          while (forger->b.pollEvent()) ++events;
          ASSERT_LE(events, 3u);
        }
      }
      // Whatever it was, time brings it to an end or to rest.
      for (int i = 0; i < 60; ++i) {
        forger->now = forger->now + Duration::seconds(10);
        forger->b.handleTimeout(forger->now);
        discard(forger->b, forger->now);
      }
      ASSERT_TRUE(forger->b.nextTimeout().isNever() || forger->b.nextTimeout() > forger->now) << type;
    }
  }
}

TEST(States, AWrongTagOrPortIsNotLookedAt) {
  Forger forger;
  forger.connect();
  const Bytes abort = Forger::chunk(ChunkType::kAbort, 0, {});
  const CommonHeader right = forger.header;
  for (int which = 0; which < 4; ++which) {
    forger.header = right;
    if (which == 0) forger.header.tag ^= 1;
    if (which == 1) forger.header.tag = 0;
    if (which == 2) forger.header.sourcePort ^= 1;
    if (which == 3) forger.header.destinationPort ^= 1;
    const uint64_t before = forger.b.stats().packetsDropped;
    forger.forge(abort);
    EXPECT_EQ(forger.b.stats().packetsDropped, before + 1) << which;
    EXPECT_EQ(forger.b.state(), State::kEstablished);
  }
  forger.header = right;
  forger.forge(ChunkType::kAbort, 1, {});
  EXPECT_EQ(forger.b.state(), State::kEstablished) << "the T bit asks for the other tag (RFC 9260 §8.5.1)";
  forger.forge(abort);
  EXPECT_EQ(forger.b.state(), State::kClosed);
}

TEST(States, UnknownChunksDoWhatTheirHighBitsSay) {
  struct Case {
    uint8_t type;
    bool goesOn, reported;
  };
  for (const Case& c :
       {Case{0x3e, false, false}, Case{0x7e, false, true}, Case{0xbe, true, false}, Case{0xfe, true, true}}) {
    Forger forger;
    forger.connect();
    Bytes chunks = Forger::chunk(static_cast<ChunkType>(c.type), 0, Bytes(10));
    const Bytes heartbeat = Forger::chunk(ChunkType::kHeartbeat, 0, Bytes(8));
    chunks.insert(chunks.end(), heartbeat.begin(), heartbeat.end());
    forger.forge(chunks);
    size_t errors = 0, beats = 0;
    for (const auto& [type, body] : forger.answers()) {
      errors += type == ChunkType::kError && firstCause(body) == CauseCode::kUnrecognizedChunk ? 1 : 0;
      beats += type == ChunkType::kHeartbeatAck ? 1 : 0;
    }
    EXPECT_EQ(errors, c.reported ? 1u : 0u) << int{c.type};
    EXPECT_EQ(beats, c.goesOn ? 1u : 0u) << int{c.type};
  }
}

TEST(States, AHeartbeatComesBackAndAFloodOfThemHasABound) {
  Forger forger;
  forger.connect();
  const Bytes info(100, 0x5a);
  forger.forge(ChunkType::kHeartbeat, 0, info);
  const auto answers = forger.answers();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].first, ChunkType::kHeartbeatAck);
  EXPECT_EQ(answers[0].second, info);
  forger.forge(ChunkType::kHeartbeat, 0, Bytes(1400));
  EXPECT_TRUE(forger.answers().empty()) << "its answer would be larger than any packet of ours";
  Bytes flood;
  for (int i = 0; i < 250; ++i) {
    const Bytes one = Forger::chunk(ChunkType::kHeartbeat, 0, {});
    flood.insert(flood.end(), one.begin(), one.end());
  }
  for (int i = 0; i < 100; ++i) forger.forge(flood);
  EXPECT_LE(forger.answers().size(), 32u);
}

// RFC 9260 §8.4: our SHUTDOWN COMPLETE was lost.
TEST(States, ALateShutdownAckIsAnsweredWithTheTagItCameWith) {
  Forger forger;
  forger.connect();
  forger.b.shutdown(forger.now);
  discard(forger.b, forger.now);
  forger.forge(ChunkType::kShutdownAck, 0, {});
  EXPECT_EQ(forger.b.state(), State::kClosed);
  EXPECT_EQ(forger.answers().at(0).first, ChunkType::kShutdownComplete);
  for (int i = 0; i < 3; ++i) {
    forger.forge(ChunkType::kShutdownAck, 0, {});
    PacketBuffer packet;
    ASSERT_TRUE(forger.b.pollTransmit(forger.now, packet));
    EXPECT_EQ(parseCommonHeader(packet.view())->tag, forger.header.tag);
    EXPECT_EQ(packet.view()[12], 14);
    EXPECT_EQ(packet.view()[13], 1) << "the T bit";
  }
  for (const ChunkType type : {ChunkType::kData, ChunkType::kInit, ChunkType::kAbort, ChunkType::kCookieEcho}) {
    forger.forge(type, 0, Bytes(20));
    EXPECT_TRUE(forger.answers().empty());
  }
}

// ---- data that lies ----

Bytes data(uint32_t tsn, uint16_t stream, uint32_t mid, uint8_t flags, uint32_t fsn, ByteView bytes) {
  ByteBuilder body;
  body.u32(tsn).u16(stream).u16(0).u32(mid).u32(flags & 2 ? 51 : fsn).bytes(bytes);
  return Forger::chunk(ChunkType::kIData, flags, body.view());
}

class Liar : public testing::Test {
 protected:
  Liar() {
    forger.connect();
    EXPECT_EQ(forger.a.send(forger.now, 0, 51, Bytes(1), {}), SendStatus::kSent);
    forger.pass();
    next = forger.lastTsn + 1;
    while (forger.b.pollEvent()) {
    }
  }
  void drainAnswers() { (void)forger.answers(); }

  Forger forger;
  uint32_t next = 0;
};

TEST_F(Liar, FragmentsThatNeverEndStayWithinTheWindow) {
  const Bytes piece(1000);
  for (uint32_t i = 0; i < 30'000; ++i) {
    forger.forge(data(next, 1, i, 2, 0, piece));  // the beginning of one message more
    if (forger.b.stats().chunksRefused == 0) ++next;
    drainAnswers();
    forger.now = forger.now + Duration::millis(1);
  }
  EXPECT_LE(forger.b.stats().bytesHeld, forger.b.stats().receiveWindow * 5 / 4 + 128 * 1024);
  EXPECT_LE(forger.b.stats().receiveWindow, 16u * 1024 * 1024);
  EXPECT_GT(forger.b.stats().chunksRefused, 0u);
}

TEST_F(Liar, WhoDoesNotHeedTheWindowIsDroppedAtItsEnd) {
  const Bytes piece(1000);
  for (uint32_t i = 0; i < 5'000; ++i) {
    forger.forge(data(next, 1, i + 1, 3, 0, piece));  // message 0 never comes: all wait for it
    if (forger.b.stats().chunksRefused == 0) ++next;
  }
  EXPECT_LE(forger.b.stats().bytesHeld, 2'000'000u);
  for (uint32_t i = 0; i < 5'000; ++i) forger.forge(data(next + 1000 + 2 * i, 1, 0, 3, 0, piece));
  EXPECT_LE(forger.b.stats().bytesHeld, 2'000'000u);
  EXPECT_EQ(forger.b.state(), State::kEstablished);
}

TEST_F(Liar, MessagesOfOneByteCostMoreThanAByte) {
  for (uint32_t i = 0; i < 100'000; ++i) forger.forge(data(next + i, 1, i + 1, 3, 0, Bytes(1)));
  EXPECT_LE(forger.b.stats().bytesHeld, 2'000'000u);
  EXPECT_GT(forger.b.stats().chunksRefused, 50'000u);
}

TEST_F(Liar, AStreamThatIsNotThereIsToldAndCounted) {
  forger.forge(data(next++, 1024, 0, 3, 0, Bytes(10)));
  size_t errors = 0;
  for (const auto& [type, body] : forger.answers()) {
    errors += type == ChunkType::kError && firstCause(body) == CauseCode::kInvalidStream ? 1 : 0;
  }
  EXPECT_EQ(errors, 1u);
  forger.forge(data(next++, 1023, 0, 3, 0, Bytes(10)));
  EXPECT_TRUE(forger.next<MessageReceived>(forger.b));
}

TEST_F(Liar, DataWithoutDataEndsTheAssociation) {
  forger.forge(data(next, 1, 0, 3, 0, {}));
  const auto failed = forger.next<AssociationFailed>(forger.b);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error.code(), ErrorCode::kMalformed);
  const auto answers = forger.answers();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].first, ChunkType::kAbort);
  EXPECT_EQ(firstCause(answers[0].second), CauseCode::kNoUserData);
}

TEST_F(Liar, DataWhereIDataWasAgreedEndsTheAssociation) {
  ByteBuilder body;
  body.u32(next).u16(0).u16(1).u32(51).u8(1);
  forger.forge(ChunkType::kData, 3, body.view());
  EXPECT_TRUE(forger.next<AssociationFailed>(forger.b));
}

TEST_F(Liar, ForwardTsnsThatJumpAreNotFollowed) {
  const auto forward = [&](uint32_t tsn, uint16_t stream, uint32_t mid) {
    ByteBuilder body;
    body.u32(tsn).u16(stream).u16(0).u32(mid);
    forger.forge(ChunkType::kIForwardTsn, 0, body.view());
  };
  for (const uint32_t far : {70'000u, 0x40000000u, 0x80000000u, 0xf0000000u}) forward(next + far, 1, 0);
  forger.forge(data(next, 1, 0, 3, 0, Bytes(10)));
  EXPECT_TRUE(forger.next<MessageReceived>(forger.b));
  forward(next + 100, 1, 0xffffffff);
  forward(next + 101, 65'535, 7);
  next += 102;
  forger.forge(data(next++, 1, 1, 3, 0, Bytes(10)));
  EXPECT_TRUE(forger.next<MessageReceived>(forger.b)) << "0xffffffff lies before 1";
  forger.forge(ChunkType::kForwardTsn, 0, Bytes(8));
  EXPECT_EQ(forger.b.state(), State::kEstablished);
}

TEST_F(Liar, AFloodOfResetRequestsHasABoundAndEachIsDoneOnce) {
  std::vector<uint16_t> streams(200);
  for (uint16_t i = 0; i < 200; ++i) streams[i] = i;
  Association& b = forger.b;
  // A's requests are numbered from its initial TSN on, and its first message had that.
  const uint32_t first = forger.lastTsn;
  for (uint32_t i = 0; i < 5'000; ++i) {
    forger.forge(ChunkType::kReconfig, 0,
                 write(ReconfigParameter(OutgoingResetRequest{first + i, 0, next - 1, streams})));
    drainAnswers();
  }
  size_t events = 0;
  while (auto event = b.pollEvent()) events += std::holds_alternative<IncomingReset>(*event) ? 1 : 0;
  EXPECT_GT(events, 1000u);
  EXPECT_LT(events, 1100u);
  // The next number is the one after the last that was done; all others are bad, the last ones answered as they were.
  const auto ask = [&](uint32_t sequence) {
    forger.forge(ChunkType::kReconfig, 0, write(ReconfigParameter(OutgoingResetRequest{sequence, 0, next - 1, {1}})));
    for (const auto& [type, body] : forger.answers()) {
      if (type == ChunkType::kReconfig) return std::get<ReconfigResponse>(readReconfig(body)->at(0)).result;
    }
    return ReconfigResult::kDenied;
  };
  const auto done = static_cast<uint32_t>(events);
  EXPECT_EQ(ask(first + done - 1), ReconfigResult::kPerformed);
  EXPECT_EQ(ask(first + done + 1), ReconfigResult::kBadSequence);
  EXPECT_EQ(ask(first - 1), ReconfigResult::kBadSequence);
  EXPECT_EQ(ask(first + done), ReconfigResult::kPerformed);
}

TEST_F(Liar, AResetOfStreamsThatAreNotThereIsRefused) {
  const uint32_t first = forger.lastTsn;
  forger.forge(ChunkType::kReconfig, 0, write(ReconfigParameter(OutgoingResetRequest{first, 0, next - 1, {1, 5000}})));
  const auto answers = forger.answers();
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(std::get<ReconfigResponse>(readReconfig(answers[0].second)->at(0)).result, ReconfigResult::kWrongSsn);
  EXPECT_FALSE(forger.next<IncomingReset>(forger.b));
}

TEST(States, APeerMayAddStreamsUpToWhatWeTake) {
  SeededRandom random(1);
  PacketPool pool;
  AssociationConfig few;
  few.streams = 256;
  Forger forger;
  // A says 256 in its INIT, B takes 1,024.
  Association a(few, random, pool);
  a.connect(forger.now);
  forger.b.connect(forger.now);
  PacketBuffer packet;
  while (a.state() != State::kEstablished || forger.b.state() != State::kEstablished) {
    while (a.pollTransmit(forger.now, packet)) {
      forger.see(packet.view());
      forger.b.receive(forger.now, packet.view());
    }
    while (forger.b.pollTransmit(forger.now, packet)) a.receive(forger.now, packet.view());
  }
  const auto init = readInit({ChunkType::kInit, 0, a.localInit().subspan(4), a.localInit()});
  ASSERT_TRUE(init.ok());
  EXPECT_EQ(forger.next<AssociationUp>(forger.b)->inboundStreams, 256);
  const auto ask = [&](uint32_t sequence, uint16_t count) {
    forger.forge(ChunkType::kReconfig, 0, write(ReconfigParameter(AddStreamsRequest{sequence, count})));
    return std::get<ReconfigResponse>(readReconfig(forger.answers().at(0).second)->at(0)).result;
  };
  EXPECT_EQ(ask(init->initialTsn, 769), ReconfigResult::kDenied);
  EXPECT_EQ(ask(init->initialTsn + 1, 768), ReconfigResult::kPerformed);
  EXPECT_EQ(ask(init->initialTsn + 1, 768), ReconfigResult::kPerformed) << "the same answer, and not twice as many";
  EXPECT_EQ(forger.next<StreamsAdded>(forger.b)->inboundStreams, 1024);
  EXPECT_FALSE(forger.next<StreamsAdded>(forger.b));
  forger.forge(ChunkType::kReconfig, 0, write(ReconfigParameter(OtherReconfigRequest{init->initialTsn + 2})));
  EXPECT_EQ(std::get<ReconfigResponse>(readReconfig(forger.answers().at(0).second)->at(0)).result,
            ReconfigResult::kDenied);
}

TEST_F(Liar, ARequestToResetOurStreamsIsAnsweredWithOurOwn) {
  const uint32_t first = forger.lastTsn;
  forger.forge(ChunkType::kReconfig, 0, write(ReconfigParameter(IncomingResetRequest{first, {4, 5}})));
  const auto answers = forger.answers();
  ASSERT_EQ(answers.size(), 1u);
  const auto request = std::get<OutgoingResetRequest>(readReconfig(answers[0].second)->at(0));
  EXPECT_EQ(request.responseSequence, first);
  EXPECT_THAT(request.streams, testing::ElementsAre(4, 5));
}

TEST_F(Liar, SacksOfWhatWasNeverSentChangeNothing) {
  for (const uint32_t offset : {1u, 1000u, 0x7fffffffu, 0x80000000u}) {
    ByteBuilder body;
    body.u32(next + offset).u32(0).u16(2).u16(2).u16(2).u16(65'535).u16(1).u16(1).u32(1).u32(2);
    forger.forge(ChunkType::kSack, 0, body.view());
    forger.forge(ChunkType::kShutdown, 0, Bytes(3));
  }
  drainAnswers();
  EXPECT_EQ(forger.b.state(), State::kEstablished);
  ASSERT_EQ(forger.b.send(forger.now, 1, 51, Bytes(10), {}), SendStatus::kSent);
  forger.pass();
  EXPECT_TRUE(forger.next<MessageReceived>(forger.a));
}

TEST_F(Liar, EachChunkOfALivePacketCutAndBentAtEachByte) {
  forger.live(Duration::millis(20));
  ASSERT_EQ(forger.a.send(forger.now, 1, 51, Bytes(20), {}), SendStatus::kSent);
  PacketBuffer packet;
  ASSERT_TRUE(forger.a.pollTransmit(forger.now, packet));
  const Bytes good = toBytes(packet.view());
  for (size_t i = 12; i < good.size(); ++i) {
    forger.b.receive(forger.now, forger.packet(ByteView(good).subspan(12, i - 12)));
    drainAnswers();
  }
  for (const int by : {-1, 1}) {
    Bytes bent(good.begin() + 12, good.end());
    storeBe16(bent.data() + 2, static_cast<uint16_t>(loadBe16(bent.data() + 2) + by));
    forger.forge(bent);
    drainAnswers();
  }
  EXPECT_EQ(forger.b.state(), State::kEstablished);
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test
