#include "stack/transport.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

// A browser's ClientHello comes in two datagrams, and is repeated until it is answered: this holds a few of them.
constexpr size_t kMaxEarlyDtls = 8;
// One flight with a certificate chain, fragmented to a small MTU.
constexpr size_t kMaxWaitingDtls = 32;
// Bytes move inward and outward until quiet; a machine that never is must not hold the loop.
constexpr int kMaxRounds = 64;

}  // namespace

Transport::Transport(ice::AgentConfig ice, SecuritySettings security, const crypto::Identity& identity,
                     RandomSource& random, PacketPool& pool, rtp::SrtpConfig srtp)
    : random_(random),
      pool_(pool),
      identity_(identity),
      security_(std::move(security)),
      ice_(std::move(ice), random, pool),
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

void Transport::allowSped(WarpPolicy policy) {
  warp_ = policy;
  switch (policy) {
    case WarpPolicy::kOff: return ice_.cargo().stop();
    case WarpPolicy::kAccept: return ice_.cargo().accept();
    case WarpPolicy::kOffer: return ice_.cargo().offer();
  }
}

void Transport::noteSped(bool remote) {
  if (remote && warp_ == WarpPolicy::kAccept && !dtls_) ice_.cargo().offer();
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
  if (!dtls_) {
    dtlsRole_ = role;
    dtls_ = makeDtls(role, dtls::Config().handshakeTimeout);
  }
  remoteFingerprints_ = remote;
  dtls_->setRemoteFingerprints(std::move(remote));
  startDtlsWhenReady(now);
  pump(now);
}

void Transport::startSctp(sctp::DataChannels::Config config, Bytes localInit, Bytes remoteInit) {
  config.dtlsClient = dtlsRole_ == dtls::Role::kClient;
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
  return !renewal_ && dtls_ && dtls_->state() == dtls::State::kConnected && sctp_.holds();
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
  if (dtls_ && dtlsStarted_) {
    dtls_->receive(now, std::move(packet));
  } else if (earlyDtls_.size() < kMaxEarlyDtls) {
    earlyDtls_.pushBack(std::move(packet));
  } else {
    ++counters_.earlyDtlsDropped;
  }
}

void Transport::startDtlsWhenReady(TimePoint now) {
  if (dtlsStarted_ || !dtls_) return;
  // RFC 8842 §5.4 and RFC 8445 §12.1.1: nothing is sent before there is a pair to send it on. A ClientHello that came
  // over a valid pair may be answered even before the nomination.
  // A handshake that rides on the checks waits for none.
  if (earlyDtls_.empty() && !ice_.hasPair() && !ice_.cargo().mayCarry()) return;
  dtlsStarted_ = true;
  noteRoundTrip();
  dtls_->start(now);
  while (!earlyDtls_.empty()) {
    dtls_->receive(now, std::move(earlyDtls_.front()));
    earlyDtls_.popFront();
  }
}

/// The checks have measured what the handshake's timer would have to guess.
void Transport::noteRoundTrip() {
  if (dtlsRttTold_ || !dtls_ || dtls_->state() == dtls::State::kConnected) return;
  const auto rtt = roundTripTime();
  if (!rtt) return;
  dtlsRttTold_ = true;
  dtls_->setRoundTripTime(*rtt);
}

void Transport::handleTimeout(TimePoint now) {
  ice_.handleTimeout(now);
  if (dtls_ && dtlsTimerRuns()) dtls_->handleTimeout(now);
  if (renewal_ && renewal_->dtls) renewal_->dtls->handleTimeout(now);
  if (sctp_.started()) sctp_.data()->handleTimeout(now);
  pump(now);
}

// While the handshake rides on the checks they repeat it: before there is a pair, DTLS has no way to send of its own.
bool Transport::dtlsTimerRuns() const {
  return dtlsStarted_ && (ice_.hasPair() || !ice_.cargo().mayCarry());
}

