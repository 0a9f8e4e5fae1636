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
  void postShort(std::function<void()> work, std::function<void()> done) override {
    short_.push_back({std::move(work), std::move(done)});
    mostShort_ = std::max(mostShort_, short_.size());
  }
  void step() { stepOf(tasks_); }
  void stepShort() { stepOf(short_); }
  size_t most() const { return most_; }
  size_t mostShort() const { return mostShort_; }
  size_t waiting() const { return tasks_.size(); }

 private:
  using Tasks = std::deque<std::pair<std::function<void()>, std::function<void()>>>;
  static void stepOf(Tasks& tasks) {
    if (tasks.empty()) return;
    const auto task = std::move(tasks.front());
    tasks.pop_front();
    task.first();
    task.second();
  }
  Tasks tasks_, short_;
  size_t most_ = 0, mostShort_ = 0;
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
  void run(Duration time, int encoding, int decoding, int sound = 1) {
    for (int i = 0; i < static_cast<int>(time.toSeconds() * 1000); ++i) {
      world.runFor(Duration::millis(1));
      if (i % sound == 0) sending.stepShort();
      if (i % encoding == 0) sending.step();
      if (i % decoding == 0) receiving.step();
    }
  }
  stack::RTCOutboundRtpStreamStats sentPictures() {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.kind == "video") return each;
    return {};
  }
  stack::RTCOutboundRtpStreamStats sentSound() {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.kind == "audio") return each;
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
  EXPECT_EQ(sending.mostShort(), 1u);
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
  EXPECT_LT(*sentPictures().frameWidth, 160u) << "less to do";
  run(Duration::seconds(9), 1, 1);
  EXPECT_EQ(sentPictures().qualityLimitationReason, "none");
  EXPECT_EQ(*sentPictures().frameWidth, 160u);
}

TEST_F(LateCodecs, SoundThatIsEncodedLateIsWholeAndInOrder) {
  run(Duration::seconds(3), 1, 1, 15);
  EXPECT_GE(b.loudSounds, 145u);
  EXPECT_EQ(sentSound().framesNotEncoded, 0u);
  run(Duration::millis(150), 1, 1, 1000);  // what has waited meanwhile is made up for
  run(Duration::seconds(2), 1, 1, 5);
  EXPECT_EQ(sentSound().framesNotEncoded, 0u);
  EXPECT_EQ(sending.mostShort(), 1u);
}

TEST_F(LateCodecs, SoundThatNoThreadComesToIsBounded) {
  run(Duration::seconds(2), 1, 1, 40);
  EXPECT_NEAR(static_cast<double>(sentSound().framesNotEncoded), 40, 3) << "every other one, but for those that wait";
  b.loudSounds = 0;
  run(Duration::seconds(2), 1, 1, 1);
  EXPECT_GE(b.loudSounds, 95u);
}

/// A machine whose encoder takes so long for each pixel, and a camera of 320 x 180.
struct SlowMachine : testing::Test {
  World world{43};
  LateExecutor sending;
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)}), {}, {}, nullptr, &sending};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)})};
  uint32_t pictures = 0;

  void call(std::optional<stack::RTCDegradationPreference> preference) {
    trickle(a, b);
    trickle(b, a);
    media::MediaStreamConstraints constraints;
    constraints.video = media::VideoConstraints{.width = 320, .height = 180};
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    const auto sender = a.pc->addTrack(a.stream->getTracks().front(), a.stream).value();
    auto parameters = sender->getParameters();
    parameters.degradationPreference = preference;
    ASSERT_TRUE(sender->setParameters(parameters).ok());
    signal(a, b);
    run(Duration::seconds(2), 0);
    ASSERT_TRUE(connected(a) && connected(b));
    b.tracks.front()->addVideoSink([this](const media::VideoFrame&) { ++pictures; });
    run(Duration::seconds(6), 0);  // the rate grows
    ASSERT_EQ(*sent().frameWidth, 320u);
    ASSERT_EQ(sent().qualityLimitationReason, "none");
  }
  /// `cost`: ms that a whole picture takes, and a smaller one less; 0: none.
  void run(Duration time, double cost) {
    double owed = 0;
    for (int i = 0; i < static_cast<int>(time.toSeconds() * 1000); ++i) {
      world.runFor(Duration::millis(1));
      if (sending.waiting() == 0) continue;
      owed += 1;
      if (owed < cost * share_) continue;
      sending.step();
      owed = 0;
      const auto width = static_cast<double>(sent().frameWidth.has_value() ? *sent().frameWidth : 320u);
      share_ = width * width / (320 * 320);
    }
  }
  stack::RTCOutboundRtpStreamStats sent() {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.kind == "video") return each;
    return {};
  }
  uint32_t picturesIn(Duration time, double cost) {
    const uint32_t before = pictures;
    run(time, cost);
    return pictures - before;
  }

 private:
  double share_ = 1;
};

TEST_F(SlowMachine, GivesUpSizeForFrameRateAndTakesItBack) {
  call(stack::RTCDegradationPreference::kMaintainFramerate);
  const uint32_t changes = *sent().qualityLimitationResolutionChanges;
  run(Duration::seconds(8), 80);
  EXPECT_EQ(*sent().frameWidth, 160u) << "a quarter of 80 ms is time for 30 pictures a second";
  EXPECT_GE(picturesIn(Duration::seconds(3), 80), 80u);
  EXPECT_EQ(sent().qualityLimitationReason, "cpu");
  EXPECT_GE(sent().qualityLimitationDurations.at("cpu"), 5.0);
  EXPECT_EQ(*sent().qualityLimitationResolutionChanges, changes + 2);
  run(Duration::seconds(20), 80);
  EXPECT_EQ(*sent().frameWidth, 160u) << "no way back while it is as slow";
  EXPECT_EQ(*sent().qualityLimitationResolutionChanges, changes + 2);
  run(Duration::seconds(15), 5);
  EXPECT_EQ(*sent().frameWidth, 320u);
  EXPECT_EQ(sent().qualityLimitationReason, "none");
  EXPECT_EQ(*sent().qualityLimitationResolutionChanges, changes + 4);
}

