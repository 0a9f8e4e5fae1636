#include "base/bytes.h"

#include <gtest/gtest.h>

namespace tincan::inline v0 {
namespace {

TEST(ByteReader, ReadsBigEndianInOrder) {
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506u);
  EXPECT_EQ(reader.u32(), 0x0708090au);
  EXPECT_EQ(reader.u48(), 0x0b0c0d0e0f10u);
  EXPECT_EQ(reader.u64(), 0x1112131415161718u);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.atEnd());
}

TEST(ByteReader, FailureIsSticky) {
  const uint8_t bytes[] = {0xff, 0xff, 0xff};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0) << "a later read that would fit fails too";
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_TRUE(reader.view(0).empty());
  EXPECT_TRUE(reader.rest().empty());
  reader.skip(0);
  EXPECT_FALSE(reader.ok()) << "not even nothing can be read then";
}

TEST(ByteReader, FailsAtEachWidthThatIsNotThere) {
  const Bytes bytes(16, 0x5a);
  for (size_t size = 0; size <= 9; ++size) {
    const ByteView some = ByteView(bytes).first(size);
    const auto reads = [&](size_t width, auto&& read) {
      ByteReader reader(some);
      const auto value = read(reader);
      EXPECT_EQ(reader.ok(), width <= size) << width << " of " << size;
      EXPECT_EQ(value != 0, width <= size) << width << " of " << size;
    };
    reads(1, [](ByteReader& reader) { return reader.u8(); });
    reads(2, [](ByteReader& reader) { return reader.u16(); });
    reads(3, [](ByteReader& reader) { return reader.u24(); });
    reads(4, [](ByteReader& reader) { return reader.u32(); });
    reads(6, [](ByteReader& reader) { return reader.u48(); });
    reads(8, [](ByteReader& reader) { return reader.u64(); });
    reads(5, [](ByteReader& reader) { return reader.view(5).size(); });
  }
}

TEST(ByteReader, PrefixedVectorsThatLieFail) {
  const uint8_t bytes[] = {0, 4, 1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_TRUE(reader.prefixed16().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  uint8_t bytes[24];
  ByteWriter writer(bytes);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u24(0x040506);
  writer.u32(0x0708090a);
  writer.u48(0x0b0c0d0e0f10);
  writer.u64(0x1112131415161718);
  ASSERT_TRUE(writer.ok());
  for (uint8_t i = 0; i < 24; ++i) EXPECT_EQ(bytes[i], i + 1);
}

TEST(ByteWriter, WritesNothingThatDoesNotFit) {
  uint8_t bytes[3] = {9, 9, 9};
  ByteWriter writer(bytes);
  writer.u16(0);
  writer.u16(0);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 2u);
  EXPECT_EQ(bytes[2], 9);
}

TEST(ByteBuilder, NestsLengthPrefixes) {
  ByteBuilder out;
  out.prefixed(2, [&] { out.u8(7).prefixed(1, [&] { out.u16(0xabcd); }); });
  EXPECT_EQ(out.take(), (Bytes{0, 4, 7, 2, 0xab, 0xcd}));
}

}  // namespace
}  // namespace tincan::inline v0
