#include "stack/peer_connection.h"

#include <algorithm>
#include <utility>

#include "stack/connection_log.h"
#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/transport.h"

namespace tincan::stack {
namespace {

Result<std::vector<ice::ServerUrl>> parseServers(const RTCConfiguration& configuration) {
  std::vector<ice::ServerUrl> out;
  for (const RTCIceServer& server : configuration.iceServers) {
    if (server.urls.empty()) return Error(ErrorCode::kSyntaxError, "an ICE server without a URL: give it one");
    for (const std::string& text : server.urls) {
      auto url = ice::ServerUrl::parse(text);
      if (!url) return Error(ErrorCode::kSyntaxError, url.error().message());
      // W3C webrtc-pc §4.4.1.1: TURN always wants credentials.
      if (url->isTurn() && (server.username.empty() || server.credential.empty())) {
        return Error(ErrorCode::kInvalidAccessError, "ICE server '" + text + "' needs a username and a credential");
      }
      url->username = server.username;
      url->credential = server.credential;
      out.push_back(*std::move(url));
    }
  }
  return out;
}

constexpr size_t kMaxHeldCandidates = 64;  // LIMITS: remote candidates

// None of the certificates is one that the peer may have shown before.
bool isOther(const std::vector<crypto::Fingerprint>& before, const std::vector<crypto::Fingerprint>& now) {
  return std::none_of(now.begin(), now.end(), [&](const crypto::Fingerprint& each) {
    return std::find(before.begin(), before.end(), each) != before.end();
  });
}

// The W3C's numbers are in the same order as ours (RFC 8445 §6.1.3 has none).
RTCIceConnectionState toW3c(ice::State state) {
  return static_cast<RTCIceConnectionState>(state);
}
RTCIceGatheringState toW3c(ice::GatheringState state) {
  return static_cast<RTCIceGatheringState>(state);
}

Result<void> check(const SecuritySettings& security) {
  // The wire's numbers count down: 1.3 is below 1.2.
  if (security.minVersion < security.maxVersion) {
    return Error(ErrorCode::kInvalidAccessError, "security: minVersion is above maxVersion");
  }
  if (security.srtpProfiles.empty()) {
    return Error(ErrorCode::kInvalidAccessError, "security: srtpProfiles is empty: media needs one at least");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PeerConnection>> PeerConnection::create(RTCConfiguration configuration,
                                                               Environment environment) {
  auto servers = parseServers(configuration);
  if (!servers) return servers.error();
  if (auto checked = check(configuration.security); !checked) return checked.error();
  // W3C §4.4.1.1: one that has expired is refused.
  for (const RTCCertificate& each : configuration.certificates) {
    if (each.expires() > environment.unixMicrosAtZero / 1000) continue;
    return Error(ErrorCode::kInvalidAccessError, "a certificate of the configuration has expired");
  }
  if (configuration.certificates.empty()) {
    auto made = generateCertificate({}, environment);
    if (!made) return made.error();
    configuration.certificates.push_back(*std::move(made));
  }
  auto identity = configuration.certificates.front().identity();
  return std::unique_ptr<PeerConnection>(
      new PeerConnection(std::move(configuration), environment, *std::move(servers), std::move(identity)));
}

Result<RTCCertificate> PeerConnection::generateCertificate(const RTCCertificateKeyParams& keyParams,
                                                           Environment environment) {
  return RTCCertificate::generate(keyParams, environment.random, environment.unixMicrosAtZero / 1000);
}

PeerConnection::PeerConnection(RTCConfiguration configuration, Environment environment,
                               std::vector<ice::ServerUrl> servers, std::shared_ptr<const crypto::Identity> identity)
    : configuration_(std::move(configuration)),
      environment_(environment),
      identity_(std::move(identity)),
      events_(std::make_shared<EventQueue>()) {
  ice::AgentConfig ice;
  ice.servers = std::move(servers);
  ice.relayOnly = configuration_.iceTransportPolicy == RTCIceTransportPolicy::kRelay;
  ice.tcp = configuration_.ice.tcp ? ice::TcpCandidates::kAll : ice::TcpCandidates::kActive;
  ice.lite = configuration_.ice.lite;
  ice.log = environment_.log;
  ice.mdnsNames = configuration_.ice.mdnsNames;
  ice.renomination = configuration_.ice.renomination;
  for (const auto& mapping : configuration_.ice.natMappings) {
    ice.natMappings.push_back({mapping.local, mapping.external, mapping.reflexive});
  }
  // RFC 8829 §5.2.1: 63 random bits.
  const auto headerEncryption = configuration_.rtpHeaderEncryptionPolicy;
  negotiation_ = std::make_unique<Negotiation>(environment_.random, environment_.random.u64() >> 1, headerEncryption,
                                               configuration_.strictSdp, configuration_.ice.lite,
                                               environment_.codecs ? *environment_.codecs : media::builtInCodecs());
  rtp::SrtpConfig srtp = environment_.srtp;
  srtp.cryptex = negotiation_->cryptex();
  transport_ = std::make_unique<Transport>(std::move(ice), configuration_.security, *identity_, environment_.random,
                                           environment_.pool, srtp);
  MediaSession::Config media;
  media.videoBitrate = configuration_.videoBitrate;
  media.decoding = configuration_.decoding;
  media.congestion = configuration_.congestion;
  media.pacing = configuration_.pacing;
  media.unixMicrosAtZero = environment_.unixMicrosAtZero;
  media.cname = negotiation_->cname();
  media.codecs = environment_.codecs;
  media_ =
      std::make_unique<MediaSession>(std::move(media), *transport_, events_, environment_.random, environment_.pool);
  channels_ = std::make_unique<DataChannelSet>(
      *transport_, events_,
      [this] {
        updateNegotiationNeeded();
        defer([](TimePoint) {});
      },
      [this](std::shared_ptr<DataChannel> channel) {
        events_->post([this, channel] {
          if (auto handler = ondatachannel) handler({channel});
        });
      });
  // W3C §4.4.1.2: the pool is filled from the start.
  pooling_ = configuration_.iceCandidatePoolSize > 0;
  if (pooling_) defer([this](TimePoint now) { transport_->ice().gather(now); });
}

PeerConnection::~PeerConnection() {
  if (auto parting = std::exchange(parting_, {})) parting();
  events_->clear();
  abandonRemoteTracks();
}

void PeerConnection::abandonRemoteTracks() {
  for (const auto& transceiver : negotiation_->transceivers()) transceiver->receiver()->track()->abandon();
}

Error PeerConnection::closedError() const {
  return Error(ErrorCode::kInvalidStateError, "the connection is closed: make a new one");
}

// ---- deferred work: the API knows no time, the next drain does ----

void PeerConnection::defer(std::function<void(TimePoint)> action) {
  deferred_.push_back(std::move(action));
  if (wake_) wake_();
}

void PeerConnection::advance(TimePoint now) {
  now_ = now;
  media_->receive();
  while (!deferred_.empty()) {
    for (auto& action : std::exchange(deferred_, {})) action(now);
  }
  channels_->flush(now);
  media_->flush(now);
  handleTransportEvents();
}

void PeerConnection::fire(std::function<void()> PeerConnection::*handler) {
  events_->post([this, handler] {
    if (auto copy = this->*handler) copy();
  });
  if (wake_) wake_();
}

// ---- the contract ----

void PeerConnection::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  now_ = now;
  transport_->receive(now, route, std::move(packet));
  if (transport_->mediaDue()) media_->receive();
  handleTransportEvents();
}

void PeerConnection::handleTimeout(TimePoint now) {
  advance(now);
  transport_->handleTimeout(now);
  media_->handleTimeout(now);
  handleTransportEvents();
}

TimePoint PeerConnection::nextTimeout() const {
  if (!deferred_.empty() || transport_->mediaWaits()) return now_;
  return earlier(transport_->nextTimeout(), media_->nextTimeout());
}

bool PeerConnection::pollTransmit(TimePoint now, Transmit& out) {
  advance(now);
  const bool any = transport_->pollTransmit(now, out);
  handleTransportEvents();
  return any;
}

bool PeerConnection::pollIoRequest(IoRequest& out) {
  if (transport_->ice().pollIoRequest(out)) return true;
  if (!socketsToClose_) return false;
  socketsToClose_ = false;
  out = CloseSockets{};
  return true;
}

void PeerConnection::handleIoResult(TimePoint now, IoResult result) {
  now_ = now;
  transport_->ice().handleIoResult(now, result);
  handleTransportEvents();
}

std::array<std::string_view, 2> PeerConnection::ufrags() const {
  return transport_->ice().ufrags();
}

bool PeerConnection::dispatchEvents(TimePoint now) {
  now_ = now;
  media_->receive();
  return EventQueue::run(events_);
}

// ---- what the transport says ----

void PeerConnection::handleTransportEvents() {
  while (auto event = transport_->pollEvent()) {
    if (closed_) continue;  // W3C §4.4.2.6: no event after close(), and nothing comes to life again
    if (auto* ice = std::get_if<ice::Event>(&*event)) {
      handleIceEvent(*ice);
    } else if (auto* sctp = std::get_if<sctp::Event>(&*event)) {
      channels_->handle(*sctp);
    } else {
      const auto& changed = std::get<Transport::DtlsStateChanged>(*event);
      if (changed.error || changed.state != dtls::State::kFailed) {
        dtlsFailure_ = changed.error ? changed.error->message() : std::string();
      }
      logDtls(environment_.log, changed, transport_->dtls());
      updateConnectionState();
    }
  }
}

void PeerConnection::handleIceEvent(const ice::Event& event) {
  if (pooling_) {
    pooled_.push_back(event);
    return;
  }
  if (auto* gathered = std::get_if<ice::CandidateGathered>(&event)) {
    handleCandidate(gathered->candidate);
  } else if (auto* changed = std::get_if<ice::GatheringStateChanged>(&event)) {
    if (closed_ || iceGatheringState_ == toW3c(changed->state)) return;
    iceGatheringState_ = toW3c(changed->state);
    fire(&PeerConnection::onicegatheringstatechange);
    if (iceGatheringState_ == RTCIceGatheringState::kComplete) {
      events_->post([this] {
        if (auto handler = onicecandidate) handler({std::nullopt});
      });
    }
  } else if (auto* state = std::get_if<ice::StateChanged>(&event)) {
    if (closed_ || iceConnectionState_ == toW3c(state->state)) return;
    iceConnectionState_ = toW3c(state->state);
    fire(&PeerConnection::oniceconnectionstatechange);
    updateConnectionState();
  } else if (auto* error = std::get_if<ice::CandidateError>(&event)) {
    RTCPeerConnectionIceErrorEvent out{error->address, error->port, error->url, error->errorCode, error->errorText};
    events_->post([this, out = std::move(out)] {
      if (auto handler = onicecandidateerror) handler(out);
    });
  }
}

void PeerConnection::handleCandidate(const ice::Candidate& candidate) {
  const std::string text = candidate.toString();
  localCandidates_.push_back(text.substr(std::string_view("candidate:").size()));
  const auto [mid, index] = negotiation_->bundleTag();
  RTCIceCandidate out{text, mid, index, transport_->ice().localCredentials().ufrag};
  events_->post([this, out = std::move(out)] {
    if (auto handler = onicecandidate) handler({out});
  });
}

// W3C §5.6.1: the ICE and DTLS states of the one transport, seen together.
void PeerConnection::updateConnectionState() {
  if (closed_) return;
  const dtls::State dtls = transport_->dtls() ? transport_->dtls()->state() : dtls::State::kNew;
  const auto ice = iceConnectionState_;
  auto state = RTCPeerConnectionState::kConnecting;
  // The W3C leaves a connection without a section "new" for ever; whoever waits for it is better told.
  const bool hopeless = !connectedAt_ && !negotiation_->whyNothingAgreed().empty();
  if (ice == RTCIceConnectionState::kFailed || dtls == dtls::State::kFailed || hopeless) {
    state = RTCPeerConnectionState::kFailed;
  } else if (ice == RTCIceConnectionState::kDisconnected) {
    state = RTCPeerConnectionState::kDisconnected;
  } else if (ice == RTCIceConnectionState::kNew && dtls == dtls::State::kNew) {
    state = RTCPeerConnectionState::kNew;
  } else if (dtls == dtls::State::kClosed) {
    state = RTCPeerConnectionState::kDisconnected;  // the peer said goodbye and may only come back by a new connection
  } else if ((ice == RTCIceConnectionState::kConnected || ice == RTCIceConnectionState::kCompleted) &&
             dtls == dtls::State::kConnected) {
    state = RTCPeerConnectionState::kConnected;
    if (!connectedAt_) connectedAt_ = now_;
  }
  if (state == connectionState_) return;
  connectionState_ = state;
  logState(environment_.log, state);
  fire(&PeerConnection::onconnectionstatechange);
}

// ---- descriptions ----

LocalTransport PeerConnection::localTransport() const {
  const ice::Credentials& credentials = transport_->ice().localCredentials();
  LocalTransport out;
  out.iceUfrag = credentials.ufrag;
  out.icePwd = credentials.password;
  out.fingerprint = identity_->certificate().fingerprint(crypto::HashAlgorithm::kSha256).toString();
  out.iceLite = configuration_.ice.lite;
  out.renomination = configuration_.ice.renomination;
  out.dtlsRoleKnown = transport_->dtlsRoleKnown();
  out.dtlsIsClient = transport_->dtlsRole() == dtls::Role::kClient;
  return out;
}

bool PeerConnection::wantsData() const {
  return !channels_->empty();
}

std::vector<sdp::Note> PeerConnection::descriptionNotes() const {
  return negotiation_->descriptionNotes();
}

std::string PeerConnection::negotiationFailure() const {
  std::string why = negotiation_->whyNothingAgreed();
  return why.empty() ? dtlsFailure_ : why;
}

RTCSignalingState PeerConnection::signalingState() const {
  return negotiation_->signalingState();
}

void PeerConnection::restartLocalIce() {
  transport_->ice().restart(now_);
  localCandidates_.clear();
  iceRestartWanted_ = false;
  gathering_ = false;
}

Result<RTCSessionDescription> PeerConnection::createOffer(RTCOfferOptions options) {
  if (closed_) return closedError();
  const auto state = negotiation_->signalingState();
  const bool mayOffer = state == RTCSignalingState::kStable || state == RTCSignalingState::kHaveLocalOffer;
  // A call that fails changes nothing: only an offer that can be made restarts.
  if (mayOffer && (options.iceRestart || iceRestartWanted_) && negotiation_->negotiated()) restartLocalIce();
  return negotiation_->createOffer(localTransport(), wantsData());
}

Result<RTCSessionDescription> PeerConnection::createAnswer() {
  if (closed_) return closedError();
  // RFC 8829 §5.3.1: an offer with new credentials is answered with new ones.
  const TransportDescription* remote = negotiation_->remoteTransport();
  if (remote && !remoteUfrag_.empty() && remote->iceUfrag != remoteUfrag_ && !restartAnswered_) {
    restartAnswered_ = true;
    restartLocalIce();
  }
  return negotiation_->createAnswer(localTransport());
}

Result<void> PeerConnection::setLocalDescription(std::optional<RTCSessionDescription> description) {
  if (closed_) return closedError();
  if (!description) {
    // W3C §4.4.2.6: the implicit description is the one that the state asks for.
    const auto state = negotiation_->signalingState();
    const bool answer = state == RTCSignalingState::kHaveRemoteOffer || state == RTCSignalingState::kHaveLocalPranswer;
    description = {answer ? RTCSdpType::kAnswer : RTCSdpType::kOffer, ""};
  }
  // Likewise what has a type alone: a provisional answer for instance.
  if (description->sdp.empty() && description->type != RTCSdpType::kRollback) {
    auto made = description->type == RTCSdpType::kOffer ? createOffer() : createAnswer();
    if (!made) return made.error();
    description->sdp = std::move(made->sdp);
  }
  return applyLocal(*description);
}

Result<void> PeerConnection::applyLocal(const RTCSessionDescription& description) {
  const auto before = negotiation_->signalingState();
  auto applied = negotiation_->setLocal(description);
  if (!applied) return applied;
  defer([this](TimePoint now) { firstDescription_ = firstDescription_.value_or(now); });
  fireTrackChanges();  // a rollback takes tracks away
  setSignalingState(before);
  if (description.type == RTCSdpType::kRollback) {
    applyNegotiated();  // a provisional answer may have been in force
    return {};
  }
  if (!negotiation_->negotiated() && description.type == RTCSdpType::kOffer)
    transport_->ice().setRole(ice::Role::kControlling);  // RFC 8445 §6.1.1: the offerer controls
  if (!gathering_) {
    gathering_ = true;
    defer([this](TimePoint now) { transport_->ice().gather(now); });
  }
  // W3C §4.4.1.5: what the pool has is told now.
  if (std::exchange(pooling_, false)) {
    for (const ice::Event& event : std::exchange(pooled_, {})) handleIceEvent(event);
  }
  if (description.type == RTCSdpType::kOffer && stopsTaggedSection()) {
    defer([this](TimePoint) { transport_->prepareRenewal(); });
  }
  if (description.type == RTCSdpType::kAnswer || description.type == RTCSdpType::kPranswer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

bool PeerConnection::stopsTaggedSection() const {
  for (const auto& each : negotiation_->transceivers()) {
    if (each->direction() == RTCRtpTransceiverDirection::kStopped && each->mid() == bundleTag_) return true;
  }
  return false;
}

Result<void> PeerConnection::setRemoteDescription(const RTCSessionDescription& description) {
  if (closed_) return closedError();
  const auto before = negotiation_->signalingState();
  const bool first = !negotiation_->negotiated();
  auto applied = negotiation_->setRemote(description);
  if (!applied) return applied;
  defer([this](TimePoint now) { firstDescription_ = firstDescription_.value_or(now); });
  if (description.type == RTCSdpType::kOffer) {
    if (first) transport_->ice().setRole(ice::Role::kControlled);
    restartAnswered_ = false;
  }
  fireTrackChanges();
  setSignalingState(before);
  if (description.type == RTCSdpType::kAnswer || description.type == RTCSdpType::kPranswer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

void PeerConnection::setSignalingState(RTCSignalingState before) {
  if (negotiation_->signalingState() == before) return;
  logState(environment_.log, negotiation_->signalingState());
  fire(&PeerConnection::onsignalingstatechange);
  // W3C §4.4.1.5: back in stable, what changed meanwhile may need another round.
  if (negotiation_->signalingState() == RTCSignalingState::kStable) {
    negotiationNeeded_ = false;
    updateNegotiationNeeded();
  }
}

// Once both descriptions are there: whom ICE checks with, and which DTLS role the answer chose.
void PeerConnection::applyRemoteTransport() {
  const TransportDescription* remote = negotiation_->remoteTransport();
  if (!remote) return;
  std::vector<crypto::Fingerprint> fingerprints;
  for (const std::string& text : remote->fingerprints) {
    if (auto fingerprint = crypto::Fingerprint::parse(text)) fingerprints.push_back(*std::move(fingerprint));
  }
  // RFC 8842 §5.3: the side that answered "active" is the client.
  const bool weOffered = negotiation_->weOffered();
  const bool remoteActive = remote->setup == Setup::kActive;
  const bool client = weOffered ? !remoteActive : remote->setup != Setup::kActive;
  remoteUfrag_ = remote->iceUfrag;
  // RFC 8842 §5.1: other certificates are another peer's. RFC 9143 §7.3.3: another tagged section may be another
  // transport of this one.
  const bool otherPeer = !remoteFingerprints_.empty() && isOther(remoteFingerprints_, fingerprints);
  remoteFingerprints_ = fingerprints;
  std::string tag = negotiation_->bundleTag().first;
  const bool otherTag = !bundleTag_.empty() && tag != bundleTag_;
  bundleTag_ = std::move(tag);
  transport_->setCryptex(negotiation_->cryptex());
  defer([this, held = std::exchange(heldCandidates_, {}), description = *remote, fingerprints = std::move(fingerprints),
         client, otherPeer, otherTag](TimePoint now) {
    ice::Agent& agent = transport_->ice();
    agent.setRemoteLite(description.iceLite);
    agent.setRemoteRenomination(description.renomination);
    agent.setRemoteCredentials(now, {description.iceUfrag, description.icePwd});
    for (const std::string& line : description.candidates) addRemoteCandidate(now, "candidate:" + line);
    for (const std::string& line : held) addRemoteCandidate(now, line);
    if (description.endOfCandidates) agent.endOfRemoteCandidates(now);
    const dtls::Role role = client ? dtls::Role::kClient : dtls::Role::kServer;
    if (otherPeer && transport_->dtlsRoleKnown()) return transport_->replaceDtls(now, role, fingerprints);
    transport_->setDtlsParameters(now, transport_->dtlsRoleKnown() ? transport_->dtlsRole() : role, fingerprints);
    if (otherTag) transport_->expectRenewal(now, fingerprints);
  });
}

// What an answer says, a provisional one included (RFC 9429 §4.1.10.1), or what a rollback goes back to. The transport
// has no way back: what has come up stays, and carries what is in force.
void PeerConnection::applyNegotiated() {
  media_->receive();  // what came before belongs to what was agreed before
  media_->apply(negotiation_->sections());
  updateConnectionState();
  if (auto data = negotiation_->data()) {
    defer([this, data = *data](TimePoint) {
      sctp::DataChannels::Config config;
      config.remotePort = data.sctpPort;
      config.remoteMaxMessageSize = data.maxMessageSize;
      transport_->startSctp(config);
    });
  } else if (negotiation_->signalingState() == RTCSignalingState::kStable) {
    // A final word: the data section is rejected, or taken back. A provisional one frees nothing.
    defer([this](TimePoint now) { transport_->stopSctp(now); });
  }
}

void PeerConnection::fireTrackChanges() {
  for (const TrackChange& change : negotiation_->takeTrackChanges()) {
    const auto& receiver = change.transceiver->receiver();
    for (const auto& stream : change.streams) {
      events_->post([stream, track = receiver->track(), added = change.added] {
        if (auto handler = added ? stream->onaddtrack : stream->onremovetrack) handler(track);
      });
    }
    if (!change.added) {
      events_->post([track = receiver->track()] { track->setMuted(true); });
      continue;
    }
    RTCTrackEvent event{receiver, receiver->track(), change.streams, change.transceiver};
    events_->post([this, event = std::move(event)] {
      if (auto handler = ontrack) handler(event);
    });
  }
  // W3C §5.4, stopping a transceiver: its track ends, and then nobody knows it any more.
  for (const auto& transceiver : negotiation_->takeStopped()) {
    events_->post([track = transceiver->receiver()->track()] {
      track->end();
      track->abandon();
    });
  }
}

Result<void> PeerConnection::addIceCandidate(const RTCIceCandidate& candidate) {
  if (closed_) return closedError();
  // pion writes "" where it means none; then the index counts, and without one either the only transport.
  const bool named = candidate.sdpMid && (!candidate.sdpMid->empty() || negotiation_->hasRemoteMid(""));
  const bool placed = candidate.sdpMid || candidate.sdpMLineIndex;
  if (!candidate.candidate.empty() && !placed)
    return {ErrorCode::kTypeError, "a candidate needs an sdpMid or an sdpMLineIndex"};
  if (!negotiation_->remoteDescription()) {
    return {ErrorCode::kInvalidStateError, "a candidate came before the remote description: set that first"};
  }
  const bool known = named ? negotiation_->hasRemoteMid(*candidate.sdpMid)
                           : !candidate.sdpMLineIndex || *candidate.sdpMLineIndex < negotiation_->remoteSectionCount();
  if (!known) return {ErrorCode::kOperationError, "the remote description has no such media section"};
  const TransportDescription* remote = negotiation_->remoteTransport();
  // W3C §4.4.1.6: one that belongs to another generation is an error of the signalling.
  if (candidate.usernameFragment && remote && *candidate.usernameFragment != remote->iceUfrag)
    return {ErrorCode::kOperationError, "the candidate is of another ICE generation (usernameFragment)"};
  if (candidate.candidate.empty()) {
    defer([this](TimePoint now) { transport_->ice().endOfRemoteCandidates(now); });
    return {};
  }
  if (auto parsed = ice::Candidate::parse(candidate.candidate); !parsed)
    return {ErrorCode::kOperationError, "bad candidate: " + parsed.error().message()};
  if (remote && !remoteUfrag_.empty() && remote->iceUfrag != remoteUfrag_) {
    // Of a restart that has yet to be answered: until then the agent checks with the credentials before.
    if (heldCandidates_.size() < kMaxHeldCandidates) heldCandidates_.push_back(candidate.candidate);
    return {};
  }
  defer([this, line = candidate.candidate](TimePoint now) { addRemoteCandidate(now, line); });
  return {};
}

void PeerConnection::addRemoteCandidate(TimePoint now, const std::string& line) {
  // Only component 1 is of use where RTCP is multiplexed (RFC 5761 §5.1.3).
  constexpr size_t kMaxNotes = 64;
  auto candidate = ice::Candidate::parse(line);
  if (candidate && candidate->component == 1) transport_->ice().addRemoteCandidate(now, *candidate);
  if (!candidate && candidateNotes_.size() < kMaxNotes) {
    candidateNotes_.push_back(candidate.error().message() + "; it is passed over");
  }
}

std::vector<std::string> PeerConnection::candidateNotes() const {
  std::vector<std::string> out = candidateNotes_;
  const auto& refused = transport_->ice().candidateNotes();
  out.insert(out.end(), refused.begin(), refused.end());
  return out;
}

std::vector<std::string> PeerConnection::connectivityReport() const {
  return transport_->ice().pairReport();
}

std::optional<RTCSessionDescription> PeerConnection::localDescription() const {
  return negotiation_->localDescription(localCandidates_, iceGatheringState_ == RTCIceGatheringState::kComplete);
}

std::optional<RTCSessionDescription> PeerConnection::remoteDescription() const {
  return negotiation_->remoteDescription();
}

void PeerConnection::restartIce() {
  // W3C §4.4.2.6: before the first round there are no credentials to replace.
  if (closed_ || !negotiation_->negotiated()) return;
  iceRestartWanted_ = true;
  updateNegotiationNeeded();
}

// W3C §4.7.3: told once, when the state is stable, and again only after a round that did not settle it.
void PeerConnection::updateNegotiationNeeded() {
  if (closed_ || negotiationNeeded_) return;
  const auto needed = [this] {
    return negotiation_->needed(wantsData()) ||
           (iceRestartWanted_ && negotiation_->signalingState() == RTCSignalingState::kStable);
  };
  if (!needed()) return;
  negotiationNeeded_ = true;
  events_->post([this, needed] {
    if (closed_ || !negotiationNeeded_) return;
    // Taken back meanwhile, or under way: what is needed next is told anew.
    if (!needed()) {
      negotiationNeeded_ = false;
      return;
    }
    if (auto handler = onnegotiationneeded) handler();
  });
  if (wake_) wake_();
}

void PeerConnection::leave(TimePoint now) {
  now_ = now;
  close();
}

void PeerConnection::close() {
  if (closed_) return;
  closed_ = true;
  negotiation_->close();
  abandonRemoteTracks();
  media_->receive();
  media_->close(now_);
  channels_->close();
  transport_->close(now_);
  iceConnectionState_ = RTCIceConnectionState::kClosed;
  connectionState_ = RTCPeerConnectionState::kClosed;
  socketsToClose_ = true;
  deferred_.clear();
  events_->clear();  // W3C §4.4.2.6: no event after close()
  if (wake_) wake_();
}

// ---- data ----

Result<std::shared_ptr<DataChannel>> PeerConnection::createDataChannel(std::string label, RTCDataChannelInit init) {
  if (closed_) return closedError();
  return channels_->create(std::move(label), std::move(init));
}

}  // namespace tincan::stack
