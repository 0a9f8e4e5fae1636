// libcrypto's SHA1_* are deprecated since OpenSSL 3.0, but EVP copies its state through the heap for each message:
// two allocations and half of the time of a small packet.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/packet_ctr_hmac.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "crypto/secret.h"

#ifdef TINCAN_HAVE_IPSEC_MB
#define NO_COMPAT_IMB_API_053  // else it defines macros named SHA1 and the like
#include <intel-ipsec-mb.h>
#endif

namespace tincan::crypto {
namespace {

constexpr size_t kShortKey = 16;
constexpr size_t kLongKey = 32;
constexpr size_t kBlock = SHA_CBLOCK;  // 64
constexpr uint8_t kInnerPad = 0x36;    // RFC 2104 §2
constexpr uint8_t kOuterPad = 0x5c;

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

template <class T>
void wipeObject(T& object) {
  wipe({static_cast<uint8_t*>(static_cast<void*>(&object)), sizeof(object)});
}

// The hash's state behind one block of padded key: where the inner and the outer hash of HMAC start.
void startHmac(SHA_CTX& state, ByteView key, uint8_t pad) {
  std::array<uint8_t, kBlock> block{};
  if (key.size() > kBlock) {
    SHA1(key.data(), key.size(), block.data());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (uint8_t& byte : block) byte ^= pad;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  wipe(block);
}

}  // namespace

struct PacketCtrHmac::Keyed {
  SHA_CTX inner;
  SHA_CTX outer;
  std::unique_ptr<EvpContext> libcrypto;
#ifdef TINCAN_HAVE_IPSEC_MB
  alignas(16) std::array<uint8_t, 16 * 15> expanded{};
  IMB_MGR* manager = nullptr;
  size_t keySize = 0;
#endif

  ~Keyed() {
    wipeObject(inner);
    wipeObject(outer);
#ifdef TINCAN_HAVE_IPSEC_MB
    wipe(expanded);
#endif
  }
};

PacketCtrHmac::PacketCtrHmac(ByteView cipherKey, ByteView macKey, MultiBuffer* engine)
    : keyed_(std::make_unique<Keyed>()) {
  startHmac(keyed_->inner, macKey, kInnerPad);
  startHmac(keyed_->outer, macKey, kOuterPad);
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
    job.enc_keys = keyed_->expanded.data();
    job.dec_keys = keyed_->expanded.data();
    job.key_len_in_bytes = keyed_->keySize;
    job.src = text.data();
    job.dst = text.data();
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = text.size();
    job.iv = iv;
    job.iv_len_in_bytes = kIvSize;
    IMB_SUBMIT_CIPHER_BURST_NOCHECK(keyed_->manager, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
                                    static_cast<IMB_KEY_SIZE_BYTES>(keyed_->keySize));
    return;
  }
#endif
  if (keyed_->libcrypto) keyed_->libcrypto->crypt(iv, text);
}

void PacketCtrHmac::mac(ByteView message, ByteView trailer, uint8_t* out) const {
  SHA_CTX state = keyed_->inner;
  SHA1_Update(&state, message.data(), message.size());
  SHA1_Update(&state, trailer.data(), trailer.size());
  std::array<uint8_t, SHA_DIGEST_LENGTH> inner;
  SHA1_Final(inner.data(), &state);
  state = keyed_->outer;
  SHA1_Update(&state, inner.data(), inner.size());
  SHA1_Final(out, &state);
}

void aesCounterStream(ByteView key, const uint8_t* iv, MutableByteView out) {
  std::fill(out.begin(), out.end(), uint8_t{0});
  if (key.size() != kShortKey && key.size() != kLongKey) return;
  EvpContext(key).crypt(iv, out);
}

}  // namespace tincan::crypto
