// Two transports on a wire without delay: what engine protects their media, and what becomes of batches.
#include "stack/transport.h"

#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/header.h"
#include "tests/stack/wire.h"

namespace tincan::stack {
namespace {

TEST(Transport, TakesTheEngineItIsGiven) {
  Wire automatic, plain(crypto::Engine::kLibcrypto);
  ASSERT_TRUE(automatic.connect());
  ASSERT_TRUE(plain.connect());
  EXPECT_EQ(automatic[0].srtp()->isAccelerated(), crypto::MultiBuffer::create() != nullptr);
  EXPECT_FALSE(plain[0].srtp()->isAccelerated());
}

std::vector<PacketBuffer> numbered(PacketPool& pool, size_t count) {
  std::vector<PacketBuffer> packets;
  for (size_t i = 0; i < count; ++i) {
    rtp::Header header;
    header.payloadType = PayloadType(96);
    header.sequenceNumber = static_cast<uint16_t>(i);
    header.ssrc = Ssrc(77);
    packets.push_back(pool.allocate());
    EXPECT_TRUE(packets.back().resize(100));
    EXPECT_TRUE(rtp::prependHeader(packets.back(), header, {}, {}));
  }
  return packets;
}

// More packets than the transport protects in one go, by a profile that runs in IPsec-MB's lanes and by one that does
// not; one of them in the middle cannot be protected.
TEST(Transport, ABatchArrivesInOrderWithoutTheOneThatIsRefused) {
  for (const auto profile : {crypto::SrtpProfile::kAes128CmSha1_80, crypto::SrtpProfile::kAeadAes128Gcm}) {
    SecuritySettings security;
    security.srtpProfiles = {profile};
    Wire wire(crypto::Engine::kAuto, security);
    ASSERT_TRUE(wire.connect());
    ASSERT_EQ(wire[0].srtpProfile(), profile);
    auto packets = numbered(wire.pool(), 150);
    ASSERT_TRUE(packets[70].resize(5));
    wire[0].sendRtp(wire.now(), packets);
    EXPECT_EQ(wire[0].counters().unsent, 1u);
    EXPECT_EQ(wire[0].srtp()->stats().rtpProtected, 149u);
    wire.carry(0);
    Transport::Media media;
    rtp::Header header;
    for (size_t i = 0; i < 150; ++i) {
      if (i == 70) continue;
      ASSERT_TRUE(wire[1].pollMedia(media));
      ASSERT_TRUE(rtp::Header::parse(media.packet.view(), header));
      EXPECT_EQ(header.sequenceNumber, i);
    }
    EXPECT_FALSE(wire[1].pollMedia(media));
  }
}

TEST(Transport, ABatchBeforeThereAreKeysIsNotSent) {
  Wire wire;
  auto packets = numbered(wire.pool(), 3);
  wire[0].sendRtp(wire.now(), packets);
  EXPECT_EQ(wire[0].counters().unsent, 3u);
  EXPECT_EQ(wire[0].counters().packetsSent, 0u);
}

}  // namespace
}  // namespace tincan::stack
