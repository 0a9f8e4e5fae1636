#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stack/api/connection_host.h"
#include "stack/api/transports.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {

/// What transceivers, senders and receivers may ask of a connection: all that they know of it. Owned by it.
class PeerConnection::Host final : public ConnectionHost {
 public:
  explicit Host(PeerConnection& connection);
  ~Host();

  const std::shared_ptr<ConnectionLink>& link() const { return link_; }
  /// Something below may have moved: the transports show it.
  void update();
  /// W3C §4.4.1: transceivers stop and transports close, without events.
  void close();
  std::shared_ptr<SctpTransport> sctp();
  /// A transport leaves: what pages have of it closes, without events.
  void forget(uint32_t path);

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

 private:
  class Objects;

  template <class Matches>
  RTCRtpParameters parameters(bool sends, Matches&& matches) const;
  template <class Matches>
  std::shared_ptr<DtlsTransport> transport(Matches&& matches) const;
  Objects& objectsOf(uint32_t path) const;
  void giveSctpTo(Objects* owner);

  PeerConnection& connection_;
  std::shared_ptr<ConnectionLink> link_ = std::make_shared<ConnectionLink>();
  mutable std::map<uint32_t, std::unique_ptr<Objects>> objects_;  // made when somebody asks, or something moves
  std::shared_ptr<SctpTransport> sctp_;                           // of the data section, or the last one that there was
  bool sctpOffered_ = false;                                      // no answer has said yet that it is taken
};

}  // namespace tincan::inline v0::stack
