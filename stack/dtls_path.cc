#include "stack/dtls_path.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

// A browser's ClientHello comes in two datagrams, and is repeated until it is answered: this holds a few of them.
constexpr size_t kMaxEarly = 8;
// One flight with a certificate chain, fragmented to a small MTU.
constexpr size_t kMaxWaiting = 32;
// What leaves in one datagram, on Ethernet over IPv4: SCTP knows how much of it the path carries.
constexpr size_t kMaxDatagram = 1472;

}  // namespace

void DtlsPath::agree(dtls::Role role, std::vector<crypto::Fingerprint> remote) {
  if (!connection_) {
    role_ = role;
    connection_ = make(role, dtls::Config().handshakeTimeout);
  }
  expectPeer(std::move(remote));
  connection_->setRemoteFingerprints(fingerprints_);
}

void DtlsPath::startWhenReady(TimePoint now) {
  if (started_ || !connection_) return;
  // RFC 8842 §5.4 and RFC 8445 §12.1.1: nothing is sent before there is a pair to send it on. A ClientHello that came
  // over a valid pair may be answered even before the nomination.
  // A handshake that rides on the checks waits for none.
  if (early_.empty() && !ice_.hasPair() && !ice_.cargo().mayCarry()) return;
  start(now);
}

void DtlsPath::start(TimePoint now) {
  started_ = true;
  noteRoundTrip();
  connection_->start(now);
  for (PacketBuffer packet; early_.take(packet);) connection_->receive(now, std::move(packet));
}

std::unique_ptr<dtls::Connection> DtlsPath::make(dtls::Role role, Duration timeout) const {
  const SecuritySettings& security = settings_.security;
  dtls::Config config;
  config.role = role;
  config.identity = &settings_.identity;
  config.minVersion = security.minVersion;
  config.maxVersion = security.maxVersion;
  config.cookieExchange = security.cookieExchange;
  config.allowNoExtendedMasterSecret = security.allowNoExtendedMasterSecret;
  config.srtpProfiles = security.srtpProfiles;
  config.keepKeyLog = security.keepKeyLog;
  config.handshakeTimeout = timeout;
  config.dataMtu = kMaxDatagram;
  config.engine = settings_.engine;
  if (ice_.cargo().mayCarry()) config.flightMtu = ice::CheckCargo::kMaxDatagram;
  auto connection = std::make_unique<dtls::Connection>(std::move(config), random_, pool_);
  if (const auto rtt = ice_.roundTripTime()) connection->setRoundTripTime(*rtt);
  return connection;
}

void DtlsPath::renew(dtls::Role role, Duration timeout) {
  role_ = role;
  connection_ = make(role, timeout);
  connection_->setRemoteFingerprints(fingerprints_);
  started_ = roundTripTold_ = false;
}

void DtlsPath::adopt(dtls::Role role, std::unique_ptr<dtls::Connection> connection) {
  role_ = role;
  connection_ = std::move(connection);
  started_ = true;
  roundTripTold_ = false;
}

void DtlsPath::forgetWaiting() {
  early_ = {};
  waitingFlight_ = {};
  waitingData_ = {};
}

void DtlsPath::receive(TimePoint now, PacketBuffer packet) {
  if (connection_ && started_) {
    connection_->receive(now, std::move(packet));
  } else if (early_.size() < kMaxEarly) {
    early_.pushBack(std::move(packet));
  } else {
    ++counters_.earlyDtlsDropped;
  }
}

bool DtlsPath::send(TimePoint now) {
  bool moved = false;
  PacketBuffer packet;
  const bool goes = ice_.hasPair();
  const bool ofFlight = connection_->stats().flightsSent != flightsCarried_;
  while (goes && waitingFlight_.take(packet)) out_.send(now, std::move(packet));
  while (goes && waitingData_.take(packet)) out_.send(now, std::move(packet));
  // Only what has no pair yet is bounded: a burst of data is as long as SCTP's window.
  while (connection_->pollTransmit(now, packet)) {
    moved = true;
    if (ofFlight) carry(packet);
    if (goes) {
      out_.send(now, std::move(packet));
    } else if (Ring<PacketBuffer>& waiting = ofFlight ? waitingFlight_ : waitingData_; waiting.size() < kMaxWaiting) {
      waiting.pushBack(std::move(packet));
    }
  }
  return moved;
}

/// Gives a datagram of the handshake to the checks as well. What is sent after it, data and acknowledgements, has a pair.
void DtlsPath::carry(const PacketBuffer& datagram) {
  ice::CheckCargo& cargo = ice_.cargo();
  if (flightsCarried_ != connection_->stats().flightsSent) {
    flightsCarried_ = connection_->stats().flightsSent;
    cargo.beginFlight();
    // The peer answered the flight before, which waits for a pair in vain.
    if (cargo.carries()) waitingFlight_.clear();
  }
  cargo.add(datagram.view());
}

void DtlsPath::noteRoundTrip() {
  if (roundTripTold_ || !connection_ || connection_->state() == dtls::State::kConnected) return;
  const auto rtt = ice_.roundTripTime();
  if (!rtt) return;
  roundTripTold_ = true;
  connection_->setRoundTripTime(*rtt);
}

void DtlsPath::handleTimeout(TimePoint now) {
  if (timerRuns()) connection_->handleTimeout(now);
}

TimePoint DtlsPath::nextTimeout() const {
  return timerRuns() ? connection_->nextTimeout() : TimePoint::never();
}

// While the handshake rides on the checks they repeat it: before there is a pair, DTLS has no way to send of its own.
bool DtlsPath::timerRuns() const {
  return connection_ && started_ && (ice_.hasPair() || !ice_.cargo().mayCarry());
}

}  // namespace tincan::inline v0::stack
