#include <utility>

#include "stack/connection_log.h"
#include "stack/connection_state.h"
#include "stack/data_channel_set.h"
#include "stack/negotiation.h"
#include "stack/peer_connection_host.h"
#include "stack/transport_set.h"

// What pages hear: each state changes in the task that fires its event (W3C webrtc-pc §4.4.1.5, §4.7.3, §5.6).
namespace tincan::inline v0::stack {
namespace {

// The same states under the W3C's name (RFC 8445 §6.1.3 has none).
RTCIceConnectionState toW3c(ice::State state) {
  switch (state) {
    case ice::State::kNew: return RTCIceConnectionState::kNew;
    case ice::State::kChecking: return RTCIceConnectionState::kChecking;
    case ice::State::kConnected: return RTCIceConnectionState::kConnected;
    case ice::State::kCompleted: return RTCIceConnectionState::kCompleted;
    case ice::State::kDisconnected: return RTCIceConnectionState::kDisconnected;
    case ice::State::kFailed: return RTCIceConnectionState::kFailed;
    case ice::State::kClosed: return RTCIceConnectionState::kClosed;
  }
  return RTCIceConnectionState::kNew;
}

}  // namespace

void PeerConnection::post(std::function<void()> event) {
  events_->post(std::move(event));
  wake();
}

// The handler is read when its time has come, and a copy of it is run: it may replace itself.
void PeerConnection::fire(std::function<void()> PeerConnection::*handler) {
  if (auto copy = this->*handler) copy();
}

// ---- ICE and DTLS ----

std::vector<TransportPath*> PeerConnection::pathsInUse() const {
  std::vector<TransportPath*> out;
  for (const auto& path : transports_->all())
    if (negotiation_->paths().isLive(path->id)) out.push_back(path.get());
  if (out.empty()) out.push_back(&transports_->first());
  return out;
}

// One transport is the rule, and asked after each event: it is its own joint state.
RTCIceConnectionState PeerConnection::jointIce() const {
  if (transports_->all().size() == 1) return transports_->first().ice;
  std::vector<RTCIceConnectionState> each;
  for (const TransportPath* path : pathsInUse()) each.push_back(path->ice);
  return jointState(each);
}

RTCPeerConnectionState PeerConnection::jointConnection(bool hopeless) const {
  const auto of = [&](const TransportPath& path) {
    return connectionStateOf(path.ice, path.transport->dtlsState(), hopeless);
  };
  if (transports_->all().size() == 1) return of(transports_->first());
  std::vector<RTCPeerConnectionState> each;
  for (const TransportPath* path : pathsInUse()) each.push_back(of(*path));
  return jointState(each);
}

void PeerConnection::handleIceEvent(TransportPath& path, const ice::Event& event) {
  if (const auto* changed = std::get_if<ice::StateChanged>(&event)) {
    path.ice = toW3c(changed->state);
    iceConnection_.change(jointIce());
    return;  // tellStates() comes next
  }
  tellIce(path, path.local.handle(event));
}

void PeerConnection::tellIce(TransportPath& path, std::vector<LocalIce::News> news) {
  for (LocalIce::News& each : news) {
    if (auto* found = std::get_if<LocalIce::CandidateFound>(&each)) {
      // The end is of both components: whichever comes to it last tells.
      const TransportPath* other = found->candidate.empty() ? transports_->otherComponent(path) : nullptr;
      if (!other || other->local.over()) tellCandidate(path, *found);
    } else if (auto* changed = std::get_if<LocalIce::GatheringChanged>(&each)) {
      path.gathering = changed->state;
      tellGathering(jointGathering());
    } else {
      post([this, error = std::get<RTCPeerConnectionIceErrorEvent>(std::move(each))] {
        if (auto handler = onicecandidateerror) handler(error);
      });
    }
  }
}

// §5.6.2, "new": a transport that nobody has a section on counts for nothing.
RTCIceGatheringState PeerConnection::jointGathering() const {
  std::vector<RTCIceGatheringState> each;
  for (const TransportPath* path : pathsInUse()) each.push_back(path->gathering);
  return jointState(each);
}

void PeerConnection::tellCandidate(const TransportPath& path, const LocalIce::CandidateFound& found) {
  const auto [mid, index] = negotiation_->paths().candidateTag(path.id);
  RTCIceCandidate out{found.candidate, mid, index, found.ufrag};
  for (ice::CandidateGathered& each : path.transport->iceAgent().localCandidates()) {
    each.candidate.ufrag = found.ufrag;
    if (!each.url.empty() && each.candidate.toString() == found.candidate) out.setServer(each.url);
  }
  post([this, event = RTCPeerConnectionIceEvent{out, out.url}] {
    if (auto handler = onicecandidate) handler(event);
  });
}

// W3C §5.6.2: the state, and after "complete" the candidate that is null.
void PeerConnection::tellGathering(RTCIceGatheringState state) {
  if (!iceGathering_.change(state)) return;
  post([this, state] { iceGathering_.show(state); });
  host_->update();  // the transport's event comes first, and either state is there by then
  post([this] { fire(&PeerConnection::onicegatheringstatechange); });
  if (state != RTCIceGatheringState::kComplete) return;
  post([this] {
    if (auto handler = onicecandidate) handler({});
  });
}

// W3C §5.6: one task changes the transport's state and both of the connection's, then fires the events of all three. What
// DTLS changes alone (§5.5) is the transport's first, and then the connection's.
void PeerConnection::tellStates(TimePoint now) {
  if (closed_) return;
  const auto ice = iceConnection_.actual();
  const bool hopeless = !connectedAt_ && !negotiation_->whyNothingAgreed().empty();
  const auto connection = jointConnection(hopeless);
  if (connection == RTCPeerConnectionState::kConnected && !connectedAt_) connectedAt_ = now;
  const bool iceChanged = iceTold_ != ice;
  iceTold_ = ice;
  const bool changed = connection_.change(connection);
  if (changed) logState(environment_.log, connection);
  if (iceChanged) {
    post([this, ice, connection] {
      iceConnection_.show(ice);
      connection_.show(connection);
    });
  }
  host_->update();
  if (iceChanged) post([this] { fire(&PeerConnection::oniceconnectionstatechange); });
  if (changed) {
    post([this, connection] {
      connection_.show(connection);
      fire(&PeerConnection::onconnectionstatechange);
    });
  }
}

// ---- descriptions ----

// W3C §4.4.1.5, the end of setting a description: signalingstatechange, then what became of tracks. Whether another round
// is needed is asked once the state is stable again.
void PeerConnection::tellDescription() {
  const auto state = negotiation_->signalingState();
  const bool changed = signaling_.change(state);
  if (changed) {
    logState(environment_.log, state);
    post([this, state] {
      signaling_.show(state);
      fire(&PeerConnection::onsignalingstatechange);
    });
    signaling_.catchUp();
  }
  tellTracks();
  if (!changed || state != RTCSignalingState::kStable) return;
  needed_.settle();
  updateNegotiationNeeded();
}

void PeerConnection::tellTracks() {
  for (const TrackChange& change : negotiation_->takeTrackChanges()) {
    const auto& receiver = change.transceiver->receiver();
    for (const auto& stream : change.left) {
      post([stream, track = receiver->track()] {
        if (auto handler = stream->onremovetrack) handler(track);
      });
    }
    for (const auto& stream : change.joined) {
      post([stream, track = receiver->track()] {
        if (auto handler = stream->onaddtrack) handler(track);
      });
    }
    if (change.ends) {
      post([track = receiver->track()] { track->end(); });
      continue;
    }
    if (!change.added) {
      post([track = receiver->track()] { track->setMuted(true); });
      continue;
    }
    if (!change.fires) continue;
    RTCTrackEvent event{receiver, receiver->track(), change.streams, change.transceiver};
    post([this, event = std::move(event)] {
      if (auto handler = ontrack) handler(event);
    });
  }
  // W3C §5.4, stopping a transceiver: its track ends, and then nobody knows it any more.
  for (const auto& transceiver : negotiation_->takeStopped()) {
    post([track = transceiver->receiver()->track()] {
      track->end();
      track->abandon();
    });
  }
}

// ---- negotiationneeded ----

bool PeerConnection::negotiationNeeded() const {
  const bool stable = negotiation_->signalingState() == RTCSignalingState::kStable;
  return negotiation_->needed(wantsData()) || (stable && credentials_->restartWanted());
}

void PeerConnection::updateNegotiationNeeded() {
  if (closed_ || !needed_.update(negotiationNeeded())) return;
  post([this] {
    if (!closed_ && needed_.check(negotiation_->signalingState(), negotiationNeeded()))
      fire(&PeerConnection::onnegotiationneeded);
  });
}

}  // namespace tincan::inline v0::stack
