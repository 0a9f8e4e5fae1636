#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hmac_sha1.h"
#include "crypto/identity.h"

// The wrappers beside the library under them.
namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kPacket = 1200;

void aeadSeal(benchmark::State& state) {
  const Bytes key(16, 1), nonce(kAeadNonceSize, 2), aad(12, 3);
  Bytes text(kPacket, 4), tag(kAeadTagSize);
  const Aead aead(AeadAlgorithm::kAes128Gcm, key);
  for (auto _ : state) benchmark::DoNotOptimize(aead.seal(nonce, aad, text, tag));
}
BENCHMARK(aeadSeal);

void aeadSealEvp(benchmark::State& state) {
  const Bytes key(16, 1), nonce(kAeadNonceSize, 2), aad(12, 3);
  Bytes text(kPacket, 4), tag(kAeadTagSize);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nullptr);
  int written = 0;
  for (auto _ : state) {
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data());
    EVP_EncryptUpdate(context, nullptr, &written, aad.data(), static_cast<int>(aad.size()));
    EVP_EncryptUpdate(context, text.data(), &written, text.data(), static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(context, text.data() + text.size(), &written);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag.data());
    benchmark::DoNotOptimize(tag.data());
  }
  EVP_CIPHER_CTX_free(context);
}
BENCHMARK(aeadSealEvp);

// A STUN check's MAC: through EVP with the key kept, and with the key's blocks hashed once.
void hmacSha1Evp(benchmark::State& state) {
  const Bytes key(22, 1), text(100, 2);
  const Hmac mac(HashAlgorithm::kSha1, key);
  for (auto _ : state) benchmark::DoNotOptimize(mac.sign(text));
}
BENCHMARK(hmacSha1Evp);

void hmacSha1Kept(benchmark::State& state) {
  const Bytes key(22, 1), text(100, 2);
  const HmacSha1 mac{ByteView(key)};
  for (auto _ : state) benchmark::DoNotOptimize(mac.sign(text));
}
BENCHMARK(hmacSha1Kept);

void generateIdentity(benchmark::State& state) {
  SeededRandom random(1);
  for (auto _ : state) benchmark::DoNotOptimize(Identity::generate(KeyType::kEcdsaP256, random, 1'700'000'000));
}
BENCHMARK(generateIdentity);

}  // namespace
}  // namespace tincan::inline v0::crypto
