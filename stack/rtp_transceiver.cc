#include "stack/rtp_transceiver.h"

#include <utility>

namespace tincan::inline v0::stack {

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

void RtpTransceiver::link(const std::shared_ptr<ConnectionLink>& link) {
  link_ = link;
  sender_->link_ = link;
  receiver_->link_ = link;
  if (kind_ == MediaKind::kAudio) sender_->dtmf_ = std::make_shared<DTMFSender>(*sender_, link);
  if (kind_ == MediaKind::kVideo) sender_->encodings_.front().scaleResolutionDownBy = 1.0;
}

Result<void> RtpTransceiver::setDirection(RTCRtpTransceiverDirection direction) {
  if (direction == RTCRtpTransceiverDirection::kStopped)
    return {ErrorCode::kTypeError, "a transceiver is not set to \"stopped\": call stop()"};
  if (link_ && (!link_->host || link_->host->isClosed()))
    return {ErrorCode::kInvalidStateError, "setDirection: the connection is closed"};
  if (direction_ == RTCRtpTransceiverDirection::kStopped)
    return {ErrorCode::kInvalidStateError, "setDirection: the transceiver was stopped"};
  if (std::exchange(direction_, direction) != direction && link_) link_->host->negotiationMayBeNeeded();
  return {};
}

Result<void> RtpTransceiver::stop() {
  if (link_ && (!link_->host || link_->host->isClosed()))
    return {ErrorCode::kInvalidStateError, "stop: the connection is closed"};
  if (direction_ == RTCRtpTransceiverDirection::kStopped) return {};
  direction_ = RTCRtpTransceiverDirection::kStopped;
  sender_->stopping_ = true;
  if (!link_) return {};
  // W3C §5.4, "stop sending and receiving": the track ends now, whatever the far end hears of it when.
  link_->host->postEvent([track = receiver_->track()] { track->end(); });
  link_->host->negotiationMayBeNeeded();
  return {};
}

void RtpTransceiver::becomeStopped() {
  direction_ = RTCRtpTransceiverDirection::kStopped;
  currentDirection_ = RTCRtpTransceiverDirection::kStopped;
  sender_->stopping_ = true;
}

Result<void> RtpTransceiver::setCodecPreferences(const std::vector<RTCRtpCodec>& codecs) {
  auto checked = checkedPreferences(kind_, codecs, codecs_ ? *codecs_ : media::builtInCodecs());
  if (!checked) return checked.error();
  preferences_ = *std::move(checked);
  return {};
}

}  // namespace tincan::inline v0::stack
