#include <algorithm>
#include <utility>

#include "stack/command.h"
#include "stack/connection_log.h"
#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/negotiation.h"
#include "stack/peer_connection_executor.h"
#include "stack/peer_connection_host.h"
#include "stack/transport_set.h"

namespace tincan::inline v0::stack {
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
      servers_(std::move(servers)) {
  // RFC 8829 §5.2.1: 63 random bits.
  negotiation_ = std::make_unique<Negotiation>(
      *random_, random_->u64() >> 1, configuration_.rtpHeaderEncryptionPolicy, configuration_.strictSdp,
      configuration_.ice.lite, environment_.codecs ? *environment_.codecs : media::builtInCodecs(), configuration_.fec,
      configuration_.bundlePolicy, configuration_.rtcpMuxPolicy);
  host_ = std::make_unique<Host>(*this);
  negotiation_->setLink(host_->link());
  events_->setWake([this] { wake(); });
  transports_ = std::make_unique<TransportSet>(environment_.pool, [this](uint32_t id) { return makePath(id); });
  credentials_.emplace(transports_->first().local.credentials());
  channels_ = std::make_unique<DataChannelSet>(
      transports_->first().transport.get(), events_,
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
  if (configuration_.iceCandidatePoolSize > 0 && transports_->first().local.askToGather()) ask(command::Gather{0});
}

std::unique_ptr<TransportPath> PeerConnection::makePath(uint32_t id) {
  ice::AgentConfig ice;
  ice.component = componentOf(id);
  ice.servers = servers_;
  ice.relayOnly = configuration_.iceTransportPolicy == RTCIceTransportPolicy::kRelay;
  ice.tcp = configuration_.ice.tcp ? ice::TcpCandidates::kAll : ice::TcpCandidates::kActive;
  ice.lite = configuration_.ice.lite;
  ice.log = environment_.log;
  ice.mdnsNames = configuration_.ice.mdnsNames;
  ice.renomination = configuration_.ice.renomination;
  if (credentials_) ice.credentials = credentials_->credentials();
  for (const auto& mapping : configuration_.ice.natMappings) {
    ice.natMappings.push_back({mapping.local, mapping.external, mapping.reflexive});
  }
  rtp::SrtpConfig srtp = environment_.srtp;
  srtp.cryptex = negotiation_->cryptex(id);
  auto transport = std::make_unique<Transport>(std::move(ice), configuration_.security, *identity_, *random_,
                                               environment_.pool, srtp);
  transport->allowSped(configuration_.warp);
  if (TransportPath* rtp = isRtcpPath(id) ? transports_->find(transportOfPath(id)) : nullptr)
    transport->setRtp(*rtp->transport);
  if (iceRole_) transport->setIceRole(*iceRole_);
  LocalIce local(transport->localCredentials());
  return std::make_unique<TransportPath>(
      TransportPath{id, std::move(transport), nullptr, std::move(local), RemoteTransport(componentOf(id))});
}

/// Made when a section or a packet wants it: a call of data alone has none, nor its 5 KiB.
MediaSession& PeerConnection::mediaOf(TransportPath& path) {
  if (path.media) return *path.media;
  // RTCP's packets are of the session that has its RTP.
  if (TransportPath* rtp = isRtcpPath(path.id) ? transports_->otherComponent(path) : nullptr) return mediaOf(*rtp);
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
  path.media = std::make_unique<MediaSession>(std::move(media), *path.transport, events_, *random_, environment_.pool);
  return *path.media;
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

Result<void> PeerConnection::setConfiguration(const RTCConfiguration& configuration) {
  if (closed_) return closedError();
  const auto changed = [](const char* what) {
    return Error(ErrorCode::kInvalidModificationError,
                 std::string("setConfiguration: ") + what + " cannot change: make a new connection");
  };
  const auto& certificates = configuration.certificates;
  const auto same = [](const RTCCertificate& a, const RTCCertificate& b) { return a.identity() == b.identity(); };
  if (!certificates.empty() &&
      !std::equal(certificates.begin(), certificates.end(), configuration_.certificates.begin(),
                  configuration_.certificates.end(), same))
    return changed("certificates");
  if (configuration.bundlePolicy != configuration_.bundlePolicy) return changed("bundlePolicy");
  if (configuration.rtcpMuxPolicy != configuration_.rtcpMuxPolicy) return changed("rtcpMuxPolicy");
  if (configuration.iceCandidatePoolSize != configuration_.iceCandidatePoolSize && negotiation_->localCredentials())
    return changed("iceCandidatePoolSize, once a description was set,");
  auto servers = parseServers(configuration);
  if (!servers) return servers.error();
  const bool others = *servers != servers_ || configuration.iceTransportPolicy != configuration_.iceTransportPolicy;
  configuration_.iceServers = configuration.iceServers;
  configuration_.iceTransportPolicy = configuration.iceTransportPolicy;
  configuration_.iceCandidatePoolSize = configuration.iceCandidatePoolSize;
  servers_ = *std::move(servers);
  if (others) {
    const bool relayOnly = configuration_.iceTransportPolicy == RTCIceTransportPolicy::kRelay;
    for (const auto& path : transports_->all()) path->transport->configureIce(servers_, relayOnly);
    if (negotiation_->tells(credentials_->credentials().ufrag)) credentials_->outdate();
  }
  if (configuration_.iceCandidatePoolSize > 0 && transports_->first().local.askToGather())
    ask(command::Gather{transports_->first().id});
  return {};
}

Error PeerConnection::closedError() const {
  return Error(ErrorCode::kInvalidStateError, "the connection is closed: make a new one");
}

bool PeerConnection::wantsData() const {
  return !channels_->empty();
}

// ---- the contract: each input is noted, and settled ----

void PeerConnection::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  transports_->receive(now, route, std::move(packet));
  settle(now, Depth::kArrival);
}

void PeerConnection::handleTimeout(TimePoint now) {
  settle(now);  // what came before the time was up
  transports_->handleTimeout(now);
  settle(now);
}

TimePoint PeerConnection::nextTimeout() const {
  if (!commands_.empty()) return settledAt_;
  for (const auto& path : transports_->all())
    if (path->transport->mediaWaits()) return settledAt_;
  return transports_->nextTimeout();
}

bool PeerConnection::pollTransmit(TimePoint now, Transmit& out) {
  settle(now);
  const bool any = transports_->pollTransmit(now, out);
  if (!any) settle(now);  // asking moves bytes, too
  return any;
}

bool PeerConnection::pollIoRequest(IoRequest& out) {
  if (transports_->pollIoRequest(out)) return true;
  if (!socketsToClose_) return false;
  socketsToClose_ = false;
  out = CloseSockets{};
  return true;
}

void PeerConnection::handleIoResult(TimePoint now, IoResult result) {
  transports_->handleIoResult(now, std::move(result));
  settle(now);
}

std::array<std::string_view, 2> PeerConnection::ufrags() const {
  return transports_->ufrags();
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

// The one place where things move: what the transports have brought, in the order in which it came; then what calls have
// asked for since, which is about a time after that; then what wants to leave. Again, as long as one brings the other about.
bool PeerConnection::settle(TimePoint now, Depth depth) {
  settledAt_ = now;
  bool moved = false;
  for (bool more = true; more; moved |= more) {
    for (const auto& path : transports_->all())
      if ((depth == Depth::kDrain && (path->media || path->transport->mediaWaits())) || path->transport->mediaDue())
        mediaOf(*path).receive(*path->transport);
    more = handleTransportEvents(now);
    for (const Command& command : std::exchange(commands_, {})) {
      std::visit(Executor{*this, now}, static_cast<const CommandVariant&>(command));
      more = true;
    }
    if (depth == Depth::kDrain) {
      channels_->flush(now);
      for (const auto& path : transports_->all())
        if (path->media) path->media->flush(now);
    }
  }
  if (moved) tellStates(now);
  return moved;
}

bool PeerConnection::handleTransportEvents(TimePoint now) {
  bool any = false;
  for (const auto& path : transports_->all()) any |= handleTransportEvents(now, *path);
  return any;
}

bool PeerConnection::handleTransportEvents(TimePoint now, TransportPath& path) {
  bool any = false;
  while (auto event = path.transport->pollEvent()) {
    if (closed_) continue;  // W3C §4.4.2.6: no event after close(), and nothing comes to life again
    any = true;
    if (auto* ice = std::get_if<ice::Event>(&*event)) {
      handleIceEvent(path, *ice);
    } else if (auto* sctp = std::get_if<sctp::Event>(&*event)) {
      if (channels_->transport() == path.transport.get()) channels_->handle(std::move(*sctp));
    } else {
      const auto& changed = std::get<Transport::DtlsStateChanged>(*event);
      if (changed.error || changed.state != dtls::State::kFailed) {
        path.dtlsFailure = changed.error ? changed.error->message() : std::string();
      }
      logDtls(environment_.log, changed, path.transport->dtls());
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

}  // namespace tincan::inline v0::stack
