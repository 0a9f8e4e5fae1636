#include "stack/peer_connection_executor.h"

#include <algorithm>
#include <utility>

#include "stack/data_channel_set.h"
#include "stack/media_session.h"
#include "stack/peer_connection_host.h"
#include "stack/transport_set.h"

namespace tincan::inline v0::stack {

Transport* PeerConnection::Executor::find(uint32_t id) const {
  TransportPath* path = pc.transports_->find(id);
  return path ? path->transport.get() : nullptr;
}

void PeerConnection::Executor::operator()(const command::NoteDescription&) const {
  pc.firstDescription_ = pc.firstDescription_.value_or(now);
}

void PeerConnection::Executor::operator()(const command::Gather& gather) const {
  if (Transport* transport = find(gather.path)) transport->gather(now);
}

void PeerConnection::Executor::operator()(const command::RestartIce& restart) const {
  TransportPath* path = pc.transports_->find(restart.path);
  if (!path) return;
  path->transport->restartIce(now, restart.local);
  pc.tellIce(*path, path->local.restarted());
}

void PeerConnection::Executor::operator()(const command::TakeBackRestart& back) const {
  if (Transport* transport = find(back.path)) transport->takeBackRestart(now);
}

void PeerConnection::Executor::operator()(const command::SetRemoteTransport& remote) const {
  TransportPath* path = pc.transports_->find(remote.path);
  if (!path) return;
  path->describedRole.reset();  // the transport knows it from here on
  Transport& transport = *path->transport;
  const bool known = transport.dtlsRoleKnown();
  transport.noteSped(remote.ice.sped);
  // A first handshake before the first check, which it may ride on.
  if (!known) transport.setDtlsParameters(now, remote.role, remote.fingerprints);
  // RFC 8842 §4: another role is another association. One that stands goes on: beside it where the peer has moved, and
  // instead of it where it did not, since there are stacks whose answers say "active" whatever they are. The role of one
  // that is about to follow was told by a description before this one.
  const bool otherRole = known && remote.role != transport.nextDtlsRole();
  const bool begins = transport.dtlsState() == dtls::State::kNew || transport.dtlsState() == dtls::State::kConnecting;
  // A final answer that comes from elsewhere than the provisional one: with another certificate it is another peer; with
  // the same it may be one that moved, unless it takes the other role (RFC 8842 §5.1).
  const bool otherAgent = known && transport.isOtherAgent(remote.ice.credentials);
  const bool otherPeer = known && (remote.otherPeer || (otherAgent && otherRole) || (otherRole && begins));
  if (otherPeer) {
    transport.replaceDtls(now, remote.role, remote.fingerprints, remote.ice);
  } else {
    transport.setRemoteIce(now, remote.ice);
  }
  for (const ice::Candidate& candidate : remote.candidates) transport.addRemoteCandidate(now, candidate);
  if (remote.endOfCandidates) transport.endOfRemoteCandidates(now);
  if (otherPeer) return;
  if (known) transport.setDtlsParameters(now, transport.dtlsRole(), remote.fingerprints);
  if (remote.otherTag || otherAgent) {
    transport.expectRenewal(now, remote.role, remote.fingerprints);
  } else {
    transport.endPreparedRenewal(now);
  }
}

void PeerConnection::Executor::operator()(const command::AddCandidate& add) const {
  if (Transport* transport = find(add.path)) transport->addRemoteCandidate(now, add.candidate);
}

void PeerConnection::Executor::operator()(const command::EndCandidates& end) const {
  if (Transport* transport = find(end.path)) transport->endOfRemoteCandidates(now);
}

void PeerConnection::Executor::operator()(const command::PrepareRenewal& prepare) const {
  if (Transport* transport = find(prepare.path)) transport->prepareRenewal();
}

void PeerConnection::Executor::operator()(const command::EndPreparedRenewal& end) const {
  if (Transport* transport = find(end.path)) transport->endPreparedRenewal(now);
}

void PeerConnection::Executor::operator()(const command::KeepTransports&) const {
  // As they are needed now. What a provisional answer leaves out, the final one may want.
  if (!pc.negotiation_->answered() || pc.negotiation_->signalingState() == RTCSignalingState::kStable)
    keepTransports(pc.negotiation_->neededPaths());
}

void PeerConnection::Executor::keepTransports(const std::vector<uint32_t>& needed) const {
  pc.transports_->keep(now, needed, [&](TransportPath& leaving) {
    if (pc.channels_->transport() == leaving.transport.get()) moveChannels(nullptr);
    if (isRtcpPath(leaving.id)) leaveRtcp(leaving);
    pc.host_->forget(leaving.id);
  });
  if (!pc.channels_->transport()) pc.channels_->setTransport(pc.transports_->first().transport.get());
  pc.iceConnection_.change(pc.jointIce());
  pc.tellGathering(pc.jointGathering());  // of what has left nothing more is waited for
}

/// The answer has multiplexed RTCP. The end of the candidates may have waited for this component.
void PeerConnection::Executor::leaveRtcp(const TransportPath& rtcp) const {
  setRtcp(rtcp, nullptr);
  const TransportPath* rtp = pc.transports_->otherComponent(rtcp);
  if (rtp && rtp->local.over() && !rtcp.local.over() && pc.negotiation_->paths().isLive(rtp->id))
    pc.tellCandidate(*rtp, {"", rtp->local.credentials().ufrag});
}

void PeerConnection::Executor::operator()(const command::ApplySections& apply) const {
  pc.noteMedia();
  const auto& paths = pc.transports_->all();
  const auto applyTo = [&](TransportPath& path, const std::vector<NegotiatedSection>& sections) {
    if (path.media || !sections.empty()) pc.mediaOf(path).apply(sections);
  };
  if (paths.size() == 1) return applyTo(*paths.front(), apply.sections);
  for (const auto& path : paths) {
    if (!isRtcpPath(path->id)) continue;
    const bool used = std::any_of(apply.sections.begin(), apply.sections.end(), [&](const NegotiatedSection& section) {
      return section.ownRtcp && section.transport == transportOfPath(path->id);
    });
    setRtcp(*path, used ? path->transport.get() : nullptr);
  }
  // What a transport has no longer goes before another one takes it.
  for (const bool whole : {false, true}) {
    for (const auto& path : paths) {
      std::vector<NegotiatedSection> own;
      for (const NegotiatedSection& section : apply.sections)
        if (section.transport == path->id && (whole || (path->media && path->media->has(section.mid))))
          own.push_back(section);
      applyTo(*path, own);
    }
  }
}

/// Where the media of this path's transport has its RTCP.
void PeerConnection::Executor::setRtcp(const TransportPath& rtcp, Transport* transport) const {
  TransportPath* rtp = pc.transports_->otherComponent(rtcp);
  if (!rtp || (!rtp->media && !transport)) return;
  pc.mediaOf(*rtp).setRtcp(transport);
}

// SCTP is of its DTLS association (RFC 8841 §9.3): on another transport it begins anew.
void PeerConnection::Executor::moveChannels(Transport* to) const {
  Transport* from = pc.channels_->transport();
  if (from == to) return;
  if (from) from->stopSctp(now);
  for (const auto& path : pc.transports_->all())
    if (path->transport.get() == from) pc.handleTransportEvents(now, *path);
  pc.channels_->setTransport(to);
}

void PeerConnection::Executor::operator()(const command::StartSctp& start) const {
  Transport* transport = find(start.path);
  if (!transport) return;
  moveChannels(transport);
  transport->startSctp(start.config, start.localInit, start.remoteInit);
}

void PeerConnection::Executor::operator()(const command::StopSctp& stop) const {
  pc.channels_->transport()->stopSctp(now);
  if (stop.rejected) pc.channels_->rejected();
}

void PeerConnection::Executor::operator()(const command::FlushChannels&) const {
  pc.channels_->flush(now);
}

void PeerConnection::Executor::operator()(const command::RequestKeyFrame& request) const {
  for (const auto& path : pc.transports_->all())
    if (path->media) path->media->requestKeyFrame(now, *request.receiver);
}

void PeerConnection::Executor::operator()(const command::Close&) const {
  pc.channels_->part(now);
  for (const auto& path : pc.transports_->all()) {
    if (path->media) path->media->close(now);
    path->transport->close(now);
  }
  pc.socketsToClose_ = true;
  pc.events_->clear();  // W3C §4.4.2.6: no event after close()
}

}  // namespace tincan::inline v0::stack
