#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "base/log.h"
#include "base/random.h"
#include "ice/events.h"
#include "ice/server_url.h"
#include "rtp/srtp_session.h"
#include "sdp/notes.h"
#include "stack/configuration.h"
#include "stack/data_channel.h"
#include "stack/event_queue.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::stack {

struct RTCPeerConnectionIceEvent {
  /// Empty candidate text: this generation is complete. nullopt: gathering is over (the W3C's null).
  std::optional<RTCIceCandidate> candidate;
};

struct RTCTrackEvent {
  std::shared_ptr<RtpReceiver> receiver;
  MediaStreamTrackPtr track;
  std::vector<MediaStreamPtr> streams;
  std::shared_ptr<RtpTransceiver> transceiver;
};

struct RTCDataChannelEvent {
  std::shared_ptr<DataChannel> channel;
};

struct RTCRtpTransceiverInit {
  RTCRtpTransceiverDirection direction = RTCRtpTransceiverDirection::kSendrecv;
  std::vector<MediaStreamPtr> streams;
};

class Negotiation;
class Transport;
class MediaSession;
class DataChannelSet;
struct LocalTransport;

/// What a connection needs of the world and never reaches for by itself.
struct Environment {
  RandomSource& random;
  PacketPool& pool;
  /// The wall clock at the connection's TimePoint zero, in microseconds since 1970: RTCP's NTP times and certificates.
  int64_t unixMicrosAtZero = 0;
  /// Which code encrypts media. A server sets `shared`: one workspace for all connections of a loop.
  rtp::SrtpConfig srtp{};
  /// What the connection tells of itself; off by default.
  Log log{};
  /// What encodes and decodes; outlives the connection. Null: media::builtInCodecs().
  const media::CodecFactory* codecs = nullptr;
};

/// W3C RTCPeerConnection (§4.4), sans-IO: an Endpoint that net::Driver (or a simulation) drives. What the W3C makes a
/// promise is answered at once here, because nothing in it waits. Belongs to its loop; the callbacks run on it, with
/// nothing locked, and may call anything, `close()` and the destructor included.
class PeerConnection final : public Endpoint {
 public:
  /// Fails only when an iceServers URL is none (SyntaxError), TURN has no credentials or a certificate has expired
  /// (InvalidAccessError), or no certificate could be made.
  static Result<std::unique_ptr<PeerConnection>> create(RTCConfiguration configuration, Environment environment);
  /// §4.9.1, for RTCConfiguration::certificates: made once, it can be kept and used again.
  static Result<RTCCertificate> generateCertificate(const RTCCertificateKeyParams& keyParams, Environment environment);
  /// Tells the far end as close() does, at once: no turn of a loop comes after it. The driver may go before or after.
  ~PeerConnection() override;

  // ---- Session (§4.4.2) ----
  Result<RTCSessionDescription> createOffer(RTCOfferOptions options = {});
  Result<RTCSessionDescription> createAnswer();
  /// With no argument: makes the offer or answer that the signalling state asks for. With a type and no SDP: makes that.
  Result<void> setLocalDescription(std::optional<RTCSessionDescription> description = std::nullopt);
  Result<void> setRemoteDescription(const RTCSessionDescription& description);
  Result<void> addIceCandidate(const RTCIceCandidate& candidate);
  /// The peer's candidates that were passed over, and why, in words; the first few. None of them ends a call.
  std::vector<std::string> candidateNotes() const;
  /// Which candidate pairs were tried and what each answered, in words: a line each, after one that counts them. For a
  /// person who asks why there is no connection; when ICE fails it goes to the log, too.
  std::vector<std::string> connectivityReport() const;
  void restartIce();
  void close();

  /// With the candidates gathered so far.
  std::optional<RTCSessionDescription> localDescription() const;
  std::optional<RTCSessionDescription> remoteDescription() const;
  /// What was not as it should be in the description that setRemoteDescription() was given last, and what became of it;
  /// after createAnswer() also what the answer rejects, and why.
  std::vector<sdp::Note> descriptionNotes() const;
  /// In one sentence, why nothing can come of what was negotiated: no section is left of it, or DTLS has failed. Then
  /// connectionState is "failed", where nothing had connected before. Empty otherwise.
  std::string negotiationFailure() const;
  RTCSignalingState signalingState() const;
  RTCIceGatheringState iceGatheringState() const { return iceGatheringState_; }
  RTCIceConnectionState iceConnectionState() const { return iceConnectionState_; }
  RTCPeerConnectionState connectionState() const { return connectionState_; }

