// Codecs that work elsewhere, with an executor whose threads are this test: each step is done when it says so.
#include "stack/codec_work.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stack/video_decoding.h"
#include "stack/video_encoding.h"
#include "stack/worker_encoder.h"
#include "tests/media/codec/makers.h"

namespace tincan::inline v0::stack {
namespace {

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

class StepExecutor final : public Executor {
 public:
  void post(std::function<void()> work, std::function<void()> done) override {
    tasks_.push_back({std::move(work), std::move(done)});
  }
  size_t waiting() const { return tasks_.size(); }
  bool step() {
    if (tasks_.empty()) return false;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task.first();
    task.second();
    return true;
  }

 private:
  std::deque<std::pair<std::function<void()>, std::function<void()>>> tasks_;
};

/// What it was given, as text: "k3@500" is picture 3, as a key frame, at 500 bit/s.
struct Log {
  std::vector<std::string> encoded;
  int alive = 0;
};
class NotingEncoder final : public media::VideoEncoder {
 public:
  explicit NotingEncoder(Log& log) : log_(log) { ++log_.alive; }
  ~NotingEncoder() override { --log_.alive; }
  Result<void> encode(const media::VideoFrame& picture, bool forceKeyFrame,
                      std::vector<media::EncodedVideo>& out) override {
    log_.encoded.push_back((forceKeyFrame ? "k" : "") + std::to_string(picture.rtpTimestamp) + "@" +
                           std::to_string(rate_));
    if (picture.rtpTimestamp == 13) return {ErrorCode::kOperationError, "bad luck"};
    media::EncodedVideo frame;
    frame.data = Bytes(1, static_cast<uint8_t>(picture.rtpTimestamp));
    frame.keyFrame = forceKeyFrame;
    out.push_back(frame);
    return {};
  }
  void setRates(uint32_t bitrateBps, double) override { rate_ = bitrateBps; }
  std::string_view implementation() const override { return "noting"; }

 private:
  Log& log_;
  uint32_t rate_ = 0;
};

struct Encoding : testing::Test {
  Log log;
  StepExecutor executor;
  std::shared_ptr<EventQueue> events = std::make_shared<EventQueue>();
  int wakes = 0;
  std::unique_ptr<WorkerEncoder> encoder;
  std::vector<media::EncodedVideo> out;

  void SetUp() override {
    events->setWake([this] { ++wakes; });
    encoder = std::make_unique<WorkerEncoder>(std::make_unique<NotingEncoder>(log), CodecWork(&executor, events));
  }
  void give(uint32_t number, bool keyFrame = false) {
    media::VideoFrame picture = media::VideoFrame::black(16, 16);
    picture.rtpTimestamp = number;
    EXPECT_TRUE(encoder->encode(picture, keyFrame, out).ok());
  }
};

TEST_F(Encoding, ComesBackAtOnceAndTellsTheOwner) {
  give(1, true);
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(log.encoded.empty());
  encoder->take(out);
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(executor.step());
  EXPECT_EQ(wakes, 1);
  encoder->take(out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].data[0], 1);
  encoder->take(out);
  EXPECT_EQ(out.size(), 1u) << "once";
  EXPECT_EQ(encoder->implementation(), "noting");
}

TEST_F(Encoding, OnePictureAtATimeAndTheNewestWaits) {
  give(1, true);
  give(2);
  give(3, true);  // a key frame that was asked for does not go with the picture that does
  give(4);
  EXPECT_EQ(executor.waiting(), 1u);
  EXPECT_EQ(encoder->load().overtaken, 2u);
  EXPECT_TRUE(executor.step());
  encoder->take(out);
  EXPECT_EQ(executor.waiting(), 1u);
  EXPECT_TRUE(executor.step());
  encoder->take(out);
  EXPECT_FALSE(executor.step());
  EXPECT_EQ(log.encoded, (std::vector<std::string>{"k1@0", "k4@0"}));
  EXPECT_EQ(out.size(), 2u);
}

TEST_F(Encoding, RatesAreOfTheNextPicture) {
  give(1);
  encoder->setRates(500, 30);
  encoder->setRates(600, 30);
  EXPECT_TRUE(executor.step());
  encoder->take(out);
  give(2);
  EXPECT_TRUE(executor.step());
  EXPECT_EQ(log.encoded, (std::vector<std::string>{"1@0", "2@600"}));
}

TEST_F(Encoding, APictureThatFailsIsOneLess) {
  give(13);
  EXPECT_TRUE(executor.step());
  give(14);
  EXPECT_TRUE(executor.step());
  encoder->take(out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].data[0], 14);
}

