#include "stack/transport.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

// Bytes move inward and outward until quiet; a machine that never is must not hold the loop.
constexpr int kMaxRounds = 64;

}  // namespace

Transport::Transport(ice::AgentConfig ice, SecuritySettings security, const crypto::Identity& identity,
                     RandomSource& random, PacketPool& pool, rtp::SrtpConfig srtp)
    : pool_(pool),
      ice_(std::move(ice), random, pool),
      out_(ice_, counters_),
      dtls_({std::move(security), identity, srtp.engine == crypto::Engine::kAuto ? srtp.shared : nullptr}, random, pool,
            ice_, out_, counters_),
      srtp_(srtp, counters_),
      sctp_(random, pool, counters_) {}

Transport::~Transport() = default;

// ---- ICE: each verb moves bytes until quiet, as an input does ----

void Transport::gather(TimePoint now) {
  ice_.gather(now);
  pump(now);
}

void Transport::restartIce(TimePoint now, ice::Credentials local) {
  ice_.restart(now, std::move(local));
  pump(now);
}

void Transport::takeBackRestart(TimePoint now) {
  ice_.takeBackRestart(now);
  pump(now);
}

void Transport::allowSped(WarpPolicy policy) {
  warp_ = policy;
  switch (policy) {
    case WarpPolicy::kOff: return ice_.cargo().stop();
    case WarpPolicy::kAccept: return ice_.cargo().accept();
    case WarpPolicy::kOffer: return ice_.cargo().offer();
  }
}

void Transport::noteSped(bool remote) {
  if (remote && warp_ == WarpPolicy::kAccept && !dtlsRoleKnown()) ice_.cargo().offer();
}

void Transport::setRemoteIce(TimePoint now, const RemoteIce& remote) {
  useRemoteIce(now, remote);
  pump(now);
}

void Transport::useRemoteIce(TimePoint now, const RemoteIce& remote) {
  ice_.setRemoteLite(remote.lite);
  ice_.setRemoteRenomination(remote.renomination);
  ice_.setRemoteCredentials(now, remote.credentials);
}

void Transport::addRemoteCandidate(TimePoint now, const ice::Candidate& candidate) {
  ice_.addRemoteCandidate(now, candidate);
  pump(now);
}

void Transport::endOfRemoteCandidates(TimePoint now) {
  ice_.endOfRemoteCandidates(now);
  pump(now);
}

void Transport::handleIoResult(TimePoint now, const IoResult& result) {
  ice_.handleIoResult(now, result);
  pump(now);
}

// ---- DTLS and SCTP ----

void Transport::setDtlsParameters(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote) {
  dtls_.agree(role, std::move(remote));
  dtls_.startWhenReady(now);
  pump(now);
}

void Transport::startSctp(sctp::DataChannels::Config config, Bytes localInit, Bytes remoteInit) {
  config.dtlsClient = dtls_.role() == dtls::Role::kClient;
  sctp_.create(config, std::move(localInit), std::move(remoteInit));
}

void Transport::stopSctp(TimePoint now) {
  if (!hasData()) return;
  sctp_.data()->abort(now);
  pump(now);
  tellSctpEvents();
  sctp_.forget();
}

void Transport::tellSctpEvents() {
  while (auto event = sctp_.data()->pollEvent()) events_.push_back(Event(std::move(*event)));
}

Result<uint16_t> Transport::openChannel(TimePoint now, const sctp::ChannelOptions& options) {
  if (!hasData()) return {ErrorCode::kInvalidStateError, "no data section has been agreed on"};
  return sctp_.data()->open(now, options);
}

Result<void> Transport::sendMessage(TimePoint now, uint16_t channel, Bytes message, bool binary) {
  if (!hasData()) return {ErrorCode::kInvalidStateError, "no data section has been agreed on"};
  return sctp_.data()->sendOwned(now, channel, std::move(message), binary);
}

void Transport::closeChannel(TimePoint now, uint16_t channel) {
  if (hasData()) sctp_.data()->close(now, channel);
}

