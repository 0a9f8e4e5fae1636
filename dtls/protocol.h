#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tincan::inline v0::dtls {

/// RFC 5246 §6.2.1, RFC 9147 §4.
enum class ContentType : uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
  kAck = 26
};

/// RFC 5246 §7.4, RFC 6347 §4.2.1, RFC 8446 §4.
enum class HandshakeType : uint8_t {
  kHelloRequest = 0,
  kClientHello = 1,
  kServerHello = 2,
  kHelloVerifyRequest = 3,
  kNewSessionTicket = 4,
  kEncryptedExtensions = 8,
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateRequest = 13,
  kServerHelloDone = 14,
  kCertificateVerify = 15,
  kClientKeyExchange = 16,
  kFinished = 20,
  kKeyUpdate = 24,
  kMessageHash = 254,
};
std::string_view name(HandshakeType type);

enum class AlertLevel : uint8_t { kWarning = 1, kFatal = 2 };

/// RFC 5246 §7.2, RFC 8446 §6.
enum class AlertDescription : uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kHandshakeFailure = 40,
  kBadCertificate = 42,
  kUnsupportedCertificate = 43,
  kCertificateExpired = 45,
  kCertificateUnknown = 46,
  kIllegalParameter = 47,
  kDecodeError = 50,
  kDecryptError = 51,
  kProtocolVersion = 70,
  kInsufficientSecurity = 71,
  kInternalError = 80,
  kUserCanceled = 90,
  kNoRenegotiation = 100,
  kMissingExtension = 109,
  kUnsupportedExtension = 110,
  kCertificateRequired = 116,
};
std::string_view name(AlertDescription alert);

/// IANA's TLS ExtensionType values.
enum class ExtensionType : uint16_t {
  kSupportedGroups = 10,        // RFC 8422 §5.1.1
  kEcPointFormats = 11,         // RFC 8422 §5.1.2
  kSignatureAlgorithms = 13,    // RFC 8446 §4.2.3
  kUseSrtp = 14,                // RFC 5764 §4.1
  kExtendedMasterSecret = 23,   // RFC 7627 §5.1
  kSupportedVersions = 43,      // RFC 8446 §4.2.1
  kCookie = 44,                 // RFC 8446 §4.2.2
  kKeyShare = 51,               // RFC 8446 §4.2.8
  kRenegotiationInfo = 0xFF01,  // RFC 5746 §3.2
};

using Random = std::array<uint8_t, 32>;

/// What a step of the handshake came to: fine, or the alert that the RFC names for it and a line for people.
class [[nodiscard]] Status {
 public:
  static Status success() { return Status(); }
  static Status failure(AlertDescription alert, std::string_view text, ErrorCode code = ErrorCode::kMalformed) {
    Status out;
    out.failed_ = true;
    out.alert_ = alert;
    out.code_ = code;
    out.text_ = text;
    return out;
  }

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  AlertDescription alert() const { return alert_; }
  Error error() const { return Error(code_, "DTLS: " + text_); }

 private:
  bool failed_ = false;
  AlertDescription alert_ = AlertDescription::kInternalError;
  ErrorCode code_ = ErrorCode::kMalformed;
  std::string text_;
};

}  // namespace tincan::inline v0::dtls