TimePoint Transport::nextTimeout() const {
  TimePoint next = ice_.nextTimeout();
  if (dtls_ && dtlsTimerRuns()) next = earlier(next, dtls_->nextTimeout());
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
    startDtlsWhenReady(now);
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
  noteRoundTrip();
  return moved;
}

bool Transport::pumpDtls(TimePoint now) {
  if (!dtls_) return false;
  bool moved = false;
  while (auto event = dtls_->pollEvent()) {
    handleDtlsEvent(now, std::move(*event));
    moved = true;
  }
  PacketBuffer packet;
  const bool goes = ice_.hasPair();
  const bool ofFlight = dtls_->stats().flightsSent != flightsCarried_;
  while (goes && waitingDtls_.take(packet)) sendOverIce(now, std::move(packet));
  while (goes && waitingData_.take(packet)) sendOverIce(now, std::move(packet));
  // Only what has no pair yet is bounded: a burst of data is as long as SCTP's window.
  while (dtls_->pollTransmit(now, packet)) {
    moved = true;
    carryFlight(packet, ofFlight);
    if (goes) {
      sendOverIce(now, std::move(packet));
    } else if (Ring<PacketBuffer>& waiting = ofFlight ? waitingDtls_ : waitingData_; waiting.size() < kMaxWaitingDtls) {
      waiting.pushBack(std::move(packet));
    }
  }
  return moved;
}

/// Gives a datagram of the handshake to the checks as well. What is sent after it, data and acknowledgements, has a pair.
void Transport::carryFlight(const PacketBuffer& datagram, bool ofFlight) {
  if (!ofFlight) return;
  ice::CheckCargo& cargo = ice_.cargo();
  if (flightsCarried_ != dtls_->stats().flightsSent) {
    flightsCarried_ = dtls_->stats().flightsSent;
    cargo.beginFlight();
    // The peer answered the flight before, which waits for a pair in vain.
    if (cargo.carries()) waitingDtls_.clear();
  }
  cargo.add(datagram.view());
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
      const bool client = dtlsRole_ == dtls::Role::kClient;
      ice_.cargo().finish(client == (dtls_->version() == dtls::Version::kDtls13));
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
  sctp_.startIfDue(now, *dtls_, warp_ == WarpPolicy::kOffer, roundTripTime());
}

bool Transport::pumpSctp(TimePoint now) {
  if (!hasData() || !dtls_) return false;
  const bool started = sctp_.started();
  startSctpIfDue(now);
  if (!sctp_.started()) return false;
  const bool moved = sctp_.send(now, *dtls_, ice_) || !started;
  // What it has to tell is for those who know the peer.
  if (!sctp_.proven()) return moved;
  const size_t before = events_.size();
  tellSctpEvents();
  return moved || events_.size() != before;
}

void Transport::sendRtp(TimePoint now, std::span<PacketBuffer> packets) {
  srtp_.protect(packets);
  for (PacketBuffer& packet : packets) {
    if (packet) sendOverIce(now, std::move(packet));
  }
}

void Transport::sendRtcp(TimePoint now, PacketBuffer packet) {
  srtp_.protectRtcp(packet);
  if (packet) sendOverIce(now, std::move(packet));
}

void Transport::sendOverIce(TimePoint now, PacketBuffer packet) {
  Transmit transmit;
  const size_t size = packet.size();
  const Ecn ecn = packet.ecn();
  const uint8_t dscp = packet.dscp();
  if (!ice_.send(now, std::move(packet), transmit)) {
    ++counters_.unsent;
    return;
  }
  transmit.ecn = ecn;
  transmit.dscp = dscp;
  ++counters_.packetsSent;
  counters_.bytesSent += size;
  outgoing_.pushBack(std::move(transmit));
}

bool Transport::pollTransmit(TimePoint now, Transmit& out) {
  if (outgoing_.take(out)) return true;
  pump(now);
  if (outgoing_.take(out)) return true;
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
  if (dtls_) dtls_->close(now);
  pump(now);
  ice_.close();
  pumpIceEvents();
}

}  // namespace tincan::inline v0::stack