void Transport::closeChannelsNow(TimePoint now, const std::vector<uint16_t>& channels) {
  for (const uint16_t channel : channels) closeChannel(now, channel);
  pump(now);
}

std::optional<uint64_t> Transport::maxSendSize() const {
  if (!hasData()) return std::nullopt;
  return sctp_.data()->maxSendSize();
}

// ---- receiving ----

// RFC 7983 §7, and RFC 5761 §4 for RTP beside RTCP: payload types 64 to 95 with the marker bit would look like RTCP's
// 192 to 223, so nobody uses them.
Transport::Kind Transport::classify(ByteView packet) {
  if (packet.empty()) return Kind::kUnknown;
  const uint8_t first = packet[0];
  if (first >= 20 && first <= 63) return Kind::kDtls;
  if (first < 128 || first > 191 || packet.size() < 2) return Kind::kUnknown;
  return packet[1] >= 192 && packet[1] <= 223 ? Kind::kRtcp : Kind::kRtp;
}

void Transport::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  ++counters_.packetsReceived;
  counters_.bytesReceived += packet.size();
  PacketBuffer inner = ice_.receive(now, route, std::move(packet));
  bool moves = !inner;
  while (inner) {
    moves |= receiveInner(now, std::move(inner));
    inner.reset();
    static_cast<void>(ice_.pollReceived(inner));
  }
  if (moves && !holdsData()) pump(now);
}

/// Only data waits for its like: all that is not yet, or no longer, a call in peace is worked on at once.
bool Transport::holdsData() {
  return !renewal_ && dtls_.state() == dtls::State::kConnected && sctp_.holds();
}

// False for media, which moves nothing else.
bool Transport::receiveInner(TimePoint now, PacketBuffer packet) {
  const Kind kind = classify(packet.view());
  switch (kind) {
    case Kind::kDtls:
      ice_.cargo().noteArrived(packet.view());
      receiveDtls(now, std::move(packet));
      return true;
    case Kind::kRtp:
    case Kind::kRtcp: srtp_.receive(now, std::move(packet), kind == Kind::kRtcp); return false;
    case Kind::kUnknown: ++counters_.unknownFirstByte; return true;
  }
  return true;
}

void Transport::receiveDtls(TimePoint now, PacketBuffer packet) {
  if (receiveRenewal(now, packet)) return;
  if (DtlsRenewal::isOfHandshake(packet.view())) soughtOn_.reset();
  dtls_.receive(now, std::move(packet));
}

void Transport::handleTimeout(TimePoint now) {
  ice_.handleTimeout(now);
  dtls_.handleTimeout(now);
  if (renewal_ && renewal_->dtls) renewal_->dtls->handleTimeout(now);
  if (sctp_.started()) sctp_.data()->handleTimeout(now);
  pump(now);
}

TimePoint Transport::nextTimeout() const {
  TimePoint next = earlier(ice_.nextTimeout(), dtls_.nextTimeout());
  if (renewal_ && renewal_->dtls) next = earlier(next, renewal_->dtls->nextTimeout());
  if (sctp_.started()) next = earlier(next, sctp_.data()->nextTimeout());
  return next;
}

void Transport::pump(TimePoint now) {
  sctp_.release();
  for (int round = 0; round < kMaxRounds; ++round) {
    bool moved = pumpIceEvents();
    for (PacketBuffer kept; ice_.pollReceived(kept); kept.reset()) receiveInner(now, std::move(kept));
    const bool cargo = ice_.cargo().waits();
    for (PacketBuffer carried; ice_.cargo().take(carried); carried.reset()) receiveDtls(now, std::move(carried));
    dtls_.startWhenReady(now);
    followMoved(now);
    moved |= pumpDtls(now);
    if (cargo) {
      ice_.resume(now);
      moved = true;
    }
    moved |= pumpRenewal(now);
    moved |= pumpSctp(now);
    if (!moved) return;
  }
}

bool Transport::pumpIceEvents() {
  bool moved = false;
  while (auto event = ice_.pollEvent()) {
    events_.push_back(Event(std::move(*event)));
    moved = true;
  }
  dtls_.noteRoundTrip();
  return moved;
}

