// Calls whose codecs work elsewhere, in virtual time: this test is the thread, and says when work is done.
#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "base/executor.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

class LateExecutor final : public Executor {
 public:
  void post(std::function<void()> work, std::function<void()> done) override {
    tasks_.push_back({std::move(work), std::move(done)});
    most_ = std::max(most_, tasks_.size());
  }
  void step() {
    if (tasks_.empty()) return;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task.first();
    task.second();
  }
  size_t most() const { return most_; }
  size_t waiting() const { return tasks_.size(); }

 private:
  std::deque<std::pair<std::function<void()>, std::function<void()>>> tasks_;
  size_t most_ = 0;
};

struct LateCodecs : testing::Test {
  World world{41};
  LateExecutor sending, receiving;
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)}), {}, {}, nullptr, &sending};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)}), {}, {}, nullptr, &receiving};

  void SetUp() override {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    signal(a, b);
    run(Duration::seconds(2), 1, 1);
    ASSERT_TRUE(connected(a) && connected(b));
    b.pictures = b.unreadable = b.sounds = b.loudSounds = 0;
  }
  /// A work is done every so many milliseconds.
  void run(Duration time, int encoding, int decoding) {
    for (int i = 0; i < static_cast<int>(time.toSeconds() * 1000); ++i) {
      world.runFor(Duration::millis(1));
      if (i % encoding == 0) sending.step();
      if (i % decoding == 0) receiving.step();
    }
  }
  stack::RTCOutboundRtpStreamStats sentPictures() {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.kind == "video") return each;
    return {};
  }
  stack::RTCInboundRtpStreamStats receivedPictures() {
    for (const auto& each : b.pc->getStats().inboundRtp)
      if (each.kind == "video") return each;
    return {};
  }
};

TEST_F(LateCodecs, NothingIsMissing) {
  run(Duration::seconds(3), 5, 5);
  EXPECT_GE(b.pictures, 85u);
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.loudSounds, 140u);
  EXPECT_EQ(sending.most(), 1u);
  EXPECT_EQ(receiving.most(), 1u) << "one at a time";
  EXPECT_EQ(sentPictures().framesNotEncoded, 0u);
}

TEST_F(LateCodecs, AnEncoderThatIsTooSlowCostsPicturesAndNoSound) {
  run(Duration::seconds(4), 100, 1);
  EXPECT_NEAR(static_cast<double>(b.pictures), 40, 4);
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.loudSounds, 190u);
  EXPECT_GT(sentPictures().framesNotEncoded, 70u);
  EXPECT_EQ(sentPictures().qualityLimitationReason, "cpu");
  run(Duration::seconds(3), 1, 1);
  EXPECT_EQ(sentPictures().qualityLimitationReason, "none");
}

TEST_F(LateCodecs, ADecoderThatIsTooSlowGoesOnWithKeyFrames) {
  run(Duration::seconds(6), 1, 100);
  EXPECT_GT(b.pictures, 10u);
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.loudSounds, 285u);
  EXPECT_GT(*receivedPictures().framesDropped, 20u);
  EXPECT_GT(*sentPictures().keyFramesEncoded, 2u) << "it was asked for";
  b.pictures = 0;
  run(Duration::seconds(2), 1, 1);
  EXPECT_GE(b.pictures, 50u);
}

TEST_F(LateCodecs, EndsWithWorkUnderWay) {
  run(Duration::millis(500), 40, 40);
  ASSERT_GT(sending.waiting() + receiving.waiting(), 0u);
  a.pc->close();
  run(Duration::millis(50), 1000, 1000);
  for (Peer* peer : {&a, &b}) {
    world.detach(*peer->pc);
    peer->pc.reset();
  }
  const uint64_t before = b.pictures;
  while (sending.waiting() > 0) sending.step();
  while (receiving.waiting() > 0) receiving.step();
  EXPECT_EQ(b.pictures, before);
}

}  // namespace
}  // namespace tincan::inline v0::sim
