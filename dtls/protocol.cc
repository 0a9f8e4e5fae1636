#include "dtls/protocol.h"

#include "dtls/config.h"

namespace tincan::inline v0::dtls {

std::string_view name(State state) {
  switch (state) {
    case State::kNew: return "new";
    case State::kConnecting: return "connecting";
    case State::kConnected: return "connected";
    case State::kClosed: return "closed";
    case State::kFailed: return "failed";
  }
  return "unknown";
}

std::string_view name(Version version) {
  switch (version) {
    case Version::kDtls12: return "DTLS 1.2";
    case Version::kDtls13: return "DTLS 1.3";
  }
  return "unknown";
}

std::string_view name(HandshakeType type) {
  switch (type) {
    case HandshakeType::kHelloRequest: return "HelloRequest";
    case HandshakeType::kClientHello: return "ClientHello";
    case HandshakeType::kServerHello: return "ServerHello";
    case HandshakeType::kHelloVerifyRequest: return "HelloVerifyRequest";
    case HandshakeType::kNewSessionTicket: return "NewSessionTicket";
    case HandshakeType::kEncryptedExtensions: return "EncryptedExtensions";
    case HandshakeType::kCertificate: return "Certificate";
    case HandshakeType::kServerKeyExchange: return "ServerKeyExchange";
    case HandshakeType::kCertificateRequest: return "CertificateRequest";
    case HandshakeType::kServerHelloDone: return "ServerHelloDone";
    case HandshakeType::kCertificateVerify: return "CertificateVerify";
    case HandshakeType::kClientKeyExchange: return "ClientKeyExchange";
    case HandshakeType::kFinished: return "Finished";
    case HandshakeType::kKeyUpdate: return "KeyUpdate";
    case HandshakeType::kMessageHash: return "message_hash";
  }
  return "unknown message";
}

std::string_view name(AlertDescription alert) {
  switch (alert) {
    case AlertDescription::kCloseNotify: return "close_notify";
    case AlertDescription::kUnexpectedMessage: return "unexpected_message";
    case AlertDescription::kBadRecordMac: return "bad_record_mac";
    case AlertDescription::kRecordOverflow: return "record_overflow";
    case AlertDescription::kHandshakeFailure: return "handshake_failure";
    case AlertDescription::kBadCertificate: return "bad_certificate";
    case AlertDescription::kUnsupportedCertificate: return "unsupported_certificate";
    case AlertDescription::kCertificateExpired: return "certificate_expired";
    case AlertDescription::kCertificateUnknown: return "certificate_unknown";
    case AlertDescription::kIllegalParameter: return "illegal_parameter";
    case AlertDescription::kDecodeError: return "decode_error";
    case AlertDescription::kDecryptError: return "decrypt_error";
    case AlertDescription::kProtocolVersion: return "protocol_version";
    case AlertDescription::kInsufficientSecurity: return "insufficient_security";
    case AlertDescription::kInternalError: return "internal_error";
    case AlertDescription::kUserCanceled: return "user_canceled";
    case AlertDescription::kNoRenegotiation: return "no_renegotiation";
    case AlertDescription::kMissingExtension: return "missing_extension";
    case AlertDescription::kUnsupportedExtension: return "unsupported_extension";
    case AlertDescription::kCertificateRequired: return "certificate_required";
  }
  return "unknown alert";
}

}  // namespace tincan::inline v0::dtls
