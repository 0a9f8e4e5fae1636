#include "media/codec/vp9_headers.h"

#include <gtest/gtest.h>

#include "media/video_frame.h"
#include "tests/media/codec/codec_path.h"

namespace tincan::inline v0::media {
namespace {

const CodecFormat kVp9{CodecKind::kVideo, "VP9", 90'000, 1, {}};

bool hasVp9() {
  return builtInCodecs().videoDecoder(kVp9).ok();
}

// VP9 bitstream specification §6.2: uncompressed_header up to the size, and zeros.
class Header {
 public:
  Header& bits(uint32_t value, unsigned count) {
    for (unsigned i = count; i-- > 0; ++at_) {
      if (at_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1u) << (7 - at_ % 8));
    }
    return *this;
  }
  Header& side(uint32_t width, uint32_t height) { return bits(width - 1, 16).bits(height - 1, 16); }
  Bytes take() {
    bytes_.insert(bytes_.end(), 8, 0);
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

Bytes keyFrame(uint32_t width, uint32_t height) {
  return Header().bits(0b10'00'0'0'1'0, 8).bits(0x498342, 24).bits(0, 4).side(width, height).take();
}
Bytes intraOnly(uint32_t width, uint32_t height) {
  return Header()
      .bits(0b10'00'0'1'0'0, 8)
      .bits(1, 1)
      .bits(0, 2)
      .bits(0x498342, 24)
      .bits(0xff, 8)
      .side(width, height)
      .take();
}
Bytes interFrame(uint32_t width, uint32_t height) {
  return Header().bits(0b10'00'0'1'1'0, 8).bits(0, 2).bits(0, 8 + 12).bits(0, 3).side(width, height).take();
}
Bytes together(const Bytes& a, const Bytes& b) {
  Bytes out = a;
  out.insert(out.end(), b.begin(), b.end());
  const auto mark = static_cast<uint8_t>(0xc0 | 1 << 3 | 1);
  out.push_back(mark);
  for (const Bytes* frame : {&a, &b}) {
    out.push_back(static_cast<uint8_t>(frame->size()));
    out.push_back(static_cast<uint8_t>(frame->size() >> 8));
  }
  out.push_back(mark);
  return out;
}

TEST(Vp9Headers, OfEachKindOfFrame) {
  EXPECT_EQ(Vp9Headers::read(keyFrame(640, 360)).largestSide, 640);
  EXPECT_EQ(Vp9Headers::read(keyFrame(360, 65536)).largestSide, 65536);
  EXPECT_EQ(Vp9Headers::read(intraOnly(640, 5000)).largestSide, 5000);
  EXPECT_EQ(Vp9Headers::read(interFrame(9000, 5000)).largestSide, 9000);
  EXPECT_EQ(Vp9Headers::read(Header().bits(0b10'00'0'1'1'0, 8).bits(0, 2).bits(0, 20).bits(1, 1).take()).largestSide, 0)
      << "the size of a reference";
  EXPECT_EQ(Vp9Headers::read({}).largestSide, 0);
}

TEST(Vp9Headers, OfTheLargestInASuperframe) {
  const auto read = Vp9Headers::read(together(keyFrame(64, 64), keyFrame(20'000, 64)));
  EXPECT_TRUE(read.hasIndex);
  EXPECT_EQ(read.largestSide, 20'000);
  Bytes one = keyFrame(64, 64);
  EXPECT_FALSE(Vp9Headers::read(one).hasIndex);
  appendVp9Index(one);
  EXPECT_TRUE(Vp9Headers::read(one).hasIndex);
  EXPECT_EQ(Vp9Headers::read(one).largestSide, 64);
}

TEST(Vp9Headers, TheDecoderRefusesWhatHidesBehindASmallPicture) {
  if (!hasVp9()) GTEST_SKIP() << "built without libvpx";
  const auto encoder = std::move(builtInCodecs().videoEncoder(kVp9, {})).value();
  std::vector<EncodedVideo> out;
  ASSERT_TRUE(encoder->encode(VideoFrame::black(64, 64), false, out).ok());
  const Bytes small = out[0].data;
  const auto decoder = std::move(builtInCodecs().videoDecoder(kVp9)).value();
  EXPECT_EQ(decoder->decode(keyFrame(4097, 64)).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(decoder->decode(together(small, keyFrame(64, 65536))).error().code(), ErrorCode::kLimit);
  // Without an index: what follows the frame is not looked at.
  Bytes smuggled = small;
  const Bytes large = keyFrame(16'384, 16'384);
  smuggled.insert(smuggled.end(), large.begin(), large.end());
  const auto decoded = decoder->decode(smuggled);
  if (decoded) {
    EXPECT_EQ(decoded->width, 64);
  }
  ASSERT_TRUE(decoder->decode(small).ok());
}

}  // namespace
}  // namespace tincan::inline v0::media
