#include "crypto/chacha20_random.h"

#include <numeric>

#include <gtest/gtest.h>

namespace tincan::inline v0::crypto {
namespace {

ChaCha20Random::Seed counting() {
  ChaCha20Random::Seed seed;
  std::iota(seed.begin(), seed.end(), uint8_t{0});
  return seed;
}

Bytes draw(ChaCha20Random& random, size_t size) {
  Bytes out(size);
  random.fill(out);
  return out;
}

// RFC 8439 §A.1, vector 1 and 2: key, nonce and counter zero, then counter one. The first 32 bytes are the next key, and
// are given to nobody.
TEST(ChaCha20Random, GivesTheKeyStreamBehindTheNextKey) {
  ChaCha20Random random(ChaCha20Random::Seed{});
  const Bytes out = draw(random, 64);
  const uint8_t first[] = {0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0,
                           0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18,
                           0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86};
  const uint8_t second[] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
                            0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
  EXPECT_TRUE(equalBytes(ByteView(out).first(32), first));
  EXPECT_TRUE(equalBytes(ByteView(out).subspan(32, 16), second));
}

TEST(ChaCha20Random, SizesOfDrawsDoNotMatter) {
  ChaCha20Random whole(counting());
  const Bytes all = draw(whole, 5'000);
  for (const size_t size : {1u, 3u, 16u, 479u, 480u, 481u, 4'999u}) {
    ChaCha20Random pieces(counting());
    Bytes out;
    while (out.size() < all.size()) {
      const Bytes piece = draw(pieces, std::min(size, all.size() - out.size()));
      out.insert(out.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(out, all) << size;
  }
}

TEST(ChaCha20Random, AnotherSeedIsAnotherStream) {
  auto seed = counting();
  ChaCha20Random one(seed);
  const Bytes reference = draw(one, 64);
  for (size_t i = 0; i < seed.size(); ++i) {
    seed[i] ^= 1;
    ChaCha20Random other(seed);
    EXPECT_NE(draw(other, 64), reference) << i;
    seed[i] ^= 1;
  }
}

TEST(ChaCha20Random, DrawsItsSeedOnce) {
  SeededRandom source(7), same(7);
  ChaCha20Random random(source);
  (void)draw(random, 2'000);
  ChaCha20Random::Seed seed;
  same.fill(seed);
  EXPECT_EQ(source.u64(), same.u64());
  ChaCha20Random again(seed), first(seed);
  EXPECT_EQ(draw(again, 100), draw(first, 100));
}

TEST(ChaCha20Random, EveryBitIsOneHalfOfTheTime) {
  ChaCha20Random random(counting());
  const Bytes out = draw(random, 80'000);
  for (int bit = 0; bit < 8; ++bit) {
    const auto ones = std::count_if(out.begin(), out.end(), [&](uint8_t byte) { return (byte >> bit & 1) != 0; });
    EXPECT_NEAR(static_cast<double>(ones), 40'000, 700) << bit;  // five standard deviations
  }
}

}  // namespace
}  // namespace tincan::inline v0::crypto
