// The numbers of pictures in payload descriptors, found and written over.
#include "rtp/payload/picture_numbers.h"

#include <gtest/gtest.h>

#include "rtp/payload/vp8.h"

namespace tincan::inline v0::rtp {
namespace {

TEST(PictureNumbers, OfEveryVp8Descriptor) {
  for (int flags = 0; flags < 32; ++flags) {
    Vp8Descriptor descriptor;
    if (flags & 1) descriptor.pictureId = 100;
    descriptor.longPictureId = (flags & 1) && (flags & 2);
    if (flags & 4) descriptor.tl0PictureIndex = uint8_t{7};
    if (flags & 8) descriptor.temporalLayer = uint8_t{1};
    if (flags & 16) descriptor.keyIndex = uint8_t{3};
    descriptor.startOfPartition = true;
    Bytes payload(20, 0xaa);
    const size_t size = descriptor.write(payload);
    descriptor.size = size;
    const auto numbers = PictureNumbers::find(VideoFormat::kVp8, payload);
    EXPECT_EQ(numbers.pictureId(), descriptor.pictureId);
    EXPECT_EQ(numbers.tl0PictureIndex(), descriptor.tl0PictureIndex);
    numbers.write(payload, 0x1234, 200);
    Vp8Descriptor now;
    ASSERT_TRUE(Vp8Descriptor::parse(payload, now));
    if (descriptor.pictureId) descriptor.pictureId = descriptor.longPictureId ? 0x1234 : 0x34;
    if (descriptor.tl0PictureIndex) descriptor.tl0PictureIndex = uint8_t{200};
    EXPECT_EQ(now, descriptor) << flags << ": nothing else changed";
    EXPECT_EQ(payload[size], 0xaa);
  }
}

TEST(PictureNumbers, OfVp9) {
  // |I|P|L|F|B|E|V|Z|, 15 bits of id, layer indices, TL0PICIDX.
  Bytes payload{0xa8, 0x81, 0x02, 0x20, 0x55, 0x99};
  auto numbers = PictureNumbers::find(VideoFormat::kVp9, payload);
  EXPECT_EQ(numbers.pictureId(), 0x102);
  EXPECT_EQ(numbers.tl0PictureIndex(), 0x55);
  numbers.write(payload, 0x7fff, 0x66);
  EXPECT_EQ(payload, (Bytes{0xa8, 0xff, 0xff, 0x20, 0x66, 0x99}));
  // Flexible mode has no TL0PICIDX; a short id.
  const Bytes flexible{0xb8, 0x05, 0x20, 0x55, 0x99};
  numbers = PictureNumbers::find(VideoFormat::kVp9, flexible);
  EXPECT_EQ(numbers.pictureId(), 5);
  EXPECT_EQ(numbers.pictureIdMask(), 0x7f);
  EXPECT_FALSE(numbers.tl0PictureIndex());
}

TEST(PictureNumbers, TruncatedNothingIsFound) {
  const Bytes vp8{0x90, 0xe0, 0x81, 0x02, 0x55, 0x40}, vp9{0xa8, 0x81, 0x02, 0x20, 0x55};
  for (const auto& [format, payload, needed] :
       {std::tuple{VideoFormat::kVp8, vp8, 5}, std::tuple{VideoFormat::kVp9, vp9, 5}}) {
    for (size_t size = 0; size <= payload.size(); ++size) {
      Bytes cut(payload.begin(), payload.begin() + static_cast<ptrdiff_t>(size));
      const auto numbers = PictureNumbers::find(format, cut);
      EXPECT_EQ(numbers.pictureId().has_value(), size >= static_cast<size_t>(needed)) << size;
      numbers.write(cut, 1, 1);
    }
  }
  for (const auto format : {VideoFormat::kH264, VideoFormat::kH265, VideoFormat::kAv1})
    EXPECT_FALSE(PictureNumbers::find(format, vp8).pictureId());
}

}  // namespace
}  // namespace tincan::inline v0::rtp
