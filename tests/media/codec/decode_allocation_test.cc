// What decoding sound asks the heap for: the frame that is handed over, and nothing beside it.
#include <vector>

#include <gtest/gtest.h>

#include "tests/allocation_count.h"
#include "tests/media/codec/codec_path.h"

namespace tincan::inline v0::media {
namespace {

class DecodeAllocation : public testing::TestWithParam<SupportedFormat> {};

TEST_P(DecodeAllocation, IsTheFrameAlone) {
  const CodecFormat& format = GetParam().format;
  auto encoder = builtInCodecs().audioEncoder(format, {.channels = format.channels}).value();
  auto decoder = builtInCodecs().audioDecoder(format).value();
  constexpr size_t kFrames = 60, kWarm = 10;
  std::vector<EncodedAudio> packets;
  for (size_t k = 0; k < kFrames; ++k) {
    AudioFrame frame;
    frame.channels = format.channels;
    frame.captured = TimePoint::fromMicros(static_cast<int64_t>(k) * 20'000);
    for (size_t i = 0; i < AudioFrame::kSamples; ++i)
      frame.samples.insert(frame.samples.end(), static_cast<size_t>(format.channels),
                           static_cast<int16_t>(8000 * std::sin(0.05 * static_cast<double>(k * 960 + i))));
    ASSERT_TRUE(encoder->encode(frame, packets).ok());
  }
  ASSERT_GE(packets.size(), kFrames);
  size_t failed = 0;
  const auto play = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) failed += decoder->decode(packets[i].data).ok() ? 0 : 1;
  };
  play(0, kWarm);
  const size_t allocated = test::allocationsOf([&] { play(kWarm, packets.size()); });
  EXPECT_EQ(failed, 0u);
  EXPECT_LE(allocated, packets.size() - kWarm);
}

std::vector<SupportedFormat> formats() {
  auto out = codedFormats(CodecKind::kAudio);
  std::erase_if(out, [](const SupportedFormat& each) { return each.format.is("CN"); });
  return out;
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, DecodeAllocation, testing::ValuesIn(formats()),
                         [](const auto& test) { return testName(test.param.format); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DecodeAllocation);

}  // namespace
}  // namespace tincan::inline v0::media
