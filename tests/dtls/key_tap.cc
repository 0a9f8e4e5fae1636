#include "key_tap.h"

#include <algorithm>
#include <array>

#include "crypto/prf.h"
#include "dtls/cipher_suite.h"
#include "dtls/dtls12/keys.h"
#include "dtls/handshake/server_hello.h"

namespace tincan::inline v0::dtls::test {
namespace {

uint8_t digit(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

Bytes fromHex(std::string_view text) {
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  }
  return out;
}

void KeyTap::sawServerHello(ByteView body) {
  ServerHello hello;
  if (!ServerHello::parse(body, hello) || hello.isRetryRequest()) return;
  serverRandom_ = hello.random;
  suite_ = hello.cipherSuite;
}

void KeyTap::refresh() {
  if (suite_ == 0) return;
  const std::string& log = connection_.keyLog();
  for (size_t end = log.find('\n', read_); end != std::string::npos; end = log.find('\n', read_)) {
    takeLine(std::string_view(log).substr(read_, end - read_));
    read_ = end + 1;
  }
}

//     LABEL <client random in hex> <secret in hex>
void KeyTap::takeLine(std::string_view line) {
  const size_t first = line.find(' '), second = line.rfind(' ');
  const std::string_view label = line.substr(0, first);
  const Bytes random = fromHex(line.substr(first + 1, second - first - 1));
  const Bytes secret = fromHex(line.substr(second + 1));
  if (label == "CLIENT_RANDOM") return takeMaster(random, secret);
  if (label == "CLIENT_HANDSHAKE_TRAFFIC_SECRET") return takeSecret(Role::kClient, 2, secret);
  if (label == "SERVER_HANDSHAKE_TRAFFIC_SECRET") return takeSecret(Role::kServer, 2, secret);
  if (label == "CLIENT_TRAFFIC_SECRET_0") return takeSecret(Role::kClient, 3, secret);
  if (label == "SERVER_TRAFFIC_SECRET_0") return takeSecret(Role::kServer, 3, secret);
}

void KeyTap::takeMaster(ByteView clientRandom, ByteView master) {
  const CipherSuite* suite = findCipherSuite(suite_);
  if (suite == nullptr) return;
  Random client{};
  std::copy(clientRandom.begin(), clientRandom.end(), client.begin());
  dtls12::KeyBlock keys = dtls12::deriveKeys(*suite, master, client, serverRandom_);
  from.addReadKeys(1, role_ == Role::kClient ? keys.client : keys.server);
  to.addWriteKeys(1, role_ == Role::kClient ? keys.server : keys.client);
}

// RFC 8446 §7.3, RFC 9147 §4.2.3.
void KeyTap::takeSecret(Role writer, uint64_t epoch, ByteView secret) {
  const CipherSuite* suite = findCipherSuite(suite_);
  if (suite == nullptr) return;
  const size_t keySize = crypto::keySize(suite->aead);
  RecordKeys keys;
  keys.version = Version::kDtls13;
  keys.aead = suite->aead;
  keys.key = crypto::hkdfExpandLabel(suite->hash, secret, "key", {}, keySize);
  keys.iv = crypto::hkdfExpandLabel(suite->hash, secret, "iv", {}, crypto::kAeadNonceSize);
  keys.numberKey = crypto::hkdfExpandLabel(suite->hash, secret, "sn", {}, keySize);
  if (writer == role_) {
    from.addReadKeys(epoch, std::move(keys));
  } else {
    to.addWriteKeys(epoch, std::move(keys));
  }
}

}  // namespace tincan::inline v0::dtls::test
