#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tincan::inline v0::stack {

/// webrtc-pc §11.1.
enum class RTCErrorDetailType : uint8_t {
  kDataChannelFailure,
  kDtlsFailure,
  kFingerprintFailure,
  kSctpFailure,
  kSdpSyntaxError,
  kHardwareEncoderNotAvailable,
  kHardwareEncoderError
};
std::string_view toString(RTCErrorDetailType type);  ///< "sdp-syntax-error"

/// webrtc-pc §11.2. An OperationError with details.
struct RTCError {
  RTCErrorDetailType errorDetail = RTCErrorDetailType::kDataChannelFailure;
  std::string message{};
  std::optional<int32_t> sdpLineNumber{};   ///< of kSdpSyntaxError, from 1
  std::optional<int32_t> sctpCauseCode{};   ///< of kSctpFailure (RFC 9260 §3.3.10)
  std::optional<uint32_t> receivedAlert{};  ///< of kDtlsFailure (RFC 8446 §6)
  std::optional<uint32_t> sentAlert{};
};

/// §11.3.
struct RTCErrorEvent {
  RTCError error;
};

/// What an error of setRemoteDescription() is in the W3C's words: a sdp-syntax-error with its line where the text could
/// not be read; nothing for any other error.
std::optional<RTCError> sdpError(const Error& error);

}  // namespace tincan::inline v0::stack
