#include "sctp/crc32c.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::sctp {
namespace {

/// Bit by bit, straight from the polynomial: what the tables and the instruction are compared with.
uint32_t reference(ByteView data) {
  uint32_t state = 0xffffffff;
  for (const uint8_t byte : data) {
    state ^= byte;
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state & 1 ? 0x82f63b78 : 0);
  }
  return ~state;
}

TEST(Crc32c, KnownValues) {
  // RFC 3720 §B.4.
  EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8a9136aau);
  EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43u);
  Bytes rising(32);
  for (uint8_t i = 0; i < 32; ++i) rising[i] = i;
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(asBytes("123456789")), 0xe3069283u);
}

TEST(Crc32c, AgreesWithTheBitByBitOneAtEveryLengthAndCut) {
  SeededRandom random(1);
  for (size_t size = 0; size < 100; ++size) {
    Bytes data(size);
    random.fill(data);
    EXPECT_EQ(crc32c(data), reference(data)) << size;
    const ByteView view(data);
    for (size_t cut = 0; cut <= size; cut += 7) {
      EXPECT_EQ(crc32c(view.subspan(cut), crc32c(view.first(cut))), reference(data));
    }
  }
}

TEST(Crc32c, APacketsOwnChecksumCountsAsZerosAndIsLittleEndian) {
  Bytes packet(20);
  SeededRandom(3).fill(packet);
  Bytes zeroed = packet;
  std::fill_n(zeroed.begin() + 8, 4, uint8_t{0});
  const uint32_t checksum = packetChecksum(packet);
  EXPECT_EQ(checksum, reference(zeroed));
  storeChecksum(packet, checksum);
  EXPECT_EQ(packet[8], checksum & 0xff);
  EXPECT_EQ(storedChecksum(packet), packetChecksum(packet));
}

}  // namespace
}  // namespace tincan::inline v0::sctp
