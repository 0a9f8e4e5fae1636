// INIT, RE-CONFIG, causes, the packet's frame: each written and read again, each cut at every byte, each length a lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sctp/chunk/error.h"
#include "sctp/chunk/init.h"
#include "sctp/chunk/packet.h"
#include "sctp/chunk/parameter.h"
#include "sctp/chunk/reconfig.h"
#include "sctp/crc32c.h"

namespace tincan::inline v0::sctp {
namespace {

ChunkView only(ByteView bytes) {
  ChunkReader reader(bytes);
  ChunkView chunk;
  EXPECT_TRUE(reader.next(chunk));
  return chunk;
}

InitChunk sample(ChunkType type) {
  InitChunk init;
  init.type = type;
  init.tag = 0x01020304;
  init.window = 1 << 20;
  init.outboundStreams = 65'535;
  init.inboundStreams = 1024;
  init.initialTsn = 0xfffffffe;
  init.capabilities = {true, true, true, true};
  if (type == ChunkType::kInitAck) init.cookie = Bytes{1, 2, 3, 4, 5};
  return init;
}

TEST(InitChunk, ComesBackAsItWasWritten) {
  for (const ChunkType type : {ChunkType::kInit, ChunkType::kInitAck}) {
    const InitChunk init = sample(type);
    const Bytes bytes = write(init);
    const Result<InitChunk> read = readInit(only(bytes));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->type, type);
    EXPECT_EQ(read->tag, init.tag);
    EXPECT_EQ(read->window, init.window);
    EXPECT_EQ(read->outboundStreams, init.outboundStreams);
    EXPECT_EQ(read->inboundStreams, init.inboundStreams);
    EXPECT_EQ(read->initialTsn, init.initialTsn);
    EXPECT_TRUE(read->capabilities == init.capabilities);
    EXPECT_EQ(read->cookie, init.cookie);
  }
}

TEST(InitChunk, SaysNothingThatItDoesNotHave) {
  for (int bits = 0; bits < 16; ++bits) {
    InitChunk init = sample(ChunkType::kInit);
    init.capabilities = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    const Result<InitChunk> read = readInit(only(write(init)));
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(read->capabilities == init.capabilities) << bits;
  }
}

TEST(InitChunk, CutAnywhereOrWithALengthThatLiesIsNoCrash) {
  const Bytes bytes = write(sample(ChunkType::kInitAck));
  for (size_t i = 0; i < bytes.size(); ++i) {
    ChunkReader reader(ByteView(bytes).first(i));
    ChunkView chunk;
    EXPECT_FALSE(reader.next(chunk)) << i;
    EXPECT_EQ(reader.ok(), i == 0);
    // The same, with a chunk length that owns up to it.
    if (i < kChunkHeaderSize) continue;
    Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
    storeBe16(cut.data() + 2, static_cast<uint16_t>(i));
    if (i < 20) {
      EXPECT_FALSE(readInit(only(cut)).ok()) << i;
    } else {
      (void)readInit(only(cut)).ok();
    }
  }
  for (size_t at = 20; at + 4 <= bytes.size(); ++at) {
    for (const int by : {-1, 1}) {
      Bytes bent = bytes;
      bent[at] = static_cast<uint8_t>(bent[at] + by);
      (void)readInit(only(bent)).ok();
    }
  }
}

TEST(InitChunk, WhatCannotBeIsRefused) {
  InitChunk init = sample(ChunkType::kInit);
  init.tag = 0;
  EXPECT_FALSE(readInit(only(write(init))).ok()) << "RFC 9260 §3.3.2: a tag of zero";
  init = sample(ChunkType::kInit);
  init.outboundStreams = 0;
  EXPECT_FALSE(readInit(only(write(init))).ok());
  init = sample(ChunkType::kInitAck);
  init.cookie.clear();
  EXPECT_FALSE(readInit(only(write(init))).ok()) << "an INIT ACK needs its cookie";
}

TEST(InitChunk, UnknownParametersDoWhatTheirHighBitsSay) {
  struct Case {
    uint16_t type;
    bool goesOn, reported;
  };
  for (const Case& c :
       {Case{0x3fff, false, false}, Case{0x7fff, false, true}, Case{0xbfff, true, false}, Case{0xffff, true, true}}) {
    InitChunk init = sample(ChunkType::kInit);
    init.capabilities = {};
    ByteBuilder out;
    out.bytes(write(init));
    addParameter(out, c.type, Bytes{1, 2, 3});
    addParameter(out, ParameterType::kForwardTsnSupported, {});
    storeBe16(out.buffer().data() + 2, static_cast<uint16_t>(out.size()));
    const Result<InitChunk> read = readInit(only(out.view()));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->capabilities.partialReliability, c.goesOn) << c.type;
    EXPECT_EQ(read->unrecognized.size(), c.reported ? 1u : 0u) << c.type;
    if (c.reported) {
      EXPECT_EQ(read->unrecognized[0].size(), 7u);
    }
  }
}

