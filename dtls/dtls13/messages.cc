#include "dtls/dtls13/messages.h"

#include "dtls/handshake/extensions.h"
#include "dtls/handshake/offer.h"

namespace tincan::inline v0::dtls::dtls13 {
namespace {

Status decodeError(std::string_view what) {
  return Status::failure(AlertDescription::kDecodeError, what);
}

// An extension block that must be there, and all that is left.
Status readBlock(ByteReader& reader, std::string_view what, std::vector<Extension>& out) {
  if (!reader.ok() || reader.atEnd()) return decodeError(what);
  return readExtensions(reader, out);
}

}  // namespace

Status EncryptedExtensions::parse(ByteView body, bool offeredSrtp, EncryptedExtensions& out) {
  out = EncryptedExtensions();
  ByteReader reader(body);
  std::vector<Extension> extensions;
  if (Status status = readBlock(reader, "malformed EncryptedExtensions", extensions); !status) return status;
  for (const Extension& each : extensions) {
    switch (static_cast<ExtensionType>(each.type)) {
      case ExtensionType::kSupportedGroups: continue;  // RFC 8446 §4.2.7: what it would rather have; nothing to do now
      case ExtensionType::kUseSrtp: {
        if (!offeredSrtp) break;
        std::vector<uint16_t> profiles;
        bool hasMki = false;
        if (!readUseSrtp(each.data, profiles, hasMki)) return decodeError("malformed use_srtp");
        // RFC 5764 §4.1.1: one profile; and no MKI, for we offered none.
        if (profiles.size() != 1 || hasMki) {
          return Status::failure(AlertDescription::kIllegalParameter, "use_srtp is not one profile");
        }
        out.srtpProfile = profiles[0];
        continue;
      }
      case ExtensionType::kEcPointFormats:
      case ExtensionType::kSignatureAlgorithms:
      case ExtensionType::kExtendedMasterSecret:
      case ExtensionType::kSupportedVersions:
      case ExtensionType::kCookie:
      case ExtensionType::kKeyShare:
      case ExtensionType::kRenegotiationInfo:
        // RFC 8446 §4.2: known, but with no place in this message.
        return Status::failure(AlertDescription::kIllegalParameter, "an extension with no place here");
    }
    // RFC 8446 §4.2: nothing that was not asked for.
    return Status::failure(AlertDescription::kUnsupportedExtension, "an extension that we did not offer");
  }
  return Status::success();
}

Bytes EncryptedExtensions::serialize() const {
  ByteBuilder out;
  out.prefixed(2, [&] {
    if (srtpProfile) writeExtension(out, ExtensionType::kUseSrtp, [&] { out.u16(2).u16(*srtpProfile).u8(0); });
  });
  return out.take();
}

Status CertificateRequest::parse(ByteView body, CertificateRequest& out) {
  out = CertificateRequest();
  ByteReader reader(body);
  out.context = toBytes(reader.prefixed8());
  std::vector<Extension> extensions;
  if (Status status = readBlock(reader, "malformed CertificateRequest", extensions); !status) return status;
  for (const Extension& each : extensions) {
    if (!each.is(ExtensionType::kSignatureAlgorithms)) continue;  // RFC 8446 §4.3.2: MUST be ignored
    if (!readNumbers16(each.data, out.schemes)) return decodeError("malformed signature_algorithms");
  }
  // RFC 8446 §4.3.2: signature_algorithms MUST be there.
  if (out.schemes.empty()) {
    return Status::failure(AlertDescription::kMissingExtension, "CertificateRequest without signature_algorithms");
  }
  return Status::success();
}

Bytes CertificateRequest::serialize() const {
  ByteBuilder out;
  out.prefixed(1, [&] { out.bytes(context); });
  out.prefixed(2, [&] {
    writeExtension(out, ExtensionType::kSignatureAlgorithms, [&] {
      out.prefixed(2, [&] {
        for (const uint16_t each : schemes) out.u16(each);
      });
    });
  });
  return out.take();
}

Status CertificateList::parse(ByteView body, CertificateList& out) {
  out = CertificateList();
  ByteReader reader(body);
  out.context = toBytes(reader.prefixed8());
  ByteReader list(reader.prefixed24());
  if (!reader.ok() || !reader.atEnd()) return decodeError("malformed Certificate");
  while (!list.atEnd()) {
    const ByteView certificate = list.prefixed24();
    const ByteView extensions = list.prefixed16();
    if (!list.ok() || certificate.empty()) return decodeError("malformed Certificate");
    if (!extensions.empty()) {
      return Status::failure(AlertDescription::kUnsupportedExtension, "a certificate's extension that we did not ask");
    }
    if (out.certificates.size() == kMaxChain) {
      return Status::failure(AlertDescription::kBadCertificate, "too many certificates in the chain",
                             ErrorCode::kLimit);
    }
    out.certificates.push_back(toBytes(certificate));
  }
  return Status::success();
}

Bytes CertificateList::serialize() const {
  ByteBuilder out;
  out.prefixed(1, [&] { out.bytes(context); });
  out.prefixed(3, [&] {
    for (const Bytes& each : certificates) {
      out.prefixed(3, [&] { out.bytes(each); });
      out.u16(0);
    }
  });
  return out.take();
}

Status KeyUpdateMessage::parse(ByteView body, KeyUpdateMessage& out) {
  if (body.size() != 1) return decodeError("malformed KeyUpdate");
  // RFC 8446 §4.6.3: any other value ends the connection.
  if (body[0] > 1) return Status::failure(AlertDescription::kIllegalParameter, "KeyUpdate of no known kind");
  out.requested = body[0] == 1;
  return Status::success();
}

Bytes KeyUpdateMessage::serialize() const {
  return Bytes(1, requested ? 1 : 0);
}

Bytes signedContent(Role signer, ByteView transcript) {
  ByteBuilder out;
  out.bytes(Bytes(64, 0x20));
  out.bytes(
      asBytes(signer == Role::kServer ? "TLS 1.3, server CertificateVerify" : "TLS 1.3, client CertificateVerify"));
  return out.u8(0).bytes(transcript).take();
}

}  // namespace tincan::inline v0::dtls::dtls13
