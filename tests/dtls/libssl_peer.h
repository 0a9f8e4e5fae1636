#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "base/bytes.h"
#include "crypto/identity.h"
#include "dtls/config.h"

namespace tincan::inline v0::dtls::test {

/// OpenSSL's own DTLS 1.2 as the far end: the reference. Datagrams go through in-memory BIOs, one write a datagram. It
/// never uses its timers: the tests with it lose nothing.
class LibsslPeer {
 public:
  struct Options {
    Role role = Role::kServer;
    std::string ciphers;  ///< OpenSSL's names; empty: its defaults
    std::string groups;   ///< "X25519:P-256"; empty: its defaults
    std::string srtp = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
    bool cookie = false;
    bool extendedMasterSecret = true;
    long mtu = 1200;
  };

  LibsslPeer(const crypto::Identity& identity, const Options& options);
  ~LibsslPeer();

  void start();
  void receive(ByteView datagram);
  /// Datagrams it has sent since the last call.
  std::vector<Bytes> take();

  bool connected() const;
  bool failed() const { return failed_; }
  /// EXTRACTOR-dtls_srtp, as OpenSSL makes it.
  Bytes exporter(size_t size) const;
  std::string srtpProfile() const;
  std::string group() const;
  bool write(ByteView data);
  bool renegotiate();
  void shutdown();
  std::vector<Bytes> received;
  bool closed = false;
  SSL* ssl() { return ssl_; }

 private:
  void advance();
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::vector<Bytes> out_;
  std::vector<Bytes> in_;
  bool failed_ = false;

  static BIO_METHOD* method();
  static int bioWrite(BIO* bio, const char* data, int size);
  static int bioRead(BIO* bio, char* data, int size);
  static long bioControl(BIO* bio, int command, long number, void* pointer);
};

}  // namespace tincan::inline v0::dtls::test
