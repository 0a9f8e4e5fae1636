#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/chacha20_random.h"
#include "ice/events.h"
#include "ice/server_url.h"
#include "rtp/srtp_session.h"
#include "sctp/data_channels.h"
#include "sdp/notes.h"
#include "stack/api/transports.h"
#include "stack/attribute.h"
#include "stack/configuration.h"
#include "stack/data_channel.h"
#include "stack/event_queue.h"
#include "stack/local_ice.h"
#include "stack/negotiation_needed.h"
#include "stack/rtp_transceiver.h"
#include "stack/stats.h"

namespace tincan::inline v0::stack {

struct RTCPeerConnectionIceEvent {
  /// Empty candidate text: this generation is complete. nullopt: gathering is over (the W3C's null).
  std::optional<RTCIceCandidate> candidate{};
  std::optional<std::string> url{};  ///< of the STUN or TURN server that it came from
};

struct RTCTrackEvent {
  std::shared_ptr<RtpReceiver> receiver;
  MediaStreamTrackPtr track;
  std::vector<MediaStreamPtr> streams{};
  std::shared_ptr<RtpTransceiver> transceiver;
};

struct RTCDataChannelEvent {
  std::shared_ptr<DataChannel> channel;
};

struct RTCRtpTransceiverInit {
  RTCRtpTransceiverDirection direction = RTCRtpTransceiverDirection::kSendrecv;
  std::vector<MediaStreamPtr> streams{};
  /// More than one is simulcast: up to three of pictures, each with a rid, the smallest first. One of sound.
  std::vector<RTCRtpEncodingParameters> sendEncodings{};
};

class MediaSession;
class Negotiation;
class DataChannelSet;
class TransportSet;
struct TransportPath;
struct Command;
struct GatheredCandidates;
struct LocalTransport;

/// What a connection needs of the world and never reaches for by itself.
struct Environment {
  /// A connection draws 32 bytes from it when it is made, and all its randomness from those, the keys of its default
  /// certificate included: with the same 32 bytes the same inputs give the same outputs.
  RandomSource& random;
  PacketPool& pool;
  /// The wall clock at the connection's TimePoint zero, in microseconds since 1970: RTCP's NTP times and certificates.
  int64_t unixMicrosAtZero = 0;
  /// Which code encrypts media. A server sets `shared`: one workspace for all connections of a loop.
  rtp::SrtpConfig srtp{};
  /// What the connection tells of itself; off by default.
  Log log{};
  /// What the SCTP receive windows of all connections of a loop may grow to together; null: each by itself.
  std::shared_ptr<sctp::WindowBudget> windowBudget{};
  /// What encodes and decodes; outlives the connection. Null: media::builtInCodecs().
  const media::CodecFactory* codecs = nullptr;
  /// Where pictures are encoded and decoded; outlives the connection. Null: on the loop's thread, at once, so that a call
  /// is a function of what went in. With net::WorkerPool the loop does not wait for a codec, factory and codecs are used
  /// from other threads, and no two calls are alike. Sound is too little work for it, and stays on the loop.
  Executor* executor = nullptr;
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
  /// What is in force, and what is on its way to be: an offer that has yet to be answered for good.
  std::optional<RTCSessionDescription> currentLocalDescription() const;
  std::optional<RTCSessionDescription> pendingLocalDescription() const;
  std::optional<RTCSessionDescription> currentRemoteDescription() const;
  std::optional<RTCSessionDescription> pendingRemoteDescription() const;
  /// Whether the far end takes candidates one by one; absent before its description.
  std::optional<bool> canTrickleIceCandidates() const;
  /// With the certificate that was made where none was given.
  const RTCConfiguration& getConfiguration() const { return configuration_; }
  /// §4.4.1.6: other ICE servers, policy or pool size, from the next gathering on; where something was gathered, the next
  /// offer restarts ICE. InvalidModificationError where certificates, bundlePolicy or rtcpMuxPolicy are others, or the
  /// pool's size once a description was set; as create() where a server is wrong. Everything beside the W3C's dictionary
  /// stays as it is, and so do the certificates, where the list is empty.
  Result<void> setConfiguration(const RTCConfiguration& configuration);
  /// What was not as it should be in the description that setRemoteDescription() was given last, and what became of it;
  /// after createAnswer() also what the answer rejects, and why.
  std::vector<sdp::Note> descriptionNotes() const;
  /// In one sentence, why nothing can come of what was negotiated: no section is left of it, or DTLS has failed. Then
  /// connectionState is "failed", where nothing had connected before. Empty otherwise.
  std::string negotiationFailure() const;
  /// These four change in the task that fires their event (W3C §4.4.1.5, §5.6): a handler reads the state that its event
  /// is about. Whoever has called a method that changes the signalling state sees it changed at once.
  RTCSignalingState signalingState() const { return signaling_.shown(); }
  RTCIceGatheringState iceGatheringState() const { return iceGathering_.shown(); }
  RTCIceConnectionState iceConnectionState() const { return iceConnection_.shown(); }
  RTCPeerConnectionState connectionState() const { return connection_.shown(); }
  /// Whether another offer would say something new (§4.7.3): for whoever holds onnegotiationneeded back.
  bool negotiationNeeded() const;

