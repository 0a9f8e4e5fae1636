#include <gtest/gtest.h>

#include "base/address.h"
#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/sequence.h"
#include "base/time.h"

namespace tincan::inline v0 {
namespace {

TEST(IpAddress, ParsesAndPrints) {
  for (const char* text : {"127.0.0.1", "192.0.2.255", "::", "::1", "2001:db8::ff00:42:8329", "fe80::1"}) {
    auto ip = IpAddress::parse(text);
    ASSERT_TRUE(ip.ok()) << text;
    EXPECT_EQ(ip->toString(), text);
  }
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const char* text : {"", "256.0.0.1", "1.2.3", "[::1]", "example.com", "1.2.3.4 ", ":::", "fe80::1%eth0"})
    EXPECT_FALSE(IpAddress::parse(text).ok()) << text;
  EXPECT_FALSE(IpAddress::parse(std::string(300, '1')).ok());
  EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0x", 11)).ok());
}

TEST(IpAddress, KnowsItsKinds) {
  EXPECT_TRUE(IpAddress::parse("127.9.9.9")->isLoopback());
  EXPECT_TRUE(IpAddress::parse("169.254.1.1")->isLinkLocal());
  EXPECT_TRUE(IpAddress::parse("fe80::1")->isLinkLocal());
  EXPECT_TRUE(IpAddress::parse("224.0.0.251")->isMulticast());
  EXPECT_TRUE(IpAddress::anyV6().isAny());
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->unmapped().toString(), "10.0.0.1");
}

TEST(SocketAddress, ParsesAndPrints) {
  for (const char* text : {"127.0.0.1:80", "[::1]:65535"}) EXPECT_EQ(SocketAddress::parse(text)->toString(), text);
  for (const char* text : {"127.0.0.1", "127.0.0.1:", "::1:80", "127.0.0.1:65536", "127.0.0.1:8x", "[::1:80"})
    EXPECT_FALSE(SocketAddress::parse(text).ok()) << text;
}

TEST(PacketBuffer, BuildsInPlace) {
  PacketPool pool;
  PacketBuffer packet = pool.copy(asBytes("payload"));
  const uint8_t* payload = packet.data();
  std::memcpy(packet.prepend(3), "hdr", 3);
  ASSERT_TRUE(packet.append(asBytes("tag")));
  EXPECT_EQ(asText(packet.view()), "hdrpayloadtag");
  EXPECT_EQ(packet.data() + 3, payload) << "nothing moved";
  packet.trimFront(3);
  packet.trimBack(3);
  EXPECT_EQ(asText(packet.view()), "payload");
}

TEST(PacketBuffer, RefusesWhatDoesNotFit) {
  PacketPool pool;
  PacketBuffer packet = pool.allocate();
  EXPECT_EQ(packet.prepend(PacketBuffer::kHeadroom + 1), nullptr);
  EXPECT_EQ(packet.append(packet.tailroom() + 1), nullptr);
  EXPECT_FALSE(packet.resize(PacketBuffer::kCapacity));
  EXPECT_FALSE(pool.copy(Bytes(PacketBuffer::kCapacity)));
  EXPECT_EQ(pool.outstanding(), 1u) << "the copy that failed gave its slot back";
}

TEST(PacketBuffer, MovesItsSlotAndGivesBackTheOneItHeld) {
  PacketPool pool;
  PacketBuffer a = pool.copy(asBytes("a")), b = pool.copy(asBytes("bb"));
  const uint8_t* slot = b.data();
  a = std::move(b);
  EXPECT_EQ(pool.outstanding(), 1u);
  EXPECT_EQ(a.data(), slot);
  EXPECT_EQ(asText(a.view()), "bb");
  EXPECT_FALSE(b);
  EXPECT_EQ(b.size() + b.headroom() + b.tailroom(), 0u);
  PacketBuffer& same = a;
  a = std::move(same);
  EXPECT_EQ(asText(a.view()), "bb") << "moved onto itself";
  PacketBuffer c(std::move(a));
  EXPECT_EQ(asText(c.view()), "bb");
  EXPECT_FALSE(a);
  c.reset();
  c.reset();
  EXPECT_EQ(pool.outstanding(), 0u);
}

TEST(PacketPool, SlotsLieApart) {
  PacketPool pool;
  std::vector<PacketBuffer> packets;
  for (uint8_t i = 0; i < 200; ++i) {
    packets.push_back(pool.allocate());
    ASSERT_NE(packets.back().prepend(PacketBuffer::kHeadroom), nullptr);
    ASSERT_TRUE(packets.back().resize(PacketBuffer::kCapacity));
    std::memset(packets.back().data(), i, PacketBuffer::kCapacity);
  }
  for (uint8_t i = 0; i < 200; ++i) EXPECT_EQ(toBytes(packets[i].view()), Bytes(PacketBuffer::kCapacity, i));
}

TEST(PacketPool, HoldsItsLimitAndReusesSlots) {
  PacketPool pool(2);
  PacketBuffer a = pool.allocate(), b = pool.allocate();
  EXPECT_FALSE(pool.allocate());
  const uint8_t* slot = a.data();
  a.reset();
  EXPECT_EQ(pool.allocate().data(), slot);
}

TEST(PacketPool, PacketsOutliveIt) {
  PacketBuffer packet;
  {
    PacketPool pool;
    packet = pool.copy(asBytes("still here"));
  }
  EXPECT_EQ(asText(packet.view()), "still here");
}

TEST(Sequence, UnwrapsBothWays) {
  SequenceUnwrapper<uint16_t> unwrapper;
  EXPECT_EQ(unwrapper.unwrap(65534), 65534);
  EXPECT_EQ(unwrapper.unwrap(2), 65538);
  EXPECT_EQ(unwrapper.unwrap(65535), 65535);
  EXPECT_EQ(unwrapper.peek(1), 65537);
  EXPECT_TRUE(isNewer<uint16_t>(0, 65535));
  EXPECT_FALSE(isNewer<uint16_t>(0, 0x8000));
}

TEST(NtpTime, RoundTripsUnixTime) {
  const int64_t micros = 1'700'000'000'123'456;
  EXPECT_NEAR(static_cast<double>(NtpTime::fromUnixMicros(micros).toUnixMicros() - micros), 0, 1);
  EXPECT_EQ(NtpTime::fromUnixMicros(0).raw() >> 32, 2'208'988'800u);
}

TEST(SeededRandom, RepeatsItselfAndStaysInBounds) {
  SeededRandom a(7), b(7), c(8);
  EXPECT_EQ(a.u64(), b.u64());
  EXPECT_NE(a.u64(), c.u64());
  for (int i = 0; i < 1000; ++i) EXPECT_LT(a.below(3), 3u);
  EXPECT_EQ(a.text(24, "x"), std::string(24, 'x'));
}

}  // namespace
}  // namespace tincan::inline v0
