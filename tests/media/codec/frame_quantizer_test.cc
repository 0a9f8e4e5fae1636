// webrtc-stats, qpSum: what an encoder says of a frame is what the frame's header says.
#include "media/codec/frame_quantizer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/codec/codec_factory.h"
#include "media/codec/video_payload.h"
#include "tests/media/codec/makers.h"

namespace tincan::inline v0::media {
namespace {

// Noise that moves: at a low rate it is coarse.
VideoFrame noise(uint32_t number) {
  VideoFrame out = VideoFrame::black(160, 96);
  uint32_t state = 1 + number / 4;
  for (uint8_t& pixel : out.pixels) {
    state = state * 1'664'525 + 1'013'904'223;
    pixel = static_cast<uint8_t>(state >> 24);
  }
  out.captured = TimePoint::fromMicros(number * 33'333);
  out.rtpTimestamp = number * 3000;
  return out;
}

std::vector<EncodedVideo> encode(const CodecFormat& format, const std::string& mode, uint32_t bitrate, int pictures) {
  VideoEncoderSettings settings;
  settings.width = 160;
  settings.height = 96;
  settings.bitrateBps = bitrate;
  settings.scalabilityMode = mode;
  std::vector<EncodedVideo> out;
  auto encoder = builtInCodecs().videoEncoder(format, settings);
  if (!encoder) return out;
  for (int i = 0; i < pictures; ++i) {
    if (i == pictures / 2) (*encoder)->setRates(bitrate * 8, 30);
    EXPECT_TRUE((*encoder)->encode(noise(static_cast<uint32_t>(i)), i == 7, out).ok());
  }
  return out;
}

double mean(const std::vector<EncodedVideo>& frames) {
  double sum = 0;
  for (const EncodedVideo& frame : frames) sum += frame.quantizer.value_or(0);
  return sum / static_cast<double>(std::max<size_t>(frames.size(), 1));
}

struct Case {
  const char* name;
  std::vector<std::pair<std::string, std::string>> parameters;
  const char* mode;
  int most;
};

// RFC 6386 §9.6, VP9 bitstream specification §7.2.9.
TEST(FrameQuantizer, EncodersSayWhatTheFramesSay) {
  const std::vector<Case> cases = {{"VP8", {}, "L1T1", 127}, {"VP8", {}, "L1T3", 127},
                                   {"VP9", {}, "L1T1", 255}, {"VP9", {}, "L1T3", 255},
                                   {"VP9", {}, "L2T2", 255}, {"VP9", {{"profile-id", "2"}}, "L1T1", 255}};
  for (const Case& each : cases) {
    const CodecFormat format{CodecKind::kVideo, each.name, 90'000, 1, each.parameters};
    const auto frames = encode(format, each.mode, 60'000, 40);
    if (frames.empty()) GTEST_SKIP() << "built without libvpx";
    std::vector<int> seen;
    for (const EncodedVideo& frame : frames) {
      const auto said = frameQuantizer(*videoPayloadFormat(format), frame.data);
      ASSERT_TRUE(said && frame.quantizer) << each.name << " " << each.mode;
      EXPECT_EQ(int{*said}, int{*frame.quantizer}) << each.name << " " << each.mode << " " << seen.size();
      EXPECT_LE(int{*said}, each.most);
      seen.push_back(*said);
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_GT(std::unique(seen.begin(), seen.end()) - seen.begin(), 1) << each.name << ": it is not always the same";
  }
}

TEST(FrameQuantizer, Av1sEncoderTellsHowCoarseItIs) {
  const CodecFormat format{CodecKind::kVideo, "AV1", 90'000, 1, {}};
  const auto coarse = encode(format, "L1T1", 30'000, 16), fine = encode(format, "L1T1", 3'000'000, 16);
  if (coarse.empty()) GTEST_SKIP() << "built without libaom";
  EXPECT_GT(mean(coarse), mean(fine) + 40);
  EXPECT_GT(mean(coarse), 63) << "of 0 to 255, not of the configuration's 0 to 63";
  EXPECT_FALSE(frameQuantizer(rtp::VideoFormat::kAv1, coarse[0].data)) << "its header needs what was told before";
}

// Each beginning of a frame, which says what the whole says or nothing, and each of its first bits the other way round.
TEST(FrameQuantizer, NothingOfAHeaderThatIsCutOff) {
  for (const char* name : {"VP8", "VP9"}) {
    const CodecFormat format{CodecKind::kVideo, name, 90'000, 1, {}};
    const auto payload = *videoPayloadFormat(format);
    for (const EncodedVideo& frame : encode(format, "L1T1", 200'000, 4)) {
      const auto whole = frameQuantizer(payload, frame.data);
      size_t known = 0;
      for (size_t size = 0; size < frame.data.size(); ++size) {
        const Bytes cut(frame.data.begin(), frame.data.begin() + static_cast<std::ptrdiff_t>(size));
        const auto said = frameQuantizer(payload, cut);
        if (size < 4) {
          EXPECT_FALSE(said) << name << " " << size;
        }
        if (said) {
          EXPECT_EQ(said, whole) << name << " " << size;
        }
        known += said ? 1 : 0;
      }
      EXPECT_GT(known, 8u);
      for (size_t bit = 0; bit < std::min<size_t>(frame.data.size(), 40) * 8; ++bit) {
        Bytes wrong = frame.data;
        wrong[bit / 8] = static_cast<uint8_t>(wrong[bit / 8] ^ 0x80 >> bit % 8);
        const auto said = frameQuantizer(payload, wrong);
        EXPECT_LE(said.value_or(0), payload == rtp::VideoFormat::kVp8 ? 127 : 255);
      }
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
