// What a device's thread brings, as sources give it on: no more than there is room for, and sound without gaps.
#include "devices/mailbox.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::devices {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);

std::vector<int16_t> sound(size_t samples, int16_t first = 0) {
  std::vector<int16_t> out(samples);
  for (size_t i = 0; i < samples; ++i) out[i] = static_cast<int16_t>(first + static_cast<int>(i % 1000));
  return out;
}

TEST(MailboxCamera, GivesTheLatestPictureAndForgetsTheOthers) {
  auto box = std::make_shared<Mailbox>();
  MailboxCamera camera(box, nullptr);
  media::VideoFrame out;
  EXPECT_FALSE(camera.capture(kStart, out));
  EXPECT_EQ(camera.nextFrameTime(), kStart + kGlance);
  for (int i = 1; i <= 10; ++i) {
    auto picture = media::VideoFrame::black(2 * i, 2);
    picture.captured = kStart + Duration::millis(33 * i);
    box->put(std::move(picture));
  }
  EXPECT_EQ(box->pictures.size(), Mailbox::kMostPictures);
  EXPECT_EQ(camera.nextFrameTime(), TimePoint());
  ASSERT_TRUE(camera.capture(kStart + Duration::millis(330), out));
  EXPECT_EQ(out.width, 20);
  EXPECT_EQ(out.rtpTimestamp, 0u);
  EXPECT_FALSE(camera.capture(kStart + Duration::millis(331), out));
  auto next = media::VideoFrame::black(2, 2);
  next.captured = kStart + Duration::millis(363);
  box->put(std::move(next));
  ASSERT_TRUE(camera.capture(kStart + Duration::millis(363), out));
  EXPECT_EQ(out.rtpTimestamp, 33u * 90);
  box->ended = true;
  EXPECT_TRUE(camera.nextFrameTime().isNever());
}

TEST(MailboxMicrophone, CutsWhatComesIntoFramesThatFollowEachOther) {
  auto box = std::make_shared<Mailbox>();
  MailboxMicrophone microphone(box, 1, nullptr);
  media::AudioFrame out;
  TimePoint now = kStart, last;
  size_t frames = 0, given = 0;
  for (int i = 0; i < 100; ++i) {
    // Fragments of 17 ms: none is a frame.
    box->put(sound(816), now);
    given += 816;
    now = now + Duration::millis(17);
    while (microphone.capture(now, out)) {
      ASSERT_EQ(out.samples.size(), 960u);
      if (frames > 0) {
        ASSERT_EQ(out.captured - last, Duration::millis(20));
      }
      EXPECT_EQ(out.rtpTimestamp, 960 * frames);
      last = out.captured;
      ++frames;
    }
  }
  EXPECT_EQ(frames, given / 960);
}

TEST(MailboxMicrophone, FollowsTheLoopWhereTheDeviceStoodStillOrRunsAway) {
  auto box = std::make_shared<Mailbox>();
  MailboxMicrophone microphone(box, 1, nullptr);
  media::AudioFrame out;
  box->put(sound(960), kStart);
  ASSERT_TRUE(microphone.capture(kStart, out));
  const TimePoint later = kStart + Duration::seconds(3);
  box->put(sound(960), later);
  ASSERT_TRUE(microphone.capture(later, out));
  EXPECT_EQ(out.captured, later);
  EXPECT_NEAR(static_cast<double>(out.rtpTimestamp), 3 * 48'000, 960);
  // Ten per cent too fast: it never gets further ahead than it may.
  TimePoint now = later;
  TimePoint newest;
  for (int i = 0; i < 1000; ++i) {
    box->put(sound(1056), now);
    while (microphone.capture(now, out)) newest = out.captured;
    now = now + Duration::millis(20);
  }
  EXPECT_LT(newest - now, MailboxMicrophone::kMostApart + Duration::millis(40));
  EXPECT_LT(box->samples.size(), Mailbox::kMostSamples + 2000);
}

TEST(MailboxMicrophone, HoldsASecondAtMost) {
  Mailbox box;
  for (int i = 0; i < 200; ++i) box.put(sound(1920), kStart);
  EXPECT_LE(box.samples.size(), Mailbox::kMostSamples);
}

}  // namespace
}  // namespace tincan::inline v0::devices
