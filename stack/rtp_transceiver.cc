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

Direction toJsep(RTCRtpTransceiverDirection direction) {
  switch (direction) {
    case RTCRtpTransceiverDirection::kSendrecv: return Direction::kSendRecv;
    case RTCRtpTransceiverDirection::kSendonly: return Direction::kSendOnly;
    case RTCRtpTransceiverDirection::kRecvonly: return Direction::kRecvOnly;
    case RTCRtpTransceiverDirection::kInactive:
    case RTCRtpTransceiverDirection::kStopped: break;
  }
  return Direction::kInactive;
}

RTCRtpTransceiverDirection toW3c(Direction direction) {
  switch (direction) {
    case Direction::kSendRecv: return RTCRtpTransceiverDirection::kSendrecv;
    case Direction::kSendOnly: return RTCRtpTransceiverDirection::kSendonly;
    case Direction::kRecvOnly: return RTCRtpTransceiverDirection::kRecvonly;
    case Direction::kInactive: break;
  }
  return RTCRtpTransceiverDirection::kInactive;
}

Result<void> RtpSender::replaceTrack(MediaStreamTrackPtr track) {
  if (track && track->kind() != name(kind_)) {
    return {ErrorCode::kTypeError, "replaceTrack needs a track of kind " + std::string(name(kind_)) + ", this one is " +
                                       std::string(track->kind())};
  }
  track_ = std::move(track);
  return {};
}

RTCRtpCapabilities RtpSender::getCapabilities(MediaKind kind, const media::CodecFactory& codecs) {
  return sendCapabilities(kind, codecs);
}

RTCRtpCapabilities RtpReceiver::getCapabilities(MediaKind kind, const media::CodecFactory& codecs) {
  return receiveCapabilities(kind, codecs);
}

Result<void> RtpTransceiver::setCodecPreferences(const std::vector<RTCRtpCodec>& codecs) {
  auto checked = checkedPreferences(kind_, codecs, codecs_ ? *codecs_ : media::builtInCodecs());
  if (!checked) return checked.error();
  preferences_ = *std::move(checked);
  return {};
}

}  // namespace tincan::stack