  // ---- Media (§5.1) ----
  Result<std::shared_ptr<RtpSender>> addTrack(MediaStreamTrackPtr track,
                                              const std::vector<MediaStreamPtr>& streams = {});
  Result<std::shared_ptr<RtpSender>> addTrack(MediaStreamTrackPtr track, const MediaStreamPtr& stream) {
    return addTrack(std::move(track), std::vector<MediaStreamPtr>{stream});
  }
  Result<void> removeTrack(const std::shared_ptr<RtpSender>& sender);
  Result<std::shared_ptr<RtpTransceiver>> addTransceiver(MediaStreamTrackPtr track, RTCRtpTransceiverInit init = {});
  Result<std::shared_ptr<RtpTransceiver>> addTransceiver(MediaKind kind, RTCRtpTransceiverInit init = {});
  /// transceiver->setDirection(), or stop() for "stopped".
  Result<void> setDirection(const std::shared_ptr<RtpTransceiver>& transceiver, RTCRtpTransceiverDirection direction);
  std::vector<std::shared_ptr<RtpTransceiver>> getTransceivers() const;
  std::vector<std::shared_ptr<RtpSender>> getSenders() const;
  std::vector<std::shared_ptr<RtpReceiver>> getReceivers() const;
  /// Asks the peer for a key frame (PLI, RFC 4585 §6.3.1), at most once a round trip.
  void requestKeyFrame(const std::shared_ptr<RtpReceiver>& receiver);

  // ---- Data (§6.1) ----
  Result<std::shared_ptr<DataChannel>> createDataChannel(std::string label, RTCDataChannelInit init = {});
  /// Null until a data section was negotiated.
  std::shared_ptr<SctpTransport> sctp() const;

  // ---- Statistics (§8) ----
  RTCStatsReport getStats() const;
  /// What concerns this track of a sender or a receiver; InvalidAccessError when none, or more than one, has it.
  Result<RTCStatsReport> getStats(const MediaStreamTrackPtr& selector) const;
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
  /// Runs the callbacks that wait, while nothing else moves: for whoever tells the end of a call (JavaScript's promise)
  /// behind that call's own events, and before what the network makes of it.
  bool dispatchCallEvents();
  std::array<std::string_view, 2> ufrags() const override;
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  /// Without a driver there is no connection: as close().
  void leave(TimePoint now) override;
  void setParting(std::function<void()> parting) override { parting_ = std::move(parting); }

 private:
  PeerConnection(RTCConfiguration configuration, Environment environment, std::vector<ice::ServerUrl> servers,
                 std::unique_ptr<crypto::ChaCha20Random> random);

  /// How much of what has come is taken on: packets of a batch gain from waiting for their like.
  enum class Depth { kArrival, kDrain };

  // ---- everything that moves, moves in settle() ----
  void ask(Command command);
  bool settle(TimePoint now, Depth depth = Depth::kDrain);
  bool handleTransportEvents(TimePoint now);
  bool handleTransportEvents(TimePoint now, TransportPath& path);
  struct Executor;  // of one command

  // ---- what pages hear ----
  void handleIceEvent(TransportPath& path, const ice::Event& event);
  void tellIce(TransportPath& path, std::vector<LocalIce::News> news);
  void tellCandidate(const TransportPath& path, const LocalIce::CandidateFound& found);
  void tellGathering(RTCIceGatheringState state);
  void tellStates(TimePoint now);
  void tellDescription();
  void tellTracks();
  void updateNegotiationNeeded();
  void fire(std::function<void()> PeerConnection::*handler);
  void post(std::function<void()> event);
  void wake() const;

  // ---- descriptions ----
  std::unique_ptr<TransportPath> makePath(uint32_t id);
  MediaSession& mediaOf(TransportPath& path);
  /// Those that a description has a live section on; else the first.
  std::vector<TransportPath*> pathsInUse() const;
  RTCIceConnectionState jointIce() const;
  RTCPeerConnectionState jointConnection(bool hopeless) const;
  RTCIceGatheringState jointGathering() const;
  void setIceRole(ice::Role role);
  void gatherWhereLive();
  void tellWhetherLive();
  std::map<uint32_t, GatheredCandidates> gathered() const;
  LocalTransport localTransport(const ice::Credentials& credentials) const;
  sctp::DataChannels::Config dataConfig() const;
  void noteMedia();
  const ice::Credentials& offeredCredentials(bool restart);
  const ice::Credentials& answeredCredentials();
  bool offersRestart() const;
  Result<void> applyLocal(const RTCSessionDescription& description);
  void applyRemoteTransport();
  void forgetHeldCandidates();
  void rolledBack(bool offered);
  void applyNegotiated();
  void abandonRemoteTracks();
  bool wantsData() const;
  Error closedError() const;
  Result<std::shared_ptr<RtpTransceiver>> makeTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                          RTCRtpTransceiverInit init);

  class Host;

  RTCConfiguration configuration_;
  Environment environment_;
  std::unique_ptr<crypto::ChaCha20Random> random_;
  std::shared_ptr<const crypto::Identity> identity_;
  std::shared_ptr<EventQueue> events_;
  std::vector<ice::ServerUrl> servers_;
  std::unique_ptr<TransportSet> transports_;
  std::unique_ptr<DataChannelSet> channels_;
  std::unique_ptr<Negotiation> negotiation_;
  std::unique_ptr<Host> host_;
  std::optional<LocalCredentials> credentials_;
  std::optional<ice::Role> iceRole_;
  NegotiationNeeded needed_;

  std::function<void()> wake_, parting_;
  std::vector<Command> commands_;
  TimePoint settledAt_;  // what waits to be settled has been due since then
  std::optional<TimePoint> firstDescription_, connectedAt_;
  bool socketsToClose_ = false;
  Attribute<RTCSignalingState> signaling_{RTCSignalingState::kStable};
  Attribute<RTCIceGatheringState> iceGathering_{RTCIceGatheringState::kNew};
  Attribute<RTCIceConnectionState> iceConnection_{RTCIceConnectionState::kNew};
  RTCIceConnectionState iceTold_ = RTCIceConnectionState::kNew;  // or on its way to the page
  Attribute<RTCPeerConnectionState> connection_{RTCPeerConnectionState::kNew};
  bool closed_ = false;
};

}  // namespace tincan::inline v0::stack
