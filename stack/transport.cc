#include "stack/transport.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

// A browser's ClientHello comes in two datagrams, and is repeated until it is answered: this holds a few of them.
constexpr size_t kMaxEarlyDtls = 8;
// One flight with a certificate chain, fragmented to a small MTU.
constexpr size_t kMaxWaitingDtls = 32;
// What SCTP has left of the 1,280 bytes that each path of IPv6 carries (RFC 8200 §5), behind IP (40), UDP (8) and DTLS 1.3
// (22).
constexpr size_t kLeastOverIpv6 = 1210;
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
      srtpConfig_(srtp) {}

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

ByteView Transport::localSctpInit(const sctp::DataChannels::Config& config, bool another) {
  Bytes& init = another ? nextInit_ : toldInit_;
  if (init.empty()) init = toBytes(sctp::DataChannels(config, random_, pool_).localInit());
  return init;
}

void Transport::startSctp(sctp::DataChannels::Config config, Bytes localInit, Bytes remoteInit) {
  localInit_ = std::move(localInit);
  remoteInit_ = std::move(remoteInit);
  if (sctp_) return sctp_->setRemoteMaxMessageSize(config.remoteMaxMessageSize);
  config.dtlsClient = dtlsRole_ == dtls::Role::kClient;
  sctpConfig_ = config;
  sctp_ = std::make_unique<sctp::DataChannels>(config, random_, pool_);
  sctpPath_ = 0;
}

void Transport::stopSctp(TimePoint now) {
  if (!sctp_) return;
  sctp_->abort(now);
  pump(now);
  while (auto event = sctp_->pollEvent()) events_.push_back(Event(std::move(*event)));
  sctp_.reset();
  sctpStarted_ = sctpProven_ = sctpRestartDue_ = false;
  toldInit_ = nextInit_ = localInit_ = remoteInit_ = Bytes();
}

Result<uint16_t> Transport::openChannel(TimePoint now, const sctp::ChannelOptions& options) {
  if (!sctp_) return {ErrorCode::kInvalidStateError, "no data section has been agreed on"};
  return sctp_->open(now, options);
}

Result<void> Transport::sendMessage(TimePoint now, uint16_t channel, Bytes message, bool binary) {
  if (!sctp_) return {ErrorCode::kInvalidStateError, "no data section has been agreed on"};
  return sctp_->sendOwned(now, channel, std::move(message), binary);
}

void Transport::closeChannel(TimePoint now, uint16_t channel) {
  if (sctp_) sctp_->close(now, channel);
}

void Transport::closeChannelsNow(TimePoint now, const std::vector<uint16_t>& channels) {
  for (const uint16_t channel : channels) closeChannel(now, channel);
  pump(now);
}

