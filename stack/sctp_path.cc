#include "stack/sctp_path.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

// What SCTP has left of the 1,280 bytes that each path of IPv6 carries (RFC 8200 §5), behind IP (40), UDP (8) and DTLS 1.3
// (22).
constexpr size_t kLeastOverIpv6 = 1210;

bool sendOver(TimePoint now, dtls::Connection& dtls, PacketBuffer packet) {
  if (dtls.takesEarlyData()) return dtls.sendEarly(now, std::move(packet)).ok();
  return dtls.send(now, std::move(packet)).ok();
}

}  // namespace

ByteView SctpPath::localInit(const sctp::DataChannels::Config& config, bool another) {
  Bytes& init = another ? nextInit_ : toldInit_;
  if (init.empty()) init = toBytes(sctp::DataChannels(config, random_, pool_).localInit());
  return init;
}

void SctpPath::create(const sctp::DataChannels::Config& config, Bytes localInit, Bytes remoteInit) {
  localInit_ = std::move(localInit);
  remoteInit_ = std::move(remoteInit);
  if (data_) return data_->setRemoteMaxMessageSize(config.remoteMaxMessageSize);
  config_ = config;
  data_ = std::make_unique<sctp::DataChannels>(config, random_, pool_);
  path_ = 0;
}

void SctpPath::forget() {
  data_.reset();
  started_ = proven_ = restartDue_ = false;
  toldInit_ = nextInit_ = localInit_ = remoteInit_ = Bytes();
}

void SctpPath::startIfDue(TimePoint now, const dtls::Connection& dtls, bool opensEarly, std::optional<Duration> rtt) {
  if (!data_) return;
  using Trust = sctp::DataChannels::Trust;
  const bool proven = dtls.state() == dtls::State::kConnected;
  if (started_) {
    if (proven && !std::exchange(proven_, true)) data_->setProven(now);
    return;
  }
  if (!proven && !dtls.takesEarlyData()) return;
  const Trust trust = proven ? Trust::kProven : opensEarly ? Trust::kOpens : Trust::kNothing;
  started_ = true;
  proven_ = proven;
  if (rtt) data_->setRoundTripTime(*rtt);
  const bool told = !localInit_.empty() && !remoteInit_.empty();
  // Both were looked at when they were read: an INIT that is none ends here as a peer would that has none.
  if (!told || !data_->startWith(now, remoteInit_, localInit_, trust)) data_->start(now, trust);
}

bool SctpPath::send(TimePoint now, dtls::Connection& dtls, const ice::Agent& ice) {
  followPath(now, ice);
  bool moved = false;
  PacketBuffer packet;
  while (data_->pollTransmit(now, packet)) {
    if (!sendOver(now, dtls, std::move(packet))) ++counters_.unsent;
    moved = true;
  }
  return moved;
}

/// The routers of IPv6 cut nothing (RFC 8200 §5), and a chunk is never cut again: were the path to shrink, and its routers to
/// tell nobody, what has left larger than each path carries would never come in.
void SctpPath::followPath(TimePoint now, const ice::Agent& ice) {
  const uint64_t changes = ice.stats().selectedPairChanges;
  const auto pair = changes == path_ ? std::nullopt : ice.selectedPair();
  if (!pair) return;
  path_ = changes;
  const auto& toRelay = pair->local.related;  // of a relay's candidate: who asked it, and so by which IP
  const bool local = pair->route.local.ip == pair->route.remote.ip;  // the same host
  const bool v6 = !local && (pair->route.remote.ip.isV6() || (toRelay && toRelay->ip.isV6()));
  data_->onPathChange(now, v6 ? kLeastOverIpv6 : SIZE_MAX);
}

void SctpPath::restart(TimePoint now, bool dtlsClient) {
  if (carried()) {
    data_->restart(now, dtlsClient);
    config_.dtlsClient = dtlsClient;
  } else {
    beginAnew(dtlsClient);
    if (started()) data_->restart(now, dtlsClient);
  }
  restartDue_ = false;
  path_ = 0;
}

/// Another role has other ids (RFC 8832 §6): what was opened under those of the one before has to be opened again.
void SctpPath::beginAnew(bool dtlsClient) {
  if (!data_ || dtlsClient == config_.dtlsClient) return;
  config_.dtlsClient = dtlsClient;
  data_ = std::make_unique<sctp::DataChannels>(config_, random_, pool_);
  started_ = proven_ = false;
  ++unopened_;
}

void SctpPath::renew(bool dtlsClient) {
  if (!data_) return;
  if (started_) {
    config_.dtlsClient = dtlsClient;
    data_ = std::make_unique<sctp::DataChannels>(config_, random_, pool_);
  } else {
    beginAnew(dtlsClient);
  }
  started_ = proven_ = restartDue_ = false;
  path_ = 0;
  // The descriptions say next what the two tell each other.
  if (!nextInit_.empty()) toldInit_ = std::exchange(nextInit_, Bytes());
  localInit_ = remoteInit_ = Bytes();
}

}  // namespace tincan::inline v0::stack
