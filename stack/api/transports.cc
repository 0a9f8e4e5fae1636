#include "stack/api/transports.h"

#include <utility>

namespace tincan::inline v0::stack {

std::string_view toString(RTCIceTransportState state) {
  switch (state) {
    case RTCIceTransportState::kNew: return "new";
    case RTCIceTransportState::kChecking: return "checking";
    case RTCIceTransportState::kConnected: return "connected";
    case RTCIceTransportState::kCompleted: return "completed";
    case RTCIceTransportState::kDisconnected: return "disconnected";
    case RTCIceTransportState::kFailed: return "failed";
    case RTCIceTransportState::kClosed: return "closed";
  }
  return "";
}

std::string_view toString(RTCIceGathererState state) {
  switch (state) {
    case RTCIceGathererState::kNew: return "new";
    case RTCIceGathererState::kGathering: return "gathering";
    case RTCIceGathererState::kComplete: return "complete";
  }
  return "";
}

std::string_view toString(RTCIceRole role) {
  switch (role) {
    case RTCIceRole::kUnknown: return "unknown";
    case RTCIceRole::kControlling: return "controlling";
    case RTCIceRole::kControlled: return "controlled";
  }
  return "";
}

std::string_view toString(RTCDtlsTransportState state) {
  switch (state) {
    case RTCDtlsTransportState::kNew: return "new";
    case RTCDtlsTransportState::kConnecting: return "connecting";
    case RTCDtlsTransportState::kConnected: return "connected";
    case RTCDtlsTransportState::kClosed: return "closed";
    case RTCDtlsTransportState::kFailed: return "failed";
  }
  return "";
}

std::string_view toString(RTCSctpTransportState state) {
  switch (state) {
    case RTCSctpTransportState::kConnecting: return "connecting";
    case RTCSctpTransportState::kConnected: return "connected";
    case RTCSctpTransportState::kClosed: return "closed";
  }
  return "";
}

std::vector<RTCIceCandidate> IceTransport::getLocalCandidates() const {
  return host_ ? host_->localIceCandidates() : std::vector<RTCIceCandidate>();
}

std::vector<RTCIceCandidate> IceTransport::getRemoteCandidates() const {
  return host_ ? host_->remoteIceCandidates() : std::vector<RTCIceCandidate>();
}

std::optional<RTCIceCandidatePair> IceTransport::getSelectedCandidatePair() const {
  return host_ ? host_->selectedCandidatePair() : std::nullopt;
}

std::optional<RTCIceParameters> IceTransport::getLocalParameters() const {
  return host_ ? host_->localIceParameters() : std::nullopt;
}

std::optional<RTCIceParameters> IceTransport::getRemoteParameters() const {
  return host_ ? host_->remoteIceParameters() : std::nullopt;
}

std::vector<Bytes> DtlsTransport::getRemoteCertificates() const {
  return host_ ? host_->remoteCertificates() : std::vector<Bytes>();
}

TransportObjects::TransportObjects(TransportHost& host) : host_(host) {
  dtls_->host_ = &host;
  dtls_->ice_->host_ = &host;
}

TransportObjects::~TransportObjects() {
  close();
}

void TransportObjects::beginSctp(double maxMessageSize) {
  if (!sctp_) {
    sctp_ = std::make_shared<SctpTransport>();
    sctp_->dtls_ = dtls_;
    last_.sctp = RTCSctpTransportState::kConnecting;
  }
  sctp_->maxMessageSize_ = maxMessageSize;  // §6.1.1: a new answer may say another
}

void TransportObjects::takeSctp(std::shared_ptr<SctpTransport> sctp) {
  sctp_ = std::move(sctp);
  last_.sctp = RTCSctpTransportState::kConnecting;
  if (!sctp_) return;
  sctp_->dtls_ = dtls_;
  sctp_->state_ = RTCSctpTransportState::kConnecting;  // its transport before may be closed by now
}

void TransportObjects::endSctp() {
  if (!sctp_) return;
  auto sctp = std::exchange(sctp_, nullptr);
  host_.postEvent([sctp = std::move(sctp)] {
    if (std::exchange(sctp->state_, RTCSctpTransportState::kClosed) == RTCSctpTransportState::kClosed) return;
    if (auto handler = sctp->onstatechange) handler();
  });
}

void TransportObjects::update(const TransportStates& now, std::optional<uint16_t> maxChannels) {
  if (sctp_) sctp_->maxChannels_ = maxChannels;
  dtls_->ice_->role_ = now.role;
  if (now == last_) return;
  const TransportStates before = std::exchange(last_, now);
  if (now.gathering != before.gathering) {
    host_.postEvent([ice = dtls_->ice_, state = now.gathering] {
      ice->gatheringState_ = state;
      if (auto handler = ice->ongatheringstatechange) handler();
    });
  }
  if (now.pairChanges != before.pairChanges) {
    host_.postEvent([ice = dtls_->ice_] {
      if (auto handler = ice->onselectedcandidatepairchange) handler();
    });
  }
  if (now.ice != before.ice) {
    host_.postEvent([ice = dtls_->ice_, state = now.ice] {
      ice->state_ = state;
      if (auto handler = ice->onstatechange) handler();
    });
  }
  if (now.dtls != before.dtls) {
    host_.postEvent([dtls = dtls_, state = now.dtls, error = now.dtlsError] {
      dtls->state_ = state;
      // §5.5: "error" comes before "statechange" where the handshake failed.
      if (auto handler = dtls->onerror; handler && state == RTCDtlsTransportState::kFailed && error) handler({*error});
      if (auto handler = dtls->onstatechange) handler();
    });
  }
  if (sctp_ && now.sctp != before.sctp) {
    host_.postEvent([sctp = sctp_, state = now.sctp] {
      sctp->state_ = state;
      if (auto handler = sctp->onstatechange) handler();
    });
  }
}

void TransportObjects::close() {
  dtls_->host_ = nullptr;
  dtls_->ice_->host_ = nullptr;
  dtls_->state_ = RTCDtlsTransportState::kClosed;
  dtls_->ice_->state_ = RTCIceTransportState::kClosed;
  if (sctp_) sctp_->state_ = RTCSctpTransportState::kClosed;
}

}  // namespace tincan::inline v0::stack
