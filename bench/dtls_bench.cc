// Handshakes and records a second, ours beside libssl's DTLS 1.2 in the same run. Both ends of a handshake run here, so
// a handshake is a client and a server.
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/random.h"
#include "dtls/connection.h"
#include "dtls/record/record_layer.h"

namespace tincan::inline v0 {
namespace {

using crypto::Identity;
using crypto::KeyType;
using dtls::Role;

const Identity& identity(KeyType type) {
  static SeededRandom random(1);
  static const Identity ecdsa = std::move(Identity::generate(KeyType::kEcdsaP256, random, 1'790'000'000)).value();
  static const Identity rsa = std::move(Identity::generate(KeyType::kRsa2048, random, 1'790'000'000)).value();
  return type == KeyType::kRsa2048 ? rsa : ecdsa;
}

// ---------------------------------------------------------------- ours

void oursHandshake(benchmark::State& state, KeyType type, dtls::Version version) {
  const std::vector<crypto::Fingerprint> fingerprints = {
      identity(type).certificate().fingerprint(crypto::HashAlgorithm::kSha256)};
  PacketPool pool;
  SeededRandom random(2);
  const TimePoint now;
  for (auto _ : state) {
    dtls::Config config;
    config.identity = &identity(type);
    config.minVersion = config.maxVersion = version;
    dtls::Connection client(config, random, pool);
    config.role = Role::kServer;
    dtls::Connection server(config, random, pool);
    client.setRemoteFingerprints(fingerprints);
    server.setRemoteFingerprints(fingerprints);
    server.start(now);
    client.start(now);
    PacketBuffer packet;
    for (bool moved = true; moved;) {
      moved = false;
      while (client.pollTransmit(now, packet)) server.receive(now, std::move(packet)), moved = true;
      while (server.pollTransmit(now, packet)) client.receive(now, std::move(packet)), moved = true;
    }
    if (client.state() != dtls::State::kConnected || server.state() != dtls::State::kConnected) {
      state.SkipWithError("no handshake");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// ---------------------------------------------------------------- libssl

struct FreeSsl {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeSsl>;

ContextPtr context(const SSL_METHOD* method, KeyType type) {
  ContextPtr out(SSL_CTX_new(method));
  const std::string pem = identity(type).toPem();
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  X509* x509 = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  SSL_CTX_use_certificate(out.get(), x509);
  SSL_CTX_use_PrivateKey(out.get(), key);
  X509_free(x509);
  EVP_PKEY_free(key);
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  // The same suites, group and profile that ours choose.
  SSL_CTX_set_cipher_list(out.get(), "ECDHE+AESGCM");
  SSL_CTX_set_tlsext_use_srtp(out.get(), "SRTP_AEAD_AES_128_GCM");
  SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(out.get(), SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
  return out;
}

struct LibsslPair {
  explicit LibsslPair(SSL_CTX* clientContext, SSL_CTX* serverContext)
      : client(SSL_new(clientContext)), server(SSL_new(serverContext)) {
    BIO* toServer = BIO_new(BIO_s_mem());
    BIO* toClient = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(toServer, -1);
    BIO_set_mem_eof_return(toClient, -1);
    BIO_up_ref(toServer);
    BIO_up_ref(toClient);
    SSL_set_bio(client.get(), toClient, toServer);
    SSL_set_bio(server.get(), toServer, toClient);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    DTLS_set_link_mtu(client.get(), 1200);
    DTLS_set_link_mtu(server.get(), 1200);
  }
  bool handshake() {
    for (int i = 0; i < 10; ++i) {
      const bool a = SSL_do_handshake(client.get()) == 1;
      const bool b = SSL_do_handshake(server.get()) == 1;
      if (a && b) return true;
    }
    return false;
  }
  SslPtr client, server;
};

void libsslHandshake(benchmark::State& state, KeyType type) {
  const ContextPtr clientContext = context(DTLS_client_method(), type);
  const ContextPtr serverContext = context(DTLS_server_method(), type);
  for (auto _ : state) {
    LibsslPair pair(clientContext.get(), serverContext.get());
    uint8_t keys[56];
    const bool done = pair.handshake() && SSL_export_keying_material(pair.client.get(), keys, sizeof keys,
                                                                     "EXTRACTOR-dtls_srtp", 19, nullptr, 0, 0) == 1;
    if (!done) {
      state.SkipWithError("no handshake");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// ---------------------------------------------------------------- records

void oursRecord(benchmark::State& state, dtls::Version version) {
  const auto keys = [&] {
    dtls::RecordKeys out;
    out.version = version;
    out.key = crypto::SecretBytes(size_t{16});
    out.iv = crypto::SecretBytes(version == dtls::Version::kDtls13 ? size_t{12} : size_t{4});
    out.numberKey = crypto::SecretBytes(size_t{16});
    return out;
  };
  dtls::RecordLayer sender, receiver;
  sender.addWriteKeys(3, keys());
  receiver.addReadKeys(3, keys());
  PacketPool pool;
  const Bytes payload(static_cast<size_t>(state.range(0)), 7);
  for (auto _ : state) {
    PacketBuffer packet = pool.allocate();
    sender.write(dtls::ContentType::kApplicationData, 3, payload, packet);
    MutableByteView rest = packet.mutableView(), raw;
    dtls::Record record;
    if (receiver.read(rest, record, raw) != dtls::RecordLayer::Outcome::kRecord) {
      state.SkipWithError("did not open");
      return;
    }
    benchmark::DoNotOptimize(record.payload.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void libsslRecord(benchmark::State& state) {
  const ContextPtr clientContext = context(DTLS_client_method(), KeyType::kEcdsaP256);
  const ContextPtr serverContext = context(DTLS_server_method(), KeyType::kEcdsaP256);
  LibsslPair pair(clientContext.get(), serverContext.get());
  if (!pair.handshake()) {
    state.SkipWithError("no handshake");
    return;
  }
  const Bytes payload(static_cast<size_t>(state.range(0)), 7);
  uint8_t out[2048];
  for (auto _ : state) {
    SSL_write(pair.client.get(), payload.data(), static_cast<int>(payload.size()));
    if (SSL_read(pair.server.get(), out, sizeof out) != static_cast<int>(payload.size())) {
      state.SkipWithError("did not open");
      return;
    }
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK_CAPTURE(oursHandshake, dtls12_ecdsa, KeyType::kEcdsaP256, dtls::Version::kDtls12)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(oursHandshake, dtls13_ecdsa, KeyType::kEcdsaP256, dtls::Version::kDtls13)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(libsslHandshake, ecdsa, KeyType::kEcdsaP256)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(oursHandshake, dtls12_rsa, KeyType::kRsa2048, dtls::Version::kDtls12)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(oursHandshake, dtls13_rsa, KeyType::kRsa2048, dtls::Version::kDtls13)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(libsslHandshake, rsa, KeyType::kRsa2048)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(oursRecord, dtls12, dtls::Version::kDtls12)->Arg(100)->Arg(1150);
BENCHMARK_CAPTURE(oursRecord, dtls13, dtls::Version::kDtls13)->Arg(100)->Arg(1150);
BENCHMARK(libsslRecord)->Arg(100)->Arg(1150);

}  // namespace
}  // namespace tincan::inline v0
