#pragma once

#include <memory>
#include <srtp2/srtp.h>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/srtp_profile.h"

namespace tincan::inline v0::bench {

/// libsrtp in one of its builds, loaded at run time: the same version is there on NSS (Debian's package) and on OpenSSL
/// (Debian's source, built beside the benchmarks), and both are to be measured in one run.
struct Libsrtp {
  std::string name;  ///< "libsrtp (NSS)"
  void* library = nullptr;
  decltype(&srtp_init) init = nullptr;
  decltype(&srtp_create) create = nullptr;
  decltype(&srtp_dealloc) dealloc = nullptr;
  decltype(&srtp_protect) protect = nullptr;
  decltype(&srtp_unprotect) unprotect = nullptr;

  /// Those that are on this machine.
  static const std::vector<Libsrtp>& all();
};

/// A session of libsrtp, for one direction. Every packet of `keys`' local side can be taken by its remote side.
class LibsrtpSession {
 public:
  LibsrtpSession(const Libsrtp& library, const crypto::SrtpKeys& keys, srtp_ssrc_type_t direction);
  ~LibsrtpSession();
  LibsrtpSession(const LibsrtpSession&) = delete;
  LibsrtpSession& operator=(const LibsrtpSession&) = delete;

  /// In place: `size` is the packet's, then the result's.
  bool protect(uint8_t* packet, size_t& size);
  bool unprotect(uint8_t* packet, size_t& size);

 private:
  const Libsrtp& library_;
  srtp_t session_ = nullptr;
};

}  // namespace tincan::inline v0::bench
