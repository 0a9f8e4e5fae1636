#include "stack/api/rtc_error.h"

#include "sdp/parser.h"

namespace tincan::inline v0::stack {

std::string_view toString(RTCErrorDetailType type) {
  switch (type) {
    case RTCErrorDetailType::kDataChannelFailure: return "data-channel-failure";
    case RTCErrorDetailType::kDtlsFailure: return "dtls-failure";
    case RTCErrorDetailType::kFingerprintFailure: return "fingerprint-failure";
    case RTCErrorDetailType::kSctpFailure: return "sctp-failure";
    case RTCErrorDetailType::kSdpSyntaxError: return "sdp-syntax-error";
    case RTCErrorDetailType::kHardwareEncoderNotAvailable: return "hardware-encoder-not-available";
    case RTCErrorDetailType::kHardwareEncoderError: return "hardware-encoder-error";
  }
  return "";
}

std::optional<RTCError> sdpError(const Error& error) {
  const auto line = sdp::errorLine(error);
  if (!line) return std::nullopt;
  RTCError out;
  out.errorDetail = RTCErrorDetailType::kSdpSyntaxError;
  out.message = error.message();
  out.sdpLineNumber = static_cast<int32_t>(*line);
  return out;
}

}  // namespace tincan::inline v0::stack