TEST(InitChunk, AHundredUnknownParametersAreNotKept) {
  ByteBuilder out;
  out.bytes(write(sample(ChunkType::kInit)));
  for (int i = 0; i < 100; ++i) addParameter(out, 0xffff, Bytes(16));
  addParameter(out, 0xfffe, Bytes(5000));
  storeBe16(out.buffer().data() + 2, static_cast<uint16_t>(out.size()));
  const Result<InitChunk> read = readInit(only(out.view()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->unrecognized.size(), 8u);
}

TEST(Reconfig, ComesBackAsItWasWritten) {
  const std::vector<ReconfigParameter> all = {
      OutgoingResetRequest{7, 8, 9, {0, 1, 65'535}},
      OutgoingResetRequest{7, 8, 9, {}},
      IncomingResetRequest{7, {4}},
      AddStreamsRequest{7, 100},
      OtherReconfigRequest{7},
      ReconfigResponse{7, ReconfigResult::kInProgress},
  };
  for (const ReconfigParameter& parameter : all) {
    const auto read = readReconfig(write(parameter));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 1u);
    EXPECT_TRUE((*read)[0] == parameter);
    const Bytes bytes = write(parameter);
    for (size_t i = 1; i < bytes.size(); ++i) EXPECT_FALSE(readReconfig(ByteView(bytes).first(i))) << i;
    for (const int by : {-1, 1}) {
      Bytes bent = bytes;
      storeBe16(bent.data() + 2, static_cast<uint16_t>(bent.size() + static_cast<size_t>(by)));
      (void)readReconfig(bent);
    }
  }
}

TEST(Reconfig, HoldsTwoParametersAndNoMore) {
  Bytes body;
  for (uint32_t i = 0; i < 5; ++i) {
    const Bytes one = write(ReconfigParameter(ReconfigResponse{i, ReconfigResult::kPerformed}));
    body.insert(body.end(), one.begin(), one.end());
  }
  const auto read = readReconfig(body);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 2u);
  Bytes bad = write(ReconfigParameter(ReconfigResponse{1, ReconfigResult::kPerformed}));
  bad[11] = 7;
  EXPECT_FALSE(readReconfig(bad)) << "no such result";
  ByteBuilder odd;
  addParameter(odd, ParameterType::kIncomingReset, Bytes(5));
  EXPECT_FALSE(readReconfig(odd.view())) << "half a stream number";
}

TEST(Cause, TheFirstOneIsRead) {
  const Bytes body = writeCause(CauseCode::kStaleCookie, Bytes(4));
  EXPECT_EQ(firstCause(body), CauseCode::kStaleCookie);
  for (size_t i = 0; i < body.size(); ++i) EXPECT_FALSE(firstCause(ByteView(body).first(i))) << i;
  EXPECT_EQ(writeCause(CauseCode::kUnrecognizedChunk, Bytes(5000)).size(), 260u) << "cut";
}

TEST(PacketBuilder, WritesChunksUpToItsLimit) {
  PacketPool pool;
  for (const size_t limit : {12u, 13u, 16u, 19u, 20u, 100u, 1191u, 4096u}) {
    PacketBuffer packet = pool.allocate();
    PacketBuilder builder(packet, {5000, 5001, 0xabcdef01}, limit);
    EXPECT_TRUE(builder.empty());
    size_t count = 0;
    while (builder.add(ChunkType::kCookieAck, 0, ByteView())) ++count;
    const size_t most = limit > 2048 ? (2048u - 192) / 4 - 3 : (limit - 12) / 4;
    EXPECT_EQ(count, most) << limit;
    EXPECT_FALSE(builder.fits(0));
    builder.finish(Checksum::kCrc32c);
    EXPECT_LE(packet.size(), std::max<size_t>(limit, 12));
    EXPECT_EQ(storedChecksum(packet.view()), packetChecksum(packet.view()));
    EXPECT_TRUE(parseCommonHeader(packet.view()) == (CommonHeader{5000, 5001, 0xabcdef01}));
  }
}

TEST(PacketBuilder, PadsAndCountsAsTheRfcHasIt) {
  PacketPool pool;
  PacketBuffer packet = pool.allocate();
  PacketBuilder builder(packet, {}, 1200);
  ASSERT_TRUE(builder.add(ChunkType::kHeartbeat, 0, Bytes(5, 0xff)));
  ASSERT_TRUE(builder.addWhole(Bytes{11, 0, 0, 4}));
  builder.finish(Checksum::kZero);
  EXPECT_EQ(packet.size(), 12u + 12 + 4);
  EXPECT_EQ(storedChecksum(packet.view()), 0u);
  ChunkReader reader(packet.view().subspan(kCommonHeaderSize));
  ChunkView chunk;
  ASSERT_TRUE(reader.next(chunk));
  EXPECT_EQ(chunk.type, ChunkType::kHeartbeat);
  EXPECT_EQ(chunk.body.size(), 5u);
  EXPECT_EQ(chunk.whole.size(), 9u);
  ASSERT_TRUE(reader.next(chunk));
  EXPECT_EQ(chunk.type, ChunkType::kCookieAck);
  EXPECT_FALSE(reader.next(chunk));
  EXPECT_TRUE(reader.ok());
}

TEST(PacketBuilder, WithoutABufferNothingHappens) {
  PacketBuffer none;
  PacketBuilder builder(none, {}, 1200);
  EXPECT_FALSE(builder.add(ChunkType::kCookieAck, 0, ByteView()));
  EXPECT_TRUE(builder.add(ChunkType::kCookieAck, 0, size_t{4}).empty());
  builder.finish(Checksum::kCrc32c);
}

}  // namespace
}  // namespace tincan::inline v0::sctp
