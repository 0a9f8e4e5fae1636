#include <gtest/gtest.h>

#include "rtp/payload/opus.h"

namespace tincan::inline v0::rtp {
namespace {

uint8_t toc(int config, bool stereo, int code) {
  return static_cast<uint8_t>(config << 3 | (stereo ? 4 : 0) | code);
}

// RFC 6716 §3.1, table 2, in tenths of a millisecond.
constexpr int kTable[32] = {100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200,
                            25,  50,  100, 200, 25,  50,  100, 200, 25,  50,  100, 200, 25,  50,  100, 200};

TEST(OpusPacketInfo, KnowsEveryConfigurationAndFrameCount) {
  for (int config = 0; config < 32; ++config) {
    for (int code = 0; code < 3; ++code) {
      const Bytes packet{toc(config, config & 1, code), 1, 2, 3};
      OpusPacketInfo info;
      ASSERT_TRUE(OpusPacketInfo::parse(packet, info));
      const int frames = code == 0 ? 1 : 2;
      EXPECT_EQ(info.duration().micros(), kTable[config] * 100 * frames);
      EXPECT_EQ(info.channels, config & 1 ? 2 : 1);
      EXPECT_FALSE(info.dtx);
    }
    for (int frames = 0; frames < 64; ++frames) {
      const Bytes packet{toc(config, false, 3), static_cast<uint8_t>(0x80 | frames), 9, 9};
      OpusPacketInfo info;
      const bool good = frames > 0 && kTable[config] * frames <= 1200;  // R5: at most 120 ms
      ASSERT_EQ(OpusPacketInfo::parse(packet, info), good) << config << " × " << frames;
      if (good) {
        EXPECT_EQ(info.duration().micros(), kTable[config] * 100 * frames);
      }
    }
  }
}

TEST(OpusPacketInfo, DtxAndTruncation) {
  OpusPacketInfo info;
  EXPECT_FALSE(OpusPacketInfo::parse({}, info));
  EXPECT_FALSE(OpusPacketInfo::parse(Bytes{toc(1, false, 3)}, info));
  ASSERT_TRUE(OpusPacketInfo::parse(Bytes{toc(1, false, 0)}, info));
  EXPECT_TRUE(info.dtx);
  EXPECT_EQ(info.samples, 960u);
}

TEST(OpusPacketizer, OnePacketIsOnePayload) {
  PacketPool pool;
  OpusPacketizer packetizer;
  const Bytes packet{1, 2, 3, 4};
  packetizer.setFrame(packet, 3);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  packetizer.setFrame(packet, 4);
  bool last = false;
  PacketBuffer none;
  EXPECT_FALSE(packetizer.next(none, last));
  PacketBuffer out = pool.allocate();
  ASSERT_TRUE(packetizer.next(out, last));
  EXPECT_TRUE(last);
  EXPECT_TRUE(equalBytes(out.view(), packet));
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  EXPECT_FALSE(packetizer.next(out, last));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
