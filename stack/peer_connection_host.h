#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stack/api/connection_host.h"
#include "stack/api/transports.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"

namespace tincan::stack {

/// What transceivers, senders, receivers and transports may ask of a connection: all that they know of it. Owned by it.
class PeerConnection::Host final : public ConnectionHost, public TransportHost {
 public:
  explicit Host(PeerConnection& connection);
  ~Host();

  const std::shared_ptr<ConnectionLink>& link() const { return link_; }
  /// Something below may have moved: the transports show it.
  void update();
  /// W3C §4.4.1: transceivers stop and transports close, without events.
  void close();
  std::shared_ptr<SctpTransport> sctp();

  bool isClosed() const override { return connection_.closed_; }
  void negotiationMayBeNeeded() override { connection_.updateNegotiationNeeded(); }
  void mediaWaits() override { connection_.wake(); }
  void postEvent(std::function<void()> event) override;
  RTCRtpParameters parametersOf(const RtpSender& sender) const override;
  RTCRtpParameters parametersOf(const RtpReceiver& receiver) const override;
  std::shared_ptr<DtlsTransport> transportOf(const RtpSender& sender) const override;
  std::shared_ptr<DtlsTransport> transportOf(const RtpReceiver& receiver) const override;
  std::string freshId() override;
  RTCStatsReport statsOf(const RtpSender& sender) const override;
  RTCStatsReport statsOf(const RtpReceiver& receiver) const override;
  bool takesTones(const RtpSender& sender) const override;
  double wallMillis(TimePoint at) const override;
  TimePoint now() const override { return connection_.settledAt_; }

  std::vector<RTCIceCandidate> localIceCandidates() const override;
  std::vector<RTCIceCandidate> remoteIceCandidates() const override;
  std::optional<RTCIceCandidatePair> selectedCandidatePair() const override;
  std::optional<RTCIceParameters> localIceParameters() const override;
  std::optional<RTCIceParameters> remoteIceParameters() const override;
  std::vector<Bytes> remoteCertificates() const override;

 private:
  template <class Matches>
  RTCRtpParameters parameters(bool sends, Matches&& matches) const;
  template <class Matches>
  std::shared_ptr<DtlsTransport> transport(Matches&& matches) const;
  RTCIceCandidate toCandidate(const ice::Candidate& candidate, const std::string& ufrag) const;

  PeerConnection& connection_;
  std::shared_ptr<ConnectionLink> link_ = std::make_shared<ConnectionLink>();
  TransportObjects transports_;
};

}  // namespace tincan::stack
