#include "dtls/srtp_keys.h"

#include "base/bytes.h"

namespace tincan::inline v0::dtls {

//     client_write_SRTP_master_key | server_… | client_write_SRTP_master_salt | server_…   (RFC 5764 §4.2)
std::optional<crypto::SrtpKeys> exportSrtpKeys(const Handshake& handshake, Role role) {
  const auto profile = handshake.negotiated().srtpProfile;
  if (!profile) return std::nullopt;
  const size_t key = crypto::keySize(*profile);
  const size_t salt = crypto::saltSize(*profile);
  const auto material = handshake.exportKeyingMaterial("EXTRACTOR-dtls_srtp", 2 * (key + salt));
  ByteReader reader(material.view());
  const ByteView clientKey = reader.view(key), serverKey = reader.view(key);
  const ByteView clientSalt = reader.view(salt), serverSalt = reader.view(salt);
  const bool client = role == Role::kClient;
  crypto::SrtpKeys keys;
  keys.profile = *profile;
  keys.localKey = crypto::SecretBytes(client ? clientKey : serverKey);
  keys.localSalt = crypto::SecretBytes(client ? clientSalt : serverSalt);
  keys.remoteKey = crypto::SecretBytes(client ? serverKey : clientKey);
  keys.remoteSalt = crypto::SecretBytes(client ? serverSalt : clientSalt);
  return keys;
}

}  // namespace tincan::inline v0::dtls
