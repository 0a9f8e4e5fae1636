#include "bench/references/libsrtp.h"

#include <dlfcn.h>
#include <optional>

namespace tincan::inline v0::bench {

namespace {

using crypto::SrtpProfile;

template <class Function>
bool find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(::dlsym(library, name));
  return out != nullptr;
}

std::optional<Libsrtp> load(const char* path, const char* name) {
  void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  Libsrtp out;
  out.name = name;
  out.library = library;
  if (!library || !find(library, "srtp_init", out.init) || !find(library, "srtp_create", out.create) ||
      !find(library, "srtp_dealloc", out.dealloc) || !find(library, "srtp_protect", out.protect) ||
      !find(library, "srtp_unprotect", out.unprotect) || out.init() != srtp_err_status_ok) {
    return std::nullopt;
  }
  return out;
}

const char* policyFunction(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAes128CmSha1_80: return "srtp_crypto_policy_set_rtp_default";
    case SrtpProfile::kAes128CmSha1_32: return "srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32";
    case SrtpProfile::kAes256CmSha1_80: return "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80";
    case SrtpProfile::kAes256CmSha1_32: return "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32";
    case SrtpProfile::kAeadAes128Gcm: return "srtp_crypto_policy_set_aes_gcm_128_16_auth";
    case SrtpProfile::kAeadAes256Gcm: return "srtp_crypto_policy_set_aes_gcm_256_16_auth";
  }
  return "";
}

}  // namespace

const std::vector<Libsrtp>& Libsrtp::all() {
  static const std::vector<Libsrtp> kAll = [] {
    std::vector<Libsrtp> out;
    if (auto nss = load("libsrtp2.so.1", "libsrtp (NSS)")) out.push_back(*nss);
    if (auto openssl = load(TINCAN_LIBSRTP_OPENSSL, "libsrtp (OpenSSL)")) out.push_back(*openssl);
    return out;
  }();
  return kAll;
}

LibsrtpSession::LibsrtpSession(const Libsrtp& library, const crypto::SrtpKeys& keys, srtp_ssrc_type_t direction)
    : library_(library) {
  srtp_policy_t policy = {};
  decltype(&srtp_crypto_policy_set_rtp_default) setPolicy = nullptr;
  if (!find(library_.library, policyFunction(keys.profile), setPolicy)) return;
  setPolicy(&policy.rtp);
  policy.rtcp = policy.rtp;
  Bytes key = toBytes(keys.localKey.view());
  key.insert(key.end(), keys.localSalt.view().begin(), keys.localSalt.view().end());
  policy.ssrc.type = direction;
  policy.key = key.data();
  policy.window_size = 1024;
  library_.create(&session_, &policy);
}

LibsrtpSession::~LibsrtpSession() {
  if (session_) library_.dealloc(session_);
}

bool LibsrtpSession::protect(uint8_t* packet, size_t& size) {
  int bytes = static_cast<int>(size);
  if (!session_ || library_.protect(session_, packet, &bytes) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(bytes);
  return true;
}

bool LibsrtpSession::unprotect(uint8_t* packet, size_t& size) {
  int bytes = static_cast<int>(size);
  if (!session_ || library_.unprotect(session_, packet, &bytes) != srtp_err_status_ok) return false;
  size = static_cast<size_t>(bytes);
  return true;
}

}  // namespace tincan::inline v0::bench
