#include <algorithm>
#include <utility>

#include "stack/command.h"
#include "stack/data_channel_set.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/remote_transport.h"
#include "stack/transport.h"

// The W3C's session API (§4.4.2): offers, answers, descriptions and candidates. Negotiation answers; what follows of it for
// the transport is asked of it by commands.
namespace tincan::stack {
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
  return why.empty() ? dtlsFailure_ : why;
}

LocalTransport PeerConnection::localTransport(const ice::Credentials& credentials) const {
  LocalTransport out;
  out.iceUfrag = credentials.ufrag;
  out.icePwd = credentials.password;
  out.fingerprint = identity_->certificate().fingerprint(crypto::HashAlgorithm::kSha256).toString();
  out.iceLite = configuration_.ice.lite;
  out.renomination = configuration_.ice.renomination;
  out.congestionFeedback = configuration_.congestion.wantsMarks();
  const TransportDescription* remote = negotiation_->remoteTransport();
  out.sped = configuration_.warp == WarpPolicy::kOffer ||
             (configuration_.warp == WarpPolicy::kAccept && remote != nullptr && remote->sped);
  const bool answersInit = configuration_.warp != WarpPolicy::kOff && negotiation_->initOffered();
  const bool otherPeer = answersInit && remote != nullptr && remote_->isOtherPeer(*remote);
  out.offersInit = configuration_.warp == WarpPolicy::kOffer;
  if (!otherPeer) out.runningInit = negotiation_->runningInit();
  if (!out.runningInit && (answersInit || out.offersInit))
    out.sctpInit = toBytes(transport_->localSctpInit(dataConfig(), otherPeer));
  out.dtlsRoleKnown = transport_->dtlsRoleKnown();
  out.dtlsIsClient = transport_->dtlsRole() == dtls::Role::kClient;
  return out;
}

// Those that a description has told already are replaced by a restart; newer ones are new enough.
const ice::Credentials& PeerConnection::offeredCredentials(bool restart) {
  const bool told = negotiation_->tells(localIce_->credentials().ufrag);
  return restart && told ? localIce_->fresh(*random_) : localIce_->credentials();
}

// RFC 8829 §5.3.1: an offer with new credentials is answered with new ones.
const ice::Credentials& PeerConnection::answeredCredentials() {
  const TransportDescription* remote = negotiation_->remoteTransport();
  return offeredCredentials(remote != nullptr && remote_->restarts(*remote));
}

Result<RTCSessionDescription> PeerConnection::createOffer(RTCOfferOptions options) {
  if (closed_) return closedError();
  const bool restart = options.iceRestart || localIce_->restartWanted();
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
    auto made =
        description->type == RTCSdpType::kOffer
            ? negotiation_->offerToSet(localTransport(offeredCredentials(localIce_->restartWanted())), wantsData())
            : negotiation_->answerToSet(localTransport(answeredCredentials()));
    if (!made) return made.error();
    description->sdp = std::move(made->sdp);
  }
  return applyLocal(*description);
}

