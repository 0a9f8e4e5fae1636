#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <opus/opus.h>

#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kStart = 7000, kSamples = media::AudioFrame::kSamples;
using Frames = std::vector<std::vector<int16_t>>;

/// Something like a voice: a pitch that glides, with overtones, in syllables. A tone would be concealed well enough.
std::vector<Bytes> voice(int count) {
  const auto encoder = media::makeOpusEncoder(32'000, 25);
  std::vector<Bytes> packets;
  double phase = 0;
  for (int k = 0; k < count; ++k) {
    media::AudioFrame frame;
    for (uint32_t i = 0; i < kSamples; ++i) {
      const double t = (k * static_cast<double>(kSamples) + i) / media::AudioFrame::kRate;
      phase += 2 * std::numbers::pi * (150 + 50 * std::sin(t * 8)) / media::AudioFrame::kRate;
      double value = 0;
      for (int overtone = 1; overtone <= 10; ++overtone) value += std::sin(phase * overtone) / overtone;
      frame.samples.push_back(static_cast<int16_t>(6000 * (0.5 + 0.5 * std::sin(t * 37)) * value));
    }
    packets.push_back(media::encodeOne(*encoder, frame));
  }
  return packets;
}

double signalToError(const Frames& right, const std::map<uint32_t, std::vector<int16_t>>& got,
                     const std::set<int>& which) {
  double signal = 0, error = 1;
  for (const int k : which) {
    const auto& a = right[static_cast<size_t>(k)];
    const auto it = got.find(kStart + static_cast<uint32_t>(k) * kSamples);
    for (size_t i = 0; i < a.size(); ++i) {
      const double b = it != got.end() && i < it->second.size() ? it->second[i] : 0;
      signal += std::pow(a[i], 2);
      error += std::pow(a[i] - b, 2);
    }
  }
  return 10 * std::log10(signal / error);
}

struct Heard {
  double ours = 0, concealed = 0;  // dB, of the packets lost
  size_t recovered = 0;            // of them, in whose place something was played
  size_t lost = 0;
};

Heard listen(const std::set<int>& lost, int count) {
  const auto packets = voice(count);
  const auto whole = media::makeOpusDecoder(), concealing = media::makeOpusDecoder();
  Frames right;
  std::map<uint32_t, std::vector<int16_t>> plain, heard;
  for (int k = 0; k < count; ++k) {
    const Bytes& packet = packets[static_cast<size_t>(k)];
    right.push_back(whole->decode(packet).value().samples);
    plain[kStart + static_cast<uint32_t>(k) * kSamples] =
        (lost.contains(k) ? concealing->conceal(kSamples) : concealing->decode(packet)).value().samples;
  }
  SessionOnWire on;
  EXPECT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  on.audio->receiver()->track()->addAudioSink(
      [&](const media::AudioFrame& frame) { heard[frame.rtpTimestamp] = frame.samples; });
  for (int k = 0; k < count; ++k) {
    if (!lost.contains(k))
      on.fromPeer(SessionOnWire::kOpusType, 77, static_cast<uint16_t>(k), kStart + static_cast<uint32_t>(k) * kSamples,
                  packets[static_cast<size_t>(k)], false);
    on.run(Duration::millis(20));
  }
  Heard result;
  result.lost = lost.size();
  for (const int k : lost) result.recovered += heard.contains(kStart + static_cast<uint32_t>(k) * kSamples);
  result.ours = signalToError(right, heard, lost);
  result.concealed = signalToError(right, plain, lost);
  std::printf("signal to error of %zu lost packets: concealed %.1f dB, from the packets behind them %.1f dB\n",
              result.lost, result.concealed, result.ours);
  return result;
}

// RFC 7587 §6.1: useinbandfec=1 says that the decoder takes advantage of the copies.
TEST(AudioReceiver, LostPacketsArePlayedFromTheCopyInTheNext) {
  std::set<int> lost;
  for (int k = 57; k < 290; k += 9) lost.insert(k);
  const Heard heard = listen(lost, 300);
  EXPECT_EQ(heard.recovered, heard.lost);
  EXPECT_GT(heard.ours, heard.concealed + 6);
}

TEST(AudioReceiver, OfTwoLostPacketsTheSecondIsPlayedFromItsCopy) {
  std::set<int> lost;
  for (int k = 57; k < 290; k += 13) lost.insert({k, k + 1});
  const Heard heard = listen(lost, 300);
  EXPECT_EQ(heard.recovered, heard.lost);
  EXPECT_GT(heard.ours, heard.concealed + 1);
}

// Our fmtp has no stereo, maxptime or ptime: RFC 7587 §6.1 and §4.2 leave it to the sender to code two channels and any
// length from minptime's 10 ms (here from 2.5 ms) to 120 ms, and every decoder takes them.
TEST(AudioReceiver, TakesTwoChannelsAndEveryLengthOfPacket) {
  for (const int channels : {1, 2})
    for (const int samples : {120, 240, 480, 960, 1920, 2880, 5760}) {
      int error = OPUS_OK;
      OpusEncoder* encoder = opus_encoder_create(48'000, channels, OPUS_APPLICATION_AUDIO, &error);
      ASSERT_EQ(error, OPUS_OK);
      SessionOnWire on;
      ASSERT_TRUE(on.wire.connect());
      on.session.apply(on.sections);
      size_t heard = 0, loud = 0;
      on.audio->receiver()->track()->addAudioSink([&](const media::AudioFrame& frame) {
        heard += frame.samplesPerChannel();
        if (frame.rms() > 0.02) loud += frame.samplesPerChannel();
      });
      const int count = 96'000 / samples;
      int64_t sent = 0;  // in samples
      for (int k = 0; k < count; ++k) {
        std::vector<int16_t> sound;
        for (int i = 0; i < samples; ++i)
          sound.insert(sound.end(), static_cast<size_t>(channels),
                       static_cast<int16_t>(8000 * std::sin((k * samples + i) * 0.06)));
        Bytes packet(1200);
        const int size = opus_encode(encoder, sound.data(), samples, packet.data(), 1200);
        ASSERT_GT(size, 0);
        packet.resize(static_cast<size_t>(size));
        on.fromPeer(SessionOnWire::kOpusType, 77, static_cast<uint16_t>(k), static_cast<uint32_t>(k * samples), packet);
        const int64_t before = sent * 1'000'000 / 48'000 / 5000;
        sent += samples;
        on.run(Duration::millis((sent * 1'000'000 / 48'000 / 5000 - before) * 5));
        if (samples < 240) on.carry();
      }
      on.run(Duration::millis(40));
      opus_encoder_destroy(encoder);
      EXPECT_GE(heard, 92'000u) << channels << " channels, " << samples;
      EXPECT_GE(loud, 92'000u) << channels << " channels, " << samples;
      EXPECT_LE(heard, 100'000u) << channels << " channels, " << samples;
    }
}

}  // namespace
}  // namespace tincan::inline v0::stack
