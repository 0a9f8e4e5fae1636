#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr int64_t kWall = 1'700'000'000'000'000;
constexpr uint32_t kSound = 77, kPicture = 88;

/// What the far end sends: 50 packets of sound and 25 pictures a second, and a report on each every second.
struct Sender {
  int64_t soundPath = 0, picturePath = 0;  // ms
  int64_t pictureWall = 0;                 // ms by which the reports on pictures are wrong
  int64_t soundPpm = 0;                    // by which the sound's RTP time is too fast
  bool reports = true;
  int64_t reportEvery = 1000, reportError = 0;  // ms
  std::string soundName = "c", pictureName = "c";
  int64_t picturesUntil = INT64_MAX;  // ms
};

class StreamSyncTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(on_.wire.connect());
    on_.session.apply(on_.sections);
    on_.audio->receiver()->track()->addAudioSink([this](const media::AudioFrame& frame) {
      if (!soundSampled_.contains(frame.rtpTimestamp)) return;
      sound_ = now() - soundSampled_[frame.rtpTimestamp];
      ++sounds_;
    });
    on_.video->receiver()->onencodedframe = [this](const EncodedFrame& frame) {
      picture_ = now() - (frame.rtpTimestamp - 9000) / 90;
      ++pictures_;
    };
    start_ = on_.wire.now().micros() / 1000;
  }
  int64_t now() const { return on_.wire.now().micros() / 1000 - start_; }

  void send(const Sender& sender, int64_t millis) {
    const int64_t end = now() + millis;
    for (; now() < end; on_.run(Duration::millis(20))) {
      const int64_t t = sampled_;
      sampled_ += 20;
      const uint32_t soundTime = 5000 + static_cast<uint32_t>(t * 48 * (1'000'000 + sender.soundPpm) / 1'000'000);
      soundSampled_[soundTime] = t;
      const uint32_t pictureTime = 9000 + static_cast<uint32_t>(t * 90);
      const auto number = static_cast<uint16_t>(t / 20);
      line_.emplace(t + sender.soundPath, [=, this] {
        const Bytes sound = {0x78, 1, 2};
        on_.fromPeer(SessionOnWire::kOpusType, kSound, number, soundTime, sound, false);
      });
      if (t % 40 == 0 && t < sender.picturesUntil) {
        line_.emplace(t + sender.picturePath, [=, this] {
          Bytes frame(301, 0x20);
          frame[0] = 0x10;
          frame[1] = t == 0 ? 0x10 : 0x11;
          const uint8_t key[] = {0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0};
          if (t == 0) std::copy(std::begin(key), std::end(key), frame.begin() + 4);
          on_.fromPeer(SessionOnWire::kVp8Type, kPicture, static_cast<uint16_t>(number / 2), pictureTime, frame);
        });
      }
      if (sender.reports && t % sender.reportEvery == 500) {
        const int64_t error =
            sender.reportError > 0
                ? static_cast<int64_t>(random_.below(static_cast<uint64_t>(sender.reportError) * 1000))
                : 0;
        report(kSound, sender.soundName, soundTime, kWall + t * 1000 + error);
        if (t < sender.picturesUntil)
          report(kPicture, sender.pictureName, pictureTime, kWall + (t + sender.pictureWall) * 1000);
      }
      while (!line_.empty() && line_.begin()->first <= t) {
        line_.begin()->second();
        line_.erase(line_.begin());
      }
    }
  }
  int64_t skew() const { return picture_ - sound_; }

 private:
  void report(uint32_t ssrc, const std::string& name, uint32_t timestamp, int64_t wall) {
    rtp::rtcp::SenderReport report;
    report.sender = Ssrc(ssrc);
    report.rtpTimestamp = timestamp;
    report.ntpTime = NtpTime::fromUnixMicros(wall);
    rtp::rtcp::Sdes names;
    names.chunks.push_back({Ssrc(ssrc), {{rtp::rtcp::SdesType::kCname, name}}});
    Bytes bytes(300);
    ByteWriter writer(bytes);
    ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(report)));
    ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(names)));
    bytes.resize(writer.size());
    on_.wire[1].sendRtcp(on_.wire.now(), on_.wire.pool().copy(bytes));
  }

 protected:
  SessionOnWire on_;
  SeededRandom random_{11};
  int64_t start_ = 0, sampled_ = 0;
  std::map<uint32_t, int64_t> soundSampled_;
  std::multimap<int64_t, std::function<void()>> line_;
  int64_t sound_ = 0, picture_ = 0;  // ms from sampling to playing, of the last
  uint64_t sounds_ = 0, pictures_ = 0;
};

using Paths = std::pair<int, int>;
class StreamSyncPaths : public StreamSyncTest, public testing::WithParamInterface<Paths> {};

