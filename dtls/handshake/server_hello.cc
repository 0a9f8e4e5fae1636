#include "dtls/handshake/server_hello.h"

#include <algorithm>

#include "dtls/handshake/extensions.h"

namespace tincan::inline v0::dtls {
namespace {

Status decodeError(std::string_view what) {
  return Status::failure(AlertDescription::kDecodeError, what);
}

}  // namespace

const Random kRetryRequestRandom = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                                    0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                                    0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
const std::array<uint8_t, 8> kDowngradeSentinel = {0x44, 0x4F, 0x57, 0x4E, 0x47, 0x52, 0x44, 0x01};

bool isDowngraded(const Random& serverRandom) {
  return std::equal(kDowngradeSentinel.begin(), kDowngradeSentinel.end(), serverRandom.end() - 8);
}

bool ServerHello::isRetryRequest() const {
  return random == kRetryRequestRandom;
}

Status ServerHello::parse(ByteView body, ServerHello& out) {
  out = ServerHello();
  ByteReader reader(body);
  out.legacyVersion = reader.u16();
  const ByteView random = reader.view(out.random.size());
  std::copy(random.begin(), random.end(), out.random.begin());
  out.sessionId = toBytes(reader.prefixed8());
  out.cipherSuite = reader.u16();
  out.compression = reader.u8();
  if (!reader.ok() || out.sessionId.size() > 32) return decodeError("malformed ServerHello");
  std::vector<Extension> extensions;
  if (Status status = readExtensions(reader, extensions); !status) return status;
  for (const Extension& each : extensions) {
    out.extensionTypes.push_back(each.type);
    if (Status status = out.takeExtension(each.type, each.data); !status) return status;
  }
  return Status::success();
}

Status ServerHello::takeExtension(uint16_t type, ByteView data) {
  ByteReader reader(data);
  switch (static_cast<ExtensionType>(type)) {
    case ExtensionType::kEcPointFormats: {
      const ByteView formats = reader.prefixed8();
      if (!reader.ok() || !reader.atEnd() || std::find(formats.begin(), formats.end(), 0) == formats.end()) {
        return Status::failure(AlertDescription::kIllegalParameter, "no uncompressed point format");
      }
      pointFormats = true;
      break;
    }
    case ExtensionType::kUseSrtp: {
      std::vector<uint16_t> profiles;
      bool hasMki = false;
      if (!readUseSrtp(data, profiles, hasMki)) return decodeError("malformed use_srtp");
      // RFC 5764 §4.1.1: one profile; and no MKI, for we offered none.
      if (profiles.size() != 1 || hasMki)
        return Status::failure(AlertDescription::kIllegalParameter, "use_srtp is not one profile");
      srtpProfile = profiles[0];
      break;
    }
    case ExtensionType::kExtendedMasterSecret:
      if (!data.empty()) return decodeError("malformed extended_master_secret");
      extendedMasterSecret = true;
      break;
    case ExtensionType::kRenegotiationInfo:
      // RFC 5746 §3.4: not empty in a first handshake is an attack.
      if (data.size() != 1 || data[0] != 0) {
        return Status::failure(AlertDescription::kHandshakeFailure, "renegotiation_info of another handshake");
      }
      secureRenegotiation = true;
      break;
    case ExtensionType::kSupportedVersions:
      version = reader.u16();
      if (!reader.ok() || !reader.atEnd()) return decodeError("malformed supported_versions");
      break;
    case ExtensionType::kKeyShare: {
      KeyShare share;
      share.group = reader.u16();
      if (!isRetryRequest()) share.key = toBytes(reader.prefixed16());
      if (!reader.ok() || !reader.atEnd()) return decodeError("malformed key_share");
      keyShare = std::move(share);
      break;
    }
    case ExtensionType::kCookie:
      cookie = toBytes(reader.prefixed16());
      if (!reader.ok() || !reader.atEnd() || cookie.empty()) return decodeError("malformed cookie");
      break;
    case ExtensionType::kSupportedGroups:
    case ExtensionType::kSignatureAlgorithms: break;  // the caller refuses what was not asked for, or has no place here
  }
  return Status::success();
}

Bytes ServerHello::serialize() const {
  ByteBuilder out;
  out.u16(legacyVersion).bytes(random);
  out.prefixed(1, [&] { out.bytes(sessionId); });
  out.u16(cipherSuite).u8(compression);
  out.prefixed(2, [&] {
    if (secureRenegotiation) writeExtension(out, ExtensionType::kRenegotiationInfo, [&] { out.u8(0); });
    if (extendedMasterSecret) writeExtension(out, ExtensionType::kExtendedMasterSecret, [] {});
    if (pointFormats) writeExtension(out, ExtensionType::kEcPointFormats, [&] { out.u8(1).u8(0); });
    if (srtpProfile) writeExtension(out, ExtensionType::kUseSrtp, [&] { out.u16(2).u16(*srtpProfile).u8(0); });
    if (version) writeExtension(out, ExtensionType::kSupportedVersions, [&] { out.u16(*version); });
    if (keyShare) {
      writeExtension(out, ExtensionType::kKeyShare, [&] {
        out.u16(keyShare->group);
        if (!isRetryRequest()) out.prefixed(2, [&] { out.bytes(keyShare->key); });
      });
    }
    if (!cookie.empty())
      writeExtension(out, ExtensionType::kCookie, [&] { out.prefixed(2, [&] { out.bytes(cookie); }); });
  });
  return out.take();
}

}  // namespace tincan::inline v0::dtls
