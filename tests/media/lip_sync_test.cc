#include "media/lip_sync.h"

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kWall = 1'700'000'000'000'000;  // µs since 1970

// Two or more streams whose delays follow at once what they are given, as pictures' do.
struct Streams {
  struct One {
    int64_t own = 0;        // ms from sampling to playing without any extra delay
    int64_t wallError = 0;  // ms by which its reports are wrong
    Duration extra;
    int64_t forRepairs = 0;  // ms of own
  };
  std::vector<One> all;
  int64_t wall = kWall;

  int64_t largestStep = 0, largest = 0;

  void run(int times) {
    for (int i = 0; i < times; ++i) {
      std::vector<LipSync::Stream> streams;
      for (size_t k = 0; k < all.size(); ++k) {
        // Each is caught at a moment of its own.
        const int64_t sampled = i * 500'000 + static_cast<int64_t>(k) * 7'000;
        const int64_t delay = all[k].own * 1000 + all[k].extra.micros();
        streams.push_back({NtpTime::fromUnixMicros(wall + sampled + all[k].wallError * 1000),
                           TimePoint::fromMicros(77'000'000 + sampled + delay), all[k].extra, all[k].extra,
                           Duration::millis(all[k].forRepairs)});
      }
      LipSync::align(streams);
      for (size_t k = 0; k < all.size(); ++k) {
        largestStep = std::max<int64_t>(largestStep, std::abs((streams[k].extra - all[k].extra).micros()));
        all[k].extra = streams[k].extra;
        largest = std::max(largest, all[k].extra.millis());
        EXPECT_GE(all[k].extra, Duration::zero());
      }
    }
  }
  int64_t played(size_t k) const { return all[k].own + all[k].extra.millis(); }
};