TEST_P(StreamSyncPaths, WhatWasSampledTogetherIsPlayedTogether) {
  Sender sender;
  std::tie(sender.soundPath, sender.picturePath) = GetParam();
  send(sender, 12'000);
  std::printf("paths of %lld and %lld ms: sound after %lld ms, picture after %lld ms\n",
              static_cast<long long>(sender.soundPath), static_cast<long long>(sender.picturePath),
              static_cast<long long>(sound_), static_cast<long long>(picture_));
  EXPECT_LE(std::abs(skew()), 20);
  // The later one is not held up by more than what its own jitter needs.
  EXPECT_LE(sound_, std::max(sender.soundPath, sender.picturePath) + 60);
  EXPECT_LE(picture_, std::max(sender.soundPath, sender.picturePath) + 60);
  EXPECT_GE(sounds_, 500u);
  EXPECT_GE(pictures_, 250u);
}

INSTANTIATE_TEST_SUITE_P(Millis, StreamSyncPaths,
                         testing::Values(Paths{0, 0}, Paths{0, 100}, Paths{0, 300}, Paths{0, 700}, Paths{0, 960},
                                         Paths{100, 0}, Paths{300, 0}, Paths{800, 0}, Paths{160, 400}));

TEST_F(StreamSyncTest, WithoutReportsEachGoesByItself) {
  send({.picturePath = 300, .reports = false}, 8'000);
  EXPECT_LE(sound_, 60);
  EXPECT_LE(std::abs(picture_ - 300), 20);
}

TEST_F(StreamSyncTest, TwoNamesAreTwoSenders) {
  send({.picturePath = 300, .pictureName = "another"}, 8'000);
  EXPECT_LE(sound_, 60);
}

TEST_F(StreamSyncTest, NoNameIsNobodysName) {
  send({.picturePath = 300, .soundName = "", .pictureName = ""}, 8'000);
  EXPECT_LE(sound_, 60);
}

TEST_F(StreamSyncTest, AWrongTimeHoldsNothingBackForLong) {
  send({.pictureWall = 3'600'000}, 8'000);
  EXPECT_LE(sound_, 60) << "an hour is no way that a packet takes";
  EXPECT_LE(picture_, 60);
  send({.pictureWall = -3'000}, 15'000);
  EXPECT_LE(sound_, 1'060);
  EXPECT_GE(sound_, 900) << "three seconds might be one: the bound holds";
  EXPECT_LE(picture_, 60);
}

TEST_F(StreamSyncTest, SoundAloneIsPlayedAtOnce) {
  send({.picturesUntil = 0}, 8'000);
  EXPECT_EQ(pictures_, 0u);
  EXPECT_LE(sound_, 60);
}

TEST_F(StreamSyncTest, SoundWaitsNoMoreForPicturesThatHaveEnded) {
  send({.picturePath = 400, .picturesUntil = 8'000}, 8'000);
  EXPECT_GE(sound_, 360);
  send({.picturePath = 400, .picturesUntil = 8'000}, 12'000);
  EXPECT_LE(sound_, 80);
}

// A path that becomes longer, or shorter, while it runs.
TEST_F(StreamSyncTest, FollowsAPathThatChanges) {
  send({.picturePath = 60}, 6'000);
  send({.picturePath = 360}, 14'000);
  EXPECT_LE(std::abs(skew()), 40) << sound_ << ' ' << picture_;
  send({.picturePath = 60}, 14'000);
  EXPECT_LE(std::abs(skew()), 60) << sound_ << ' ' << picture_;
  EXPECT_LE(sound_, 140);
}

// A sound card that runs fast or slow: its RTP time does, and its reports, which come seldom and say the time to some
// milliseconds, tell it.
class StreamSyncClocks : public StreamSyncTest, public testing::WithParamInterface<int> {};

TEST_P(StreamSyncClocks, AreFollowed) {
  const Sender sender{.picturePath = 200, .soundPpm = GetParam(), .reportEvery = 5000, .reportError = 6};
  send(sender, 25'000);
  int64_t worst = 0, sum = 0;
  constexpr int kLooks = 100;
  for (int i = 0; i < kLooks; ++i) {
    send(sender, 200);
    worst = std::max(worst, std::abs(skew()));
    sum += std::abs(skew());
  }
  std::printf("%d ppm: %lld ms apart at the most, %.1f in the mean\n", GetParam(), static_cast<long long>(worst),
              static_cast<double>(sum) / kLooks);
  EXPECT_LE(worst, 20);
}

INSTANTIATE_TEST_SUITE_P(Ppm, StreamSyncClocks, testing::Values(-5'000, -1'000, -300, 0, 300, 1'000, 5'000));

}  // namespace
}  // namespace tincan::inline v0::stack
