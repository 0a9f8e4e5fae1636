#include <gtest/gtest.h>

#include "base/random.h"
#include "sctp/chunk/data.h"
#include "sctp/chunk/forward_tsn.h"
#include "sctp/chunk/sack.h"

namespace tincan::inline v0::sctp {
namespace {

template <class Chunk>
Bytes wire(const Chunk& chunk) {
  Bytes out(chunk.wireSize());
  ByteWriter writer(out);
  EXPECT_TRUE(write(writer, chunk));
  EXPECT_EQ(writer.remaining(), 0u);
  // One byte less, and the writer says so.
  Bytes small(chunk.wireSize() - 1);
  ByteWriter short_(small);
  EXPECT_FALSE(write(short_, chunk));
  return out;
}

ByteView bodyOf(const Bytes& chunk) {
  return ByteView(chunk).subspan(4, loadBe16(chunk.data() + 2) - 4u);
}

TEST(DataChunk, OnTheWire) {
  const Bytes data{1, 2, 3, 4, 5};
  DataChunk chunk;
  chunk.begin = chunk.immediate = true;
  chunk.tsn = Tsn(0xfffffffe);
  chunk.stream = StreamId(0x1234);
  chunk.mid = 0x5678;
  chunk.ppid = 51;
  chunk.data = data;
  EXPECT_EQ(wire(chunk), (Bytes{0, 0x0a, 0, 21, 0xff, 0xff, 0xff, 0xfe, 0x12, 0x34, 0x56, 0x78,  //
                                0, 0,    0, 51, 1,    2,    3,    4,    5,    0,    0,    0}));
  chunk.interleaved = true;
  chunk.mid = 0x789abcde;
  EXPECT_EQ(wire(chunk), (Bytes{64,   0x0a, 0, 25, 0xff, 0xff, 0xff, 0xfe, 0x12, 0x34, 0, 0, 0x78, 0x9a,
                                0xbc, 0xde, 0, 0,  0,    51,   1,    2,    3,    4,    5, 0, 0,    0}));
}

TEST(DataChunk, EveryFlagComesBack) {
  const Bytes data{9};
  for (const bool interleaved : {false, true}) {
    for (int flags = 0; flags < 16; ++flags) {
      DataChunk chunk;
      chunk.interleaved = interleaved;
      chunk.begin = flags & 1;
      chunk.end = flags & 2;
      chunk.unordered = flags & 4;
      chunk.immediate = flags & 8;
      chunk.tsn = Tsn(7);
      chunk.mid = 3;
      (chunk.begin || !interleaved ? chunk.ppid : chunk.fsn) = 99;
      chunk.data = data;
      const Bytes bytes = wire(chunk);
      const auto read = interleaved ? readIData(bytes[1], bodyOf(bytes)) : readData(bytes[1], bodyOf(bytes));
      ASSERT_TRUE(read);
      EXPECT_EQ(read->begin, chunk.begin);
      EXPECT_EQ(read->end, chunk.end);
      EXPECT_EQ(read->unordered, chunk.unordered);
      EXPECT_EQ(read->immediate, chunk.immediate);
      EXPECT_EQ(read->ppid, chunk.ppid);
      EXPECT_EQ(read->fsn, chunk.fsn);
      EXPECT_EQ(read->mid, 3u);
      EXPECT_EQ(read->tsn, Tsn(7));
      EXPECT_TRUE(equalBytes(read->data, data));
    }
  }
}

TEST(DataChunk, TruncatedAndEmpty) {
  const Bytes body(30, 1);
  for (size_t size = 0; size <= 30; ++size) {
    EXPECT_EQ(readData(3, ByteView(body).first(size)).has_value(), size > 12) << size;
    EXPECT_EQ(readIData(3, ByteView(body).first(size)).has_value(), size > 16) << size;
  }
}

TEST(SackChunk, OnTheWireAndBack) {
  SackChunk sack;
  sack.cumulative = Tsn(0x01020304);
  sack.window = 0x100000;
  sack.gaps = {{2, 3}, {5, 0xffff}};
  sack.duplicates = {Tsn(0x01020301)};
  const Bytes bytes = wire(sack);
  EXPECT_EQ(bytes, (Bytes{3, 0, 0, 28, 1, 2, 3,    4,    0, 0x10, 0, 0, 0, 2, 0, 1,  //
                          0, 2, 0, 3,  0, 5, 0xff, 0xff, 1, 2,    3, 1}));
  SackChunk read;
  read.gaps.resize(9);
  ASSERT_TRUE(readSack(bodyOf(bytes), read));
  EXPECT_EQ(read.cumulative, sack.cumulative);
  EXPECT_EQ(read.window, sack.window);
  EXPECT_EQ(read.gaps, sack.gaps);
  EXPECT_EQ(read.duplicates, sack.duplicates);
  for (size_t size = 0; size < bytes.size() - 4; ++size) {
    EXPECT_FALSE(readSack(ByteView(bytes).subspan(4, size), read)) << size;
  }
}

TEST(SackChunk, CountsThatLie) {
  for (const uint32_t counts : {0x00030001u, 0x00020002u, 0xffffffffu, 0x0000ffffu, 0xffff0000u}) {
    Bytes body(12 + 12);
    storeBe32(body.data() + 8, counts);
    SackChunk sack;
    EXPECT_FALSE(readSack(body, sack)) << counts;
    EXPECT_LE(sack.gaps.capacity() + sack.duplicates.capacity(), 8u);
  }
}

TEST(SackChunk, GapBlocksMustRise) {
  const auto reads = [](std::vector<SackChunk::Gap> gaps) {
    SackChunk sack;
    sack.gaps = std::move(gaps);
    const Bytes bytes = wire(sack);
    SackChunk read;
    return readSack(bodyOf(bytes), read);
  };
  EXPECT_TRUE(reads({{2, 2}}));
  EXPECT_TRUE(reads({{2, 4}, {6, 6}}));
  EXPECT_TRUE(reads({{2, 4}, {5, 6}}));  // could be one block: odd, and not wrong
  EXPECT_FALSE(reads({{0, 4}}));
  EXPECT_FALSE(reads({{1, 4}}));          // the cumulative TSN says so already
  EXPECT_FALSE(reads({{5, 4}}));          // backwards
  EXPECT_FALSE(reads({{2, 4}, {4, 6}}));  // one over another
  EXPECT_FALSE(reads({{6, 8}, {2, 4}}));  // out of order
  EXPECT_FALSE(reads({{2, 0xffff}, {0xffff, 0xffff}}));
}

TEST(ForwardTsnChunk, OnTheWireAndBack) {
  ForwardTsnChunk chunk;
  chunk.cumulative = Tsn(0x01020304);
  chunk.skipped = {{StreamId(1), false, 0xffff}, {StreamId(0xfffe), false, 0}};
  const Bytes bytes = wire(chunk);
  EXPECT_EQ(bytes, (Bytes{192, 0, 0, 16, 1, 2, 3, 4, 0, 1, 0xff, 0xff, 0xff, 0xfe, 0, 0}));
  ForwardTsnChunk read;
  ASSERT_TRUE(readForwardTsn(bodyOf(bytes), read));
  EXPECT_EQ(read.cumulative, chunk.cumulative);
  EXPECT_EQ(read.skipped, chunk.skipped);
  for (size_t size = 0; size <= 12; ++size) {
    EXPECT_EQ(readForwardTsn(ByteView(bytes).subspan(4, size), read), size >= 4 && size % 4 == 0) << size;
  }
}

TEST(ForwardTsnChunk, InterleavedOnTheWireAndBack) {
  ForwardTsnChunk chunk;
  chunk.interleaved = true;
  chunk.cumulative = Tsn(0xffffffff);
  chunk.skipped = {{StreamId(1), true, 0x10000}, {StreamId(2), false, 5}};
  const Bytes bytes = wire(chunk);
  EXPECT_EQ(bytes, (Bytes{194, 0, 0, 24, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 5}));
  ForwardTsnChunk read;
  ASSERT_TRUE(readIForwardTsn(bodyOf(bytes), read));
  EXPECT_EQ(read.skipped, chunk.skipped);
  for (size_t size = 0; size <= 20; ++size) {
    EXPECT_EQ(readIForwardTsn(ByteView(bytes).subspan(4, size), read), size >= 4 && size % 8 == 4) << size;
  }
}

TEST(Tsn, GrowsOverTheWrap) {
  EXPECT_EQ(unwrapTsn(Tsn(2), 0xffffffff), 0x100000002);
  EXPECT_EQ(unwrapTsn(Tsn(0xffffffff), 0x100000002), 0xffffffff);
  EXPECT_EQ(toTsn(0x100000002), Tsn(2));
}

}  // namespace
}  // namespace tincan::inline v0::sctp
