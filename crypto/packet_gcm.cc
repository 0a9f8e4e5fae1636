#include "crypto/packet_gcm.h"

#include <array>
#include <optional>

#include "crypto/aead.h"
#include "crypto/secret.h"

#ifdef TINCAN_HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

namespace tincan::inline v0::crypto {
namespace {

constexpr size_t kShortKey = 16;
constexpr size_t kLongKey = 32;

}  // namespace

// Either a libcrypto context or IPsec-MB's expanded key with the two functions for this CPU and key size.
struct PacketGcm::Keyed {
  std::optional<Aead> libcrypto;
#ifdef TINCAN_HAVE_IPSEC_MB
  alignas(64) gcm_key_data expanded;  // the type asks for it only when a macro of their own build is there
  aes_gcm_enc_dec_t encrypt = nullptr;
  aes_gcm_enc_dec_t decrypt = nullptr;

  ~Keyed() {
    wipe({static_cast<uint8_t*>(static_cast<void*>(&expanded)), sizeof(expanded)});
  }

  void setUp(ByteView key, const IMB_MGR& functions) {
    const bool isShort = key.size() == kShortKey;
    (isShort ? functions.gcm128_pre : functions.gcm256_pre)(key.data(), &expanded);
    encrypt = isShort ? functions.gcm128_enc : functions.gcm256_enc;
    decrypt = isShort ? functions.gcm128_dec : functions.gcm256_dec;
  }

  void run(aes_gcm_enc_dec_t function, const uint8_t* nonce, ByteView aad, MutableByteView text, uint8_t* tag) {
    gcm_context_data context;
    function(&expanded, &context, text.data(), text.data(), text.size(), nonce, aad.data(), aad.size(), tag, kTagSize);
  }
#endif
};

PacketGcm::PacketGcm(ByteView key, MultiBuffer* engine) : keyed_(std::make_unique<Keyed>()) {
  if (key.size() != kShortKey && key.size() != kLongKey) return;
#ifdef TINCAN_HAVE_IPSEC_MB
  if (engine) {
    keyed_->setUp(key, *engine->get());
    return;
  }
#else
  static_cast<void>(engine);
#endif
  keyed_->libcrypto.emplace(key.size() == kShortKey ? AeadAlgorithm::kAes128Gcm : AeadAlgorithm::kAes256Gcm, key);
  keyed_->libcrypto->keep();
}

PacketGcm::PacketGcm(PacketGcm&&) noexcept = default;
PacketGcm& PacketGcm::operator=(PacketGcm&&) noexcept = default;
PacketGcm::~PacketGcm() = default;

bool PacketGcm::seal(const uint8_t* nonce, ByteView aad, MutableByteView text, uint8_t* tag) const {
#ifdef TINCAN_HAVE_IPSEC_MB
  if (keyed_->encrypt) {
    keyed_->run(keyed_->encrypt, nonce, aad, text, tag);
    return true;
  }
#endif
  return keyed_->libcrypto && keyed_->libcrypto->seal({nonce, kNonceSize}, aad, text, {tag, kTagSize});
}

bool PacketGcm::open(const uint8_t* nonce, ByteView aad, MutableByteView text, const uint8_t* tag) const {
  std::array<uint8_t, kTagSize> computed;
#ifdef TINCAN_HAVE_IPSEC_MB
  if (keyed_->decrypt) {
    keyed_->run(keyed_->decrypt, nonce, aad, text, computed.data());
    if (equalConstantTime(computed, {tag, kTagSize})) return true;
    // Counter mode undoes itself: what was decrypted by mistake is encrypted back.
    keyed_->run(keyed_->encrypt, nonce, aad, text, computed.data());
    return false;
  }
#endif
  if (!keyed_->libcrypto) return false;
  if (keyed_->libcrypto->open({nonce, kNonceSize}, aad, text, {tag, kTagSize})) return true;
  keyed_->libcrypto->seal({nonce, kNonceSize}, aad, text, computed);
  return false;
}

}  // namespace tincan::inline v0::crypto
