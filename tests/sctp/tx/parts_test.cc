#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "sctp/tx/congestion/congestion_controller.h"
#include "sctp/tx/outstanding_chunks.h"
#include "sctp/tx/pacer.h"
#include "sctp/tx/rack_tlp.h"
#include "sctp/tx/rtt_estimator.h"
#include "sctp/tx/send_queue.h"

// The parts of the sending half, each alone.

namespace tincan::inline v0::sctp {
namespace {

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

class SendQueueTest : public ::testing::Test {
 protected:
  void make(SchedulerKind kind, bool interleaving) {
    config_.scheduler = kind;
    queue_.emplace(config_, pool_);
    queue_->setInterleaving(interleaving);
  }
  void add(uint16_t stream, size_t size) {
    ASSERT_EQ(queue_->add(at(0), StreamId(stream), 51, Bytes(size), {}), Sender::SendStatus::kSent);
  }
  /// Which streams the next `count` fragments of 1,000 bytes are of.
  std::vector<uint16_t> order(size_t count) {
    std::vector<uint16_t> streams;
    while (streams.size() < count) {
      const auto fragment = queue_->next(1000, 1);
      if (!fragment) break;
      streams.push_back(fragment->message->stream->id.value());
    }
    return streams;
  }

  SenderConfig config_;
  MessagePool pool_;
  std::optional<SendQueue> queue_;
};

TEST_F(SendQueueTest, DataIsNotInterleaved) {
  make(SchedulerKind::kWeightedFair, false);
  add(1, 3000);
  add(2, 2000);
  EXPECT_EQ(order(9), (std::vector<uint16_t>{1, 1, 1, 2, 2}));
}

TEST_F(SendQueueTest, IDataIs) {
  make(SchedulerKind::kWeightedFair, true);
  add(1, 3000);
  add(2, 2000);
  EXPECT_EQ(order(9), (std::vector<uint16_t>{1, 2, 1, 2, 1}));
}

TEST_F(SendQueueTest, BytesFollowTheWeights) {
  make(SchedulerKind::kWeightedFair, true);
  const uint16_t weights[] = {128, 256, 512, 1024};
  for (uint16_t i = 0; i < 4; ++i) {
    queue_->setPriority(StreamId(i), weights[i]);
    add(i, 500'000);
  }
  std::map<uint16_t, int> count;
  for (const uint16_t stream : order(450)) ++count[stream];
  EXPECT_NEAR(count[0], 30, 2);
  EXPECT_NEAR(count[1], 60, 2);
  EXPECT_NEAR(count[2], 120, 2);
  EXPECT_NEAR(count[3], 240, 2);
}

TEST_F(SendQueueTest, AStreamThatComesLaterIsOwedNothing) {
  make(SchedulerKind::kWeightedFair, true);
  add(1, 300'000);
  (void)order(100);
  add(2, 300'000);
  std::map<uint16_t, int> count;
  for (const uint16_t stream : order(100)) ++count[stream];
  EXPECT_NEAR(count[1], 50, 1);
}

TEST_F(SendQueueTest, RankGoesFirst) {
  make(SchedulerKind::kPriority, true);
  queue_->setPriority(StreamId(3), 1024);
  add(1, 2000);
  add(2, 2000);
  add(3, 2000);
  EXPECT_EQ(order(9), (std::vector<uint16_t>{3, 3, 1, 2, 1, 2}));
}

TEST_F(SendQueueTest, AllStreamsThereAreCostOnlyWhatTheyUse) {
  make(SchedulerKind::kWeightedFair, false);
  for (uint32_t i = 0; i < 65'535; ++i) add(static_cast<uint16_t>(i), 1);
  EXPECT_EQ(queue_->bufferedAmount(), 65'535u);
  while (const auto fragment = queue_->next(1000, 1)) queue_->finish(*fragment->message);
  std::vector<StreamId> all;
  for (uint32_t i = 0; i < 65'535; ++i) all.push_back(StreamId(static_cast<uint16_t>(i)));
  queue_->resetStreams(all);
  EXPECT_EQ(queue_->streams(), 0u);
  EXPECT_EQ(pool_.used(), 0u);
}

TEST(OutstandingChunks, ListsHoldUnderAnyOrder) {
  SeededRandom random(3);
  OutstandingChunks chunks;
  chunks.reset(1000);
  using State = OutstandingChunk::State;
  size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    switch (random.below(4)) {
      case 0: {
        OutstandingChunk chunk;
        chunk.wireSize = static_cast<uint16_t>(1 + random.below(1000));
        chunks.push(chunk, random.below(10) == 0 ? State::kAbandoned : State::kInFlight);
        break;
      }
      case 1:
        if (!chunks.empty() && random.below(2)) chunks.popFront();
        break;
      default:
        if (!chunks.empty()) {
          chunks.setState(chunks.first() + static_cast<int64_t>(random.below(chunks.size())),
                          static_cast<State>(random.below(4)));
        }
    }
    most = std::max(most, chunks.size());
    if (i % 50) continue;
    size_t flying = 0, lost = 0, acked = 0;
    for (int64_t tsn = chunks.first(); tsn < chunks.end(); ++tsn) {
      flying += chunks.state(tsn) == State::kInFlight ? chunks.at(tsn).wireSize : 0u;
      lost += chunks.state(tsn) == State::kLost ? chunks.at(tsn).wireSize : 0u;
      acked += chunks.state(tsn) == State::kAcked;
    }
    ASSERT_EQ(chunks.bytesInFlight(), flying);
    ASSERT_EQ(chunks.bytesLost(), lost);
    ASSERT_EQ(chunks.chunksAcked(), acked);
    size_t listed = 0;
    for (int64_t tsn = chunks.oldestInFlight(); tsn != OutstandingChunks::kNone; tsn = chunks.after(tsn)) {
      listed += chunks.at(tsn).wireSize;
    }
    ASSERT_EQ(listed, flying);
  }
  EXPECT_GT(most, 100u);  // the ring has grown while it was in use
}

TEST(RttEstimator, FollowsTheRfc) {
  RttEstimator rtt(Duration::millis(500), Duration::millis(400), Duration::seconds(60));
  EXPECT_EQ(rtt.rto(), Duration::millis(500));
  rtt.onSample(at(0), Duration::millis(100));
  EXPECT_EQ(rtt.srtt(), Duration::millis(100));
  EXPECT_EQ(rtt.rto(), Duration::millis(400));  // 100 + max(4 · 50, 200) = 300: the minimum
  for (int i = 1; i < 200; ++i) rtt.onSample(at(i * 10), Duration::millis(300));
  EXPECT_NEAR(static_cast<double>(rtt.srtt().millis()), 300, 1);
  EXPECT_GE(rtt.rto(), Duration::millis(499));  // a delayed SACK is waited for
  EXPECT_EQ(rtt.minimum(), Duration::millis(100));
  rtt.onSample(at(60'000), Duration::millis(300));
  EXPECT_EQ(rtt.minimum(), Duration::millis(300));  // what is older is forgotten
  for (int i = 0; i < 20; ++i) rtt.backOff();
  EXPECT_EQ(rtt.rto(), Duration::seconds(60));
  rtt.onSample(at(61'000), Duration::micros(-5));  // a clock that went back
  EXPECT_GT(rtt.srtt(), Duration::zero());
}

TEST(Pacer, BatchesAtTheRate) {
  Pacer pacer;
  pacer.setPacket(1000);
  EXPECT_TRUE(pacer.allows(at(0)));  // not paced yet
  for (const uint64_t rate : {200'000u, 10'000'000u, 100'000'000u}) {
    pacer = Pacer();
    pacer.setPacket(1000);
    pacer.setRate(rate);
    TimePoint now = at(1000);
    uint64_t bytes = 0;
    size_t longest = 0;
    while (now < at(2000)) {
      size_t batch = 0;
      while (pacer.allows(now) && batch < 100) {
        pacer.onSent(now, 1000);
        bytes += 1000;
        ++batch;
      }
      longest = std::max(longest, batch);
      pacer.wait();
      now = std::max(now, pacer.release());
    }
    EXPECT_NEAR(static_cast<double>(bytes), static_cast<double>(rate), static_cast<double>(rate) * 0.02 + 2000) << rate;
    EXPECT_LE(longest, 17u) << rate;
  }
}

class RackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    chunks_.reset(0);
    rack_.reset(0);
  }
  void send(int64_t millis) {
    OutstandingChunk chunk;
    chunk.wireSize = 100;
    chunk.sentAt = at(millis);
    chunk.transmissions = 1;
    chunks_.push(chunk, OutstandingChunk::State::kInFlight);
  }
  void again(int64_t tsn, int64_t millis) {
    chunks_.touch(tsn);
    chunks_.at(tsn).sentAt = at(millis);
    ++chunks_.at(tsn).transmissions;
  }
  void ack(int64_t tsn, int64_t millis) {
    rack_.onAcked(at(millis), tsn, chunks_.at(tsn), Duration::millis(40));
    chunks_.setState(tsn, OutstandingChunk::State::kAcked);
  }
  std::vector<int64_t> detect(int64_t millis, bool recovery = false) {
    std::vector<int64_t> lost;
    again_ = rack_.detect({at(millis), Duration::millis(40), Duration::millis(40), recovery}, chunks_, lost);
    return lost;
  }

  OutstandingChunks chunks_;
  RackTlp rack_;
  TimePoint again_{};
};

TEST_F(RackTest, ALaterOneAndTheWindow) {
  for (int i = 0; i < 5; ++i) send(i);
  ack(1, 41);
  EXPECT_TRUE(detect(41).empty());
  EXPECT_EQ(again_, at(50));  // sent at 0, a round trip of 40 and a quarter of the shortest one
  EXPECT_EQ(detect(50), (std::vector<int64_t>{0}));
}

TEST_F(RackTest, ThreeLaterOnesNeedNoWindowUntilReorderingIsSeen) {
  for (int i = 0; i < 6; ++i) send(i);
  ack(2, 42);
  ack(3, 43);
  EXPECT_TRUE(detect(43).empty());
  ack(4, 44);
  EXPECT_EQ(detect(44), (std::vector<int64_t>{0, 1}));
  ack(1, 45);  // it was only late
  EXPECT_TRUE(rack_.reorderingSeen());
  EXPECT_TRUE(detect(45).empty());
  EXPECT_TRUE(detect(49).empty());
  EXPECT_EQ(detect(50), (std::vector<int64_t>{0}));
}

TEST_F(RackTest, ALostRetransmissionIsFoundByItsOwnTime) {
  for (int i = 0; i < 4; ++i) send(i);
  for (int i = 1; i < 4; ++i) ack(i, 41 + i);
  EXPECT_EQ(detect(44), (std::vector<int64_t>{0}));
  again(0, 45);
  send(46);
  send(47);
  EXPECT_TRUE(detect(60, true).empty());  // those delivered were sent before it
  ack(4, 86);
  EXPECT_EQ(detect(86, true), (std::vector<int64_t>{0}));
}

TEST_F(RackTest, AnAckTooEarlyForARetransmissionIsOfTheFirstOne) {
  for (int i = 0; i < 3; ++i) send(i);
  again(0, 50);
  ack(0, 55);  // 5 ms after it: nothing can be concluded of 1 and 2
  EXPECT_TRUE(detect(55).empty());
  EXPECT_TRUE(again_.isNever());
}

TEST_F(RackTest, HowLateOneWasWidensTheWindow) {
  for (int i = 0; i < 4; ++i) send(i);
  const RackTlp::Round round{at(60), Duration::millis(100), Duration::millis(40), false};
  ack(3, 43);
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(10));
  ack(1, 57);  // 16 ms later than by the round trip of those after it
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(20));
  for (int i = 0; i < 100; ++i) rack_.onRecoveryEnd();
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(10));
}

TEST_F(RackTest, DuplicatesWidenTheWindowForAWhile) {
  for (int i = 0; i < 3; ++i) send(i);
  const RackTlp::Round round{at(50), Duration::millis(100), Duration::millis(40), false};
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(10));
  rack_.onDuplicates(3);
  rack_.onDuplicates(3);  // once a round
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(20));
  rack_.onCumulative(3);
  for (int i = 0; i < 1000; ++i) {
    rack_.onDuplicates(3);
    rack_.onCumulative(3);
  }
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(100));  // a round trip at most
  for (int i = 0; i < 16; ++i) rack_.onRecoveryEnd();
  EXPECT_EQ(rack_.window(round, chunks_), Duration::millis(10));
}

AckEvent acked(TimePoint now, size_t bytes, int64_t tsn) {
  AckEvent event;
  event.now = now;
  event.ackedBytes = event.inFlightBefore = bytes;
  event.windowLimited = true;
  event.rtt = event.srtt = event.minRtt = Duration::millis(40);
  event.newestAcked = tsn;
  event.nextTsn = tsn + 100;
  return event;
}

TEST(Reno, GrowsAndHalvesByTheRfc) {
  const auto reno = makeCongestionController(CongestionControl::kReno, 1000, 1);
  EXPECT_EQ(reno->window(), 4000u);  // §7.2.1: min(4 · PMDCS, max(2 · PMDCS, 4404))
  reno->onAck(acked(at(0), 2000, 1));
  EXPECT_EQ(reno->window(), 5000u);  // L = 1
  AckEvent idle = acked(at(0), 2000, 1);
  idle.windowLimited = false;
  reno->onAck(idle);
  EXPECT_EQ(reno->window(), 5000u);
  for (int i = 0; i < 15; ++i) reno->onAck(acked(at(0), 1000, 1));
  EXPECT_EQ(reno->window(), 20'000u);
  reno->onCongestion(at(1), 20'000);
  EXPECT_EQ(reno->window(), 10'000u);
  EXPECT_TRUE(reno->inSlowStart());  // §7.2.1: at the threshold still
  reno->onAck(acked(at(2), 1000, 1));
  EXPECT_FALSE(reno->inSlowStart());
  for (int i = 0; i < 11; ++i) reno->onAck(acked(at(2), 1000, 1));
  EXPECT_EQ(reno->window(), 12'000u);  // §7.2.2: a packet a window
  reno->onSpurious(at(3));
  EXPECT_EQ(reno->window(), 20'000u);
  reno->onTimeout(at(4), 20'000, false);
  EXPECT_EQ(reno->window(), 1000u);
  reno->onTimeout(at(5), 1000, true);
  for (int i = 0; i < 9; ++i) reno->onAck(acked(at(6), 1000, 1));
  EXPECT_EQ(reno->window(), 10'000u);
  EXPECT_TRUE(reno->inSlowStart());  // up to half of what it was
}

TEST(Cubic, IsWhereItWasAfterK) {
  const auto cubic = makeCongestionController(CongestionControl::kCubic, 1000, 1);
  EXPECT_EQ(cubic->window(), 10'000u);
  // Up to 1,000 packets, then a loss.
  TimePoint now = at(0);
  while (cubic->window() < 1'000'000) cubic->onAck(acked(now, 10'000, 1));
  const size_t before = cubic->window();
  cubic->onCongestion(now, before);
  EXPECT_NEAR(static_cast<double>(cubic->window()), 0.7 * static_cast<double>(before), 2);
  // RFC 9438 §4.2: K = cbrt(1000 · 0.3 / 0.4) = 9.1 s.
  int64_t millis = 0;
  while (cubic->window() < before * 99 / 100 && millis < 60'000) {
    millis += 40;
    cubic->onAck(acked(now + Duration::millis(millis), cubic->window(), millis));
  }
  EXPECT_GT(millis, 5'000);
  EXPECT_LT(millis, 10'000);
}

TEST(Cubic, TakesBackAReductionForNothing) {
  const auto cubic = makeCongestionController(CongestionControl::kCubic, 1000, 1);
  for (int i = 0; i < 90; ++i) cubic->onAck(acked(at(i), 1000, i));
  const size_t before = cubic->window();
  cubic->onCongestion(at(100), before);
  ASSERT_LT(cubic->window(), before);
  cubic->onSpurious(at(140));
  EXPECT_EQ(cubic->window(), before);
  EXPECT_TRUE(cubic->inSlowStart());
  cubic->onSpurious(at(150));
  EXPECT_EQ(cubic->window(), before);
}

TEST(Cubic, HyStartLeavesSlowStartWhenRoundTripsGrow) {
  const auto cubic = makeCongestionController(CongestionControl::kCubic, 1000, 1);
  int64_t tsn = 0;
  for (int round = 0; round < 30 && cubic->inSlowStart(); ++round) {
    for (int i = 0; i < 100; ++i, ++tsn) {
      AckEvent event = acked(at(round * 100 + i), 1000, tsn);
      event.nextTsn = (tsn / 100 + 1) * 100 + 100;
      event.rtt = Duration::millis(40 + 8 * round);
      cubic->onAck(event);
    }
  }
  EXPECT_FALSE(cubic->inSlowStart());
}

TEST(AllControls, AnyEventsLeaveAWindowOfSense) {
  for (const auto kind : {CongestionControl::kReno, CongestionControl::kCubic, CongestionControl::kBbr}) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      SeededRandom random(seed);
      const auto control = makeCongestionController(kind, 1179, seed);
      TimePoint now = at(1);
      uint64_t delivered = 0, lost = 0;
      for (int i = 0; i < 500; ++i) {
        now += Duration::micros(static_cast<int64_t>(random.below(3'000'000)));
        AckEvent event = acked(now, random.below(100'000), i);
        delivered += event.ackedBytes;
        event.delivered = delivered;
        event.lost = lost;
        event.rate = {random.below(1'000'000'000),
                      random.below(100'000),
                      random.below(delivered + 1),
                      random.below(2000),
                      random.below(100'000),
                      random.below(2) == 0,
                      true};
        event.rtt = Duration::micros(static_cast<int64_t>(random.below(10'000'000)));
        switch (random.below(8)) {
          case 0: control->onCongestion(now, random.below(100'000)); break;
          case 1: control->onTimeout(now, random.below(100'000), random.below(2)); break;
          case 2: control->onSpurious(now); break;
          case 3: control->onLost({now, i, 1179, random.below(100'000), random.below(3000), false, delivered}); break;
          case 4: control->onSent(now, 1179, random.below(2) * 1000, random.below(2)); break;
          case 5: control->onRecovered(); break;
          default: control->onAck(event);
        }
        ASSERT_GE(control->window(), 1179u) << static_cast<int>(kind) << " seed " << seed << " step " << i;
        ASSERT_LT(control->window(), size_t{1} << 40) << static_cast<int>(kind) << " seed " << seed << " step " << i;
      }
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::sctp
