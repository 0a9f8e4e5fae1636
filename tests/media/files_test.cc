#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <sstream>

#include <gtest/gtest.h>

#include "media/resampler.h"
#include "media/wav_source.h"
#include "media/y4m_source.h"
#include "tests/media/goertzel.h"

namespace tincan::inline v0::media {
namespace {

TimePoint at(int64_t micros) {
  return TimePoint::fromMicros(micros);
}

Result<std::unique_ptr<Y4mSource>> y4m(const std::string& bytes) {
  return Y4mSource::fromStream(std::make_unique<std::istringstream>(bytes), "film.y4m");
}
Result<std::unique_ptr<WavSource>> wav(const std::string& bytes) {
  return WavSource::fromStream(std::make_unique<std::istringstream>(bytes), "song.wav");
}

// Frame k of `count` has luma 10 + k and chroma 100 + k.
std::string film(const std::string& header, int width, int height, int count, bool mono = false) {
  std::string bytes = header + "\n";
  const size_t luma = static_cast<size_t>(width * height);
  for (int k = 0; k < count; ++k) {
    bytes += k % 2 == 0 ? "FRAME\n" : "FRAME Ip\n";
    bytes += std::string(luma, static_cast<char>(10 + k));
    if (!mono) bytes += std::string(VideoFrame::sizeOf(width, height) - luma, static_cast<char>(100 + k));
  }
  return bytes;
}

std::string le(uint32_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
std::string chunk(const std::string& id, const std::string& body) {
  return id + le(static_cast<uint32_t>(body.size()), 4) + body + (body.size() % 2 ? std::string(1, '\0') : "");
}
std::string fmt(uint32_t tag, uint32_t channels, uint32_t rate, uint32_t bits) {
  return chunk("fmt ", le(tag, 2) + le(channels, 2) + le(rate, 4) + le(rate * channels * bits / 8, 4) +
                           le(channels * bits / 8, 2) + le(bits, 2));
}
std::string riff(const std::string& chunks) {
  return "RIFF" + le(static_cast<uint32_t>(chunks.size() + 4), 4) + "WAVE" + chunks;
}
std::string sine(double frequency, int rate, int channels, int count) {
  std::string body;
  for (int i = 0; i < count; ++i)
    for (int c = 0; c < channels; ++c) {
      const double phase = 2 * std::numbers::pi * frequency * (c + 1) * i / rate;  // the right one an octave up
      body += le(static_cast<uint32_t>(std::lround(16'384 * std::sin(phase))), 2);
    }
  return riff(fmt(1, static_cast<uint32_t>(channels), static_cast<uint32_t>(rate), 16) + chunk("LIST", "odd") +
              chunk("data", body));
}

TEST(Y4mSource, PlaysAndLoops) {
  auto source = y4m(film("YUV4MPEG2 W6 H4 F25:1 Ip A1:1 C420jpeg XYSCSS=420JPEG", 6, 4, 3));
  ASSERT_TRUE(source.ok()) << source.error().toString();
  EXPECT_EQ((*source)->width(), 6);
  EXPECT_EQ((*source)->height(), 4);
  EXPECT_EQ((*source)->frameRate(), 25);
  VideoFrame frame;
  for (int k = 0; k < 10; ++k) {
    ASSERT_TRUE((*source)->capture(at(1000 + k * 40'000), frame));
    EXPECT_EQ(frame.y()[0], 10 + k % 3);
    EXPECT_EQ(frame.y()[23], 10 + k % 3);
    EXPECT_EQ(frame.u()[0], 100 + k % 3);
    EXPECT_EQ(frame.v()[5], 100 + k % 3);
    EXPECT_EQ(frame.rtpTimestamp, static_cast<uint32_t>(k) * 3600);
    EXPECT_FALSE((*source)->capture(at(1000 + k * 40'000), frame));
    EXPECT_EQ((*source)->nextFrameTime(), at(1000 + (k + 1) * 40'000));
  }
}

TEST(Y4mSource, TakesMonoOddSizesAndOtherRates) {
  auto mono = y4m(film("YUV4MPEG2 W5 H3 F30000:1001 Cmono", 5, 3, 1, true));
  ASSERT_TRUE(mono.ok());
  EXPECT_NEAR((*mono)->frameRate(), 29.97, 0.01);
  VideoFrame frame;
  ASSERT_TRUE((*mono)->capture(at(0), frame));
  EXPECT_EQ(frame.y()[14], 10);
  EXPECT_EQ(frame.u()[5], 128) << "grey";
  EXPECT_EQ((*mono)->nextFrameTime(), at(33'366));

  auto odd = y4m(film("YUV4MPEG2 W5 H3 F1:1", 5, 3, 2));
  ASSERT_TRUE(odd.ok()) << "4:2:0 is what no C means";
  ASSERT_TRUE((*odd)->capture(at(0), frame));
  EXPECT_EQ(frame.pixels.size(), 15u + 2 * 6);
  EXPECT_EQ(frame.v()[5], 100);
}

TEST(Y4mSource, SaysWhatIsWrongInOneLine) {
  const auto expect = [](const std::string& bytes, ErrorCode code, const std::string& words) {
    auto source = y4m(bytes);
    ASSERT_FALSE(source.ok()) << bytes.substr(0, 60);
    EXPECT_EQ(source.error().code(), code) << source.error().toString();
    EXPECT_NE(source.error().message().find(words), std::string::npos) << source.error().message();
    EXPECT_EQ(source.error().message().find('\n'), std::string::npos);
    EXPECT_EQ(source.error().message().find("film.y4m"), 0u);
  };
  expect("", ErrorCode::kMalformed, "not a Y4M");
  expect("RIFF....WAVE\n", ErrorCode::kMalformed, "not a Y4M");
  expect("YUV4MPEG2X W2 H2 F1:1\n", ErrorCode::kMalformed, "not a Y4M");
  expect("YUV4MPEG2 " + std::string(5000, 'X'), ErrorCode::kMalformed, "not a Y4M");
  expect("YUV4MPEG2\n", ErrorCode::kMalformed, "no size");
  expect(film("YUV4MPEG2 W0 H4 F25:1", 0, 4, 1), ErrorCode::kMalformed, "no size");
  expect("YUV4MPEG2 W-6 H4 F25:1\n", ErrorCode::kMalformed, "no size");
  expect("YUV4MPEG2 W6x H4 F25:1\n", ErrorCode::kMalformed, "no size");
  expect("YUV4MPEG2 W99999999999999999999 H4 F25:1\n", ErrorCode::kMalformed, "no size");
  expect("YUV4MPEG2 W4097 H4 F25:1\n", ErrorCode::kLimit, "4096");
  expect("YUV4MPEG2 W2147483647 H2147483647 F25:1\n", ErrorCode::kLimit, "4096");
  for (const char* rate : {"", " F25", " F0:1", " F25:0", " F-25:1", " F:"})
    expect(film("YUV4MPEG2 W6 H4" + std::string(rate), 6, 4, 1), ErrorCode::kMalformed, "frame rate");
  expect("YUV4MPEG2 W6 H4 F241:1\n", ErrorCode::kLimit, "240");
  for (const char* chroma : {"422", "444", "420p10", "411", "444alpha", "mono16"})
    expect("YUV4MPEG2 W6 H4 F25:1 C" + std::string(chroma) + "\n", ErrorCode::kUnsupported, chroma);
  expect("YUV4MPEG2 W6 H4 F25:1\n", ErrorCode::kMalformed, "first picture");
  expect("YUV4MPEG2 W6 H4 F25:1\nFRAMX\n" + std::string(36, 'x'), ErrorCode::kMalformed, "first picture");
}

TEST(Y4mSource, EveryTruncationFailsOrPlaysWhatIsWhole) {
  const std::string whole = film("YUV4MPEG2 W6 H4 F25:1 C420", 6, 4, 3);
  const size_t header = whole.find('\n') + 1, firstEnd = header + 6 + 36;
  for (size_t size = 0; size < whole.size(); ++size) {
    auto source = y4m(whole.substr(0, size));
    ASSERT_EQ(source.ok(), size >= firstEnd) << size;
    if (!source) continue;
    VideoFrame frame;
    for (int k = 0; k < 5; ++k) {
      ASSERT_TRUE((*source)->capture(at(k * 40'000), frame));
      ASSERT_EQ(frame.pixels.size(), 36u);
      const int wholeFrames = size >= firstEnd + 45 ? 2 : 1;
      ASSERT_EQ(frame.y()[0], 10 + k % wholeFrames) << size;
      ASSERT_EQ(frame.y()[23], frame.y()[0]);
    }
  }
}

TEST(FileSources, MissingFilesAreNotFound) {
  EXPECT_EQ(Y4mSource::open("/no/such/film.y4m").error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(WavSource::open("/no/such/song.wav").error().code(), ErrorCode::kNotFoundError);
  EXPECT_NE(WavSource::open("/no/such/song.wav").error().message().find("/no/such/song.wav"), std::string::npos);
  EXPECT_FALSE(Y4mSource::open("/").ok()) << "a directory";
  EXPECT_FALSE(WavSource::open("/").ok());
}

TEST(FileSources, ReadRealFilesAndSurviveTheirEnd) {
  const std::string path = testing::TempDir() + "tincan_film.y4m";
  std::ofstream(path, std::ios::binary) << film("YUV4MPEG2 W6 H4 F25:1", 6, 4, 2);
  auto source = Y4mSource::open(path);
  ASSERT_TRUE(source.ok());
  VideoFrame frame;
  ASSERT_TRUE((*source)->capture(at(0), frame));
  std::filesystem::resize_file(path, 10);
  for (int k = 1; k < 5; ++k) (void)(*source)->capture(at(k * 40'000), frame);
  std::remove(path.c_str());
}

std::vector<int16_t> play(WavSource& source, int frames, int channel = 0) {
  std::vector<int16_t> sound;
  AudioFrame frame;
  for (int i = 0; i < frames; ++i) {
    EXPECT_TRUE(source.capture(at(i * 20'000), frame));
    EXPECT_EQ(frame.sampleRate, 48'000);
    EXPECT_EQ(frame.samples.size(), 960u * static_cast<size_t>(frame.channels));
    EXPECT_EQ(frame.rtpTimestamp, static_cast<uint32_t>(i) * 960);
    for (size_t k = static_cast<size_t>(channel); k < frame.samples.size(); k += static_cast<size_t>(frame.channels))
      sound.push_back(frame.samples[k]);
  }
  return sound;
}

TEST(WavSource, KeepsThePitchAtEveryRate) {
  for (const int rate : {8'000, 11'025, 16'000, 22'050, 32'000, 44'100, 48'000, 96'000, 192'000})
    for (const int channels : {1, 2}) {
      if (channels == 2 && rate != 44'100) continue;
      auto source = wav(sine(1000, rate, channels, rate / 5));  // whole waves: it loops without a seam
      ASSERT_TRUE(source.ok()) << source.error().toString();
      EXPECT_EQ((*source)->channels(), channels);
      EXPECT_EQ((*source)->sampleRate(), rate);
      for (int c = 0; c < channels; ++c) {
        if (c == 1) source = wav(sine(1000, rate, channels, rate / 5));
        const auto sound = play(**source, 15, c);
        const double tone = goertzel(sound, 1000 * (c + 1));
        EXPECT_NEAR(tone, 0.5, 0.005) << rate;
        for (double other : {300.0, 1500.0, 3300.0, 7000.0, 15'000.0})
          EXPECT_LT(goertzel(sound, other), 0.001) << rate << " Hz file, " << other << " Hz";
      }
    }
}

TEST(WavSource, At48kHzIsTheFileItself) {
  const std::string bytes = sine(440, 48'000, 1, 4800);
  auto source = wav(bytes);
  ASSERT_TRUE(source.ok());
  const auto sound = play(**source, 10);
  for (int i = 0; i < 9600; ++i)
    ASSERT_EQ(sound[static_cast<size_t>(i)],
              std::lround(16'384 * std::sin(2 * std::numbers::pi * 440 * (i % 4800) / 48'000)))
        << i;
}

TEST(WavSource, TakesExtensibleAndUnknownLength) {
  std::string extensible = le(0xfffe, 2) + le(1, 2) + le(48'000, 4) + le(96'000, 4) + le(2, 2) + le(16, 2) + le(22, 2) +
                           le(16, 2) + le(4, 4) + le(1, 2) + std::string(14, 'g');
  EXPECT_TRUE(wav(riff(chunk("fmt ", extensible) + chunk("data", "abcd"))).ok());
  extensible[24] = 3;  // floating point
  EXPECT_EQ(wav(riff(chunk("fmt ", extensible) + chunk("data", "abcd"))).error().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(wav(riff(fmt(1, 1, 48'000, 16) + "data" + le(0xffffffff, 4) + "abcdef")).ok());
}

TEST(WavSource, SaysWhatIsWrongInOneLine) {
  const auto expect = [](const std::string& bytes, ErrorCode code, const std::string& words) {
    auto source = wav(bytes);
    ASSERT_FALSE(source.ok()) << words;
    EXPECT_EQ(source.error().code(), code) << source.error().toString();
    EXPECT_NE(source.error().message().find(words), std::string::npos) << source.error().message();
    EXPECT_EQ(source.error().message().find('\n'), std::string::npos);
    EXPECT_EQ(source.error().message().find("song.wav"), 0u);
  };
  const std::string data = chunk("data", "abcd");
  expect("", ErrorCode::kMalformed, "not a WAV");
  expect("YUV4MPEG2 W2 H2 F1:1\n", ErrorCode::kMalformed, "not a WAV");
  expect(riff(data), ErrorCode::kMalformed, "no format");
  expect(riff(fmt(1, 1, 48'000, 16)), ErrorCode::kMalformed, "ends before its sound");
  expect(riff(fmt(1, 1, 48'000, 16) + chunk("data", "")), ErrorCode::kMalformed, "no sound");
  expect(riff(fmt(1, 1, 48'000, 16) + chunk("data", "a")), ErrorCode::kMalformed, "no sound");
  expect(riff(fmt(1, 1, 48'000, 16) + "data" + le(5, 4) + "abcd"), ErrorCode::kMalformed, "cut short, by 1 byte");
  expect(riff(fmt(3, 1, 48'000, 32) + data), ErrorCode::kUnsupported, "16-bit PCM");
  expect(riff(fmt(1, 1, 48'000, 8) + data), ErrorCode::kUnsupported, "16-bit PCM");
  expect(riff(fmt(1, 6, 48'000, 16) + data), ErrorCode::kUnsupported, "6 channels");
  expect(riff(fmt(1, 0, 48'000, 16) + data), ErrorCode::kUnsupported, "0 channels");
  expect(riff(fmt(1, 1, 0, 16) + data), ErrorCode::kUnsupported, "0 Hz");
  expect(riff(fmt(1, 1, 192'001, 16) + data), ErrorCode::kUnsupported, "Hz");
  expect(riff(fmt(1, 1, 44'101, 16) + data), ErrorCode::kUnsupported, "sample rate");
  expect(riff(chunk("fmt ", "short") + data), ErrorCode::kMalformed, "format chunk");
  expect(riff("junk" + le(0xfffffff0, 4)), ErrorCode::kMalformed, "ends before its sound");
}

TEST(WavSource, EveryTruncationFails) {
  const std::string whole = sine(1000, 8'000, 2, 40);
  ASSERT_TRUE(wav(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(wav(whole.substr(0, size)).ok()) << size;
}

TEST(WavSource, LoopsAFileShorterThanAFrame) {
  auto source = wav(riff(fmt(1, 1, 48'000, 16) + chunk("data", le(7, 2) + le(9, 2))));
  ASSERT_TRUE(source.ok());
  const auto sound = play(**source, 3);
  for (size_t i = 0; i < sound.size(); ++i) ASSERT_EQ(sound[i], i % 2 == 0 ? 7 : 9);
}

TEST(Resampler, GivesTheSameHoweverItIsFed) {
  std::vector<int16_t> input;
  for (int i = 0; i < 2 * 3000; ++i) input.push_back(static_cast<int16_t>(i * 7919 % 20'000 - 10'000));
  for (const int rate : {8'000, 44'100, 96'000, 192'000}) {
    auto once = Resampler::create(rate, 48'000, 2), pieces = Resampler::create(rate, 48'000, 2);
    ASSERT_TRUE(once.ok());
    std::vector<int16_t> expected, got;
    once->push(input);
    once->pull(100'000, expected);
    for (size_t at = 0, size = 2; at < input.size(); at += size, size = 2 + size * 3 % 50 / 2 * 2) {
      size = std::min(size, input.size() - at);
      pieces->push(std::span(input).subspan(at, size));
      while (pieces->pull(7, got) > 0) {
      }
    }
    EXPECT_EQ(got, expected) << rate;
    EXPECT_NEAR(static_cast<double>(got.size()), 6000.0 * 48'000 / rate, 64.0 * 48'000 / rate + 70) << rate;
  }
}

TEST(Resampler, RefusesRatesThatHaveNothingInCommon) {
  EXPECT_FALSE(Resampler::create(44'101, 48'000, 1).ok());
  EXPECT_FALSE(Resampler::create(0, 48'000, 1).ok());
  EXPECT_FALSE(Resampler::create(48'000, 48'000, 0).ok());
  EXPECT_FALSE(Resampler::create(2'000'000'000, 48'000, 1).ok());
}

}  // namespace
}  // namespace tincan::inline v0::media