TEST_F(Encoding, GoesWhileItWorks) {
  give(1);
  encoder.reset();
  EXPECT_EQ(log.alive, 1) << "whoever works has it still";
  EXPECT_TRUE(executor.step());
  EXPECT_EQ(log.alive, 0);
}

/// VP8 of a grey picture.
struct Decoding : testing::Test {
  StepExecutor executor;
  std::shared_ptr<EventQueue> events = std::make_shared<EventQueue>();
  DecoderBudget budget{DecodingLimits()};
  std::vector<std::string> told;  // "3" is a picture, "3!" is none
  std::unique_ptr<VideoDecoding> decoding;
  std::unique_ptr<media::VideoEncoder> encoder = media::makeVp8Encoder(64, 48, 100'000);
  uint32_t pictures = 0;

  void SetUp() override {
    decoding = std::make_unique<VideoDecoding>(
        budget, media::builtInCodecs(), CodecWork(&executor, events),
        [this](TimePoint, const media::ReceivedFrame& frame, Result<media::VideoFrame> picture) {
          told.push_back(std::to_string(frame.rtpTimestamp / 3000) + (picture ? "" : "!"));
        });
    decoding->setFormat({media::CodecKind::kVideo, "VP8", 90'000});
  }
  void give(bool keyFrame = false, bool broken = false) {
    media::VideoFrame picture = media::VideoFrame::black(64, 48);
    picture.rtpTimestamp = ++pictures * 3000;
    std::vector<media::EncodedVideo> out;
    ASSERT_TRUE(encoder->encode(picture, keyFrame, out).ok());
    ASSERT_EQ(out.size(), 1u);
    media::ReceivedFrame frame;
    frame.data = out[0].data;
    if (broken) frame.data.resize(4);
    frame.keyFrame = out[0].keyFrame;
    frame.rtpTimestamp = picture.rtpTimestamp;
    decoding->decode(at(pictures * 33), frame);
  }
  bool step() {
    const bool any = executor.step();
    decoding->collect(at(pictures * 33));
    return any;
  }
};

TEST_F(Decoding, OneAtATimeInOrder) {
  for (int i = 0; i < 5; ++i) give();
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(executor.waiting(), 1u);
  while (step()) {
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(decoding->framesLate(), 0u);
}

TEST_F(Decoding, WhoDoesNotKeepUpGoesOnWithAKeyFrame) {
  for (size_t i = 0; i <= VideoDecoding::kMaxWaiting; ++i) give();
  EXPECT_TRUE(told.empty()) << "one is under way, and so many wait";
  give();
  EXPECT_EQ(told, (std::vector<std::string>{"10!"}));
  EXPECT_EQ(decoding->framesLate(), VideoDecoding::kMaxWaiting + 1);
  told.clear();
  give(true);
  while (step()) {
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1", "11"}));
}

TEST_F(Decoding, BehindAnErrorNothingGoesButAKeyFrame) {
  give();
  give(true, true);
  give();
  give();
  give(true);
  give();
  while (step()) {
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1", "2!", "5", "6"}));
}

TEST_F(Decoding, WhatIsUnderWayWhenItClosesComesToNothing) {
  give();
  give();
  decoding->close();
  while (step()) {
  }
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(budget.decoders(), 0u);
  give(true);
  while (step()) {
  }
  EXPECT_EQ(told, (std::vector<std::string>{"3"}));
}

TEST_F(Decoding, GoesWhileItWorks) {
  give();
  give();
  decoding.reset();
  EXPECT_TRUE(executor.step());
  EXPECT_EQ(budget.decoders(), 0u);
}

TEST_F(Decoding, ItsPlaceInTheBudgetMayGoToAnother) {
  give();
  BudgetedDecoder(budget, media::builtInCodecs()).close();
  decoding->close();
  EXPECT_EQ(budget.pixels(), 0u);
}

// webrtc-stats, totalEncodeTime: of what has become frames, from when a worker was given it to when that was fetched.
TEST(EncodingElsewhere, TellsHowLongItTook) {
  StepExecutor executor;
  const auto events = std::make_shared<EventQueue>();
  VideoEncoding encoding(
      media::builtInCodecs(), {media::CodecKind::kVideo, "VP8", 90'000}, {.bitrate = 500'000},
      [](TimePoint, std::span<const media::EncodedVideo>) {}, CodecWork(&executor, events));
  RTCOutboundRtpStreamStats stats;
  encoding.addStats(stats);
  EXPECT_EQ(stats.totalEncodeTime, 0);
  EXPECT_FALSE(stats.qpSum.has_value()) << "no frame has told it";
  RTCRtpEncodingParameters parameters;
  int began = 0;
  for (const char* mode : {"L1T1", "L1T2"}) {  // a new encoder in the middle
    parameters.scalabilityMode = mode;
    for (int i = 0; i < 3; ++i, began += 33) {
      media::VideoFrame picture = media::VideoFrame::black(64, 48);
      picture.captured = at(began + 1);
      picture.rtpTimestamp = static_cast<uint32_t>(began) * 90;
      encoding.encode(picture.captured, parameters, picture, 1200);
      encoding.collect(at(began + 3));
      encoding.addStats(stats);
      EXPECT_NEAR(stats.totalEncodeTime, began / 33 * 0.010, 1e-9) << "not yet";
      while (executor.step()) {
      }
      encoding.collect(at(began + 11));
      encoding.addStats(stats);
      EXPECT_NEAR(stats.totalEncodeTime, (began / 33 + 1) * 0.010, 1e-9);
    }
  }
  EXPECT_EQ(stats.framesEncoded, 6u);
  EXPECT_GT(stats.qpSum, 0u);
}

TEST(EncodingElsewhere, WhatIsDroppedForWantOfTimeIsLimitedByTheProcessor) {
  StepExecutor executor;
  const auto events = std::make_shared<EventQueue>();
  int frames = 0;
  VideoEncoding encoding(
      media::builtInCodecs(), {media::CodecKind::kVideo, "VP8", 90'000}, {.bitrate = 500'000},
      [&](TimePoint, std::span<const media::EncodedVideo> made) {
        EXPECT_EQ(made.size(), 1u) << "one picture at a time";
        ++frames;
      },
      CodecWork(&executor, events));
  const auto give = [&](int number) {
    media::VideoFrame picture = media::VideoFrame::black(64, 48);
    picture.captured = at(number * 33);
    picture.rtpTimestamp = static_cast<uint32_t>(number) * 3000;
    encoding.encode(picture.captured, {}, picture, 1200);
  };
  const auto reason = [&] {
    RTCOutboundRtpStreamStats stats;
    encoding.addStats(stats);
    return stats.qualityLimitationReason;
  };
  for (int i = 1; i <= 10; ++i) {
    give(i);
    while (executor.step()) encoding.collect(at(i * 33));
  }
  EXPECT_EQ(frames, 10);
  EXPECT_EQ(reason(), "none");
  for (int i = 11; i <= 20; ++i) give(i);  // nobody works
  EXPECT_EQ(reason(), "cpu");
  RTCOutboundRtpStreamStats stats;
  encoding.addStats(stats);
  EXPECT_EQ(stats.framesNotEncoded, 8u);
  for (int i = 21; i <= 100; ++i) {
    give(i);
    while (executor.step()) encoding.collect(at(i * 33));
  }
  EXPECT_EQ(reason(), "none") << "two seconds later";
  encoding.addStats(stats);
  EXPECT_GT(stats.qualityLimitationDurations["cpu"], 1.5);
}

}  // namespace
}  // namespace tincan::inline v0::stack
