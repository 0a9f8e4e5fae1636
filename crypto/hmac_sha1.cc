// SHA1_Init and friends are deprecated in OpenSSL 3 in favour of EVP, whose fetches and checks cost more than the hash
// does for messages of this size. They are the same assembly underneath.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac_sha1.h"

#include <cstring>

#include <openssl/sha.h>

#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kShort = 256;
using State = std::array<uint32_t, 5>;

State stateOf(const SHA_CTX& c) {
  return {c.h0, c.h1, c.h2, c.h3, c.h4};
}

SHA_CTX resume(const State& state) {
  SHA_CTX c;
  c.h0 = state[0], c.h1 = state[1], c.h2 = state[2], c.h3 = state[3], c.h4 = state[4];
  c.Nh = 0, c.num = 0;
  c.Nl = kBlock * 8;  // one block has gone in, counted in bits
  return c;
}

// FIPS 180-4 §5.1.1: a one bit, zeros, the length in bits, here with the block of the key. `text` has room for it.
void absorbLast(SHA_CTX& c, uint8_t* text, size_t size) {
  const size_t end = (size + 1 + 8 + kBlock - 1) / kBlock * kBlock;
  std::memset(text + size, 0, end - size);
  text[size] = 0x80;
  storeBe64(text + end - 8, (kBlock + size) * 8);
  // Whole blocks go in by one call: the assembly loads and shuffles the state once for all of them.
  SHA1_Update(&c, text, end);
}

void store(const SHA_CTX& c, uint8_t* out) {
  const State words = stateOf(c);
  for (size_t i = 0; i < words.size(); ++i) storeBe32(out + 4 * i, words[i]);
}

State afterPad(const std::array<uint8_t, kBlock>& key, uint8_t pad) {
  std::array<uint8_t, kBlock> block;
  for (size_t i = 0; i < kBlock; ++i) block[i] = key[i] ^ pad;
  SHA_CTX c;
  SHA1_Init(&c);
  SHA1_Transform(&c, block.data());
  wipe(block);
  return stateOf(c);
}

}  // namespace

HmacSha1::HmacSha1(ByteView key) {
  std::array<uint8_t, kBlock> block{};
  // RFC 2104 §2: keys longer than a block are hashed first.
  if (key.size() > kBlock) {
    SHA1(key.data(), key.size(), block.data());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  inner_ = afterPad(block, 0x36);
  outer_ = afterPad(block, 0x5c);
  wipe(block);
}

HmacSha1::~HmacSha1() {
  inner_.fill(0);
  outer_.fill(0);
  // Keeps the stores above: the compiler must assume that they are read.
  asm volatile("" : : "r"(this) : "memory");
}

std::array<uint8_t, HmacSha1::kSize> HmacSha1::sign(ByteView first, ByteView second) const {
  SHA_CTX c = resume(inner_);
  std::array<uint8_t, kBlock> inner;
  const size_t size = first.size() + second.size();
  if (size <= kShort) {
    // The whole padded message on the stack: no piecewise buffering.
    std::array<uint8_t, kShort + kBlock> text;
    if (!first.empty()) std::memcpy(text.data(), first.data(), first.size());
    if (!second.empty()) std::memcpy(text.data() + first.size(), second.data(), second.size());
    absorbLast(c, text.data(), size);
    store(c, inner.data());
  } else {
    if (!first.empty()) SHA1_Update(&c, first.data(), first.size());
    if (!second.empty()) SHA1_Update(&c, second.data(), second.size());
    SHA1_Final(inner.data(), &c);
  }
  c = resume(outer_);
  absorbLast(c, inner.data(), kSize);
  std::array<uint8_t, kSize> digest;
  store(c, digest.data());
  return digest;
}

}  // namespace tincan::inline v0::crypto