std::optional<uint64_t> Transport::maxSendSize() const {
  if (!sctp_) return std::nullopt;
  return sctp_->maxSendSize();
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

/// Data that comes in one batch goes into SCTP together, and is answered once: whoever drains us asks for that. All that is
/// not yet, or no longer, a call in peace is worked on at once.
bool Transport::holdsData() {
  const bool quiet = sctpProven_ && !renewal_ && dtls_->state() == dtls::State::kConnected;
  return quiet && ++heldData_ < sctp_->receiveBatch();
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
    case Kind::kRtcp: receiveMedia(now, std::move(packet), kind); return false;
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

void Transport::receiveMedia(TimePoint now, PacketBuffer packet, Kind kind) {
  // Looked at on arrival: what came before the keys stays lost, whatever comes while others wait (A28).
  if (!srtp_ || keysOver_) {
    ++counters_.beforeKeys;
    return;
  }
  if (kind == Kind::kRtp) {
    if (arrived_.empty()) {
      arrived_.resize(kReceiveBatch);
      arrivedAt_.resize(kReceiveBatch);
    }
    arrivedAt_[arrivedCount_] = now;
    arrived_[arrivedCount_++] = std::move(packet);
    if (arrivedCount_ == kReceiveBatch) unprotectArrived();
    return;
  }
  unprotectArrived();  // a report, or a BYE, keeps its place among the packets that it speaks of
  if (srtp_->unprotectRtcp(packet)) {
    media_.pushBack({now, true, std::move(packet)});
  } else {
    ++counters_.unauthenticated;
  }
}

void Transport::unprotectArrived() {
  if (arrivedCount_ == 0) return;
  std::array<rtp::SrtpOutcome, kReceiveBatch> outcomes;
  srtp_->unprotect(std::span(arrived_).first(arrivedCount_), outcomes);
  for (size_t i = 0; i < arrivedCount_; ++i) {
    PacketBuffer packet = std::move(arrived_[i]);
    if (outcomes[i]) {
      ++counters_.unauthenticated;
    } else {
      media_.pushBack({arrivedAt_[i], false, std::move(packet)});
    }
  }
  arrivedCount_ = 0;
}

bool Transport::pollMedia(Media& out) {
  if (media_.empty()) unprotectArrived();
  return media_.take(out);
}

void Transport::setCryptex(rtp::Cryptex cryptex) {
  unprotectArrived();
  srtpConfig_.cryptex = cryptex;
  if (srtp_) srtp_->setCryptex(cryptex);
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
  if (!rtt || *rtt <= Duration::zero()) return;
  dtlsRttTold_ = true;
  dtls_->setRoundTripTime(*rtt);
}

void Transport::handleTimeout(TimePoint now) {
  ice_.handleTimeout(now);
  if (dtls_ && dtlsTimerRuns()) dtls_->handleTimeout(now);
  if (renewal_ && renewal_->dtls) renewal_->dtls->handleTimeout(now);
  if (sctp_ && sctpStarted_) sctp_->handleTimeout(now);
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
  if (sctp_ && sctpStarted_) next = earlier(next, sctp_->nextTimeout());
  return next;
}

void Transport::pump(TimePoint now) {
  heldData_ = 0;
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
  if (moved) noteRoundTrip();
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
    useKeys(keys->keys);
  } else if (auto* data = std::get_if<dtls::ApplicationData>(&event)) {
    if (renewal_ && DtlsRenewal::isAbort(data->data.view())) {
      renewal_->abort = toBytes(data->data.view());
    } else if (sctp_) {
      sctp_->receive(now, data->data.view());
    }
  } else if (auto* changed = std::get_if<dtls::StateChanged>(&event)) {
    const bool over = changed->state == dtls::State::kClosed || changed->state == dtls::State::kFailed;
    // The peer leaves the transport that it had, and comes back over another.
    if (over && renewal_) return promoteRenewal(now);
    if (changed->state == dtls::State::kConnected) {
      // RFC 8446 §2, RFC 5246 §7.3: the client ends a handshake of 1.3, the server one of 1.2.
      const bool client = dtlsRole_ == dtls::Role::kClient;
      ice_.cargo().finish(client == (dtls_->version() == dtls::Version::kDtls13));
      if (sctpRestartDue_) restartSctp(now);
      startSctpIfDue(now);
    }
    // RFC 8446 §6.1 and RFC 5246 §7.2.1: after close_notify the keys are no longer in use, SRTP's that came from them
    // included.
    if (over) endKeys();
    // W3C §6.1.1.2: channels end with the transport that carries them.
    if (sctp_ && over) sctp_->abort(now);
    events_.push_back(DtlsStateChanged{changed->state, std::nullopt});
  } else if (auto* failed = std::get_if<dtls::Failed>(&event)) {
    events_.push_back(DtlsStateChanged{dtls::State::kFailed, failed->error});
  }
}

/// The association begins as soon as DTLS can carry it: a server of 1.3 may speak half a round trip before it knows the
/// client's certificate. What it says then is what anyone may know, and with WarpPolicy::kOffer the channels' labels too.
void Transport::startSctpIfDue(TimePoint now) {
  if (!sctp_) return;
  using Trust = sctp::DataChannels::Trust;
  const bool proven = dtls_->state() == dtls::State::kConnected;
  if (sctpStarted_) {
    if (proven && !std::exchange(sctpProven_, true)) sctp_->setProven(now);
    return;
  }
  if (!proven && !dtls_->takesEarlyData()) return;
  const Trust trust = proven ? Trust::kProven : warp_ == WarpPolicy::kOffer ? Trust::kOpens : Trust::kNothing;
  sctpStarted_ = true;
  sctpProven_ = proven;
  if (const auto rtt = roundTripTime()) sctp_->setRoundTripTime(*rtt);
  const bool told = !localInit_.empty() && !remoteInit_.empty();
  // Both were looked at when they were read: an INIT that is none ends here as a peer would that has none.
  if (!told || !sctp_->startWith(now, remoteInit_, localInit_, trust)) sctp_->start(now, trust);
}

bool Transport::sendSctp(TimePoint now, PacketBuffer packet) {
  if (dtls_->takesEarlyData()) return dtls_->sendEarly(now, std::move(packet)).ok();
  return dtls_->send(now, std::move(packet)).ok();
}

/// The routers of IPv6 cut nothing (RFC 8200 §5), and a chunk is never cut again: were the path to shrink, and its routers to
/// tell nobody, what has left larger than each path carries would never come in.
void Transport::followPath(TimePoint now) {
  const uint64_t changes = candidatePairChanges();
  const auto pair = changes == sctpPath_ ? std::nullopt : ice_.selectedPair();
  if (!pair) return;
  sctpPath_ = changes;
  const auto& toRelay = pair->local.related;  // of a relay's candidate: who asked it, and so by which IP
  const bool local = pair->route.local.ip == pair->route.remote.ip;  // the same host
  const bool v6 = !local && (pair->route.remote.ip.isV6() || (toRelay && toRelay->ip.isV6()));
  sctp_->onPathChange(now, v6 ? kLeastOverIpv6 : SIZE_MAX);
}

bool Transport::pumpSctp(TimePoint now) {
  if (!sctp_ || !dtls_) return false;
  const bool started = sctpStarted_;
  startSctpIfDue(now);
  if (!sctpStarted_) return false;
  bool moved = !started;
  followPath(now);
  PacketBuffer packet;
  while (sctp_->pollTransmit(now, packet)) {
    if (!sendSctp(now, std::move(packet))) ++counters_.unsent;
    moved = true;
  }
  // What it has to tell is for those who know the peer.
  if (!sctpProven_) return moved;
  while (auto event = sctp_->pollEvent()) {
    events_.push_back(Event(std::move(*event)));
    moved = true;
  }
  return moved;
}

void Transport::sendRtp(TimePoint now, std::span<PacketBuffer> packets) {
  if (!srtp_ || keysOver_) {
    counters_.unsent += packets.size();
    return;
  }
  std::array<rtp::SrtpOutcome, kMaxBatch> outcomes;
  while (!packets.empty()) {
    const auto batch = packets.first(std::min(packets.size(), kMaxBatch));
    packets = packets.subspan(batch.size());
    srtp_->protect(batch, std::span(outcomes).first(batch.size()));
    for (size_t i = 0; i < batch.size(); ++i) {
      if (outcomes[i]) {
        ++counters_.unsent;
      } else {
        sendOverIce(now, std::move(batch[i]));
      }
    }
  }
}

void Transport::sendRtcp(TimePoint now, PacketBuffer packet) {
  if (srtp_ && !keysOver_ && srtp_->protectRtcp(packet)) {
    sendOverIce(now, std::move(packet));
  } else {
    ++counters_.unsent;
  }
}

std::optional<Duration> Transport::roundTripTime() const {
  const auto pair = ice_.selectedPair();
  if (!pair) return std::nullopt;
  return pair->rtt;
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
  if (sctp_ && sctpStarted_) sctp_->abort(now);
  pump(now);
  if (dtls_) dtls_->close(now);
  pump(now);
  ice_.close();
  pumpIceEvents();
}

}  // namespace tincan::inline v0::stack
