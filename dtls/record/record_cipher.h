#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/packet_buffer.h"
#include "crypto/aead.h"
#include "crypto/number_mask.h"
#include "crypto/secret.h"
#include "dtls/config.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// What a key schedule gives for one direction of one epoch.
struct RecordKeys {
  Version version = Version::kDtls12;
  crypto::AeadAlgorithm aead = crypto::AeadAlgorithm::kAes128Gcm;
  crypto::SecretBytes key;
  crypto::SecretBytes iv;         ///< 4 bytes for GCM in 1.2, else 12
  crypto::SecretBytes numberKey;  ///< 1.3 only
};

struct RecordNumber {
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  auto operator<=>(const RecordNumber&) const = default;
};

/// Seals and opens the records of one direction of one epoch, in either version's format. Owned by the RecordLayer,
/// which sees to it that no number is used twice.
class RecordCipher {
 public:
  /// `engine`: for who has much to say (crypto::Aead).
  explicit RecordCipher(RecordKeys keys, crypto::MultiBuffer* engine = nullptr);

  Version version() const { return version_; }
  /// It may be used again, but for now only its keys are kept.
  void rest() const {
    aead_.rest();
    if (mask_) mask_->rest();
  }
  /// What a record takes beside its payload.
  size_t overhead() const;

  /// Appends a whole record to `out`; false when it does not fit.
  bool seal(ContentType type, RecordNumber number, ByteView payload, PacketBuffer& out) const;
  /// Makes a record of the payload that `packet` is; false when there is no room around it.
  bool sealInPlace(ContentType type, RecordNumber number, PacketBuffer& packet) const;

  /// 1.2: decrypts `body` in place and narrows it to the payload. `header` is the record's own.
  bool open12(ByteView header, MutableByteView& body) const;
  /// 1.3: unmasks the number in the header (in place), finds the whole of it near `expected`, decrypts, and finds the
  /// inner type.
  bool open13(MutableByteView header, uint64_t expected, MutableByteView& body, ContentType& type,
              uint64_t& sequence) const;

 private:
  using Nonce = std::array<uint8_t, crypto::kAeadNonceSize>;
  bool explicitNonce() const { return version_ == Version::kDtls12 && iv_.size() == 4; }
  Nonce nonce(ByteView explicitPart, uint64_t number) const;
  /// What a record has in front of its payload.
  size_t prefix() const;
  /// `record` has room for all of it, and its payload already.
  bool sealRecord(ContentType type, RecordNumber number, MutableByteView record) const;
  bool seal12(ContentType type, RecordNumber number, MutableByteView record) const;
  bool seal13(ContentType type, RecordNumber number, MutableByteView record) const;

  Version version_;
  crypto::Aead aead_;
  crypto::SecretBytes iv_;
  std::optional<crypto::NumberMask> mask_;
};

}  // namespace tincan::inline v0::dtls
