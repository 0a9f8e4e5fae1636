#include "sctp/tx/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sctp/tx/sent.h"

namespace tincan::inline v0::sctp::test {
namespace {

using ::testing::ElementsAre;
using Status = Sender::SendStatus;

constexpr uint32_t kFirst = 0xfffffffe;  // so that TSNs wrap in every test

class SenderTest : public ::testing::Test {
 protected:
  // Reno's first window is four packets.
  void make(SenderConfig config = {.congestionControl = CongestionControl::kReno}) { sender_.emplace(config); }
  void start(SenderStart start = {}) {
    if (!sender_) make();
    start.initialTsn = Tsn(kFirst);
    if (start.peerWindow == 0) start.peerWindow = 1 << 20;
    sender_->start(now_, start);
  }
  Status send(uint16_t stream, size_t size, SendOptions options = {}) {
    Bytes message(size, static_cast<uint8_t>(stream));
    return sender_->send(now_, StreamId(stream), 51, std::move(message), options);
  }
  std::vector<SentPacket::Chunk> sent() { return chunksOf(drain(*sender_, now_)); }
  Sender::SackStatus sack(int64_t cumulative, std::vector<SackChunk::Gap> gaps = {}, uint32_t window = 1 << 20) {
    SackChunk sack;
    sack.cumulative = Tsn(static_cast<uint32_t>(kFirst + cumulative));
    sack.window = window;
    sack.gaps = std::move(gaps);
    return sender_->onSack(now_, sack);
  }
  /// To the next deadline.
  void wait() {
    now_ = std::max(now_, sender_->nextTimeout());
    sender_->handleTimeout(now_);
  }
  void pass(Duration time) {
    now_ += time;
    if (sender_->nextTimeout() <= now_) sender_->handleTimeout(now_);
  }

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  std::optional<Sender> sender_;
};

TEST_F(SenderTest, NothingGoesBeforeTheStart) {
  make();
  EXPECT_EQ(send(1, 10), Status::kSent);
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(sender_->ready(now_));
  EXPECT_TRUE(sender_->nextTimeout().isNever());
  EXPECT_EQ(sack(0), Sender::SackStatus::kInvalid);
  start();
  EXPECT_TRUE(sender_->ready(now_));
  ASSERT_EQ(sent().size(), 1u);
}

TEST_F(SenderTest, MessagesShareAPacketAndAnEmptyOneIsRefused) {
  start();
  EXPECT_EQ(send(1, 0), Status::kEmpty);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(1, 100), Status::kSent);
  const auto packets = drain(*sender_, now_);
  ASSERT_EQ(packets.size(), 1u);
  ASSERT_EQ(packets[0].data.size(), 3u);
  EXPECT_EQ(packets[0].size, 12 + 3 * (16 + 100));
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(packets[0].data[i].head.tsn, Tsn(kFirst + i));
    EXPECT_EQ(packets[0].data[i].head.mid, i);
    EXPECT_TRUE(packets[0].data[i].head.begin && packets[0].data[i].head.end);
  }
  // RFC 7053: nothing more is to come.
  EXPECT_FALSE(packets[0].data[1].head.immediate);
  EXPECT_TRUE(packets[0].data[2].head.immediate);
}

TEST_F(SenderTest, ALongMessageIsCutAtThePacketsSize) {
  start();
  (void)send(7, 3000);
  const auto packets = drain(*sender_, now_);
  ASSERT_EQ(packets.size(), 3u);
  size_t sum = 0;
  for (const SentPacket& packet : packets) {
    EXPECT_LE(packet.size, 1191u);
    ASSERT_EQ(packet.data.size(), 1u);
    sum += packet.data[0].data.size();
  }
  EXPECT_EQ(sum, 3000u);
  EXPECT_TRUE(packets[0].data[0].head.begin && !packets[0].data[0].head.end);
  EXPECT_TRUE(!packets[1].data[0].head.begin && !packets[1].data[0].head.end);
  EXPECT_TRUE(!packets[2].data[0].head.begin && packets[2].data[0].head.end);
}

TEST_F(SenderTest, IDataHasMessageAndFragmentNumbers) {
  start({.interleaving = true});
  (void)send(1, 1500);
  (void)send(1, 100, {.ordered = false});
  (void)send(1, 100);
  const auto chunks = sent();
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_TRUE(chunks[0].head.interleaved);
  EXPECT_EQ(chunks[0].head.ppid, 51u);
  EXPECT_EQ(chunks[1].head.fsn, 1u);
  EXPECT_EQ(chunks[1].head.mid, 0u);
  EXPECT_EQ(chunks[2].head.mid, 0u);  // unordered messages have a row of their own
  EXPECT_TRUE(chunks[2].head.unordered);
  EXPECT_EQ(chunks[3].head.mid, 1u);
}