TEST(LipSync, TheEarlierOneWaits) {
  for (const int64_t apart : {30, 80, 200, 500, 1000}) {
    for (const size_t later : {0u, 1u}) {
      Streams streams{{{40, 0, {}}, {40, 0, {}}}};
      streams.all[later].own += apart;
      streams.run(static_cast<int>(apart / 80) + 2);
      EXPECT_LE(std::abs(streams.played(0) - streams.played(1)), 10) << apart << ' ' << later;
      EXPECT_EQ(streams.all[later].extra, Duration::zero()) << "the latest waits for nobody";
      EXPECT_LE(streams.largestStep, 80'000);
    }
  }
}

TEST(LipSync, WhatIsInStepStaysAsItIs) {
  Streams streams{{{40, 0, {}}, {49, 0, {}}}};
  streams.run(10);
  EXPECT_EQ(streams.largest, 0);
}

// Pictures that are held until what was lost has been sent again: sound waits for no more of that than would be noticed.
TEST(LipSync, SoundIsALittleAheadOfPicturesThatWaitForRepairs) {
  for (const int64_t forRepairs : {0, 10, 30, 36, 180}) {
    Streams streams{{{40, 0, {}}, {240, 0, {}, forRepairs}}};
    streams.run(10);
    const int64_t ahead = streams.played(1) - streams.played(0);
    EXPECT_NEAR(static_cast<double>(ahead), static_cast<double>(std::min<int64_t>(forRepairs, 30)), 10) << forRepairs;
    EXPECT_LT(ahead, 45) << "ITU-R BT.1359";
    EXPECT_EQ(streams.all[1].extra, Duration::zero());
  }
}

TEST(LipSync, PicturesWaitForALaterSoundWhateverTheyAreHeldFor) {
  Streams streams{{{300, 0, {}}, {100, 0, {}, 60}}};
  streams.run(10);
  EXPECT_EQ(streams.all[0].extra, Duration::zero());
  EXPECT_NEAR(static_cast<double>(streams.played(1)), 300, 10);
}

TEST(LipSync, TheWaitIsGivenBackWhenTheOtherIsFasterAgain) {
  Streams streams{{{40, 0, {}}, {400, 0, {}}}};
  streams.run(10);
  EXPECT_GE(streams.all[0].extra, Duration::millis(340));
  streams.all[1].own = 40;
  streams.run(10);
  EXPECT_LE(streams.all[0].extra, Duration::millis(20));
  EXPECT_EQ(streams.all[1].extra, Duration::zero()) << "it is not made to wait for what only waits for it";
  streams.all[0].own = 300;
  streams.run(10);
  EXPECT_NEAR(static_cast<double>(streams.played(1)), static_cast<double>(streams.played(0)), 20);
}

TEST(LipSync, OneAloneGivesBackWhatItHasWaited) {
  Streams streams{{{40, 0, Duration::millis(500)}}};
  streams.run(3);
  EXPECT_EQ(streams.all[0].extra, Duration::millis(260)) << "80 ms a time";
  streams.run(7);
  EXPECT_LE(streams.all[0].extra, Duration::millis(20));
}

TEST(LipSync, AWrongTimeIsBounded) {
  for (const int64_t error : {-4'900, -3'000, -1'500, 1'500, 3'000, 4'900}) {
    Streams streams{{{40, 0, {}}, {60, error, {}}}};
    streams.run(100);
    EXPECT_EQ(streams.largest, 1000) << error << ": nobody waits longer for anybody";
    EXPECT_LE(streams.largestStep, 80'000);
  }
  // An hour, a day, and from the time that counts from 1900 to none at all: no clock of the same sender's.
  for (const int64_t error : {-5'100, 5'100, 3'600'000, -86'400'000}) {
    Streams streams{{{40, 0, {}}, {60, error, {}}}};
    streams.run(100);
    EXPECT_EQ(streams.largest, 0) << error;
  }
  std::vector<LipSync::Stream> streams{{NtpTime::fromRaw(1), {}, {}, {}},
                                       {NtpTime::fromRaw(~uint64_t{0} >> 1), {}, {}, {}}};
  LipSync::align(streams);
  EXPECT_EQ(streams[0].extra, Duration::zero());
  EXPECT_EQ(streams[1].extra, Duration::zero());
}

TEST(LipSync, AStreamWithAWrongTimeDoesNotHoldTheOthersUp) {
  Streams streams{{{40, 0, {}}, {240, 0, {}}, {60, 3'600'000, Duration::millis(300)}}};
  streams.run(20);
  EXPECT_NEAR(static_cast<double>(streams.played(0)), 240, 20);
  EXPECT_LE(streams.all[2].extra, Duration::millis(20)) << "and waits for nobody any more";
}

TEST(LipSync, ThreeWaitForTheLatest) {
  Streams streams{{{40, 0, {}}, {300, 0, {}}, {150, 0, {}}}};
  streams.run(10);
  for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(static_cast<double>(streams.played(k)), 300, 20);
}

// 2036-02-07T06:28:16Z: 32 bits of seconds since 1900 are over.
TEST(LipSync, TheTurnOfTheEraIsNoStep) {
  Streams streams{{{40, 0, {}}, {240, 0, {}}}};
  streams.wall = 2'085'978'496'000'000 - 2'000'000;
  streams.run(10);
  EXPECT_EQ(streams.largest, 200);
}

// Sound gets there slowly: what was asked for already is not asked for again.
TEST(LipSync, WaitsForWhatItHasAskedFor) {
  std::vector<LipSync::Stream> streams(2);
  streams[0].sampled = streams[1].sampled = NtpTime::fromUnixMicros(kWall);
  streams[1].played += Duration::millis(500);
  for (int i = 0; i < 50; ++i) LipSync::align(streams);
  EXPECT_EQ(streams[0].extra, LipSync::kStep);
  streams[0].reached = Duration::millis(60);
  streams[0].played += Duration::millis(60);
  LipSync::align(streams);
  EXPECT_EQ(streams[0].extra, Duration::millis(140));
}

}  // namespace
}  // namespace tincan::inline v0::media
