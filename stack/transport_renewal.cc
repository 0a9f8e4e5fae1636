#include <utility>

#include "stack/transport.h"

// How one DTLS association follows another.
//
//   an offer of ours that
//   changes the tag ───────► prepareRenewal ─► a goodbye is taken for a move ─┬─► an answer: expectRenewal
//                                                                            └─► none that moves: endPreparedRenewal
//   tagged section changed,
//   another ICE agent ─────► expectRenewal ─► a handshake beside the association in force ─┬─► connected: takeOver
//                                                                                           ├─► nobody answers: forgotten
//                                                                                           └─► close_notify: promote
//   other certificates ────► replaceDtls ─► the old one and its keys end at once
namespace tincan::inline v0::stack {
namespace {

// A browser that has moved checks its new pairs first, and some doubt about the old pair may have to come before them.
constexpr Duration kRenewalTimeout = Duration::seconds(30);

}  // namespace

void Transport::expectRenewal(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote) {
  if (dtls_.state() == dtls::State::kNew || dtls_.state() == dtls::State::kConnecting) return;
  if (!renewal_) renewal_.emplace();
  // A handshake in the other role is of a description before this one: two clients, or two servers, find no end.
  if (renewal_->dtls && renewal_->role != role) {
    Bytes abort = std::move(renewal_->abort);
    renewal_.emplace().abort = std::move(abort);
  }
  renewal_->role = role;
  renewal_->fingerprints = std::move(remote);
  renewal_->until = now + kRenewalTimeout;
  ice_.expectMove();
  // Its goodbye over the transport that it left was faster than its description.
  if (dtls_.state() != dtls::State::kConnected) promoteRenewal(now);
  pump(now);
}

void Transport::prepareRenewal() {
  if (dtls_.state() != dtls::State::kConnected || renewal_) return;
  renewal_.emplace().role = dtls_.role();
  ice_.expectMove();  // its checks may be faster than its answer
}

void Transport::endPreparedRenewal(TimePoint now) {
  if (renewal_ && renewal_->until.isNever()) dropRenewal(now);
  pump(now);
}

void Transport::replaceDtls(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote,
                            const RemoteIce& ice) {
  renewal_.reset();
  soughtOn_.reset();
  dtls_.forgetWaiting();
  srtp_.endKeys();
  dtls_.expectPeer(std::move(remote));
  dtls_.renew(role, kRenewalTimeout);
  events_.push_back(DtlsStateChanged{dtls::State::kNew, std::nullopt});
  renewSctp(now);
  // Its checks and its ClientHello may have been faster than its description: they are for the new association.
  useRemoteIce(now, ice);
  ice_.forgetPrevious();
  dtls_.startWhenReady(now);
  pump(now);
}

/// The association in force is over: what was made beside it is what there is.
void Transport::promoteRenewal(TimePoint now) {
  srtp_.endKeys();
  const dtls::Role role = renewal_->role;
  if (!renewal_->fingerprints.empty()) dtls_.expectPeer(renewal_->fingerprints);
  // Where its hello went, or is about to go.
  if (renewal_->dtls) {
    soughtOn_ = renewal_->heard ? std::nullopt : renewal_->route;
    dtls_.adopt(role, std::move(renewal_->dtls));
  } else {
    const auto pair = ice_.selectedPair();
    soughtOn_ = pair ? std::optional(pair->route) : std::nullopt;
    dtls_.renew(role, kRenewalTimeout);
  }
  renewal_.reset();
  sctp_.expectRestart(role == dtls::Role::kClient);
  events_.push_back(DtlsStateChanged{dtls_.state(), std::nullopt});
  dtls_.startWhenReady(now);
}

/// Its hello went to where the peer was: where it is now, another one waits for no retransmission. Once: a peer that names
/// one pair and then another may have answered on the first, and would take a third hello for nothing.
void Transport::followMoved(TimePoint now) {
  const auto pair = soughtOn_ ? ice_.selectedPair() : std::nullopt;
  if (!pair || pair->route == *soughtOn_) return;
  soughtOn_.reset();
  dtls_.renew(dtls_.role(), kRenewalTimeout);
  dtls_.start(now);
}

void Transport::takeOver(TimePoint now) {
  srtp_.unprotectArrived();
  dtls_.adopt(renewal_->role, std::move(renewal_->dtls));
  if (renewal_->keys) srtp_.useKeys(*renewal_->keys);
  renewal_.reset();
  soughtOn_.reset();
  events_.push_back(DtlsStateChanged{dtls_.state(), std::nullopt});
  sctp_.restart(now, dtls_.role() == dtls::Role::kClient);
}

/// RFC 8841 §9.3: with the DTLS association ends the SCTP association over it, and its channels. The next one is new.
void Transport::renewSctp(TimePoint now) {
  const bool client = dtls_.role() == dtls::Role::kClient;
  if (sctp_.started()) {
    sctp_.data()->abort(now);
    tellSctpEvents();
  }
  sctp_.renew(client);
}

bool Transport::pumpRenewal(TimePoint now) {
  if (!renewal_) return false;
  if (renewal_->until.isNever()) return false;  // the answer has yet to come
  if (!renewal_->heard && now >= renewal_->until) {
    dropRenewal(now);
    return false;
  }
  const auto pair = ice_.selectedPair();
  if (!pair) return false;
  // A hello that went to where the peer was is said anew, once, where it is (followMoved says why no more).
  const bool moved = renewal_->route && !(*renewal_->route == pair->route);
  if (!renewal_->dtls || (moved && !renewal_->heard)) {
    renewal_->route = renewal_->dtls ? std::nullopt : std::optional(pair->route);
    renewal_->dtls = dtls_.make(renewal_->role, kRenewalTimeout);
    renewal_->dtls->setRemoteFingerprints(renewal_->fingerprints);
    renewal_->dtls->start(now);
  }
  bool any = false;
  PacketBuffer packet;
  while (renewal_->dtls->pollTransmit(now, packet)) {
    out_.send(now, std::move(packet));
    any = true;
  }
  while (auto event = renewal_->dtls->pollEvent()) {
    any = true;
    if (auto* keys = std::get_if<dtls::KeysExported>(&*event)) {
      renewal_->keys = keys->keys;
    } else if (auto* changed = std::get_if<dtls::StateChanged>(&*event)) {
      if (changed->state == dtls::State::kConnected) {
        takeOver(now);
        return true;
      }
      // The association in force knows nothing of it and goes on.
      if (changed->state == dtls::State::kFailed || changed->state == dtls::State::kClosed) {
        dropRenewal(now);
        return true;
      }
    }
  }
  return any;
}

/// Nobody moved: what was kept back in case is told.
void Transport::dropRenewal(TimePoint now) {
  const Bytes abort = std::move(renewal_->abort);
  renewal_.reset();
  if (hasData() && !abort.empty()) sctp_.data()->receive(now, abort);
}

/// True when the packet is of the renewal alone.
bool Transport::receiveRenewal(TimePoint now, PacketBuffer& packet) {
  if (!renewal_ || !renewal_->dtls) return false;
  if (DtlsRenewal::isOfHandshake(packet.view())) {
    renewal_->heard = true;
    renewal_->dtls->receive(now, std::move(packet));
    return true;
  }
  // Encrypted: of either, and only the right one can read it.
  if (PacketBuffer copy = renewal_->heard ? pool_.copy(packet.view()) : PacketBuffer()) {
    renewal_->dtls->receive(now, std::move(copy));
  }
  return false;
}

}  // namespace tincan::inline v0::stack
