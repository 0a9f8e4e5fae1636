#include "crypto/packet_ctr_hmac.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "crypto/hmac_sha1.h"
#include "crypto/secret.h"

#ifdef TINCAN_HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kShortKey = 16;
constexpr size_t kLongKey = 32;

struct EvpContext {
  explicit EvpContext(ByteView key) {
    const EVP_CIPHER* cipher = key.size() == kShortKey ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
    EVP_EncryptInit_ex(context, cipher, nullptr, key.data(), nullptr);
  }
  EvpContext(const EvpContext&) = delete;
  EvpContext& operator=(const EvpContext&) = delete;
  ~EvpContext() { EVP_CIPHER_CTX_free(context); }

  void crypt(const uint8_t* iv, MutableByteView text) {
    int written = 0;
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv);
    EVP_EncryptUpdate(context, text.data(), &written, text.data(), static_cast<int>(text.size()));
  }

  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
};

}  // namespace

struct PacketCtrHmac::Keyed {
  explicit Keyed(ByteView macKey) : hmac(macKey) {}
  Keyed(const Keyed&) = delete;
  Keyed& operator=(const Keyed&) = delete;

  HmacSha1 hmac;
  std::unique_ptr<EvpContext> libcrypto;
#ifdef TINCAN_HAVE_IPSEC_MB
  alignas(16) std::array<uint8_t, 16 * 15> expanded{};
  IMB_MGR* manager = nullptr;
  size_t keySize = 0;

  ~Keyed() {
    wipe(expanded);
  }

  void fill(IMB_JOB& job, const uint8_t* iv, MutableByteView text) const {
    job.enc_keys = expanded.data();
    job.dec_keys = expanded.data();
    job.key_len_in_bytes = keySize;
    job.src = text.data();
    job.dst = text.data();
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = text.size();
    job.iv = iv;
    job.iv_len_in_bytes = kIvSize;
  }
#endif
};

PacketCtrHmac::PacketCtrHmac(ByteView cipherKey, ByteView macKey, MultiBuffer* engine)
    : keyed_(std::make_unique<Keyed>(macKey)) {
  if (cipherKey.size() != kShortKey && cipherKey.size() != kLongKey) return;
#ifdef TINCAN_HAVE_IPSEC_MB
  if (engine) {
    alignas(16) std::array<uint8_t, 16 * 15> decryption;  // counter mode needs none, the call writes it
    keyed_->manager = engine->get();
    keyed_->keySize = cipherKey.size();
    const auto expand = cipherKey.size() == kShortKey ? keyed_->manager->keyexp_128 : keyed_->manager->keyexp_256;
    expand(cipherKey.data(), keyed_->expanded.data(), decryption.data());
    wipe(decryption);
    return;
  }
#else
  static_cast<void>(engine);
#endif
  keyed_->libcrypto = std::make_unique<EvpContext>(cipherKey);
}

PacketCtrHmac::PacketCtrHmac(PacketCtrHmac&&) noexcept = default;
PacketCtrHmac& PacketCtrHmac::operator=(PacketCtrHmac&&) noexcept = default;
PacketCtrHmac::~PacketCtrHmac() = default;

void PacketCtrHmac::crypt(const uint8_t* iv, MutableByteView text) const {
  if (text.empty()) return;
#ifdef TINCAN_HAVE_IPSEC_MB
  if (keyed_->manager) {
    IMB_JOB job;
    keyed_->fill(job, iv, text);
    IMB_SUBMIT_CIPHER_BURST_NOCHECK(keyed_->manager, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
                                    static_cast<IMB_KEY_SIZE_BYTES>(keyed_->keySize));
    return;
  }
#endif
  if (keyed_->libcrypto) keyed_->libcrypto->crypt(iv, text);
}

void PacketCtrHmac::mac(ByteView message, ByteView trailer, uint8_t* out) const {
  const auto digest = keyed_->hmac.sign(message, trailer);
  std::copy(digest.begin(), digest.end(), out);
}

#ifdef TINCAN_HAVE_IPSEC_MB

void PacketCtrHmac::crypt(MultiBuffer& engine, std::span<const CryptJob> jobs) {
  std::array<IMB_JOB, kMaxBurst> burst;
  size_t count = 0;
  for (const CryptJob& job : jobs.first(std::min(jobs.size(), kMaxBurst))) {
    if (!job.text.empty()) job.cipher->keyed_->fill(burst[count++], job.iv, job.text);
  }
  if (count == 0) return;
  IMB_SUBMIT_CIPHER_BURST_NOCHECK(engine.get(), burst.data(), static_cast<uint32_t>(count), IMB_CIPHER_CNTR,
                                  IMB_DIR_ENCRYPT, static_cast<IMB_KEY_SIZE_BYTES>(burst[0].key_len_in_bytes));
}

void PacketCtrHmac::mac(MultiBuffer& engine, std::span<const MacJob> jobs) {
  std::array<IMB_JOB, kMaxBurst> burst;
  const size_t count = std::min(jobs.size(), kMaxBurst);
  for (size_t i = 0; i < count; ++i) {
    const Keyed& keyed = *jobs[i].cipher->keyed_;
    IMB_JOB& job = burst[i];
    job.src = jobs[i].message.data();
    job.hash_start_src_offset_in_bytes = 0;
    job.msg_len_to_hash_in_bytes = jobs[i].message.size();
    job.auth_tag_output = jobs[i].out;
    job.auth_tag_output_len_in_bytes = kMacSize;
    job.u.HMAC._hashed_auth_key_xor_ipad = keyed.hmac.innerState();
    job.u.HMAC._hashed_auth_key_xor_opad = keyed.hmac.outerState();
    job.status = IMB_STATUS_BEING_PROCESSED;
  }
  if (count != 0) {
    IMB_SUBMIT_HASH_BURST_NOCHECK(engine.get(), burst.data(), static_cast<uint32_t>(count), IMB_AUTH_HMAC_SHA_1);
  }
}

#else

void PacketCtrHmac::crypt(MultiBuffer&, std::span<const CryptJob> jobs) {
  for (const CryptJob& job : jobs) job.cipher->crypt(job.iv, job.text);
}

void PacketCtrHmac::mac(MultiBuffer&, std::span<const MacJob> jobs) {
  for (const MacJob& job : jobs) job.cipher->mac(job.message, {}, job.out);
}

#endif

void aesCounterStream(ByteView key, const uint8_t* iv, MutableByteView out) {
  std::fill(out.begin(), out.end(), uint8_t{0});
  if (key.size() != kShortKey && key.size() != kLongKey) return;
  EvpContext(key).crypt(iv, out);
}

}  // namespace tincan::inline v0::crypto
