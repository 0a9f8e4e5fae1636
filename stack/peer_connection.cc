#include <algorithm>
#include <utility>

#include "stack/command.h"
#include "stack/connection_log.h"
#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/peer_connection_host.h"
#include "stack/remote_transport.h"
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
  const int64_t now = environment.unixMicrosAtZero / 1000;
  for (const RTCCertificate& each : configuration.certificates) {
    if (each.expires() > now) continue;
    return Error(ErrorCode::kInvalidAccessError, "a certificate of the configuration has expired");
  }
  auto random = std::make_unique<crypto::ChaCha20Random>(environment.random);
  if (configuration.certificates.empty()) {
    auto made = RTCCertificate::generate({}, *random, now);
    if (!made) return made.error();
    configuration.certificates.push_back(*std::move(made));
  }
  return std::unique_ptr<PeerConnection>(
      new PeerConnection(std::move(configuration), environment, *std::move(servers), std::move(random)));
}

Result<RTCCertificate> PeerConnection::generateCertificate(const RTCCertificateKeyParams& keyParams,
                                                           Environment environment) {
  return RTCCertificate::generate(keyParams, environment.random, environment.unixMicrosAtZero / 1000);
}

PeerConnection::PeerConnection(RTCConfiguration configuration, Environment environment,
                               std::vector<ice::ServerUrl> servers, std::unique_ptr<crypto::ChaCha20Random> random)
    : configuration_(std::move(configuration)),
      environment_(environment),
      random_(std::move(random)),
      identity_(configuration_.certificates.front().identity()),
      events_(std::make_shared<EventQueue>()),
      remote_(std::make_unique<RemoteTransport>()) {
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
  negotiation_ = std::make_unique<Negotiation>(
      *random_, random_->u64() >> 1, headerEncryption, configuration_.strictSdp, configuration_.ice.lite,
      environment_.codecs ? *environment_.codecs : media::builtInCodecs(), configuration_.fec);
  host_ = std::make_unique<Host>(*this);
  negotiation_->setLink(host_->link());
  rtp::SrtpConfig srtp = environment_.srtp;
  srtp.cryptex = negotiation_->cryptex();
  transport_ = std::make_unique<Transport>(std::move(ice), configuration_.security, *identity_, *random_,
                                           environment_.pool, srtp);
  transport_->allowSped(configuration_.warp);
  localIce_.emplace(transport_->localCredentials());
  events_->setWake([this] { wake(); });
  MediaSession::Config media;
  media.videoBitrate = configuration_.videoBitrate;
  media.decoding = configuration_.decoding;
  media.fec = configuration_.fec;
  media.congestion = configuration_.congestion;
  media.pacing = configuration_.pacing;
  media.unixMicrosAtZero = environment_.unixMicrosAtZero;
  media.cname = negotiation_->cname();
  media.codecs = environment_.codecs;
  media.executor = environment_.executor;
  media_ = std::make_unique<MediaSession>(std::move(media), *transport_, events_, *random_, environment_.pool);
  channels_ = std::make_unique<DataChannelSet>(
      *transport_, events_,
      [this] {
        updateNegotiationNeeded();
        ask(command::FlushChannels{});
      },
      [this](std::shared_ptr<DataChannel> channel) {
        post([this, channel] {
          if (auto handler = ondatachannel) handler({channel});
        });
      });
  // W3C §4.4.1.2: the pool is filled from the start.
  if (configuration_.iceCandidatePoolSize > 0 && localIce_->askToGather()) ask(command::Gather{});
}

PeerConnection::~PeerConnection() {
  if (auto parting = std::exchange(parting_, {})) parting();
  events_->setWake({});
  events_->clear();
  abandonRemoteTracks();
}

void PeerConnection::abandonRemoteTracks() {
  for (const auto& transceiver : negotiation_->transceivers()) transceiver->receiver()->track()->abandon();
}

Error PeerConnection::closedError() const {
  return Error(ErrorCode::kInvalidStateError, "the connection is closed: make a new one");
}

bool PeerConnection::wantsData() const {
  return !channels_->empty();
}

// ---- the contract: each input is noted, and settled ----

void PeerConnection::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  transport_->receive(now, route, std::move(packet));
  settle(now, Depth::kArrival);
}

void PeerConnection::handleTimeout(TimePoint now) {
  settle(now);  // what came before the time was up
  transport_->handleTimeout(now);
  media_->handleTimeout(now);
  settle(now);
}

TimePoint PeerConnection::nextTimeout() const {
  if (!commands_.empty() || transport_->mediaWaits()) return settledAt_;
  return earlier(transport_->nextTimeout(), media_->nextTimeout());
}

bool PeerConnection::pollTransmit(TimePoint now, Transmit& out) {
  settle(now);
  const bool any = transport_->pollTransmit(now, out);
  if (!any) settle(now);  // asking moves bytes, too
  return any;
}

bool PeerConnection::pollIoRequest(IoRequest& out) {
  if (transport_->pollIoRequest(out)) return true;
  if (!socketsToClose_) return false;
  socketsToClose_ = false;
  out = CloseSockets{};
  return true;
}

