#include "dtls/record/record_cipher.h"

#include <algorithm>

#include "dtls/record/record_header.h"

namespace tincan::inline v0::dtls {
namespace {

constexpr size_t kExplicitNonceSize = 8;
using crypto::kAeadTagSize;

// RFC 5246 §6.2.3.3: seq_num + type + version + length, where DTLS's seq_num is epoch and sequence (RFC 6347 §4.1.2.1).
std::array<uint8_t, 13> additionalData12(ByteView header, size_t payloadSize) {
  std::array<uint8_t, 13> out{};
  std::copy_n(header.begin() + 3, 8, out.begin());
  std::copy_n(header.begin(), 3, out.begin() + 8);
  storeBe16(out.data() + 11, static_cast<uint16_t>(payloadSize));
  return out;
}

}  // namespace

RecordCipher::RecordCipher(RecordKeys keys, crypto::MultiBuffer* engine)
    : version_(keys.version), aead_(keys.aead, keys.key.view(), engine), iv_(std::move(keys.iv)) {
  if (version_ == Version::kDtls13) mask_.emplace(keys.aead, keys.numberKey.view());
}

size_t RecordCipher::overhead() const {
  return prefix() + (version_ == Version::kDtls13 ? 1 : 0) + kAeadTagSize;  // 1: the inner type
}

size_t RecordCipher::prefix() const {
  if (version_ == Version::kDtls13) return kUnifiedHeaderSize;
  return kRecordHeaderSize + (explicitNonce() ? kExplicitNonceSize : 0);
}

// GCM in 1.2: salt and explicit part (RFC 5288 §3). Else the number, padded to the left, XOR the IV (RFC 7905 §2, RFC
// 8446 §5.3).
RecordCipher::Nonce RecordCipher::nonce(ByteView explicitPart, uint64_t number) const {
  Nonce out{};
  if (explicitNonce()) {
    std::copy_n(iv_.view().begin(), 4, out.begin());
    std::copy_n(explicitPart.begin(), kExplicitNonceSize, out.begin() + 4);
    return out;
  }
  storeBe64(out.data() + 4, number);
  for (size_t i = 0; i < out.size() && i < iv_.size(); ++i) out[i] ^= iv_.view()[i];
  return out;
}

bool RecordCipher::seal(ContentType type, RecordNumber number, ByteView payload, PacketBuffer& out) const {
  const size_t size = overhead() + payload.size();
  uint8_t* record = out.tailroom() >= size ? out.append(size) : nullptr;
  if (record == nullptr) return false;
  std::copy(payload.begin(), payload.end(), record + prefix());
  return sealRecord(type, number, {record, size});
}

bool RecordCipher::sealInPlace(ContentType type, RecordNumber number, PacketBuffer& packet) const {
  const size_t front = prefix(), back = overhead() - front;
  if (packet.headroom() < front || packet.tailroom() < back) return false;
  return packet.prepend(front) && packet.append(back) && sealRecord(type, number, packet.mutableView());
}

bool RecordCipher::sealRecord(ContentType type, RecordNumber number, MutableByteView record) const {
  return version_ == Version::kDtls13 ? seal13(type, number, record) : seal12(type, number, record);
}

//     type(1) version(2) epoch(2) sequence(6) length(2) | explicit nonce (8, GCM only) | ciphertext | tag (16)
bool RecordCipher::seal12(ContentType type, RecordNumber number, MutableByteView record) const {
  ByteWriter writer(record);
  writeRecordHeader(writer, type, kWireDtls12, number, record.size() - kRecordHeaderSize);
  const ByteView header = record.first(kRecordHeaderSize);
  // RFC 5288 §3: the explicit part must differ for every record under a key: epoch and sequence number do.
  const ByteView explicitPart = header.subspan(3, kExplicitNonceSize);
  if (explicitNonce()) writer.bytes(explicitPart);
  const MutableByteView text = record.subspan(prefix(), record.size() - overhead());
  const auto aad = additionalData12(header, text.size());
  return aead_.seal(nonce(explicitPart, loadBe64(explicitPart.data())), aad, text, record.last(kAeadTagSize));
}

bool RecordCipher::open12(ByteView header, MutableByteView& body) const {
  const size_t nonceSize = explicitNonce() ? kExplicitNonceSize : 0;
  if (body.size() < nonceSize + kAeadTagSize) return false;
  const MutableByteView text = body.subspan(nonceSize, body.size() - nonceSize - kAeadTagSize);
  const auto aad = additionalData12(header, text.size());
  const Nonce n = nonce(body.first(nonceSize), loadBe64(header.data() + 3));
  if (!aead_.open(n, aad, text, body.last(kAeadTagSize))) return false;
  body = text;
  return true;
}

//     001CSLEE: no connection id, 16-bit sequence number, length present, low bits of the epoch (RFC 9147 §4)
//     0 0 1 0 1 1 E E | sequence(2, masked) | length(2) | ciphertext of payload and inner type | tag (16)
bool RecordCipher::seal13(ContentType type, RecordNumber number, MutableByteView record) const {
  ByteWriter writer(record);
  writer.u8(static_cast<uint8_t>(kUnifiedFixedBits | kUnifiedLongSequence | kUnifiedLength | (number.epoch & 3)));
  writer.u16(static_cast<uint16_t>(number.sequence));
  writer.u16(static_cast<uint16_t>(record.size() - kUnifiedHeaderSize));
  const ByteView header = record.first(kUnifiedHeaderSize);
  const MutableByteView body = record.subspan(kUnifiedHeaderSize);
  const MutableByteView text = body.first(body.size() - kAeadTagSize);
  text.back() = static_cast<uint8_t>(type);
  std::array<uint8_t, 2> mask{};
  if (!aead_.seal(nonce({}, number.sequence), header, text, body.last(kAeadTagSize)) ||
      !mask_->mask(body.first(crypto::NumberMask::kSampleSize), mask)) {
    return false;
  }
  record[1] ^= mask[0];
  record[2] ^= mask[1];
  return true;
}

bool RecordCipher::open13(MutableByteView header, uint64_t expected, MutableByteView& body, ContentType& type,
                          uint64_t& sequence) const {
  std::array<uint8_t, 2> mask{};
  // RFC 9147 §4.2.3: a ciphertext of less than 16 bytes cannot be unmasked.
  if (body.size() < crypto::NumberMask::kSampleSize || body.size() < kAeadTagSize + 1) return false;
  if (!mask_->mask(body.first(crypto::NumberMask::kSampleSize), mask)) return false;
  const bool wide = (header[0] & kUnifiedLongSequence) != 0;
  header[1] ^= mask[0];
  if (wide) header[2] ^= mask[1];
  sequence = nearestSequence(wide ? loadBe16(header.data() + 1) : header[1], wide ? 16 : 8, expected);
  const MutableByteView text = body.first(body.size() - kAeadTagSize);
  if (!aead_.open(nonce({}, sequence), header, text, body.last(kAeadTagSize))) return false;
  // RFC 8446 §5.4: zeros behind the inner type are padding.
  size_t end = text.size();
  while (end > 0 && text[end - 1] == 0) --end;
  if (end == 0) return false;
  type = static_cast<ContentType>(text[end - 1]);
  body = text.first(end - 1);
  return true;
}

}  // namespace tincan::inline v0::dtls
