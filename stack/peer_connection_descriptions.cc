#include <algorithm>
#include <utility>

#include "sdp/parser.h"
#include "stack/command.h"
#include "stack/data_channel_set.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/transport_set.h"

// The W3C's session API (§4.4.2): offers, answers, descriptions and candidates. Negotiation answers; what follows of it for
// the transport is asked of it by commands.
namespace tincan::inline v0::stack {
namespace {

// As the peer wrote it, unless that is no line of a description.
std::string asWritten(std::string_view text, const ice::Candidate& candidate) {
  if (text.starts_with("a=")) text.remove_prefix(2);
  const bool isLine =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return isLine && text.starts_with("candidate:") ? std::string(text) : candidate.toString();
}

}  // namespace

std::vector<sdp::Note> PeerConnection::descriptionNotes() const {
  return negotiation_->descriptionNotes();
}

std::string PeerConnection::negotiationFailure() const {
  std::string why = negotiation_->whyNothingAgreed();
  for (const auto& path : transports_->all())
    if (why.empty()) why = path->dtlsFailure;
  return why;
}

LocalTransport PeerConnection::localTransport(const ice::Credentials& credentials) const {
  LocalTransport out;
  out.iceUfrag = credentials.ufrag;
  out.icePwd = credentials.password;
  out.fingerprint = identity_->certificate().fingerprint(crypto::HashAlgorithm::kSha256).toString();
  out.iceLite = configuration_.ice.lite;
  out.renomination = configuration_.ice.renomination;
  out.congestionFeedback = configuration_.congestion.wantsMarks();
  const TransportDescription* remote = negotiation_->paths().remote();
  out.sped = configuration_.warp == WarpPolicy::kOffer ||
             (configuration_.warp == WarpPolicy::kAccept && remote != nullptr && remote->sped);
  for (const auto& path : transports_->all()) {
    // RFC 8842 §5.3: with another peer the association is a new one, and its role is free.
    const TransportDescription* far = negotiation_->paths().remote(path->id);
    const auto role = far && path->remote.isOtherPeer(*far) ? std::nullopt : path->role();
    if (role) out.dtlsIsClient[path->id] = *role == dtls::Role::kClient;
  }
  const auto data = negotiation_->data();
  TransportPath* carrier = data ? transports_->find(data->transport) : nullptr;
  TransportPath& ours = carrier ? *carrier : transports_->first();
  const bool answersInit = configuration_.warp != WarpPolicy::kOff && negotiation_->initOffered();
  const bool otherPeer = answersInit && remote != nullptr && ours.remote.isOtherPeer(*remote);
  out.offersInit = configuration_.warp == WarpPolicy::kOffer;
  if (!otherPeer) out.runningInit = negotiation_->runningInit();
  if (!out.runningInit && (answersInit || out.offersInit))
    out.sctpInit = toBytes(ours.transport->localSctpInit(dataConfig(), otherPeer));
  return out;
}

// Those that a description has told already are replaced by a restart; newer ones are new enough.
const ice::Credentials& PeerConnection::offeredCredentials(bool restart) {
  const bool told = negotiation_->tells(credentials_->credentials().ufrag);
  return restart && told ? credentials_->fresh(*random_) : credentials_->credentials();
}

bool PeerConnection::offersRestart() const {
  return credentials_->restartWanted() || credentials_->outdated();
}

// RFC 8829 §5.3.1: an offer with new credentials is answered with new ones.
const ice::Credentials& PeerConnection::answeredCredentials() {
  bool restarts = false;
  for (const auto& path : transports_->all()) {
    const TransportDescription* remote = negotiation_->paths().remote(path->id);
    restarts |= remote && path->remote.restarts(*remote);
  }
  return offeredCredentials(restarts);
}

Result<RTCSessionDescription> PeerConnection::createOffer(RTCOfferOptions options) {
  if (closed_) return closedError();
  const bool restart = options.iceRestart || offersRestart();
  return negotiation_->createOffer(localTransport(offeredCredentials(restart)), wantsData());
}

Result<RTCSessionDescription> PeerConnection::createAnswer() {
  if (closed_) return closedError();
  return negotiation_->createAnswer(localTransport(answeredCredentials()));
}

Result<void> PeerConnection::setLocalDescription(std::optional<RTCSessionDescription> description) {
  if (closed_) return closedError();
  if (!description) {
    // W3C §4.4.2.6: the implicit description is the one that the state asks for.
    const auto state = negotiation_->signalingState();
    const bool answer = state == RTCSignalingState::kHaveRemoteOffer || state == RTCSignalingState::kHaveLocalPranswer;
    description = {answer ? RTCSdpType::kAnswer : RTCSdpType::kOffer, ""};
  }
  // Without an SDP: the last created one, or what there is to say now.
  if (description->sdp.empty() && description->type != RTCSdpType::kRollback) {
    auto made = description->type == RTCSdpType::kOffer
                    ? negotiation_->offerToSet(localTransport(offeredCredentials(offersRestart())), wantsData())
                    : negotiation_->answerToSet(localTransport(answeredCredentials()));
    if (!made) return made.error();
    description->sdp = std::move(made->sdp);
  }
  return applyLocal(*description);
}

Result<void> PeerConnection::applyLocal(const RTCSessionDescription& description) {
  const bool first = !negotiation_->negotiated();
  const bool offered = negotiation_->signalingState() == RTCSignalingState::kHaveLocalOffer;
  auto applied = negotiation_->setLocal(description);
  if (!applied) return applied;
  if (description.type == RTCSdpType::kRollback) rolledBack(offered);
  ask(command::NoteDescription{});
  const auto credentials = negotiation_->localCredentials();
  transports_->ensure(negotiation_->neededPaths());
  noteMedia();
  if (credentials && description.type != RTCSdpType::kRollback) {
    credentials_->begin(*credentials);
    for (const auto& path : transports_->all())
      if (path->local.begin(*credentials)) ask(command::RestartIce{path->id, *credentials});
  }
  gatherWhereLive();
  if (description.type == RTCSdpType::kAnswer) credentials_->settle(negotiation_->toldUfrags());
  tellDescription();
  tellWhetherLive();
  if (description.type == RTCSdpType::kRollback) {
    applyNegotiated();  // a provisional answer may have been in force
    return {};
  }
  if (first && description.type == RTCSdpType::kOffer)
    setIceRole(ice::Role::kControlling);  // RFC 8445 §6.1.1: the offerer controls
  if (description.type == RTCSdpType::kOffer) {
    for (const auto& path : transports_->all())
      if (negotiation_->offersToMoveFrom(path->remote.tag())) ask(command::PrepareRenewal{path->id});
    ask(command::KeepTransports{});  // those of an offer whose place this one takes
  }
  if (description.type != RTCSdpType::kOffer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

// RFC 9429 §4.1.10.2. What an answer has changed, a provisional one included, stays: the transport has no way back from
// that. A restart that was only `offered` is as if it had never been.
void PeerConnection::rolledBack(bool offered) {
  forgetHeldCandidates();
  const auto inForce = negotiation_->localCredentials();
  if (!offered || !inForce) return;
  for (const auto& path : transports_->all()) ask(command::EndPreparedRenewal{path->id});
  credentials_->takeBack(*inForce);
  for (const auto& path : transports_->all())
    if (path->local.takeBack(*inForce)) ask(command::TakeBackRestart{path->id});
}

void PeerConnection::setIceRole(ice::Role role) {
  iceRole_ = role;
  for (const auto& path : transports_->all()) path->transport->setIceRole(role);
}

void PeerConnection::gatherWhereLive() {
  for (const auto& path : transports_->all())
    if (negotiation_->paths().isLive(path->id) && path->local.askToGather()) ask(command::Gather{path->id});
}

void PeerConnection::tellWhetherLive() {
  for (const auto& path : transports_->all())
    tellIce(*path, path->local.setLive(negotiation_->paths().isLive(path->id)));
}

Result<void> PeerConnection::setRemoteDescription(const RTCSessionDescription& description) {
  if (closed_) return closedError();
  const bool offer = description.type == RTCSdpType::kOffer;
  // W3C §4.4.2: an offer that meets ours takes its place (the polite side of perfect negotiation); that ours is taken back
  // stands, whatever becomes of theirs.
  if (offer && negotiation_->signalingState() == RTCSignalingState::kHaveLocalOffer) {
    auto back = setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""});
    if (!back) return back;
  }
  const bool first = !negotiation_->negotiated();
  const bool offered = negotiation_->signalingState() == RTCSignalingState::kHaveLocalOffer;
  auto applied = negotiation_->setRemote(description);
  // W3C §4.4.1.5: a text that cannot be read is an OperationError; sdpError() gives the RTCError, with its line.
  if (!applied && sdp::errorLine(applied.error())) return Error(ErrorCode::kOperationError, applied.error().message());
  if (!applied) return applied;
  if (offer) forgetHeldCandidates();
  if (description.type == RTCSdpType::kRollback) rolledBack(offered);
  ask(command::NoteDescription{});
  transports_->ensure(negotiation_->neededPaths());
  if (offer && first) setIceRole(ice::Role::kControlled);
  if (!offer) gatherWhereLive();  // what the answer did not bundle
  if (description.type == RTCSdpType::kAnswer) credentials_->settle(negotiation_->toldUfrags());
  tellDescription();
  tellWhetherLive();
  if (description.type == RTCSdpType::kRollback) {
    applyNegotiated();  // a provisional answer may have been in force
    return {};
  }
  if (!offer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

void PeerConnection::applyRemoteTransport() {
  for (const auto& path : transports_->all()) {
    const TransportDescription* remote = negotiation_->paths().remote(path->id);
    // What an offer had ready for RTCP is of no use to an answer that multiplexes it.
    if (!remote || (isRtcpPath(path->id) && !negotiation_->paths().isLive(path->id))) continue;
    path->local.settle();
    path->transport->setCryptex(negotiation_->cryptex(path->id));
    auto command = path->remote.describe(*remote, negotiation_->tagOf(path->id).first);
    command.path = path->id;
    if (const auto setup = negotiation_->paths().answeredSetup(path->id))
      command.role = *setup == Setup::kActive ? dtls::Role::kClient : dtls::Role::kServer;
    const auto dtls = path->transport->dtlsState();
    const bool begins = dtls == dtls::State::kNew || dtls == dtls::State::kConnecting;
    const auto known = path->role();
    const bool keepsRole = known && !command.otherPeer && !command.otherTag && !begins;
    path->describedRole = keepsRole ? *known : command.role;
    if (const auto data = negotiation_->data(); data && data->transport == path->id)
      channels_->setRole(*path->describedRole);
    ask(std::move(command));
  }
}

// Packets of an answer's media may be faster than the answer: what counts is that there may be some. Once there was, the
// session stays: its counters and rollovers are of its life.
void PeerConnection::noteMedia() {
  const bool carries = !negotiation_->transceivers().empty();
  for (const auto& path : transports_->all())
    if (carries || !path->transport->mediaReady()) path->transport->setCarriesMedia(carries);
}

sctp::DataChannels::Config PeerConnection::dataConfig() const {
  sctp::DataChannels::Config out;
  out.congestionControl = configuration_.data.congestionControl;
  out.maxReceiveBuffer = configuration_.data.maxReceiveWindow;
  out.rideHandshake = configuration_.data.rideHandshake;
  out.windowBudget = environment_.windowBudget;
  // RFC 9260 §16 ends an association after ten timeouts in a row, and so does an outage of a minute. Chromium never does:
  // consent (RFC 7675) says when a path is gone, and an ICE restart may bring the peer back. A peer that has no SCTP at all
  // is told of after about a minute.
  out.maxInitRetransmits = 24;  // of 3 s and less
  out.maxRetransmits = std::nullopt;
  return out;
}

// What an answer says, a provisional one included (RFC 9429 §4.1.10.1), or what a rollback goes back to. The transport
// has no way back: what has come up stays, and carries what is in force.
void PeerConnection::applyNegotiated() {
  ask(command::ApplySections{negotiation_->sections()});
  const bool stable = negotiation_->signalingState() == RTCSignalingState::kStable;
  if (auto data = negotiation_->data()) {
    command::StartSctp start;
    start.path = data->transport;
    start.config = dataConfig();
    start.config.localPort = data->localPort;
    start.config.remotePort = data->remotePort;
    start.localInit = std::move(data->localInit);
    start.remoteInit = std::move(data->remoteInit);
    start.config.remoteMaxMessageSize = data->maxMessageSize;
    ask(start);
  } else if (stable) {
    // A final word: the data section is rejected, or taken back. A provisional one frees nothing.
    ask(command::StopSctp{negotiation_->dataRejected()});
  }
  // What the final word bundles away is given up (RFC 9143 §7.3.3).
  if (stable) ask(command::KeepTransports{});
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
  const bool isThere = named
                           ? negotiation_->hasRemoteMid(*candidate.sdpMid)
                           : !candidate.sdpMLineIndex || *candidate.sdpMLineIndex < negotiation_->remoteSectionCount();
  if (!isThere) return {ErrorCode::kOperationError, "the remote description has no such media section"};
  std::optional<size_t> section = candidate.sdpMLineIndex;
  if (named) section = negotiation_->sectionOf(*candidate.sdpMid);
  // One that belongs to no section in particular goes to the first; of a section that is rejected, likewise.
  const auto own = section ? negotiation_->transportOf(*section) : std::nullopt;
  TransportPath* known = own ? transports_->find(*own) : nullptr;
  TransportPath& path = known ? *known : transports_->first();
  TransportPath* rtcp = transports_->otherComponent(path);
  const TransportDescription* remote = negotiation_->paths().remote(path.id);
  // W3C §4.4.1.6: one that belongs to another generation is an error of the signalling. No generation is called "".
  const std::string ufrag = candidate.usernameFragment.value_or("");
  if (!ufrag.empty() && remote && ufrag != remote->iceUfrag)
    return {ErrorCode::kOperationError, "the candidate is of another ICE generation (usernameFragment)"};
  if (candidate.candidate.empty()) {
    negotiation_->noteRemoteCandidate(section, "end-of-candidates", ufrag);
    for (const auto& each : transports_->all())
      if (!section || each.get() == &path || each.get() == rtcp) ask(command::EndCandidates{each->id});
    return {};
  }
  auto parsed = ice::Candidate::parse(candidate.candidate);
  if (!parsed) return {ErrorCode::kOperationError, "bad candidate: " + parsed.error().message()};
  negotiation_->noteRemoteCandidate(section.value_or(0), asWritten(candidate.candidate, *parsed), ufrag);
  // RTCP's are of no use where it is multiplexed (RFC 5761 §5.1.3).
  TransportPath& its = rtcp && parsed->component == componentOf(rtcp->id) ? *rtcp : path;
  if (remote && its.remote.awaits(*remote)) {
    its.remote.hold(candidate.candidate);
    return {};
  }
  if (auto usable = its.remote.read(candidate.candidate)) ask(command::AddCandidate{its.id, *std::move(usable)});
  return {};
}

void PeerConnection::forgetHeldCandidates() {
  for (const auto& path : transports_->all()) path->remote.forgetHeld();
}

std::vector<std::string> PeerConnection::candidateNotes() const {
  std::vector<std::string> out;
  for (const auto& path : transports_->all()) {
    for (const auto* notes : {&path->remote.notes(), &path->transport->candidateNotes()})
      out.insert(out.end(), notes->begin(), notes->end());
  }
  return out;
}

std::vector<std::string> PeerConnection::connectivityReport() const {
  std::vector<std::string> out;
  for (const auto& path : transports_->all()) {
    const auto report = path->transport->pairReport();
    out.insert(out.end(), report.begin(), report.end());
  }
  return out;
}

std::map<uint32_t, GatheredCandidates> PeerConnection::gathered() const {
  std::map<uint32_t, GatheredCandidates> out;
  for (const auto& path : transports_->all()) {
    if (isRtcpPath(path->id)) continue;
    GatheredCandidates& each = out[path->id] = {path->local.candidates(), path->local.over()};
    const TransportPath* rtcp = transports_->otherComponent(*path);
    if (!rtcp) continue;
    const auto& others = rtcp->local.candidates();
    each.candidates.insert(each.candidates.end(), others.begin(), others.end());
    each.over &= rtcp->local.over();
  }
  return out;
}

std::optional<RTCSessionDescription> PeerConnection::localDescription() const {
  return negotiation_->localDescription(gathered());
}

std::optional<RTCSessionDescription> PeerConnection::remoteDescription() const {
  return negotiation_->remoteDescription();
}

std::optional<RTCSessionDescription> PeerConnection::currentLocalDescription() const {
  return negotiation_->currentLocalDescription(gathered());
}

std::optional<RTCSessionDescription> PeerConnection::pendingLocalDescription() const {
  return negotiation_->pendingLocalDescription(gathered());
}

std::optional<RTCSessionDescription> PeerConnection::currentRemoteDescription() const {
  return negotiation_->currentRemoteDescription();
}

std::optional<RTCSessionDescription> PeerConnection::pendingRemoteDescription() const {
  return negotiation_->pendingRemoteDescription();
}

std::optional<bool> PeerConnection::canTrickleIceCandidates() const {
  const TransportDescription* remote = negotiation_->paths().remote();
  return remote ? std::optional<bool>(remote->trickle) : std::nullopt;
}

// W3C §4.4.2: what no description has told needs no replacing.
void PeerConnection::restartIce() {
  if (closed_) return;
  credentials_->replace(negotiation_->toldUfrags());
  updateNegotiationNeeded();
}

Result<std::shared_ptr<DataChannel>> PeerConnection::createDataChannel(std::string label, RTCDataChannelInit init) {
  if (closed_) return closedError();
  return channels_->create(std::move(label), std::move(init));
}

}  // namespace tincan::inline v0::stack
