#include <utility>

#include "stack/command.h"
#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/transport.h"

// The W3C's RTP media API (§5.1): tracks, senders, receivers, transceivers.
namespace tincan::stack {

Result<std::shared_ptr<RtpSender>> PeerConnection::addTrack(MediaStreamTrackPtr track,
                                                            const std::vector<MediaStreamPtr>& streams) {
  if (closed_) return closedError();
  if (!track) return {ErrorCode::kTypeError, "addTrack needs a track"};
  for (const auto& transceiver : negotiation_->transceivers()) {
    if (transceiver->sender()->track() == track) return {ErrorCode::kInvalidAccessError, "the track was added before"};
  }
  const MediaKind kind = track->kind() == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
  auto transceiver = negotiation_->reusableFor(kind);
  if (transceiver) {
    negotiation_->setTrack(*transceiver, std::move(track), streams);
    if (transceiver->direction_ == RTCRtpTransceiverDirection::kRecvonly)
      transceiver->direction_ = RTCRtpTransceiverDirection::kSendrecv;
    else if (transceiver->direction_ == RTCRtpTransceiverDirection::kInactive)
      transceiver->direction_ = RTCRtpTransceiverDirection::kSendonly;
  } else {
    transceiver = negotiation_->addTransceiver(kind, std::move(track), RTCRtpTransceiverDirection::kSendrecv, streams);
    transceiver->addedByTrack_ = true;
  }
  updateNegotiationNeeded();
  return transceiver->sender();
}

Result<void> PeerConnection::removeTrack(const std::shared_ptr<RtpSender>& sender) {
  if (closed_) return closedError();
  for (const auto& transceiver : negotiation_->transceivers()) {
    if (transceiver->sender() != sender) continue;
    sender->track_.reset();
    if (transceiver->direction_ == RTCRtpTransceiverDirection::kSendrecv)
      transceiver->direction_ = RTCRtpTransceiverDirection::kRecvonly;
    else if (transceiver->direction_ == RTCRtpTransceiverDirection::kSendonly)
      transceiver->direction_ = RTCRtpTransceiverDirection::kInactive;
    updateNegotiationNeeded();
    return {};
  }
  return {ErrorCode::kInvalidAccessError, "the sender belongs to another connection"};
}

Result<std::shared_ptr<RtpTransceiver>> PeerConnection::addTransceiver(MediaStreamTrackPtr track,
                                                                       RTCRtpTransceiverInit init) {
  if (closed_) return closedError();
  if (!track) return {ErrorCode::kTypeError, "addTransceiver needs a track or a kind"};
  const MediaKind kind = track->kind() == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
  auto transceiver = negotiation_->addTransceiver(kind, std::move(track), init.direction, init.streams);
  updateNegotiationNeeded();
  return transceiver;
}

Result<std::shared_ptr<RtpTransceiver>> PeerConnection::addTransceiver(MediaKind kind, RTCRtpTransceiverInit init) {
  if (closed_) return closedError();
  if (kind == MediaKind::kApplication)
    return {ErrorCode::kTypeError, "a transceiver is of audio or video; data goes by createDataChannel"};
  auto transceiver = negotiation_->addTransceiver(kind, nullptr, init.direction, init.streams);
  updateNegotiationNeeded();
  return transceiver;
}

Result<void> PeerConnection::setDirection(const std::shared_ptr<RtpTransceiver>& transceiver,
                                          RTCRtpTransceiverDirection direction) {
  if (closed_) return closedError();
  if (transceiver->direction_ == RTCRtpTransceiverDirection::kStopped)
    return {ErrorCode::kInvalidStateError, "the transceiver is stopped"};
  transceiver->direction_ = direction;
  updateNegotiationNeeded();
  return {};
}

std::vector<std::shared_ptr<RtpTransceiver>> PeerConnection::getTransceivers() const {
  return negotiation_->transceivers();
}

std::vector<std::shared_ptr<RtpSender>> PeerConnection::getSenders() const {
  std::vector<std::shared_ptr<RtpSender>> out;
  for (const auto& transceiver : negotiation_->transceivers()) out.push_back(transceiver->sender());
  return out;
}

std::vector<std::shared_ptr<RtpReceiver>> PeerConnection::getReceivers() const {
  std::vector<std::shared_ptr<RtpReceiver>> out;
  for (const auto& transceiver : negotiation_->transceivers()) out.push_back(transceiver->receiver());
  return out;
}

void PeerConnection::requestKeyFrame(const std::shared_ptr<RtpReceiver>& receiver) {
  ask(command::RequestKeyFrame{receiver});
}

}  // namespace tincan::stack
