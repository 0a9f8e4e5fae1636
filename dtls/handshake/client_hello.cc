#include "dtls/handshake/client_hello.h"

#include <algorithm>

#include "dtls/handshake/extensions.h"

namespace tincan::inline v0::dtls {
namespace {

Status decodeError(std::string_view what) {
  return Status::failure(AlertDescription::kDecodeError, what);
}

void writeNumbers(ByteBuilder& out, const std::vector<uint16_t>& numbers) {
  out.prefixed(2, [&] {
    for (const uint16_t each : numbers) out.u16(each);
  });
}

// KeyShareClientHello (RFC 8446 §4.2.8): client_shares<0..2^16-1> of group(2) key_exchange<1..2^16-1>.
bool readKeyShares(ByteView data, std::vector<KeyShare>& out) {
  ByteReader reader(data);
  ByteReader list(reader.prefixed16());
  if (!reader.ok() || !reader.atEnd()) return false;
  while (!list.atEnd()) {
    KeyShare share;
    share.group = list.u16();
    share.key = toBytes(list.prefixed16());
    if (!list.ok() || share.key.empty()) return false;
    out.push_back(std::move(share));
  }
  return true;
}

bool readVersions(ByteView data, std::vector<uint16_t>& out) {
  ByteReader reader(data);
  ByteReader list(reader.prefixed8());
  if (!reader.ok() || !reader.atEnd() || list.atEnd() || list.remaining() % 2 != 0) return false;
  while (!list.atEnd()) out.push_back(list.u16());
  return true;
}

}  // namespace

Status ClientHello::parse(ByteView body, ClientHello& out) {
  out = ClientHello();
  ByteReader reader(body);
  out.legacyVersion = reader.u16();
  const ByteView random = reader.view(out.random.size());
  std::copy(random.begin(), random.end(), out.random.begin());
  out.sessionId = toBytes(reader.prefixed8());
  out.cookie = toBytes(reader.prefixed8());
  const ByteView suites = reader.prefixed16();
  out.compressions = toBytes(reader.prefixed8());
  if (!reader.ok() || out.sessionId.size() > 32 || suites.empty() || suites.size() % 2 != 0 ||
      out.compressions.empty()) {
    return decodeError("malformed ClientHello");
  }
  for (size_t i = 0; i < suites.size(); i += 2) out.cipherSuites.push_back(loadBe16(&suites[i]));
  const auto has = [&](uint16_t id) {
    return std::find(out.cipherSuites.begin(), out.cipherSuites.end(), id) != out.cipherSuites.end();
  };
  out.secureRenegotiation = has(kSignallingSuite);

  std::vector<Extension> extensions;
  if (Status status = readExtensions(reader, extensions); !status) return status;
  for (const Extension& each : extensions) {
    if (Status status = out.takeExtension(each.type, each.data); !status) return status;
  }
  return Status::success();
}

Status ClientHello::takeExtension(uint16_t type, ByteView data) {
  switch (static_cast<ExtensionType>(type)) {
    case ExtensionType::kSupportedGroups:
      if (!readNumbers16(data, groups)) return decodeError("malformed supported_groups");
      break;
    case ExtensionType::kSignatureAlgorithms:
      if (!readNumbers16(data, signatureSchemes)) return decodeError("malformed signature_algorithms");
      break;
    case ExtensionType::kUseSrtp: {
      bool hasMki = false;
      if (!readUseSrtp(data, srtpProfiles, hasMki)) return decodeError("malformed use_srtp");
      break;
    }
    case ExtensionType::kEcPointFormats: {
      ByteReader reader(data);
      const ByteView formats = reader.prefixed8();
      if (!reader.ok() || !reader.atEnd() || formats.empty()) return decodeError("malformed ec_point_formats");
      // RFC 8422 §5.1.2: the uncompressed form (0) must be among them.
      if (std::find(formats.begin(), formats.end(), 0) == formats.end()) {
        return Status::failure(AlertDescription::kIllegalParameter, "no uncompressed point format");
      }
      pointFormats = true;
      break;
    }
    case ExtensionType::kExtendedMasterSecret:
      if (!data.empty()) return decodeError("malformed extended_master_secret");
      extendedMasterSecret = true;
      break;
    case ExtensionType::kRenegotiationInfo:
      // RFC 5746 §3.6: not empty in a first handshake is an attack.
      if (data.size() != 1 || data[0] != 0) {
        return Status::failure(AlertDescription::kHandshakeFailure, "renegotiation_info of another handshake");
      }
      secureRenegotiation = true;
      break;
    case ExtensionType::kSupportedVersions:
      if (!readVersions(data, versions)) return decodeError("malformed supported_versions");
      break;
    case ExtensionType::kKeyShare:
      keyShares.emplace();
      if (!readKeyShares(data, *keyShares)) return decodeError("malformed key_share");
      break;
    case ExtensionType::kCookie: {
      ByteReader reader(data);
      cookie13 = toBytes(reader.prefixed16());
      if (!reader.ok() || !reader.atEnd() || cookie13.empty()) return decodeError("malformed cookie");
      break;
    }
  }
  return Status::success();
}

Bytes ClientHello::serialize() const {
  ByteBuilder out;
  out.u16(legacyVersion).bytes(random);
  out.prefixed(1, [&] { out.bytes(sessionId); });
  out.prefixed(1, [&] { out.bytes(cookie); });
  writeNumbers(out, cipherSuites);
  out.prefixed(1, [&] { out.bytes(compressions); });
  out.prefixed(2, [&] {
    if (!versions.empty()) {
      writeExtension(out, ExtensionType::kSupportedVersions, [&] {
        out.prefixed(1, [&] {
          for (const uint16_t each : versions) out.u16(each);
        });
      });
    }
    if (secureRenegotiation) writeExtension(out, ExtensionType::kRenegotiationInfo, [&] { out.u8(0); });
    if (extendedMasterSecret) writeExtension(out, ExtensionType::kExtendedMasterSecret, [] {});
    if (!groups.empty()) writeExtension(out, ExtensionType::kSupportedGroups, [&] { writeNumbers(out, groups); });
    if (pointFormats) writeExtension(out, ExtensionType::kEcPointFormats, [&] { out.u8(1).u8(0); });
    if (!signatureSchemes.empty()) {
      writeExtension(out, ExtensionType::kSignatureAlgorithms, [&] { writeNumbers(out, signatureSchemes); });
    }
    if (!srtpProfiles.empty()) {
      writeExtension(out, ExtensionType::kUseSrtp, [&] {
        writeNumbers(out, srtpProfiles);
        out.u8(0);  // no MKI
      });
    }
    if (!cookie13.empty()) {
      writeExtension(out, ExtensionType::kCookie, [&] { out.prefixed(2, [&] { out.bytes(cookie13); }); });
    }
    if (keyShares) {
      writeExtension(out, ExtensionType::kKeyShare, [&] {
        out.prefixed(2, [&] {
          for (const KeyShare& each : *keyShares) {
            out.u16(each.group);
            out.prefixed(2, [&] { out.bytes(each.key); });
          }
        });
      });
    }
  });
  return out.take();
}

bool ClientHello::offers(Version version) const {
  const auto wire = static_cast<uint16_t>(version);
  if (!versions.empty()) return std::find(versions.begin(), versions.end(), wire) != versions.end();
  // Older versions have greater numbers: 1.2 is FEFD, 1.0 is FEFF. A client that says FEFC or below speaks 1.2 too.
  return version == Version::kDtls12 && legacyVersion <= wire && legacyVersion >> 8 == 0xFE;
}

}  // namespace tincan::inline v0::dtls
