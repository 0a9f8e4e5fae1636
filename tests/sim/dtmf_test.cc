// Telephone tones through a whole call: what the sender is told to say is heard in the receiver's sound.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "stack/rtp_transceiver.h"
#include "tests/media/goertzel.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

struct Heard {
  char key = 0;
  int frames = 0;  // of 10 ms
};

/// Which keys sound, one after the other, as ITU-T Q.24 has receivers of them: what is shorter than 40 ms is none (of a
/// tone that begins in the middle of a frame, the frame shows another row), and 40 ms without one part two of the same.
std::vector<Heard> keysIn(const std::vector<int16_t>& sound) {
  constexpr double kRows[] = {697, 770, 852, 941}, kColumns[] = {1209, 1336, 1477, 1633};
  constexpr std::string_view kKeys = "123A456B789C*0#D";
  constexpr size_t kFrame = 960;  // 50 Hz apart: rows are 73 Hz and more
  constexpr int kLeast = 3;       // frames: they overlap
  std::vector<Heard> runs;        // without a key: 0
  for (size_t at = 0; at + kFrame <= sound.size(); at += kFrame / 2) {
    const auto frame = std::span(sound).subspan(at, kFrame);
    const auto strongest = [&](const double* tones) {
      size_t best = 0;
      for (size_t i = 1; i < 4; ++i)
        if (media::goertzel(frame, tones[i]) > media::goertzel(frame, tones[best])) best = i;
      return best;
    };
    const size_t row = strongest(kRows), column = strongest(kColumns);
    const double low = media::goertzel(frame, kRows[row]), high = media::goertzel(frame, kColumns[column]);
    if (low < 0.05 || high < 0.05 || low > 2 * high || high > 2 * low) {
      if (runs.empty() || runs.back().key != 0) runs.push_back({});
    } else {
      const char key = kKeys[row * 4 + column];
      if (runs.empty() || runs.back().key != key) runs.push_back({key, 0});
    }
    ++runs.back().frames;
  }
  std::vector<Heard> keys;
  int quiet = 100;
  for (const Heard& run : runs) {
    if (run.key == 0 || run.frames < kLeast) {
      quiet += run.frames;
      continue;
    }
    if (keys.empty() || keys.back().key != run.key || quiet > 3) keys.push_back({run.key, 0});
    keys.back().frames += run.frames;
    quiet = 0;
  }
  return keys;
}

struct Call {
  Call(uint64_t seed, const LinkConfig& link)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1", link)),
        b(world, world.addHost("b", "203.0.113.2", link)) {
    trickle(a, b);
    trickle(b, a);
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    sender = a.pc->addTrack(a.stream->getTracks()[0], a.stream).value();
    signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    world.runFor(Duration::seconds(1));
    for (const auto& track : b.tracks)
      track->addAudioSink([this](const media::AudioFrame& frame) {
        sound.insert(sound.end(), frame.samples.begin(), frame.samples.end());
      });
  }
  std::string keys() const {
    std::string out;
    for (const Heard& heard : keysIn(sound)) out += heard.key;
    return out;
  }
  stack::RTCInboundRtpStreamStats stats() { return b.pc->getStats().inboundRtp.at(0); }

  World world;
  Peer a, b;
  std::shared_ptr<stack::RtpSender> sender;
  std::vector<int16_t> sound;
};

// RFC 4733 §2.5.
TEST(Dtmf, EveryKeyIsHeardOnce) {
  Call call(61, {});
  const auto before = call.stats();
  ASSERT_TRUE(call.sender->dtmf()->insertDTMF("1123A456B789C*0#D", 100, 70).ok());
  call.world.runFor(Duration::seconds(5));
  EXPECT_EQ(call.keys(), "1123A456B789C*0#D") << "the end of each is said three times, and is one";
  for (const Heard& heard : keysIn(call.sound)) {
    EXPECT_GE(heard.frames, 8) << heard.key << ": 100 ms";
    EXPECT_LE(heard.frames, 13) << heard.key;
  }
  const auto after = call.stats();
  EXPECT_EQ(*after.concealedSamples, *before.concealedSamples) << "a tone in place of the sound is no loss";
  EXPECT_NEAR(static_cast<double>(call.sound.size()), 5 * 48'000, 2'000) << "and time goes on evenly";
}

// RFC 4733 §2.5.1.4.
TEST(Dtmf, LossesLeaveKeysWhole) {
  for (uint64_t seed = 62; seed < 70; ++seed) {
    Call call(seed, {.delay = Duration::millis(30), .jitter = Duration::millis(20), .loss = 0.1});
    ASSERT_TRUE(call.sender->dtmf()->insertDTMF("159D", 200, 200).ok());
    call.world.runFor(Duration::seconds(4));
    EXPECT_EQ(call.keys(), "159D") << "seed " << seed;
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
