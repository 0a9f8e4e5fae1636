#include "libssl_peer.h"

#include <algorithm>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace tincan::inline v0::dtls::test {
namespace {

int generateCookie(SSL*, unsigned char* cookie, unsigned int* size) {
  std::fill_n(cookie, 16, 0x5A);
  *size = 16;
  return 1;
}
int verifyCookie(SSL*, const unsigned char* cookie, unsigned int size) {
  return size == 16 && std::all_of(cookie, cookie + size, [](unsigned char c) { return c == 0x5A; });
}

}  // namespace

BIO_METHOD* LibsslPeer::method() {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 127, "datagrams");
    BIO_meth_set_write(m, bioWrite);
    BIO_meth_set_read(m, bioRead);
    BIO_meth_set_ctrl(m, bioControl);
    return m;
  }();
  return kMethod;
}

int LibsslPeer::bioWrite(BIO* bio, const char* data, int size) {
  auto* peer = static_cast<LibsslPeer*>(BIO_get_data(bio));
  peer->out_.push_back(toBytes(asBytes(std::string_view(data, static_cast<size_t>(size)))));
  return size;
}

int LibsslPeer::bioRead(BIO* bio, char* data, int size) {
  auto* peer = static_cast<LibsslPeer*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (peer->in_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const Bytes datagram = std::move(peer->in_.front());
  peer->in_.erase(peer->in_.begin());
  const size_t taken = std::min(datagram.size(), static_cast<size_t>(size));
  std::copy_n(datagram.begin(), taken, data);
  return static_cast<int>(taken);
}

long LibsslPeer::bioControl(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

LibsslPeer::LibsslPeer(const crypto::Identity& identity, const Options& options) {
  const bool server = options.role == Role::kServer;
  context_ = SSL_CTX_new(server ? DTLS_server_method() : DTLS_client_method());
  const std::string pem = identity.toPem();
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  X509* x509 = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  SSL_CTX_use_certificate(context_, x509);
  SSL_CTX_use_PrivateKey(context_, key);
  X509_free(x509);
  EVP_PKEY_free(key);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context_, options.ciphers.c_str());
  std::string groups = options.groups;  // the macro takes it as mutable
  if (!groups.empty()) SSL_CTX_set1_groups_list(context_, groups.data());
  if (!options.srtp.empty()) SSL_CTX_set_tlsext_use_srtp(context_, options.srtp.c_str());
  if (!options.extendedMasterSecret) SSL_CTX_set_options(context_, SSL_OP_NO_EXTENDED_MASTER_SECRET);
  if (options.cookie) {
    SSL_CTX_set_options(context_, SSL_OP_COOKIE_EXCHANGE);
    SSL_CTX_set_cookie_generate_cb(context_, generateCookie);
    SSL_CTX_set_cookie_verify_cb(context_, verifyCookie);
  }
  ssl_ = SSL_new(context_);
  BIO* bio = BIO_new(method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_options(ssl_, SSL_OP_NO_QUERY_MTU);
  DTLS_set_link_mtu(ssl_, options.mtu);
  if (server) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
  }
}

LibsslPeer::~LibsslPeer() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

void LibsslPeer::start() {
  advance();
}

void LibsslPeer::receive(ByteView datagram) {
  in_.push_back(toBytes(datagram));
  advance();
}

void LibsslPeer::advance() {
  if (failed_) return;
  if (!connected()) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result != 1 && SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) failed_ = true;
    if (result != 1) return;
  }
  for (;;) {
    uint8_t buffer[4096];
    ERR_clear_error();
    const int size = SSL_read(ssl_, buffer, sizeof buffer);
    if (size <= 0) {
      const int error = SSL_get_error(ssl_, size);
      if (error == SSL_ERROR_ZERO_RETURN) closed = true;
      if (error == SSL_ERROR_SSL) failed_ = true;
      return;
    }
    received.emplace_back(buffer, buffer + size);
  }
}

std::vector<Bytes> LibsslPeer::take() {
  return std::exchange(out_, {});
}
bool LibsslPeer::connected() const {
  return SSL_is_init_finished(ssl_) == 1;
}

Bytes LibsslPeer::exporter(size_t size) const {
  Bytes out(size);
  const std::string label = "EXTRACTOR-dtls_srtp";
  SSL_export_keying_material(ssl_, out.data(), size, label.data(), label.size(), nullptr, 0, 0);
  return out;
}

std::string LibsslPeer::srtpProfile() const {
  const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl_);
  return profile != nullptr ? profile->name : "";
}

std::string LibsslPeer::group() const {
  const char* name = OBJ_nid2sn(static_cast<int>(SSL_get_negotiated_group(ssl_)));
  return name != nullptr ? name : "";
}

bool LibsslPeer::write(ByteView data) {
  return SSL_write(ssl_, data.data(), static_cast<int>(data.size())) > 0;
}
bool LibsslPeer::renegotiate() {
  if (SSL_renegotiate(ssl_) != 1) return false;
  SSL_do_handshake(ssl_);
  return true;
}
void LibsslPeer::shutdown() {
  SSL_shutdown(ssl_);
}

}  // namespace tincan::inline v0::dtls::test
