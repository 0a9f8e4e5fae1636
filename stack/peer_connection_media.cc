#include <utility>

#include "stack/api/encodings.h"
#include "stack/command.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/peer_connection_host.h"
#include "stack/transport.h"

// The W3C's RTP media API (§5.1): tracks, senders, receivers, transceivers.
namespace tincan::inline v0::stack {

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
  }
  transceiver->addedByTrack_ = true;  // RFC 9429 §5.10: of an offer's sections it may take one, whoever made it
  updateNegotiationNeeded();
  return transceiver->sender();
}

Result<void> PeerConnection::removeTrack(const std::shared_ptr<RtpSender>& sender) {
  if (closed_) return closedError();
  for (const auto& transceiver : negotiation_->transceivers()) {
    if (transceiver->sender() != sender) continue;
    // W3C §5.1: nothing is taken from a sender that has no track, or whose transceiver stops.
    if (!sender->track_ || transceiver->direction_ == RTCRtpTransceiverDirection::kStopped) return {};
    sender->track_.reset();
    if (transceiver->direction_ == RTCRtpTransceiverDirection::kSendrecv)
      transceiver->direction_ = RTCRtpTransceiverDirection::kRecvonly;
    else if (transceiver->direction_ == RTCRtpTransceiverDirection::kSendonly)
      transceiver->direction_ = RTCRtpTransceiverDirection::kInactive;
    updateNegotiationNeeded();
    return {};
  }
  if (sender && sender->link_ == host_->link()) return {};  // its transceiver has stopped and gone
  return {ErrorCode::kInvalidAccessError, "the sender belongs to another connection"};
}

Result<std::shared_ptr<RtpTransceiver>> PeerConnection::addTransceiver(MediaStreamTrackPtr track,
                                                                       RTCRtpTransceiverInit init) {
  if (closed_) return closedError();
  if (!track) return {ErrorCode::kTypeError, "addTransceiver needs a track or a kind"};
  const MediaKind kind = track->kind() == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
  return makeTransceiver(kind, std::move(track), std::move(init));
}

Result<std::shared_ptr<RtpTransceiver>> PeerConnection::makeTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                                        RTCRtpTransceiverInit init) {
  if (init.direction == RTCRtpTransceiverDirection::kStopped)
    return {ErrorCode::kTypeError, "a transceiver does not begin \"stopped\""};
  const auto supported =
      environment_.codecs ? RtpSender::getCapabilities(kind, *environment_.codecs) : RtpSender::getCapabilities(kind);
  auto encodings = checkedSendEncodings(kind, std::move(init.sendEncodings), supported);
  if (!encodings) return encodings.error();
  const media::CodecFactory& codecs = environment_.codecs ? *environment_.codecs : media::builtInCodecs();
  if (auto layered = checkScalability(*encodings, codecs); !layered) return layered.error();
  auto transceiver = negotiation_->addTransceiver(kind, std::move(track), init.direction, init.streams);
  transceiver->sender()->setEncodings(*std::move(encodings), *random_);
  updateNegotiationNeeded();
  return transceiver;
}

Result<std::shared_ptr<RtpTransceiver>> PeerConnection::addTransceiver(MediaKind kind, RTCRtpTransceiverInit init) {
  if (closed_) return closedError();
  if (kind == MediaKind::kApplication)
    return {ErrorCode::kTypeError, "a transceiver is of audio or video; data goes by createDataChannel"};
  return makeTransceiver(kind, nullptr, std::move(init));
}

Result<void> PeerConnection::setDirection(const std::shared_ptr<RtpTransceiver>& transceiver,
                                          RTCRtpTransceiverDirection direction) {
  if (direction == RTCRtpTransceiverDirection::kStopped && transceiver->direction() == direction)
    return {ErrorCode::kInvalidStateError, "the transceiver is stopped"};
  return direction == RTCRtpTransceiverDirection::kStopped ? transceiver->stop() : transceiver->setDirection(direction);
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

std::shared_ptr<SctpTransport> PeerConnection::sctp() const {
  return host_->sctp();
}

}  // namespace tincan::inline v0::stack
