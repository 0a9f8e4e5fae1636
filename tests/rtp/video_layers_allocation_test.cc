#include "rtp/video_layers_allocation.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::rtp {
namespace {

using Allocation = VideoLayersAllocation;

Bytes written(const Allocation& allocation) {
  Bytes out(255);
  out.resize(allocation.write(out));
  return out;
}

// Three streams of one spatial and two temporal layers each.
Allocation simulcast() {
  Allocation out;
  out.stream = 1;
  out.streams = 3;
  out.hasSizes = true;
  out.layers = {{0, 0, {90, 150}, 320, 180, 30}, {1, 0, {300, 500}, 640, 360, 30}, {2, 0, {1500, 2500}, 1280, 720, 25}};
  return out;
}

TEST(VideoLayersAllocation, WritesSimulcast) {
  const Bytes bytes = written(simulcast());
  const Bytes expected{0b01'10'0001,
                       0b01'01'01'00,
                       90,
                       0x96,
                       0x01,
                       0xac,
                       0x02,
                       0xf4,
                       0x03,
                       0xdc,
                       0x0b,
                       0xc4,
                       0x13,
                       1,
                       63,
                       0,
                       179,
                       30,
                       2,
                       127,
                       1,
                       103,
                       30,
                       4,
                       255,
                       2,
                       207,
                       25};
  EXPECT_EQ(bytes, expected);
  EXPECT_EQ(Allocation::read(bytes), simulcast());
}

TEST(VideoLayersAllocation, WritesStreamsThatDiffer) {
  Allocation allocation;
  allocation.streams = 2;
  allocation.layers = {{0, 0, {100}, 0, 0, 0}, {0, 1, {200}, 0, 0, 0}, {0, 2, {400, 500, 600}, 0, 0, 0}};
  const Bytes bytes = written(allocation);  // the second stream sends nothing
  EXPECT_EQ(bytes, (Bytes{0b00'01'0000, 0x70, 0b00'00'10'00, 100, 0xc8, 1, 0x90, 3, 0xf4, 3, 0xd8, 4}));
  EXPECT_EQ(Allocation::read(bytes), allocation);
  allocation.streams = 4;  // two bytes of masks
  EXPECT_EQ(written(allocation).size(), bytes.size() + 1);
  EXPECT_EQ(Allocation::read(written(allocation)), allocation);
}

TEST(VideoLayersAllocation, NothingSentIsAZero) {
  EXPECT_EQ(written({}), Bytes{0});
  EXPECT_EQ(Allocation::read(Bytes{0}), Allocation());
  EXPECT_EQ(Allocation::read(Bytes{1}), std::nullopt);
  EXPECT_EQ(Allocation::read(Bytes()), std::nullopt);
}

TEST(VideoLayersAllocation, RefusesWhatIsCutAndWhatLies) {
  Allocation plain = simulcast();
  plain.hasSizes = false;
  for (auto& layer : plain.layers) layer.width = layer.height = layer.framesPerSecond = 0;
  const Bytes bytes = written(simulcast());
  const size_t withoutSizes = written(plain).size();
  for (size_t size = 1; size < bytes.size(); ++size)
    EXPECT_EQ(Allocation::read(ByteView(bytes).first(size)).has_value(), size == withoutSizes) << size;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(Allocation::read(longer), std::nullopt);
  EXPECT_EQ(Allocation::read(Bytes{0b11'00'0001, 0, 1}), std::nullopt) << "on a stream that there is none of";
  EXPECT_EQ(Allocation::read(Bytes{0b00'01'0000, 0, 0, 1}), std::nullopt) << "no layer";
  EXPECT_EQ(Allocation::read(Bytes{0b00'00'0001, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}), std::nullopt) << "over 32 bits";
}

TEST(VideoLayersAllocation, DoesNotWriteWhatIsNone) {
  Allocation allocation = simulcast();
  allocation.stream = 3;
  EXPECT_TRUE(written(allocation).empty());
  allocation = simulcast();
  std::swap(allocation.layers[0], allocation.layers[1]);
  EXPECT_TRUE(written(allocation).empty());
  allocation = simulcast();
  allocation.layers[0].kilobits.clear();
  EXPECT_TRUE(written(allocation).empty());
  allocation = simulcast();
  allocation.layers[0].width = 0;
  EXPECT_TRUE(written(allocation).empty());
}

}  // namespace
}  // namespace tincan::inline v0::rtp