TEST_F(SenderTest, TheSendBufferIsBounded) {
  make({.congestionControl = CongestionControl::kReno, .sendBuffer = 1000, .maxMessages = 4});
  EXPECT_EQ(send(1, 5000), Status::kSent);  // one message may be larger than all of it
  EXPECT_EQ(send(1, 1), Status::kFull);
  start();
  EXPECT_EQ(sender_->bufferedAmount(StreamId(1)), 5000u);
  const size_t chunks = sent().size();
  EXPECT_EQ(sender_->bufferedAmount(StreamId(1)), 5000 - chunks * 1160);  // the first window is not that large
  EXPECT_EQ(sender_->pollAmountFell(), StreamId(1));
  EXPECT_EQ(sender_->pollAmountFell(), std::nullopt);
  EXPECT_EQ(send(1, 1), Status::kFull);  // not acknowledged
  now_ += Duration::millis(10);
  (void)sack(static_cast<int64_t>(chunks) - 1);
  while (!sender_->idle()) {
    const auto more = sent();
    if (more.empty()) {
      wait();
      continue;
    }
    now_ += Duration::millis(10);
    (void)sack(static_cast<int64_t>(more.back().head.tsn.value() - kFirst));
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(1, 1), Status::kSent);
  EXPECT_EQ(send(1, 1), Status::kFull);  // as many messages as there may be
}

TEST_F(SenderTest, HostileSacksAreDropped) {
  start();
  for (int i = 0; i < 5; ++i) (void)send(1, 1100);
  ASSERT_EQ(sent().size(), 4u);  // TSNs 0 to 3: the window's 4,404 bytes, and the packet that stands over its end
  const size_t inFlight = sender_->stats().bytesInFlight;
  EXPECT_EQ(sack(4), Sender::SackStatus::kInvalid);             // one that was never sent
  EXPECT_EQ(sack(0x7ffffffe), Sender::SackStatus::kInvalid);    // half a turn ahead
  EXPECT_EQ(sack(-1, {{2, 5}}), Sender::SackStatus::kInvalid);  // a gap block past the end
  EXPECT_EQ(sack(-1, {{2, 0xffff}}), Sender::SackStatus::kInvalid);
  EXPECT_EQ(sack(-2), Sender::SackStatus::kOld);
  EXPECT_EQ(sack(-0x7fffffff), Sender::SackStatus::kOld);
  EXPECT_EQ(sender_->stats().invalidSacks, 4u);
  EXPECT_EQ(sender_->stats().bytesInFlight, inFlight);
  now_ += Duration::millis(1);
  EXPECT_EQ(sack(-1, {{2, 3}}), Sender::SackStatus::kTaken);
  EXPECT_EQ(sack(2), Sender::SackStatus::kTaken);
  EXPECT_EQ(sack(1), Sender::SackStatus::kOld);
}

TEST_F(SenderTest, ThreeLaterOnesShowALossAndItGoesAtOnce) {
  make({.congestionControl = CongestionControl::kCubic});
  start();
  (void)send(1, 8 * 1160);
  ASSERT_EQ(sent().size(), 8u);
  now_ += Duration::millis(40);
  (void)sack(0, {{2, 3}});
  EXPECT_TRUE(sent().empty());
  (void)sack(0, {{2, 4}});
  const auto again = sent();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].head.tsn, Tsn(kFirst + 1));
  EXPECT_EQ(sender_->stats().fastRetransmits, 1u);
  EXPECT_EQ(sender_->stats().timeouts, 0u);
  (void)sack(4);
  EXPECT_TRUE(sent().empty());
}

TEST_F(SenderTest, ReneggingIsFoundInTheEnd) {
  make({.congestionControl = CongestionControl::kCubic});
  start();
  (void)send(1, 4 * 1160);
  ASSERT_EQ(sent().size(), 4u);
  now_ += Duration::millis(40);
  (void)sack(0, {{3, 3}});
  for (int i = 0; i < 20; ++i) (void)sack(0);  // it has dropped what it had
  std::vector<uint32_t> tsns;
  for (int i = 0; i < 4; ++i) {
    for (const auto& chunk : sent()) tsns.push_back(chunk.head.tsn.value() - kFirst);
    wait();
  }
  EXPECT_THAT(tsns, ::testing::Contains(3u));
  (void)sack(3);
  EXPECT_TRUE(sender_->idle());
}

