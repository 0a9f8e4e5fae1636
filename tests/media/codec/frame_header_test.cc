// What is read of a frame before a decoder sees it.
#include <gtest/gtest.h>

#include "base/random.h"
#include "media/codec/av1_sequence.h"
#include "media/codec/h264_sps.h"
#include "media/codec/video_payload.h"

namespace tincan::inline v0::media {
namespace {

// Bits from the left, as the standards write them.
class Writer {
 public:
  Writer& bits(uint32_t value, unsigned count) {
    for (unsigned i = count; i-- > 0; ++at_) {
      if (at_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1u) << (7 - at_ % 8));
    }
    return *this;
  }
  Writer& ue(uint32_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value + 1));
    return bits(0, width - 1).bits(value + 1, width);
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

// H.264 §7.3.2.1.1, up to and with the cropping.
Writer sps(uint32_t profile, uint32_t across, uint32_t down, bool framesOnly) {
  Writer out;
  out.bits(0x67, 8).bits(profile, 8).bits(0, 8).bits(31, 8).ue(0);
  if (profile == 100) out.ue(1).ue(0).ue(0).bits(0, 1).bits(0, 1);
  out.ue(0).ue(0).ue(0).ue(1).bits(0, 1).ue(across - 1).ue(down - 1).bits(framesOnly, 1);
  if (!framesOnly) out.bits(0, 1);
  return out.bits(1, 1);
}

TEST(H264Sps, SaysWhatIsCodedAndWhatIsShown) {
  const auto plain = H264Sps::parse(sps(66, 40, 23, true).bits(0, 1).bits(0x80, 8).bytes());
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->codedWidth, 640);
  EXPECT_EQ(plain->codedHeight, 368);
  EXPECT_EQ(plain->height, 368);
  const auto cropped = H264Sps::parse(sps(100, 120, 68, true).bits(1, 1).ue(0).ue(0).ue(0).ue(4).bits(0x80, 8).bytes());
  ASSERT_TRUE(cropped);
  EXPECT_EQ(cropped->codedHeight, 1088);
  EXPECT_EQ(cropped->width, 1920);
  EXPECT_EQ(cropped->height, 1080);
  const auto fields = H264Sps::parse(sps(77, 120, 34, false).bits(1, 1).ue(0).ue(0).ue(0).ue(2).bits(0x80, 8).bytes());
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->codedHeight, 1088);
  EXPECT_EQ(fields->height, 1080);
}

TEST(H264Sps, RefusesWhatCannotBe) {
  const Bytes good = sps(66, 40, 23, true).bits(0, 1).bytes();
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(H264Sps::parse(ByteView(good).first(size))) << size;
  EXPECT_FALSE(H264Sps::parse(sps(66, 1056, 1, true).bits(0, 9).bytes()));
  EXPECT_FALSE(H264Sps::parse(sps(66, 1, 4'000'000'000u, true).bits(0, 9).bytes()));
  EXPECT_FALSE(H264Sps::parse(sps(66, 2, 2, true).bits(1, 1).ue(8).ue(8).ue(0).ue(0).bits(0, 9).bytes()))
      << "all cut off";
  EXPECT_FALSE(H264Sps::parse(sps(66, 2, 2, true).bits(1, 1).ue(0xfffffffe).ue(2).ue(0).ue(0).bits(0, 9).bytes()));
  SeededRandom random(3);
  for (int i = 0; i < 20'000; ++i) {
    Bytes any(random.below(600));
    random.fill(any);
    (void)H264Sps::parse(any);
  }
}

TEST(H264Sps, TheFirstTwoZerosBeforeAThreeAreNotThree) {
  // A level of 0 behind constraints of 0: bytes 66 0 0 would be followed by one of 3 or less.
  Bytes bytes = {0x67, 66, 0, 0, 3};
  const Bytes rest =
      Writer().ue(0).ue(0).ue(0).ue(0).ue(1).bits(0, 1).ue(3).ue(2).bits(1, 1).bits(1, 1).bits(0, 9).bytes();
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  const auto parsed = H264Sps::parse(bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->width, 64);
  EXPECT_EQ(parsed->height, 48);
}

TEST(Av1Sequence, SaysTheLargestSize) {
  const auto plain = Av1Sequence::parse(Writer()
                                            .bits(0, 5)
                                            .bits(0, 1)
                                            .bits(0, 1)
                                            .bits(0, 5)
                                            .bits(0, 12)
                                            .bits(8, 5)
                                            .bits(1, 1)
                                            .bits(10, 4)
                                            .bits(9, 4)
                                            .bits(1279, 11)
                                            .bits(719, 10)
                                            .bytes());
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->width, 1280);
  EXPECT_EQ(plain->height, 720);
  // Timing, a decoder model, display delays, two operating points.
  Writer all;
  all.bits(0, 5).bits(1, 1).bits(1, 32).bits(60, 32).bits(1, 1).ue(0);
  all.bits(1, 1).bits(9, 5).bits(1, 32).bits(9, 5).bits(9, 5);
  all.bits(1, 1).bits(1, 5);
  for (int i = 0; i < 2; ++i)
    all.bits(0, 12).bits(5, 5).bits(1, 1).bits(0, 10).bits(0, 10).bits(0, 1).bits(1, 1).bits(3, 4);
  all.bits(15, 4).bits(15, 4).bits(65'535, 16).bits(63, 16);
  const auto parsed = Av1Sequence::parse(all.bytes());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->width, 65'536);
  EXPECT_EQ(parsed->height, 64);
  for (size_t size = 0; size < all.bytes().size(); ++size)
    EXPECT_FALSE(Av1Sequence::parse(ByteView(all.bytes()).first(size))) << size;
}

TEST(InspectVideoFrame, TakesAnyBytes) {
  SeededRandom random(9);
  for (int i = 0; i < 20'000; ++i) {
    Bytes any(random.below(60));
    random.fill(any);
    if (any.size() > 4 && random.below(2) == 0) any[0] = any[1] = any[2] = 0, any[3] = 1;
    for (const auto format : {rtp::VideoFormat::kVp8, rtp::VideoFormat::kVp9, rtp::VideoFormat::kH264,
                              rtp::VideoFormat::kH265, rtp::VideoFormat::kAv1})
      (void)inspectVideoFrame(format, any);
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