Result<void> PeerConnection::applyLocal(const RTCSessionDescription& description) {
  const bool first = !negotiation_->negotiated();
  auto applied = negotiation_->setLocal(description);
  if (!applied) return applied;
  ask(command::NoteDescription{});
  noteMedia();
  const auto credentials = negotiation_->localCredentials();
  const bool live = negotiation_->hasTransport();
  if (credentials && description.type != RTCSdpType::kRollback && localIce_->begin(*credentials))
    ask(command::RestartIce{*credentials});
  if (live && localIce_->askToGather()) ask(command::Gather{});
  if (description.type == RTCSdpType::kAnswer) localIce_->settle(credentials->ufrag);
  tellDescription();
  tellIce(localIce_->setLive(live));
  if (description.type == RTCSdpType::kRollback) {
    applyNegotiated();  // a provisional answer may have been in force
    return {};
  }
  if (first && description.type == RTCSdpType::kOffer)
    transport_->setIceRole(ice::Role::kControlling);  // RFC 8445 §6.1.1: the offerer controls
  if (description.type == RTCSdpType::kOffer && stopsTaggedSection()) ask(command::PrepareRenewal{});
  if (description.type != RTCSdpType::kOffer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

bool PeerConnection::stopsTaggedSection() const {
  const auto& all = negotiation_->transceivers();
  return std::any_of(all.begin(), all.end(), [&](const auto& each) {
    return each->direction() == RTCRtpTransceiverDirection::kStopped && each->mid() == remote_->tag();
  });
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
  auto applied = negotiation_->setRemote(description);
  if (!applied) return applied;
  ask(command::NoteDescription{});
  if (offer && first) transport_->setIceRole(ice::Role::kControlled);
  if (description.type == RTCSdpType::kAnswer) localIce_->settle(negotiation_->localCredentials()->ufrag);
  tellDescription();
  tellIce(localIce_->setLive(negotiation_->hasTransport()));
  if (description.type == RTCSdpType::kRollback) {
    applyNegotiated();  // a provisional answer may have been in force
    return {};
  }
  if (!offer) applyRemoteTransport();
  if (negotiation_->answered()) applyNegotiated();
  return {};
}

void PeerConnection::applyRemoteTransport() {
  const TransportDescription* remote = negotiation_->remoteTransport();
  if (!remote) return;
  transport_->setCryptex(negotiation_->cryptex());
  ask(remote_->describe(*remote, negotiation_->bundleTag().first));
}

// Packets of an answer's media may be faster than the answer: what counts is that there may be some. Once there was, the
// session stays: its counters and rollovers are of its life.
void PeerConnection::noteMedia() {
  const bool carries = !negotiation_->transceivers().empty();
  if (carries || !transport_->mediaReady()) transport_->setCarriesMedia(carries);
}

sctp::DataChannels::Config PeerConnection::dataConfig() const {
  sctp::DataChannels::Config out;
  out.congestionControl = configuration_.data.congestionControl;
  out.maxReceiveBuffer = configuration_.data.maxReceiveWindow;
  out.windowBudget = environment_.windowBudget;
  return out;
}

// What an answer says, a provisional one included (RFC 9429 §4.1.10.1), or what a rollback goes back to. The transport
// has no way back: what has come up stays, and carries what is in force.
void PeerConnection::applyNegotiated() {
  ask(command::ApplySections{negotiation_->sections()});
  const bool stable = negotiation_->signalingState() == RTCSignalingState::kStable;
  if (auto data = negotiation_->data()) {
    command::StartSctp start;
    start.config = dataConfig();
    start.config.remotePort = data->sctpPort;
    start.localInit = std::move(data->localInit);
    start.remoteInit = std::move(data->remoteInit);
    start.config.remoteMaxMessageSize = data->maxMessageSize;
    ask(start);
  } else if (stable) {
    // A final word: the data section is rejected, or taken back. A provisional one frees nothing.
    ask(command::StopSctp{});
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
  std::optional<size_t> section = candidate.sdpMLineIndex;
  if (named) section = negotiation_->sectionOf(*candidate.sdpMid);
  const std::string ufrag = candidate.usernameFragment.value_or("");
  if (candidate.candidate.empty()) {
    negotiation_->noteRemoteCandidate(section, "end-of-candidates", ufrag);
    ask(command::EndCandidates{});
    return {};
  }
  auto parsed = ice::Candidate::parse(candidate.candidate);
  if (!parsed) return {ErrorCode::kOperationError, "bad candidate: " + parsed.error().message()};
  negotiation_->noteRemoteCandidate(section.value_or(0), asWritten(candidate.candidate, *parsed), ufrag);
  if (remote && remote_->restarts(*remote)) {
    remote_->hold(candidate.candidate);
    return {};
  }
  if (auto usable = remote_->read(candidate.candidate)) ask(command::AddCandidate{*std::move(usable)});
  return {};
}

std::vector<std::string> PeerConnection::candidateNotes() const {
  std::vector<std::string> out = remote_->notes();
  const auto& refused = transport_->candidateNotes();
  out.insert(out.end(), refused.begin(), refused.end());
  return out;
}

std::vector<std::string> PeerConnection::connectivityReport() const {
  return transport_->pairReport();
}

std::optional<RTCSessionDescription> PeerConnection::localDescription() const {
  return negotiation_->localDescription(localIce_->candidates(), localIce_->over());
}

std::optional<RTCSessionDescription> PeerConnection::remoteDescription() const {
  return negotiation_->remoteDescription();
}

std::optional<RTCSessionDescription> PeerConnection::currentLocalDescription() const {
  return negotiation_->currentLocalDescription(localIce_->candidates(),
                                               localIce_->gathering() == RTCIceGatheringState::kComplete);
}

std::optional<RTCSessionDescription> PeerConnection::pendingLocalDescription() const {
  return negotiation_->pendingLocalDescription(localIce_->candidates(),
                                               localIce_->gathering() == RTCIceGatheringState::kComplete);
}

std::optional<RTCSessionDescription> PeerConnection::currentRemoteDescription() const {
  return negotiation_->currentRemoteDescription();
}

std::optional<RTCSessionDescription> PeerConnection::pendingRemoteDescription() const {
  return negotiation_->pendingRemoteDescription();
}

std::optional<bool> PeerConnection::canTrickleIceCandidates() const {
  const TransportDescription* remote = negotiation_->remoteTransport();
  return remote ? std::optional<bool>(remote->trickle) : std::nullopt;
}

// W3C §4.4.2: what no description has told needs no replacing.
void PeerConnection::restartIce() {
  if (closed_) return;
  localIce_->replace(negotiation_->toldUfrags());
  updateNegotiationNeeded();
}

Result<std::shared_ptr<DataChannel>> PeerConnection::createDataChannel(std::string label, RTCDataChannelInit init) {
  if (closed_) return closedError();
  return channels_->create(std::move(label), std::move(init));
}

}  // namespace tincan::stack
