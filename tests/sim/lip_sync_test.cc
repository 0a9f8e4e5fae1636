#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/skews.h"

// Sound and pictures of whole calls over ways of unlike length, measured where they come out.
namespace tincan::inline v0::sim {
namespace {

using stack::MediaKind;

struct Measured {
  double atFirst = 0;          // ms by which pictures are later than sound, half a second after the start
  double mean = 0, worst = 0;  // after 5 s, of all pictures: the mean, and of the means of each second the farthest off
  double within = 0;           // % of them that are no more than 20 ms off
  double sound = 0, picture = 0;  // ms, at the end
};

Measured call(uint64_t seed, Duration soundDetour, Duration pictureDetour, bool oneStream) {
  World world(seed);
  const LinkConfig link{.delay = Duration::millis(20), .jitter = Duration::millis(10)};
  Host& from = world.addHost("a", "203.0.113.1", link);
  Peer a(world, from);
  Peer b(world, world.addHost("b", "203.0.113.2"));
  from.up.detour = [=](ByteView bytes) {
    if (!Departures::isRtp(bytes)) return Duration::zero();
    return Departures::isSound(bytes) ? soundDetour : pictureDetour;
  };
  Departures departures(from);
  world.onPacket([&](const TracedPacket& packet) { departures.note(packet); });
  trickle(a, b);
  trickle(b, a);
  if (oneStream) {
    a.addCameraMic();
  } else {
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = media::VideoConstraints{.width = 160, .height = 120};
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : a.stream->getTracks()) {
      EXPECT_TRUE(a.pc->addTrack(track, {media::MediaStream::create(world.newRandom(), {track})}).ok());
    }
  }
  signal(a, b);
  EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  EXPECT_EQ(b.tracks.size(), 2u);
  Skews skews(world, b, departures);
  Measured measured;
  world.runFor(Duration::millis(600));
  measured.atFirst = skews.picture - skews.sound;
  world.runFor(Duration::millis(4'400));
  constexpr int kSeconds = 10;
  double sum = 0, near = 0, count = 0;
  for (int second = 0; second < kSeconds; ++second) {
    skews.all.clear();
    world.runFor(Duration::seconds(1));
    double ofSecond = 0;
    for (const double skew : skews.all) {
      ofSecond += skew / static_cast<double>(skews.all.size());
      near += std::abs(skew) <= 20 ? 1 : 0;
      sum += skew;
    }
    count += static_cast<double>(skews.all.size());
    if (std::abs(ofSecond) > std::abs(measured.worst)) measured.worst = ofSecond;
  }
  measured.mean = sum / count;
  measured.within = 100 * near / count;
  measured.sound = skews.sound;
  measured.picture = skews.picture;
  std::printf(
      "seed %llu, sound %+lld ms, pictures %+lld ms: apart %.0f ms at first; after 5 s %.1f in the mean, %.1f in the "
      "worst second, %.1f %% of pictures within 20 (%.0f and %.0f)\n",
      static_cast<unsigned long long>(seed), static_cast<long long>(soundDetour.millis()),
      static_cast<long long>(pictureDetour.millis()), measured.atFirst, measured.mean, measured.worst, measured.within,
      measured.sound, measured.picture);
  EXPECT_GT(b.pictures, 400u);
  EXPECT_GT(b.loudSounds, 600u);
  return measured;
}

// Pictures may come late for a while, as those do that the line was slow to carry: sound follows after them.
void expectTogether(const Measured& measured) {
  EXPECT_LE(std::abs(measured.mean), 10);
  EXPECT_LE(std::abs(measured.worst), 30);
  EXPECT_GE(measured.within, 95);
}

TEST(LipSyncCall, SoundWaitsForPicturesOnALongerWay) {
  for (uint64_t seed = 51; seed < 59; ++seed) {
    const Measured measured = call(seed, Duration::zero(), Duration::millis(200), true);
    EXPECT_GT(measured.atFirst, 150) << "or nothing was to be mended";
    expectTogether(measured);
    EXPECT_LT(measured.picture, 280) << "pictures wait for nobody";
  }
}

TEST(LipSyncCall, PicturesWaitForSoundOnALongerWay) {
  for (uint64_t seed = 61; seed < 65; ++seed) {
    const Measured measured = call(seed, Duration::millis(300), Duration::zero(), true);
    EXPECT_LT(measured.atFirst, -200);
    expectTogether(measured);
    EXPECT_LT(measured.sound, 420);
  }
}

TEST(LipSyncCall, TracksOfTwoStreamsGoEachByItself) {
  const Measured measured = call(53, Duration::zero(), Duration::millis(200), false);
  EXPECT_GT(measured.mean, 150) << "RFC 8830 §2: only what is of one stream is kept in step";
  EXPECT_LT(measured.sound, 100);
}

}  // namespace
}  // namespace tincan::inline v0::sim