  // ---- Media (§5.1) ----
  Result<std::shared_ptr<RtpSender>> addTrack(MediaStreamTrackPtr track,
                                              const std::vector<MediaStreamPtr>& streams = {});
  Result<std::shared_ptr<RtpSender>> addTrack(MediaStreamTrackPtr track, const MediaStreamPtr& stream) {
    return addTrack(std::move(track), std::vector<MediaStreamPtr>{stream});
  }
  Result<void> removeTrack(const std::shared_ptr<RtpSender>& sender);
  Result<std::shared_ptr<RtpTransceiver>> addTransceiver(MediaStreamTrackPtr track, RTCRtpTransceiverInit init = {});
  Result<std::shared_ptr<RtpTransceiver>> addTransceiver(MediaKind kind, RTCRtpTransceiverInit init = {});
  /// W3C's transceiver.direction setter.
  Result<void> setDirection(const std::shared_ptr<RtpTransceiver>& transceiver, RTCRtpTransceiverDirection direction);
  std::vector<std::shared_ptr<RtpTransceiver>> getTransceivers() const;
  std::vector<std::shared_ptr<RtpSender>> getSenders() const;
  std::vector<std::shared_ptr<RtpReceiver>> getReceivers() const;
  /// Asks the peer for a key frame (PLI, RFC 4585 §6.3.1), at most once a round trip.
  void requestKeyFrame(const std::shared_ptr<RtpReceiver>& receiver);

  // ---- Data (§6.1) ----
  Result<std::shared_ptr<DataChannel>> createDataChannel(std::string label, RTCDataChannelInit init = {});

  // ---- Statistics (§8) ----
  RTCStatsReport getStats() const;
  /// With SecuritySettings::keepKeyLog: the lines of an SSLKEYLOGFILE since the last call, empty before the handshake.
  std::string takeKeyLog();

  // ---- Events ----
  std::function<void()> onnegotiationneeded;
  std::function<void(RTCPeerConnectionIceEvent)> onicecandidate;
  std::function<void(RTCPeerConnectionIceErrorEvent)> onicecandidateerror;
  std::function<void()> onsignalingstatechange;
  std::function<void()> oniceconnectionstatechange;
  std::function<void()> onicegatheringstatechange;
  std::function<void()> onconnectionstatechange;
  std::function<void(RTCTrackEvent)> ontrack;
  std::function<void(RTCDataChannelEvent)> ondatachannel;

  // ---- Endpoint: the one contract ----
  void receive(TimePoint now, const Route& route, PacketBuffer packet) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override;
  bool pollTransmit(TimePoint now, Transmit& out) override;
  bool pollIoRequest(IoRequest& out) override;
  void handleIoResult(TimePoint now, IoResult result) override;
  bool dispatchEvents(TimePoint now) override;
  std::array<std::string_view, 2> ufrags() const override;
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  /// Without a driver there is no connection: as close().
  void leave(TimePoint now) override;
  void setParting(std::function<void()> parting) override { parting_ = std::move(parting); }

 private:
  PeerConnection(RTCConfiguration configuration, Environment environment, std::vector<ice::ServerUrl> servers,
                 std::shared_ptr<const crypto::Identity> identity);

  void defer(std::function<void(TimePoint)> action);
  void advance(TimePoint now);
  void handleTransportEvents();
  void handleIceEvent(const ice::Event& event);
  void handleCandidate(const ice::Candidate& candidate);
  LocalTransport localTransport() const;
  Result<void> applyLocal(const RTCSessionDescription& description);
  bool stopsTaggedSection() const;
  void applyRemoteTransport();
  void applyNegotiated();
  void addRemoteCandidate(TimePoint now, const std::string& line);
  void restartLocalIce();
  void abandonRemoteTracks();
  void fireTrackChanges();
  void setSignalingState(RTCSignalingState before);
  void updateConnectionState();
  void updateNegotiationNeeded();
  void fire(std::function<void()> PeerConnection::*handler);
  bool wantsData() const;
  Error closedError() const;

  RTCConfiguration configuration_;
  Environment environment_;
  std::shared_ptr<const crypto::Identity> identity_;
  std::shared_ptr<EventQueue> events_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<MediaSession> media_;
  std::unique_ptr<DataChannelSet> channels_;
  std::unique_ptr<Negotiation> negotiation_;

  std::function<void()> wake_, parting_;
  std::vector<std::function<void(TimePoint)>> deferred_;
  TimePoint now_;
  std::optional<TimePoint> firstDescription_, connectedAt_;
  std::vector<std::string> localCandidates_;
  std::vector<ice::Event> pooled_;  // gathered before there was a description to tell them with
  bool pooling_ = false;
  bool gathering_ = false;         // asked for; the agent says when it began
  bool iceRestartWanted_ = false;  // by restartIce(): the next offer has new credentials
  std::string remoteUfrag_;        // of the generation that the agent was told
  std::vector<crypto::Fingerprint> remoteFingerprints_;
  std::string dtlsFailure_;                  // why the association in force came to nothing
  std::string bundleTag_;                    // of the exchange that the transport was told of
  std::vector<std::string> heldCandidates_;  // of one that it will be told
  std::vector<std::string> candidateNotes_;
  bool restartAnswered_ = false;  // the pending remote offer's restart has its new local credentials
  bool socketsToClose_ = false;
  RTCIceGatheringState iceGatheringState_ = RTCIceGatheringState::kNew;
  RTCIceConnectionState iceConnectionState_ = RTCIceConnectionState::kNew;
  RTCPeerConnectionState connectionState_ = RTCPeerConnectionState::kNew;
  bool negotiationNeeded_ = false;
  size_t keyLogTaken_ = 0;
  bool closed_ = false;
};

}  // namespace tincan::stack
