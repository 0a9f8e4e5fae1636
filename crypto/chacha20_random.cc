#include "crypto/chacha20_random.h"

#include <algorithm>
#include <cstdlib>

#include "crypto/openssl_ptr.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {
namespace {

ChaCha20Random::Seed drawSeed(RandomSource& source) {
  ChaCha20Random::Seed seed;
  source.fill(seed);
  return seed;
}

}  // namespace

ChaCha20Random::ChaCha20Random(const Seed& seed) : key_(seed), block_{}, used_(block_.size()) {}

ChaCha20Random::ChaCha20Random(RandomSource& source) : ChaCha20Random(drawSeed(source)) {}

ChaCha20Random::~ChaCha20Random() {
  wipe(key_);
  wipe(block_);
}

void ChaCha20Random::fill(MutableByteView out) {
  while (!out.empty()) {
    if (used_ == block_.size()) refill();
    const size_t size = std::min(out.size(), block_.size() - used_);
    const MutableByteView from = MutableByteView(block_).subspan(used_, size);
    std::copy(from.begin(), from.end(), out.begin());
    wipe(from);
    used_ += size;
    out = out.subspan(size);
  }
}

// Each key is used for one block, with counter and nonce 0.
void ChaCha20Random::refill() {
  static constexpr uint8_t kCounterAndNonce[16] = {};
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  block_.fill(0);
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_chacha20(), nullptr, key_.data(), kCounterAndNonce) == 1 &&
      EVP_EncryptUpdate(context.get(), block_.data(), &size, block_.data(), static_cast<int>(block_.size())) == 1;
  // A libcrypto without memory or without ChaCha20 gives no secrets: there is nothing to go on with.
  if (!done) std::abort();
  std::copy_n(block_.begin(), kSeedSize, key_.begin());
  used_ = kSeedSize;
}

}  // namespace tincan::inline v0::crypto
