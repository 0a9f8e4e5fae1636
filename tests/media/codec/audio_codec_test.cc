// Every audio codec that was built in, through the factory: what stack/ may rely on.
#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "media/tone_microphone.h"
#include "tests/media/codec/codec_path.h"
#include "tests/media/goertzel.h"

namespace tincan::inline v0::media {
namespace {

constexpr double kAmplitude = ToneMicrophone::kAmplitude;

// Of the ten kinds of linear PCM three: as it is, in stereo, and at a rate that is no neighbour of ours.
std::vector<SupportedFormat> soundFormats() {
  std::vector<SupportedFormat> out;
  for (const SupportedFormat& supported : codedFormats(CodecKind::kAudio)) {
    const CodecFormat& format = supported.format;
    const bool linear = format.is("L16");
    const bool chosen =
        format.channels == 2 ? format.clockRate == 48'000 : format.clockRate == 44'100 || format.clockRate == 16'000;
    if (!format.is("CN") && (!linear || chosen)) out.push_back(supported);
  }
  return out;
}

// Sound of one tone, frame by frame.
class Tone {
 public:
  explicit Tone(double frequency, int channels = 1)
      : step_(2 * std::numbers::pi * frequency / 48'000), channels_(channels) {}
  AudioFrame next() {
    AudioFrame frame;
    frame.channels = channels_;
    frame.captured = TimePoint::fromMicros(static_cast<int64_t>(at_) * 1'000'000 / 48'000);
    frame.rtpTimestamp = static_cast<uint32_t>(at_);
    for (int i = 0; i < AudioFrame::kSamples; ++i, ++at_)
      frame.samples.insert(
          frame.samples.end(), static_cast<size_t>(channels_),
          static_cast<int16_t>(std::lround(32767 * kAmplitude * std::sin(step_ * static_cast<double>(at_)))));
    return frame;
  }

 private:
  double step_;
  int channels_;
  size_t at_ = 0;
};

AudioFrame silence(uint32_t n) {
  AudioFrame frame;
  frame.samples.resize(AudioFrame::kSamples);
  frame.rtpTimestamp = n * AudioFrame::kSamples;
  frame.captured = TimePoint::fromMicros(int64_t{n} * 20'000);
  return frame;
}

std::vector<int16_t> left(const AudioFrame& frame) {
  std::vector<int16_t> out;
  for (size_t i = 0; i < frame.samples.size(); i += static_cast<size_t>(frame.channels))
    out.push_back(frame.samples[i]);
  return out;
}

std::unique_ptr<AudioEncoder> encoderOf(const CodecFormat& format, int channels = 1) {
  AudioEncoderSettings settings;
  settings.channels = channels;
  return std::move(builtInCodecs().audioEncoder(format, settings)).value();
}
std::unique_ptr<AudioDecoder> decoderOf(const CodecFormat& format) {
  return std::move(builtInCodecs().audioDecoder(format)).value();
}

// What was heard of `count` frames.
std::vector<int16_t> through(AudioEncoder& encoder, AudioDecoder& decoder, Tone& tone, int count) {
  std::vector<int16_t> heard;
  for (int n = 0; n < count; ++n) {
    std::vector<EncodedAudio> packets;
    EXPECT_TRUE(encoder.encode(tone.next(), packets).ok());
    for (const EncodedAudio& packet : packets) {
      const auto frame = decoder.decode(packet.data);
      EXPECT_TRUE(frame.ok()) << frame.error().toString();
      if (!frame) return heard;
      EXPECT_EQ(frame->sampleRate, AudioFrame::kRate);
      const auto samples = left(*frame);
      heard.insert(heard.end(), samples.begin(), samples.end());
    }
  }
  return heard;
}

class AudioCodec : public testing::TestWithParam<SupportedFormat> {
 protected:
  static const CodecFormat& format() { return GetParam().format; }
  static CodecFormat with(std::string key, std::string value) {
    CodecFormat out = format();
    out.parameters.insert(out.parameters.begin(), {std::move(key), std::move(value)});
    return out;
  }
};

TEST_P(AudioCodec, ATonesFrequencyAndLevelSurvive) {
  for (const int channels : {1, 2}) {
    const auto encoder = encoderOf(format(), channels);
    const auto decoder = decoderOf(format());
    Tone tone(1000, channels);
    const auto heard = through(*encoder, *decoder, tone, 50);
    ASSERT_EQ(heard.size(), 48'000u) << "as much as was said";
    const auto later = std::span(heard).subspan(9'600, 28'800);
    EXPECT_NEAR(20 * std::log10(goertzel(later, 1000) / kAmplitude), 0, 1) << channels;
    for (const double other : {500.0, 1500.0, 2000.0, 3000.0}) EXPECT_LT(goertzel(later, other), 0.02) << other;
  }
}

TEST_P(AudioCodec, PacketsLastWhatThePeerAsksFor) {
  for (const auto& [ptime, millis] : {std::pair{"10", 10},
                                      {"20", 20},
                                      {"40", 40},
                                      {"60", 60},
                                      {"30", 20},
                                      {"500", 60},
                                      {"3", 10},
                                      {"0", 10},
                                      {"", 20},
                                      {"-20", 20},
                                      {"x", 20}}) {
    const auto encoder = encoderOf(with("ptime", ptime));
    const auto decoder = decoderOf(format());
    Tone tone(440);
    const Duration time = encoder->packetTime();
    if (format().is("L16"))
      EXPECT_LE(time, Duration::millis(millis)) << ptime;
    else
      EXPECT_EQ(time, Duration::millis(millis)) << ptime;
    std::vector<EncodedAudio> packets;
    for (int n = 0; n < 12; ++n) ASSERT_TRUE(encoder->encode(tone.next(), packets).ok());
    ASSERT_EQ(static_cast<int64_t>(packets.size()), Duration::millis(240) / time) << ptime;
    for (size_t i = 0; i < packets.size(); ++i) {
      EXPECT_LE(packets[i].data.size(), 1275u);
      EXPECT_EQ(packets[i].time, TimePoint() + time * static_cast<int64_t>(i));
      EXPECT_EQ(packets[i].rtpTimestamp, static_cast<uint32_t>(time.micros() * static_cast<int64_t>(i) * 48 / 1000));
      const double ticks = format().clockRate * static_cast<double>(time.micros()) / 1e6;
      EXPECT_NEAR(decoder->duration(packets[i].data), ticks, 0.8) << "whole ticks, where a packet has 330.75";
    }
  }
  CodecFormat bounded = with("maxptime", "20");
  bounded.parameters.emplace_back("ptime", "60");
  EXPECT_LE(encoderOf(bounded)->packetTime(), Duration::millis(20));
}

TEST_P(AudioCodec, WhatIsLostFadesAndComesBack) {
  const auto encoder = encoderOf(format());
  const auto decoder = decoderOf(format());
  Tone tone(220);
  const auto before = through(*encoder, *decoder, tone, 10);
  const double level = goertzel(std::span(before).last(4800), 220);
  std::vector<int16_t> concealed;
  for (int n = 0; n < 25; ++n) {
    const auto frame = decoder->conceal(AudioFrame::kSamples);
    ASSERT_TRUE(frame.ok());
    ASSERT_EQ(frame->samplesPerChannel(), static_cast<size_t>(AudioFrame::kSamples));
    const auto samples = left(*frame);
    concealed.insert(concealed.end(), samples.begin(), samples.end());
  }
  const auto rms = [](std::span<const int16_t> samples) {
    double sum = 0;
    for (const int16_t sample : samples) sum += static_cast<double>(sample) * sample;
    return std::sqrt(sum / static_cast<double>(samples.size())) / 32768;
  };
  EXPECT_GT(rms(std::span(concealed).first(480)), 0.5 * level / std::numbers::sqrt2) << "goes on at first";
  EXPECT_LT(rms(std::span(concealed).last(2400)), 0.05 * level) << "and is gone after half a second";
  // No click: neighbours are no further apart than a tone of that level allows, with some room.
  const double step = 32768 * level * 2 * std::numbers::pi * 220 / 48'000;
  for (size_t i = 1; i < concealed.size(); ++i)
    ASSERT_LT(std::abs(concealed[i] - concealed[i - 1]), 3 * step + 400) << i;
  const auto after = through(*encoder, *decoder, tone, 20);
  EXPECT_NEAR(goertzel(std::span(after).last(9600), 220), level, 0.1 * level);
  // Any number of samples, and as many as were asked for in the long run.
  size_t sum = 0;
  for (const uint32_t samples : {1u, 7u, 480u, 0u, 5760u, 0xffffffffu})
    sum += decoder->conceal(samples)->samplesPerChannel();
  EXPECT_LT(sum, 3 * 5760u);
}

TEST_P(AudioCodec, AnyPayloadIsTakenOrRefused) {
  const auto decoder = decoderOf(format());
  EXPECT_EQ(decoder->decode({}).error().code(), ErrorCode::kMalformed);
  SeededRandom random(4);
  for (int i = 0; i < 500; ++i) {
    Bytes any(random.below(i % 50 == 0 ? 30'000 : 300));
    random.fill(any);
    const auto decoded = decoder->decode(any);
    if (decoded) {
      EXPECT_LE(decoded->samplesPerChannel(), 48u * 121);
    }
    (void)decoder->duration(any);
    (void)decoder->mayPause(any);
    EXPECT_TRUE(decoder->recover(any, 960).ok() || format().is("opus"));
  }
  const auto encoder = encoderOf(format());
  Tone tone(1000);
  const auto heard = through(*encoder, *decoder, tone, 30);
  EXPECT_NEAR(goertzel(std::span(heard).last(9600), 1000), kAmplitude, 0.15 * kAmplitude) << "and it goes on";
}

TEST_P(AudioCodec, RefusesWhatIsNoFrame) {
  const auto encoder = encoderOf(format());
  std::vector<EncodedAudio> out;
  AudioFrame frame = silence(0);
  frame.sampleRate = 8000;
  EXPECT_EQ(encoder->encode(frame, out).error().code(), ErrorCode::kRangeError);
  frame = silence(0);
  frame.samples.clear();
  EXPECT_FALSE(encoder->encode(frame, out).ok());
  frame.channels = 3;
  EXPECT_FALSE(encoder->encode(frame, out).ok());
  EXPECT_FALSE(encoder->encode(AudioFrame(), out).ok());
  EXPECT_TRUE(out.empty());
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, AudioCodec, testing::ValuesIn(soundFormats()),
                         [](const auto& test) { return testName(test.param.format); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AudioCodec);

class OpusFormat : public testing::Test {
 protected:
  void SetUp() override {
    if (!builtInCodecs().audioDecoder(format({})).ok()) GTEST_SKIP() << "built without libopus";
  }
  static CodecFormat format(std::vector<std::pair<std::string, std::string>> parameters) {
    return {CodecKind::kAudio, "opus", 48'000, 2, std::move(parameters)};
  }
  // Of `count` frames of a tone: how many bytes each packet has.
  static std::vector<size_t> sizes(AudioEncoder& encoder, int count = 100, double frequency = 1000) {
    Tone tone(frequency);
    std::vector<EncodedAudio> out;
    for (int n = 0; n < count; ++n) EXPECT_TRUE(encoder.encode(tone.next(), out).ok());
    std::vector<size_t> result;
    for (const EncodedAudio& packet : out) result.push_back(packet.data.size());
    return result;
  }
};

TEST_F(OpusFormat, PacketsBecomeLongerAndShorterAndNothingIsLost) {
  const auto encoder = encoderOf(format({}), 1);
  Tone tone(1000);
  std::vector<EncodedAudio> out;
  uint32_t next = 0;
  for (const int length : {20, 60, 40, 10, 20}) {
    encoder->setPacketTime(Duration::millis(length));
    EXPECT_EQ(encoder->packetTime(), Duration::millis(length));
    out.clear();
    for (int n = 0; n < 6; ++n) ASSERT_TRUE(encoder->encode(tone.next(), out).ok());
    ASSERT_EQ(out.size(), static_cast<size_t>(120 / length));
    for (const EncodedAudio& packet : out) {
      EXPECT_EQ(packet.rtpTimestamp - out.front().rtpTimestamp, next) << length;
      next += static_cast<uint32_t>(length) * 48;
    }
    next = 0;
  }
}

TEST_F(OpusFormat, StereoOnlyWhereThePeerWantsIt) {
  for (const bool wanted : {false, true}) {
    const CodecFormat opus = format(wanted ? std::vector<std::pair<std::string, std::string>>{{"stereo", "1"}}
                                           : std::vector<std::pair<std::string, std::string>>{});
    const auto encoder = encoderOf(opus, 2);
    const auto decoder = decoderOf(opus);
    EXPECT_EQ(encoder->bitrate(), wanted ? 96'000u : 48'000u);
    Tone tone(1000);
    AudioFrame sound;
    std::vector<EncodedAudio> out;
    for (int n = 0; n < 20; ++n) {
      sound = tone.next();
      // Only on the left.
      const auto mono = sound.samples;
      sound.channels = 2;
      sound.samples.clear();
      for (const int16_t sample : mono) sound.samples.insert(sound.samples.end(), {sample, 0});
      out.clear();
      ASSERT_TRUE(encoder->encode(sound, out).ok());
      const auto decoded = *decoder->decode(out.at(0).data);
      if (n < 10) continue;
      ASSERT_EQ(decoded.channels, wanted ? 2 : 1);
      if (!wanted) continue;
      std::vector<int16_t> right;
      for (size_t i = 1; i < decoded.samples.size(); i += 2) right.push_back(decoded.samples[i]);
      EXPECT_LT(goertzel(right, 1000), 0.2 * kAmplitude);
      EXPECT_GT(goertzel(left(decoded), 1000), 0.8 * kAmplitude);
    }
  }
}

TEST_F(OpusFormat, DtxSendsNothingInSilence) {
  const auto encoder = encoderOf(format({{"usedtx", "1"}}));
  std::vector<EncodedAudio> out;
  const auto decoder = decoderOf(format({}));
  size_t sent = 0, pauses = 0;
  bool paused = false;
  for (uint32_t n = 0; n < 200; ++n) {
    out.clear();
    ASSERT_TRUE(encoder->encode(silence(n), out).ok());
    for (const EncodedAudio& packet : out) {
      const bool pause = packet.data.size() <= 2;
      EXPECT_FALSE(pause && paused) << "only the first of a pause";
      EXPECT_TRUE(!pause || decoder->mayPause(packet.data));
      paused = pause;
      if (n >= 100) ++(pause ? pauses : sent);
    }
  }
  EXPECT_LE(sent, 6u) << "RFC 7587 §3.1.3: one each 400 ms says that we are there";
  EXPECT_GE(pauses, sent - 1) << "and what begins a pause says so, a byte or two, as libwebrtc's does";
  EXPECT_LE(pauses, sent + 1);
  const auto without = encoderOf(format({}));
  out.clear();
  for (uint32_t n = 0; n < 200; ++n) ASSERT_TRUE(without->encode(silence(n), out).ok());
  EXPECT_EQ(out.size(), 200u);
}

// libwebrtc conceals what is missing until it is told that nothing was meant to come.
TEST_F(OpusFormat, DtxSaysThatAPauseBegins) {
  const auto encoder = encoderOf(format({{"usedtx", "1"}}));
  const auto decoder = decoderOf(format({}));
  ToneMicrophone tone;
  std::vector<bool> pausing;  // what of the payloads that are sent says so
  for (uint32_t n = 0; n < 150; ++n) {
    AudioFrame sound = silence(n);
    if (n < 25) tone.capture(TimePoint::fromMicros(n * 20'000), sound);
    std::vector<EncodedAudio> out;
    ASSERT_TRUE(encoder->encode(sound, out).ok());
    for (const EncodedAudio& each : out) pausing.push_back(decoder->mayPause(each.data));
  }
  const auto first = std::ranges::find(pausing, true);
  ASSERT_NE(first, pausing.end());
  EXPECT_GE(first - pausing.begin(), 25);
  EXPECT_EQ(std::ranges::adjacent_find(first, pausing.end(), [](bool a, bool b) { return a && b; }), pausing.end())
      << "once a pause";
}

TEST_F(OpusFormat, CbrHasPacketsOfOneSize) {
  const auto constant = sizes(*encoderOf(format({{"cbr", "1"}})));
  EXPECT_EQ(std::ranges::count(constant, constant[0]), std::ssize(constant));
  const auto variable = sizes(*encoderOf(format({})));
  EXPECT_NE(std::ranges::count(variable, variable[0]), std::ssize(variable));
}

TEST_F(OpusFormat, MaxAverageBitrateIsKept) {
  const auto encoder = encoderOf(format({{"maxaveragebitrate", "16000"}}));
  EXPECT_EQ(encoder->bitrate(), 16'000u);
  encoder->setBitrate(64'000);
  EXPECT_EQ(encoder->bitrate(), 16'000u);
  const auto small = sizes(*encoder);
  EXPECT_LT(std::accumulate(small.begin(), small.end(), size_t{0}) * 8 / 2, 20'000u);
  encoder->setBitrate(8'000);
  EXPECT_EQ(encoder->bitrate(), 8'000u);
  for (const char* hostile : {"0", "99999999999", "-5", "", "x"})
    EXPECT_GE(encoderOf(format({{"maxaveragebitrate", hostile}}))->bitrate(), 6'000u) << hostile;
}

TEST_F(OpusFormat, NoMoreThanThePeerCanPlay) {
  const auto level = [](const CodecFormat& opus) {
    const auto encoder = encoderOf(opus);
    const auto decoder = decoderOf(opus);
    Tone tone(10'000);
    const auto heard = through(*encoder, *decoder, tone, 50);
    return goertzel(std::span(heard).last(9600), 10'000);
  };
  EXPECT_GT(level(format({})), 0.5 * kAmplitude);
  EXPECT_LT(level(format({{"maxplaybackrate", "8000"}})), 0.05 * kAmplitude);
}

// RFC 6716 §2.1.7: the packet after a lost one says what the lost one said, more coarsely.
TEST_F(OpusFormat, InBandRepairWhereThePeerUsesIt) {
  const auto recovered = [](std::vector<std::pair<std::string, std::string>> parameters) {
    AudioEncoderSettings settings;
    settings.expectedLossPercent = 20;
    settings.bitrateBps = 32'000;
    const auto encoder = std::move(builtInCodecs().audioEncoder(format(std::move(parameters)), settings)).value();
    const auto decoder = decoderOf(format({}));
    Tone quiet(300), loud(300);
    std::vector<EncodedAudio> out;
    // A hum that begins in the packet that is lost.
    for (uint32_t n = 0; n < 30; ++n) {
      AudioFrame frame = quiet.next();
      if (n < 20) std::ranges::fill(frame.samples, int16_t{0});
      EXPECT_TRUE(encoder->encode(frame, out).ok());
    }
    for (size_t n = 0; n < 22; ++n) (void)decoder->decode(out[n].data);
    const auto frame = *decoder->recover(out[23].data, 960);
    return goertzel(frame.samples, 300);
  };
  EXPECT_GT(recovered({{"useinbandfec", "1"}}), 0.3 * kAmplitude);
}

TEST_F(OpusFormat, PausesAreTold) {
  const auto decoder = decoderOf(format({}));
  const uint8_t pause[] = {0xf8};
  EXPECT_TRUE(decoder->mayPause(pause));
  Tone tone(1000);
  std::vector<EncodedAudio> out;
  ASSERT_TRUE(encoderOf(format({}))->encode(tone.next(), out).ok());
  EXPECT_FALSE(decoder->mayPause(out[0].data));
}

TEST(ComfortNoise, IsAsLoudAsTheSilenceWas) {
  const CodecFormat format{CodecKind::kAudio, "CN", 8'000, 1, {}};
  if (!builtInCodecs().audioDecoder(format).ok()) GTEST_SKIP() << "built without codecs";
  const auto encoder = encoderOf(format);
  const auto decoder = decoderOf(format);
  SeededRandom random(8);
  AudioFrame room = silence(0);
  for (int16_t& sample : room.samples) sample = static_cast<int16_t>(static_cast<int>(random.below(2001)) - 1000);
  std::vector<EncodedAudio> out;
  ASSERT_TRUE(encoder->encode(room, out).ok());
  ASSERT_EQ(out.size(), 1u);
  ASSERT_TRUE(decoder->decode(out[0].data).ok());
  double energy = 0;
  for (int i = 0; i < 50; ++i) energy += std::pow(decoder->conceal(960)->rms(), 2);
  // Of what 8 kHz can carry; the filter's slope takes a little of that.
  EXPECT_NEAR(10 * std::log10(energy / 50), 20 * std::log10(room.rms()), 1.5);
  const uint8_t nothing[] = {127}, hostile[] = {0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255}, wrong[] = {0x80};
  ASSERT_TRUE(decoder->decode(nothing).ok());
  (void)decoder->conceal(960);
  EXPECT_LT(decoder->conceal(960)->rms(), 1e-4);
  ASSERT_TRUE(decoder->decode(hostile).ok());
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(decoder->conceal(960).ok());
  EXPECT_FALSE(decoder->decode(wrong).ok());
  EXPECT_FALSE(decoder->decode({}).ok());
}

}  // namespace
}  // namespace tincan::inline v0::media
