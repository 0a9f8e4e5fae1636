#include "stack/rtp_transceiver.h"

#include <utility>

namespace tincan::stack {

std::string_view toString(RTCRtpTransceiverDirection direction) {
  switch (direction) {
    case RTCRtpTransceiverDirection::kSendrecv: return "sendrecv";
    case RTCRtpTransceiverDirection::kSendonly: return "sendonly";
    case RTCRtpTransceiverDirection::kRecvonly: return "recvonly";
    case RTCRtpTransceiverDirection::kInactive: return "inactive";
    case RTCRtpTransceiverDirection::kStopped: return "stopped";
  }
  return "";
}

Result<void> RtpSender::replaceTrack(MediaStreamTrackPtr track) {
  if (track && track->kind() != name(kind_)) {
    return {ErrorCode::kTypeError, "replaceTrack needs a track of kind " + std::string(name(kind_)) + ", this one is " +
                                       std::string(track->kind())};
  }
  track_ = std::move(track);
  return {};
}

}  // namespace tincan::stack
