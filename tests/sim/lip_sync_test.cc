#include <cstdio>
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// Sound and pictures of whole calls over ways of unlike length, measured where they come out.
namespace tincan::inline v0::sim {
namespace {

using stack::MediaKind;

constexpr uint8_t kFirstRtcpType = 192, kLastRtcpType = 223;  // RFC 5761 §4

/// When the first packet with a timestamp left: RTP's header is in clear.
class Departures {
 public:
  Departures(World& world, const Host& from) {
    world.onPacket([this, &from](const TracedPacket& packet) {
      if (&packet.from != &from || !isRtp(packet.bytes)) return;
      left_.try_emplace({isSound(packet.bytes), loadBe32(packet.bytes.data() + 4)}, packet.time);
    });
  }
  static bool isRtp(ByteView bytes) {
    return bytes.size() > 12 && bytes[0] >> 6 == 2 && !(bytes[1] >= kFirstRtcpType && bytes[1] <= kLastRtcpType);
  }
  static bool isSound(ByteView bytes) { return (bytes[1] & 0x7f) == kOpusType; }
  TimePoint of(bool sound, uint32_t timestamp) const {
    const auto at = left_.find({sound, timestamp});
    return at == left_.end() ? TimePoint::never() : at->second;
  }

 private:
  static constexpr uint8_t kOpusType = 111;

  std::map<std::pair<bool, uint32_t>, TimePoint> left_;
};

/// The delay from the sender's hands to the listener's of what came out last.
struct Delays {
  Delays(World& world, Peer& listener, Departures& departures) {
    for (const auto& track : listener.tracks) {
      track->addAudioSink([&, this](const media::AudioFrame& frame) {
        const TimePoint left = departures.of(true, frame.rtpTimestamp);
        if (!left.isNever()) sound = (world.now() - left).millis();
      });
      track->addVideoSink([&, this](const media::VideoFrame& frame) {
        const TimePoint left = departures.of(false, frame.rtpTimestamp);
        if (!left.isNever()) picture = (world.now() - left).millis();
      });
    }
  }
  int64_t sound = -1, picture = -1;
};

struct Measured {
  int64_t atFirst = 0, worstAfter = 0;  // ms by which pictures are later than sound
  int64_t sound = 0, picture = 0;       // ms, at the end
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
  Departures departures(world, from);
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
  Delays delays(world, b, departures);
  Measured measured;
  world.runFor(Duration::millis(600));
  measured.atFirst = delays.picture - delays.sound;
  world.runFor(Duration::millis(4'400));
  for (int i = 0; i < 40; ++i) {
    world.runFor(Duration::millis(250));
    const int64_t skew = delays.picture - delays.sound;
    if (std::abs(skew) > std::abs(measured.worstAfter)) measured.worstAfter = skew;
  }
  measured.sound = delays.sound;
  measured.picture = delays.picture;
  std::printf("sound %+lld ms, pictures %+lld ms: apart %lld ms at first, %lld at the most after 5 s (%lld and %lld)\n",
              static_cast<long long>(soundDetour.millis()), static_cast<long long>(pictureDetour.millis()),
              static_cast<long long>(measured.atFirst), static_cast<long long>(measured.worstAfter),
              static_cast<long long>(measured.sound), static_cast<long long>(measured.picture));
  EXPECT_GT(b.pictures, 400u);
  EXPECT_GT(b.loudSounds, 600u);
  return measured;
}

TEST(LipSyncCall, SoundWaitsForPicturesOnALongerWay) {
  const Measured measured = call(51, Duration::zero(), Duration::millis(200), true);
  EXPECT_GT(measured.atFirst, 150) << "or nothing was to be mended";
  EXPECT_LE(std::abs(measured.worstAfter), 20);
  EXPECT_LT(measured.picture, 280) << "pictures wait for nobody";
}

TEST(LipSyncCall, PicturesWaitForSoundOnALongerWay) {
  const Measured measured = call(52, Duration::millis(300), Duration::zero(), true);
  EXPECT_LT(measured.atFirst, -200);
  EXPECT_LE(std::abs(measured.worstAfter), 20);
  EXPECT_LT(measured.sound, 420);
}

TEST(LipSyncCall, TracksOfTwoStreamsGoEachByItself) {
  const Measured measured = call(53, Duration::zero(), Duration::millis(200), false);
  EXPECT_GT(measured.worstAfter, 150) << "RFC 8830 §2: only what is of one stream is kept in step";
  EXPECT_LT(measured.sound, 100);
}

}  // namespace
}  // namespace tincan::inline v0::sim