TEST_F(SlowMachine, GivesUpFrameRateForSize) {
  call(stack::RTCDegradationPreference::kMaintainResolution);
  run(Duration::seconds(8), 60);
  EXPECT_EQ(*sent().frameWidth, 320u);
  EXPECT_NEAR(picturesIn(Duration::seconds(4), 60), 60, 8) << "15 a second, evenly";
  const uint64_t overtaken = sent().framesNotEncoded;
  run(Duration::seconds(4), 60);
  EXPECT_LE(sent().framesNotEncoded - overtaken, 4u) << "they are not even scaled";
  EXPECT_EQ(sent().qualityLimitationReason, "cpu");
  EXPECT_EQ(*sent().qualityLimitationResolutionChanges, 0u);
  EXPECT_GE(picturesIn(Duration::seconds(24), 5), 500u);
  EXPECT_EQ(sent().qualityLimitationReason, "none");
}

TEST_F(SlowMachine, GivesUpBothInTurns) {
  call(stack::RTCDegradationPreference::kBalanced);
  run(Duration::seconds(8), 90);
  EXPECT_LT(*sent().frameWidth, 320u);
  EXPECT_GE(*sent().frameWidth, 160u);
  EXPECT_EQ(sent().qualityLimitationReason, "cpu");
  EXPECT_LT(picturesIn(Duration::seconds(4), 90), 108u) << "and fewer pictures";
}

/// Three encodings of a camera of 640 x 360, on one thread.
struct SlowSimulcast : testing::Test {
  World world{44};
  LateExecutor sending;
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)}), rates(), {}, nullptr, &sending};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)})};

  static stack::RTCConfiguration rates() {
    stack::RTCConfiguration out;
    out.congestion.startBitrate = 3'000'000;  // enough for all three
    out.videoBitrate = 2'000'000;
    return out;
  }
  void call(stack::RTCDegradationPreference preference) {
    trickle(a, b);
    trickle(b, a);
    media::MediaStreamConstraints constraints;
    constraints.video = media::VideoConstraints{.width = 640, .height = 360};
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    stack::RTCRtpTransceiverInit init;
    init.sendEncodings.resize(3);
    const char* const names[] = {"q", "h", "f"};
    for (size_t i = 0; i < 3; ++i) init.sendEncodings[i].rid = names[i];
    const auto sender = a.pc->addTransceiver(a.stream->getTracks().front(), init).value()->sender();
    auto parameters = sender->getParameters();
    parameters.degradationPreference = preference;
    ASSERT_TRUE(sender->setParameters(parameters).ok());
    signal(a, b);
    run(Duration::seconds(4), 1);
    ASSERT_TRUE(connected(a) && connected(b));
    for (const char* rid : names) ASSERT_NE(sent(rid).qualityLimitationReason, "cpu") << rid;
    ASSERT_EQ(*sent("f").frameWidth, 640u);
  }
  /// Each work, of whichever encoding, takes so many milliseconds.
  void run(Duration time, int each) {
    for (int i = 0; i < static_cast<int>(time.toSeconds() * 1000); ++i) {
      world.runFor(Duration::millis(1));
      if (i % each == 0) sending.step();
    }
  }
  stack::RTCOutboundRtpStreamStats sent(std::string_view rid) {
    for (const auto& each : a.pc->getStats().outboundRtp)
      if (each.rid == rid) return each;
    return {};
  }
  uint64_t picturesIn(std::string_view rid, Duration time, int each) {
    const uint64_t before = sent(rid).framesEncoded;
    run(time, each);
    return sent(rid).framesEncoded - before;
  }
};

TEST_F(SlowSimulcast, TheLargestHasFewerPictures) {
  call(stack::RTCDegradationPreference::kMaintainResolution);
  run(Duration::seconds(12), 13);  // of 90 works a second there is time for 76
  EXPECT_NEAR(static_cast<double>(picturesIn("f", Duration::seconds(4), 13)), 60, 8) << "15 a second are few enough";
  EXPECT_EQ(sent("f").qualityLimitationReason, "cpu");
  EXPECT_EQ(*sent("f").frameWidth, 640u);
  for (const char* rid : {"q", "h"}) {
    EXPECT_GE(picturesIn(rid, Duration::seconds(2), 13), 58u) << rid;
    EXPECT_NE(sent(rid).qualityLimitationReason, "cpu") << rid;
  }
  run(Duration::seconds(25), 2);
  EXPECT_GE(picturesIn("f", Duration::seconds(2), 2), 58u);
  EXPECT_NE(sent("f").qualityLimitationReason, "cpu");
}

TEST_F(SlowSimulcast, TheLargestBecomesSmaller) {
  call(stack::RTCDegradationPreference::kMaintainFramerate);
  run(Duration::seconds(3), 13);
  EXPECT_EQ(*sent("f").frameWidth, 480u);
  EXPECT_EQ(*sent("h").frameWidth, 320u);
  EXPECT_EQ(*sent("q").frameWidth, 160u);
  EXPECT_EQ(sent("f").qualityLimitationReason, "cpu");
  run(Duration::seconds(9), 2);
  EXPECT_EQ(*sent("f").frameWidth, 640u);
  EXPECT_NE(sent("f").qualityLimitationReason, "cpu");
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