TEST_F(SenderTest, T3BacksOffAndStopsWithTheLastSack) {
  start();
  (void)send(1, 100);
  ASSERT_EQ(sent().size(), 1u);
  std::vector<int64_t> times;
  const TimePoint begin = now_;
  for (int i = 0; i < 12 && times.size() < 4; ++i) {
    wait();
    if (!sent().empty()) times.push_back((now_ - begin).millis());
  }
  // The first RTO is 500 ms (no probe is due before 1 s without a measured round trip), and doubles.
  EXPECT_THAT(times, ElementsAre(500, 1000, 2000, 4000)) << "a probe at T3's time, then T3";
  EXPECT_GE(sender_->consecutiveTimeouts(), 2u);
  (void)sack(0);
  EXPECT_EQ(sender_->consecutiveTimeouts(), 0u);
  EXPECT_TRUE(sender_->idle());
  EXPECT_TRUE(sender_->nextTimeout().isNever());
}

TEST_F(SenderTest, AShutWindowIsProbedAndIsNoFailure) {
  start({.peerWindow = 100});
  for (int i = 0; i < 5; ++i) (void)send(1, 500);
  ASSERT_EQ(sent().size(), 1u);  // rule A of RFC 9260 §6.1: one chunk asks
  now_ += Duration::millis(40);
  (void)sack(-1, {}, 0);  // dropped by the peer
  for (int i = 0; i < 10; ++i) {
    wait();
    EXPECT_LE(sent().size(), 1u);
    (void)sack(-1, {}, 0);
    EXPECT_EQ(sender_->consecutiveTimeouts(), 0u);
  }
  (void)sack(-1, {}, 100'000);
  EXPECT_GE(sent().size(), 4u);
}

TEST_F(SenderTest, LimitedRetransmissionsEndInAForwardTsn) {
  make({.congestionControl = CongestionControl::kCubic});
  start({.forwardTsn = true});
  (void)send(5, 1000, {.maxRetransmits = 0});
  (void)send(6, 1000, {.ordered = false, .maxRetransmits = 0});
  for (int i = 0; i < 3; ++i) (void)send(1, 1000);
  ASSERT_EQ(sent().size(), 5u);
  now_ += Duration::millis(40);
  (void)sack(-1, {{3, 5}});
  const auto packets = drain(*sender_, now_);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(packets[0].data.empty());
  ASSERT_EQ(packets[0].forward.size(), 1u);
  EXPECT_EQ(packets[0].forward[0].cumulative, Tsn(kFirst + 1));
  EXPECT_THAT(packets[0].forward[0].skipped, ElementsAre(ForwardTsnChunk::Skipped{StreamId(5), false, 0}));
  EXPECT_EQ(sender_->stats().abandonedMessages, 2u);
  // Lost: sent again after a round trip, or with T3.
  pass(Duration::millis(50));
  (void)sack(-1, {{3, 5}});
  EXPECT_EQ(drain(*sender_, now_).size(), 1u);
  (void)sack(4);
  EXPECT_TRUE(sender_->idle());
}

TEST_F(SenderTest, AMessageThatMayNotBeProbedForIsGivenUpByT3) {
  start({.forwardTsn = true});
  (void)send(1, 100);
  (void)sent();
  now_ += Duration::millis(40);
  (void)sack(0);
  (void)send(5, 100, {.maxRetransmits = 0});
  ASSERT_EQ(sent().size(), 1u);
  std::vector<SentPacket> packets;
  for (int i = 0; i < 500 && packets.empty(); ++i) {
    pass(Duration::millis(1));
    (void)sack(0);  // once more and once more: nothing new
    packets = drain(*sender_, now_);
  }
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(packets[0].data.empty());
  EXPECT_EQ(packets[0].forward.size(), 1u);
  EXPECT_EQ(sender_->stats().timeouts, 1u);
}

TEST_F(SenderTest, AMessageGivenUpHalfWayIsSkippedToItsEnd) {
  start({.interleaving = true, .forwardTsn = true});
  (void)send(5, 20'000, {.maxLifetimeMillis = 100});
  const size_t first = sent().size();
  ASSERT_EQ(first, 4u);
  (void)send(6, 100);
  now_ += Duration::millis(200);
  (void)sack(static_cast<int64_t>(first) - 1);  // all that was sent has come
  const auto chunks = sent();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].head.stream, StreamId(6));  // the stream that has sent less goes first
  (void)sack(static_cast<int64_t>(first));
  const auto packets = drain(*sender_, now_);
  ASSERT_EQ(packets.size(), 1u);
  ASSERT_EQ(packets[0].forward.size(), 1u);
  EXPECT_EQ(packets[0].forward[0].cumulative, Tsn(kFirst + 5));  // one more than was sent: the end that never was
  EXPECT_THAT(packets[0].forward[0].skipped, ElementsAre(ForwardTsnChunk::Skipped{StreamId(5), false, 0}));
  EXPECT_EQ(sender_->bufferedAmount(), 0u);
}

TEST_F(SenderTest, AMessageThatExpiresBeforeItBeginsTakesNoNumber) {
  make();
  (void)send(5, 100, {.maxLifetimeMillis = 10});
  (void)send(5, 100);
  now_ += Duration::millis(20);
  start();
  const auto chunks = sent();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].head.mid, 0u);
  EXPECT_EQ(sender_->stats().abandonedMessages, 1u);
}