bool Transport::pumpDtls(TimePoint now) {
  if (!dtls_.connection()) return false;
  bool moved = false;
  while (auto event = dtls_.connection()->pollEvent()) {
    handleDtlsEvent(now, std::move(*event));
    moved = true;
  }
  return dtls_.send(now) || moved;
}

void Transport::handleDtlsEvent(TimePoint now, dtls::Event event) {
  if (auto* keys = std::get_if<dtls::KeysExported>(&event)) {
    srtp_.useKeys(keys->keys);
  } else if (auto* data = std::get_if<dtls::ApplicationData>(&event)) {
    if (renewal_ && DtlsRenewal::isAbort(data->data.view())) {
      renewal_->abort = toBytes(data->data.view());
    } else if (hasData()) {
      sctp_.data()->receive(now, data->data.view());
    }
  } else if (auto* changed = std::get_if<dtls::StateChanged>(&event)) {
    const bool over = changed->state == dtls::State::kClosed || changed->state == dtls::State::kFailed;
    // The peer leaves the transport that it had, and comes back over another.
    if (over && renewal_) return promoteRenewal(now);
    if (changed->state == dtls::State::kConnected) {
      // RFC 8446 §2, RFC 5246 §7.3: the client ends a handshake of 1.3, the server one of 1.2.
      const bool client = dtls_.role() == dtls::Role::kClient;
      ice_.cargo().finish(client == (dtls_.connection()->version() == dtls::Version::kDtls13));
      sctp_.restartIfDue(now, client);
      startSctpIfDue(now);
    }
    // RFC 8446 §6.1 and RFC 5246 §7.2.1: after close_notify the keys are no longer in use, SRTP's that came from them
    // included.
    if (over) srtp_.endKeys();
    // W3C §6.1.1.2: channels end with the transport that carries them.
    if (over && hasData()) sctp_.data()->abort(now);
    events_.push_back(DtlsStateChanged{changed->state, std::nullopt});
  } else if (auto* failed = std::get_if<dtls::Failed>(&event)) {
    events_.push_back(DtlsStateChanged{dtls::State::kFailed, failed->error});
  }
}

void Transport::startSctpIfDue(TimePoint now) {
  if (sctp_.proven()) return;  // all done
  sctp_.startIfDue(now, *dtls_.connection(), warp_ == WarpPolicy::kOffer, roundTripTime());
}

bool Transport::pumpSctp(TimePoint now) {
  if (!hasData() || !dtls_.connection()) return false;
  const bool started = sctp_.started();
  startSctpIfDue(now);
  if (!sctp_.started()) return false;
  const bool moved = sctp_.send(now, *dtls_.connection(), ice_) || !started;
  // What it has to tell is for those who know the peer.
  if (!sctp_.proven()) return moved;
  const size_t before = events_.size();
  tellSctpEvents();
  return moved || events_.size() != before;
}

void Transport::sendRtp(TimePoint now, std::span<PacketBuffer> packets) {
  srtp_.protect(packets);
  for (PacketBuffer& packet : packets) {
    if (packet) out_.send(now, std::move(packet));
  }
}

void Transport::sendRtcp(TimePoint now, PacketBuffer packet) {
  srtp_.protectRtcp(packet);
  if (packet) out_.send(now, std::move(packet));
}

bool Transport::pollTransmit(TimePoint now, Transmit& out) {
  if (out_.take(out)) return true;
  pump(now);
  if (out_.take(out)) return true;
  return ice_.pollTransmit(now, out);
}

std::optional<Transport::Event> Transport::pollEvent() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Transport::close(TimePoint now) {
  // At once: what is queued is dropped, as pc.close() does in browsers (W3C §4.4.2.6 step 8).
  if (sctp_.started()) sctp_.data()->abort(now);
  pump(now);
  if (dtls_.connection()) dtls_.connection()->close(now);
  pump(now);
  ice_.close();
  pumpIceEvents();
}

}  // namespace tincan::inline v0::stack
