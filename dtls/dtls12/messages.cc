#include "dtls/dtls12/messages.h"

#include "dtls/handshake/extensions.h"
#include "dtls/handshake/offer.h"
#include "dtls/record/record_header.h"

namespace tincan::inline v0::dtls::dtls12 {
namespace {

constexpr uint8_t kNamedCurve = 3;      // RFC 8422 §5.4
constexpr uint8_t kTypeRsaSign = 1;     // RFC 5246 §7.4.4
constexpr uint8_t kTypeEcdsaSign = 64;  // RFC 8422 §5.5: for Ed25519 too

Status check(const ByteReader& reader, std::string_view what) {
  if (reader.ok() && reader.atEnd()) return Status::success();
  return Status::failure(AlertDescription::kDecodeError, what);
}

}  // namespace

Status HelloVerifyRequest::parse(ByteView body, HelloVerifyRequest& out) {
  ByteReader reader(body);
  reader.u16();  // RFC 6347 §4.2.1: not to be used for negotiation
  out.cookie = toBytes(reader.prefixed8());
  return check(reader, "malformed HelloVerifyRequest");
}

Bytes HelloVerifyRequest::serialize() const {
  ByteBuilder out;
  out.u16(kWireDtls10);  // RFC 6347 §4.2.1: SHOULD be DTLS 1.0 whatever will be negotiated
  out.prefixed(1, [&] { out.bytes(cookie); });
  return out.take();
}

Status CertificateList::parse(ByteView body, CertificateList& out) {
  ByteReader reader(body);
  ByteReader list(reader.prefixed24());
  if (Status status = check(reader, "malformed Certificate"); !status) return status;
  while (!list.atEnd()) {
    const ByteView each = list.prefixed24();
    if (!list.ok() || each.empty()) return Status::failure(AlertDescription::kDecodeError, "malformed Certificate");
    if (out.certificates.size() == kMaxChain) {
      return Status::failure(AlertDescription::kBadCertificate, "too many certificates in the chain",
                             ErrorCode::kLimit);
    }
    out.certificates.push_back(toBytes(each));
  }
  return Status::success();
}

Bytes CertificateList::serialize() const {
  ByteBuilder out;
  out.prefixed(3, [&] {
    for (const Bytes& each : certificates) out.prefixed(3, [&] { out.bytes(each); });
  });
  return out.take();
}

Status ServerKeyExchange::parse(ByteView body, ServerKeyExchange& out) {
  ByteReader reader(body);
  if (reader.u8() != kNamedCurve) return Status::failure(AlertDescription::kIllegalParameter, "not a named curve");
  out.group = reader.u16();
  out.point = toBytes(reader.prefixed8());
  out.scheme = reader.u16();
  out.signature = toBytes(reader.prefixed16());
  return check(reader, "malformed ServerKeyExchange");
}

Bytes ServerKeyExchange::parameters() const {
  ByteBuilder out;
  out.u8(kNamedCurve).u16(group);
  out.prefixed(1, [&] { out.bytes(point); });
  return out.take();
}

Bytes ServerKeyExchange::serialize() const {
  ByteBuilder out;
  out.bytes(parameters()).u16(scheme);
  out.prefixed(2, [&] { out.bytes(signature); });
  return out.take();
}

Status CertificateRequest::parse(ByteView body, CertificateRequest& out) {
  ByteReader reader(body);
  out.types = toBytes(reader.prefixed8());
  const ByteView schemes = reader.prefixed16();
  reader.prefixed16();
  if (!reader.ok() || !reader.atEnd() || out.types.empty() || schemes.empty() || schemes.size() % 2 != 0) {
    return Status::failure(AlertDescription::kDecodeError, "malformed CertificateRequest");
  }
  for (size_t i = 0; i < schemes.size(); i += 2) out.schemes.push_back(loadBe16(&schemes[i]));
  return Status::success();
}

Bytes CertificateRequest::serialize() const {
  ByteBuilder out;
  out.u8(2).u8(kTypeEcdsaSign).u8(kTypeRsaSign);
  out.prefixed(2, [&] {
    for (const uint16_t each : schemes) out.u16(each);
  });
  out.u16(0);
  return out.take();
}

Status ClientKeyExchange::parse(ByteView body, ClientKeyExchange& out) {
  ByteReader reader(body);
  out.point = toBytes(reader.prefixed8());
  return check(reader, "malformed ClientKeyExchange");
}

Bytes ClientKeyExchange::serialize() const {
  ByteBuilder out;
  out.prefixed(1, [&] { out.bytes(point); });
  return out.take();
}

}  // namespace tincan::inline v0::dtls::dtls12