TEST_F(SenderTest, WithoutForwardTsnNothingIsGivenUp) {
  start({.forwardTsn = false});
  (void)send(5, 100, {.maxRetransmits = 0, .maxLifetimeMillis = 10});
  ASSERT_EQ(sent().size(), 1u);
  wait();
  wait();
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(sender_->stats().abandonedMessages, 0u);
}

TEST_F(SenderTest, AStreamIsResetOnceItIsQuiet) {
  start();
  const StreamId stream(3);
  (void)send(3, 100);
  ASSERT_EQ(sent().size(), 1u);
  sender_->pauseStreams({&stream, 1});
  (void)send(3, 50);  // behind the pause
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(sender_->quiet(stream));
  EXPECT_EQ(sender_->pollQuiet(), std::nullopt);
  (void)sack(0);
  EXPECT_TRUE(sender_->quiet(stream));
  EXPECT_EQ(sender_->pollQuiet(), stream);
  EXPECT_EQ(sender_->pollQuiet(), std::nullopt);
  EXPECT_EQ(sender_->lastAssignedTsn(), Tsn(kFirst));
  EXPECT_FALSE(sender_->idle());
  sender_->resetStreams({&stream, 1});
  const auto chunks = sent();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].head.mid, 0u);  // RFC 6525 §5.1.2: the numbers start again
  EXPECT_EQ(chunks[0].data.size(), 50u);
}

TEST_F(SenderTest, ARefusedResetGoesOnWithTheOldNumbers) {
  start();
  const StreamId stream(3);
  (void)send(3, 100);
  (void)sent();
  sender_->pauseStreams({&stream, 1});
  (void)send(3, 100);
  (void)sack(0);
  sender_->resumeStreams({&stream, 1});
  const auto chunks = sent();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].head.mid, 1u);
}

TEST_F(SenderTest, ARestartSendsWhatWasNotAcknowledgedFromTheBeginning) {
  start();
  (void)send(1, 100);
  (void)send(2, 3000);
  (void)send(1, 200);
  ASSERT_GE(sent().size(), 3u);
  (void)sack(0);
  sender_->restart(now_, {Tsn(77), 1 << 20, false, false});
  std::vector<SentPacket::Chunk> chunks;
  for (int i = 0; i < 10; ++i) {
    for (const auto& chunk : sent()) chunks.push_back(chunk);
    if (!chunks.empty()) {
      SackChunk all{chunks.back().head.tsn, 1 << 20, {}, {}};
      (void)sender_->onSack(now_, all);
    }
    pass(Duration::millis(10));
  }
  size_t onTwo = 0, onOne = 0;
  EXPECT_EQ(chunks[0].head.tsn, Tsn(77));
  for (const auto& chunk : chunks) (chunk.head.stream == StreamId(1) ? onOne : onTwo) += chunk.data.size();
  EXPECT_EQ(onTwo, 3000u);
  EXPECT_EQ(onOne, 200u);
  EXPECT_TRUE(sender_->idle());
}

TEST_F(SenderTest, AChunkCutForALargerPathGoesAlone) {
  make({.congestionControl = CongestionControl::kCubic, .maxPacket = 1400});
  start();
  (void)send(1, 1300);
  ASSERT_EQ(sent().size(), 1u);
  sender_->setMaxPacket(1191);  // RFC 8899: the path has become smaller
  (void)send(2, 1300);
  auto packets = drain(*sender_, now_);
  for (const auto& packet : packets) EXPECT_LE(packet.size, 1191u);
  for (int i = 0; i < 4; ++i) {
    wait();
    packets = drain(*sender_, now_);
    for (const auto& packet : packets) {
      if (packet.size > 1191) {
        EXPECT_EQ(packet.data.size(), 1u);
        EXPECT_EQ(packet.data[0].head.tsn, Tsn(kFirst));
        return;
      }
    }
  }
  ADD_FAILURE() << "the large chunk was not sent again";
}

TEST_F(SenderTest, OldSacksAndRepeatedOnesChangeNothing) {
  start();
  for (int i = 0; i < 3; ++i) (void)send(1, 100);
  (void)sent();
  now_ += Duration::millis(5);
  (void)sack(1);
  const SenderStats before = sender_->stats();
  for (int i = 0; i < 100; ++i) {
    (void)sack(0);
    (void)sack(1);
  }
  EXPECT_EQ(sender_->stats().bytesInFlight, before.bytesInFlight);
  EXPECT_EQ(sender_->stats().congestionWindow, before.congestionWindow);
  EXPECT_EQ(sender_->stats().bytesAcked, before.bytesAcked);
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test
