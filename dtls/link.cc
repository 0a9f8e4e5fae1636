#include "dtls/link.h"

#include <algorithm>
#include <array>

namespace tincan::inline v0::dtls {
namespace {

constexpr size_t kMinMtu = 256;
constexpr size_t kMaxMtu = 1500;
// Datagrams that wait to be polled. A whole flight of 64 KiB messages at the smallest MTU fits.
constexpr size_t kMaxWaiting = 2048;
// A peer that sends its flight again, in several datagrams or to make us amplify, gets one answer in this time.
constexpr Duration kMinResend = Duration::millis(10);
// RFC 6347 §4.1.1.1: with no word of the path's MTU, back off when retransmissions go unanswered. 548 is what IPv4 must
// carry (576 bytes).
constexpr size_t kBackedOffMtu = 548;
constexpr int kAttemptsBeforeBackingOff = 2;
constexpr int kAttemptsBeforeSmallest = 4;

}  // namespace

Link::Link(const Config& config, RandomSource& random, PacketPool& pool)
    : random_(random),
      pool_(pool),
      mtu_(std::clamp(config.mtu, kMinMtu, kMaxMtu)),
      dataMtu_(std::max(config.dataMtu, mtu_)),
      flightMtu_(config.flightMtu == 0 ? mtu_ : std::clamp(config.flightMtu, kMinMtu, mtu_)),
      records_(config.engine),
      timer_(config.initialRetransmit, config.maxRetransmit) {}

void Link::beginFlight() {
  flight_.clear();
  timer_.stop();
}

const HandshakeMessage& Link::add(HandshakeType type, uint64_t epoch, Bytes body) {
  last_ = HandshakeMessage{type, nextMessage_++, epoch, std::move(body)};
  flight_.add(last_);
  return last_;
}

void Link::addChangeCipherSpec() {
  flight_.addChangeCipherSpec();
}

void Link::sendStateless(HandshakeType type, Bytes body) {
  if (out_.size() - outNext_ >= kMaxWaiting) return;
  Flight once;
  once.add({type, 0, 0, std::move(body)});
  once.encode(records_, pool_, flightMtu_, out_);
}

void Link::endFlight(TimePoint now, bool expectsReply) {
  progressed_ = false;
  transmit(now);
  if (expectsReply) timer_.start(now);
}

size_t Link::currentMtu() const {
  if (timer_.attempts() >= kAttemptsBeforeSmallest) return kMinMtu;
  if (timer_.attempts() >= kAttemptsBeforeBackingOff) return std::min(flightMtu_, kBackedOffMtu);
  return flightMtu_;
}

void Link::transmit(TimePoint now) {
  lastTransmit_ = now;
  if (out_.size() - outNext_ >= kMaxWaiting) return;  // nobody polls: what waits is as good
  ++stats_.flightsSent;
  flight_.encode(records_, pool_, currentMtu(), out_);
}

void Link::peerRetransmitted(TimePoint now) {
  if (flight_.empty() || progressed_ || now - lastTransmit_ < kMinResend) return;
  ++stats_.flightsRetransmitted;
  transmit(now);
  if (timer_.running()) timer_.postpone(now);
}

bool Link::acknowledged(TimePoint now, std::span<const RecordNumber> numbers) {
  if (!flight_.acknowledge(numbers)) return false;
  if (flight_.empty()) {
    timer_.stop();
    return true;
  }
  // RFC 9147 §7.2: what is missing is sent at once. One answer in a time, so that ACKs in drops do not multiply it.
  if (now - lastTransmit_ < kMinResend) return true;
  ++stats_.flightsRetransmitted;
  transmit(now);
  if (timer_.running()) timer_.postpone(now);
  return true;
}

void Link::handleTimeout(TimePoint now) {
  if (now < timer_.deadline()) return;
  timer_.backOff(now);
  ++stats_.flightsRetransmitted;
  transmit(now);
}

bool Link::send(ContentType type, uint64_t epoch, ByteView payload, RecordNumber* number) {
  const size_t most = type == ContentType::kApplicationData ? dataMtu_ : mtu_;
  if (out_.size() - outNext_ >= kMaxWaiting || records_.overhead(epoch) + payload.size() > most) return false;
  PacketBuffer packet = pool_.allocate();
  if (!packet || !records_.write(type, epoch, payload, packet, number)) return false;
  out_.push_back(std::move(packet));
  return true;
}

bool Link::send(PacketBuffer data) {
  if (out_.size() - outNext_ >= kMaxWaiting || records_.overhead(writeEpoch_) + data.size() > dataMtu_) return false;
  if (!records_.protect(ContentType::kApplicationData, writeEpoch_, data)) return false;
  out_.push_back(std::move(data));
  return true;
}

void Link::sendAlert(AlertLevel level, AlertDescription alert) {
  const std::array<uint8_t, 2> payload = {static_cast<uint8_t>(level), static_cast<uint8_t>(alert)};
  send(ContentType::kAlert, payload);
}

bool Link::pollTransmit(PacketBuffer& out) {
  if (outNext_ == out_.size()) return false;
  out = std::move(out_[outNext_++]);
  if (outNext_ == out_.size()) {
    out_.clear();
    outNext_ = 0;
  }
  ++stats_.datagramsSent;
  stats_.bytesSent += out.size();
  return true;
}

}  // namespace tincan::inline v0::dtls