void PeerConnection::handleIoResult(TimePoint now, IoResult result) {
  transport_->handleIoResult(now, result);
  settle(now);
}

std::array<std::string_view, 2> PeerConnection::ufrags() const {
  return transport_->ufrags();
}

bool PeerConnection::dispatchEvents(TimePoint now) {
  const bool moved = settle(now);
  return EventQueue::run(events_) || moved;
}

bool PeerConnection::dispatchCallEvents() {
  return EventQueue::run(events_);
}

void PeerConnection::leave(TimePoint now) {
  close();
  settle(now);
}

// ---- settling ----

void PeerConnection::ask(Command command) {
  commands_.push_back(std::move(command));
  wake();
}

void PeerConnection::wake() const {
  if (wake_) wake_();
}

// What each command asks of the machines.
struct PeerConnection::Executor {
  PeerConnection& pc;
  TimePoint now;

  void operator()(const command::NoteDescription&) const { pc.firstDescription_ = pc.firstDescription_.value_or(now); }
  void operator()(const command::Gather&) const { pc.transport_->gather(now); }
  void operator()(const command::RestartIce& restart) const {
    pc.transport_->restartIce(now, restart.local);
    pc.tellIce(pc.localIce_->restarted());
  }
  void operator()(const command::SetRemoteTransport& remote) const {
    Transport& transport = *pc.transport_;
    const bool known = transport.dtlsRoleKnown();
    transport.noteSped(remote.ice.sped);
    // A first handshake before the first check, which it may ride on.
    if (!known) transport.setDtlsParameters(now, remote.role, remote.fingerprints);
    transport.setRemoteIce(now, remote.ice);
    for (const ice::Candidate& candidate : remote.candidates) transport.addRemoteCandidate(now, candidate);
    if (remote.endOfCandidates) transport.endOfRemoteCandidates(now);
    if (remote.otherPeer && known) return transport.replaceDtls(now, remote.role, remote.fingerprints);
    if (known) transport.setDtlsParameters(now, transport.dtlsRole(), remote.fingerprints);
    if (remote.otherTag) transport.expectRenewal(now, remote.fingerprints);
  }
  void operator()(const command::AddCandidate& add) const { pc.transport_->addRemoteCandidate(now, add.candidate); }
  void operator()(const command::EndCandidates&) const { pc.transport_->endOfRemoteCandidates(now); }
  void operator()(const command::PrepareRenewal&) const { pc.transport_->prepareRenewal(); }
  void operator()(const command::ApplySections& apply) const {
    pc.noteMedia();
    pc.media_->apply(apply.sections);
  }
  void operator()(const command::StartSctp& start) const {
    pc.transport_->startSctp(start.config, start.localInit, start.remoteInit);
  }
  void operator()(const command::StopSctp&) const {
    pc.transport_->stopSctp(now);
    if (pc.negotiation_->dataRejected()) pc.channels_->rejected();
  }
  void operator()(const command::FlushChannels&) const { pc.channels_->flush(now); }
  void operator()(const command::RequestKeyFrame& request) const { pc.media_->requestKeyFrame(now, *request.receiver); }
  void operator()(const command::Close&) const {
    pc.media_->close(now);
    pc.transport_->close(now);
    pc.socketsToClose_ = true;
    pc.events_->clear();  // W3C §4.4.2.6: no event after close()
  }
};

// The one place where things move: what the transport has brought, in the order in which it came; then what calls have
// asked for since, which is about a time after that; then what wants to leave. Again, as long as one brings the other about.
bool PeerConnection::settle(TimePoint now, Depth depth) {
  settledAt_ = now;
  bool moved = false;
  for (bool more = true; more; moved |= more) {
    if (depth == Depth::kDrain || transport_->mediaDue()) media_->receive();
    more = handleTransportEvents(now);
    for (const Command& command : std::exchange(commands_, {})) {
      std::visit(Executor{*this, now}, static_cast<const CommandVariant&>(command));
      more = true;
    }
    if (depth == Depth::kDrain) {
      channels_->flush(now);
      media_->flush(now);
    }
  }
  if (moved) tellStates(now);
  return moved;
}

bool PeerConnection::handleTransportEvents(TimePoint now) {
  bool any = false;
  while (auto event = transport_->pollEvent()) {
    if (closed_) continue;  // W3C §4.4.2.6: no event after close(), and nothing comes to life again
    any = true;
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
    }
    tellStates(now);  // each of them by itself: states are told in their order
  }
  return any;
}

// ---- closing ----

void PeerConnection::close() {
  if (closed_) return;
  closed_ = true;
  negotiation_->close();
  host_->close();
  abandonRemoteTracks();
  channels_->close();
  signaling_.change(RTCSignalingState::kClosed);
  iceConnection_.change(RTCIceConnectionState::kClosed);
  connection_.change(RTCPeerConnectionState::kClosed);
  signaling_.catchUp();
  iceConnection_.catchUp();
  connection_.catchUp();
  commands_.clear();
  events_->clear();
  ask(command::Close{});
}

}  // namespace tincan::stack
