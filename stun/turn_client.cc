//   kIdle ── start ──> kAllocating ── success ──> kAllocated ──────────── close (Refresh, lifetime 0) ──> kClosed
//                       │ 401, 438, 440: asked again               │
//                       │                                          ├── Refresh a minute before it expires
//                       ├── 300 ──> kRedirected                    ├── CreatePermission: each peer's IP, every 4 min
//                       │                                          ├── ChannelBind: chosen peers, every 9 min
//                       └── other errors, silence ──> kFailed      └── refused, expired, or 437 ──> kFailed
#include "stun/turn_client.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stun {
namespace {

constexpr uint16_t kNoAnswer = 701;      // W3C webrtc-pc §4.8.2
constexpr uint32_t kMaxStaleNonces = 3;  // LIMITS A10
constexpr size_t kMaxPermissions = 64;   // as many as there are remote candidates
constexpr size_t kMaxChannels = 16;
constexpr size_t kMaxWaiting = 8;  // packets for one peer, until the permission is there
constexpr size_t kMaxTransmits = 256;
constexpr size_t kMaxReason = 128;
constexpr uint32_t kTransportUdp = 17u << 24;  // RFC 8656 §18.7
constexpr uint32_t kFamilyIpv6 = 2u << 24;     // RFC 8656 §18.6
constexpr uint32_t kDefaultLifetime = 600;     // RFC 8656 §3.2
// RFC 8656 §7.2 recommends that servers grant an hour at most. Whoever says more is asked again as early as after one
// that keeps to it, so that a server which has gone is noticed.
constexpr uint32_t kMaxLifetime = 3600;
constexpr Duration kPermissionLifetime = Duration::seconds(300);  // RFC 8656 §9
constexpr Duration kChannelLifetime = Duration::seconds(600);     // RFC 8656 §12
constexpr Duration kMargin = Duration::seconds(60);               // RFC 8656 §8.1: about a minute before it expires

}  // namespace

TurnClient::TurnClient(TurnConfig config, RandomSource& random, PacketPool& pool, TurnStats& stats)
    : config_(std::move(config)),
      random_(random),
      pool_(pool),
      stats_(stats),
      family_(config_.family),
      auth_(config_.username, config_.credential) {}

void TurnClient::transition(State next) {
  state_ = next;
  if (next == State::kAllocating || next == State::kAllocated) return;
  requests_.clear();
  permissions_.clear();
  channels_.clear();
  expires_ = refresh_ = TimePoint::never();
}

void TurnClient::fail(uint16_t code, std::string reason) {
  failure_ = {code, std::move(reason)};
  transition(State::kFailed);
}

// The allocation is gone, and nothing says that there cannot be another.
void TurnClient::lose(uint16_t code, std::string reason) {
  fail(code, std::move(reason));
  failure_.lost = true;
}

void TurnClient::start(TimePoint now) {
  if (state_ != State::kIdle) return;
  transition(State::kAllocating);
  allocate(now);
}

void TurnClient::allocate(TimePoint now) {
  request(now, {Method::kAllocate, {}, {}, 0, 0, 0, false});
}

void TurnClient::close() {
  const bool held = state_ == State::kAllocated || (state_ == State::kAllocating && auth_.ready());
  transmits_.clear();
  transition(State::kClosed);
  if (!held) return;
  Request last{Method::kRefresh, Transaction(newTransactionId(random_), {}, {}), {}, 0, 0, 0, false};
  send(last);
}

// ---- out: requests ----

void TurnClient::request(TimePoint now, Request what) {
  RetryPlan plan;
  plan.timeout = config_.timeout;
  if (config_.stream) {
    // RFC 8489 §6.2.2: a stream is reliable; the request is not repeated.
    plan.sends = 1;
    plan.lastWait = 1000;
  }
  what.transaction = Transaction(newTransactionId(random_), now, plan);
  what.transaction.takeSend(now);
  send(what);
  requests_.push_back(std::move(what));
}

void TurnClient::send(Request& request) {
  PacketBuffer packet = pool_.allocate();
  if (!packet || transmits_.size() >= kMaxTransmits) {
    ++stats_.sendsDropped;
    return;
  }
  MessageWriter writer(packet.writable(), Class::kRequest, request.method, request.transaction.id());
  writeBody(writer, request);
  request.isSigned = auth_.ready();
  auth_.write(writer);
  writer.fingerprint();
  if (!writer.ok() || !packet.resize(writer.size())) return;
  transmits_.push_back(std::move(packet));
}

//    Allocate            REQUESTED-TRANSPORT, REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY   RFC 8656 §7.1
//    Refresh             LIFETIME                                                                     RFC 8656 §8.1
//    CreatePermission    XOR-PEER-ADDRESS                                                             RFC 8656 §10.1
//    ChannelBind         CHANNEL-NUMBER, XOR-PEER-ADDRESS                                             RFC 8656 §12.1
//    all                 USERNAME or USERHASH, REALM, NONCE, …, MESSAGE-INTEGRITY(-SHA256), FINGERPRINT
void TurnClient::writeBody(MessageWriter& writer, const Request& request) const {
  switch (request.method) {
    case Method::kAllocate:
      writer.u32(AttributeType::kRequestedTransport, kTransportUdp);
      // RFC 8656 §7.1: IPv4 is what a server gives unasked.
      if (family_ == TurnConfig::Family::kIpv6) writer.u32(AttributeType::kRequestedAddressFamily, kFamilyIpv6);
      if (family_ == TurnConfig::Family::kBoth) writer.u32(AttributeType::kAdditionalAddressFamily, kFamilyIpv6);
      break;
    case Method::kRefresh: writer.u32(AttributeType::kLifetime, request.lifetime); break;
    case Method::kChannelBind:
      writer.u32(AttributeType::kChannelNumber, uint32_t{request.channel} << 16);
      writer.xorAddress(AttributeType::kXorPeerAddress, request.peer);
      break;
    case Method::kCreatePermission: writer.xorAddress(AttributeType::kXorPeerAddress, request.peer); break;
    case Method::kBinding:
    case Method::kSend:
    case Method::kData: break;  // not requests of this class
  }
}

// ---- in ----

bool TurnClient::receive(TimePoint now, PacketBuffer& packet, SocketAddress& peer) {
  const bool live = state_ == State::kAllocating || state_ == State::kAllocated;
  if (looksLikeChannelData(packet.view())) {
    const uint16_t number = loadBe16(packet.data());
    const auto channel =
        std::find_if(channels_.begin(), channels_.end(), [&](const Channel& c) { return c.number == number; });
    // Before the answer to ChannelBind, too: over UDP data may overtake it. RFC 8656 §12.6: unknown ones are dropped.
    if (!live || channel == channels_.end()) {
      ++stats_.unknownChannel;
      return false;
    }
    if (!unwrapChannelData(packet) || packet.empty()) {
      ++stats_.malformed;
      return false;
    }
    peer = channel->peer;
    return true;
  }
  Message message;
  if (!Message::parse(packet.view(), message)) {
    ++stats_.malformed;
    return false;
  }
  switch (message.messageClass()) {
    case Class::kIndication: return live && dataIndication(now, message, packet, peer);
    case Class::kSuccess:
    case Class::kError: receiveAnswer(now, message); return false;
    case Class::kRequest: ++stats_.malformed; return false;
  }
  return false;
}

// RFC 8656 §11.4
bool TurnClient::dataIndication(TimePoint now, const Message& message, PacketBuffer& packet, SocketAddress& peer) {
  const auto from = message.xorAddress(AttributeType::kXorPeerAddress);
  const auto data = message.value(AttributeType::kData);
  if (message.method() != Method::kData || !from || !data || data->empty()) {
    ++stats_.malformed;
    return false;
  }
  const Permission* permission = findPermission(from->ip);
  if (permission == nullptr || permission->expires <= now) {
    ++stats_.noPermission;
    return false;
  }
  peer = *from;
  const size_t size = data->size();
  packet.trimFront(static_cast<size_t>(data->data() - packet.data()));
  packet.trimBack(packet.size() - size);
  return true;
}

void TurnClient::receiveAnswer(TimePoint now, const Message& answer) {
  const auto at = std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) {
    return r.transaction.id() == answer.transactionId() && r.method == answer.method();
  });
  if (at == requests_.end()) {
    ++stats_.unmatched;
    return;
  }
  const auto error = answer.errorCode();
  const uint16_t code = error ? error->number : uint16_t{0};
  const bool failed = answer.messageClass() == Class::kError;
  const bool challenge = failed && (code == static_cast<uint16_t>(ErrorNumber::kUnauthenticated) ||
                                    code == static_cast<uint16_t>(ErrorNumber::kStaleNonce));
  // RFC 8489 §9.2.5: what is not from somebody who knows the password has not come. Challenges cannot be signed, and a
  // request without a MAC is answered without one: by a server that wants no credentials, too.
  if (at->isSigned && !challenge && !auth_.verify(answer)) {
    ++stats_.unauthenticated;
    if (config_.stream) fail(kNoAnswer, "the server's answer was not authenticated");
    return;
  }
  const Request request = *at;
  requests_.erase(at);
  if (!failed) return succeeded(now, request, answer);
  if (retried(now, request, code, answer)) return;
  std::string reason(error ? error->reason.substr(0, kMaxReason) : "the server's answer made no sense");
  if (code == static_cast<uint16_t>(ErrorNumber::kTryAlternate) && request.method == Method::kAllocate) {
    redirected(answer);
    if (state_ == State::kRedirected) failure_ = {code, std::move(reason)};
    if (state_ == State::kRedirected) return;
  }
  refused(now, request, code == 0 ? kNoAnswer : code, std::move(reason));
}

bool TurnClient::retried(TimePoint now, const Request& old, uint16_t error, const Message& answer) {
  Request again = old;
  switch (static_cast<ErrorNumber>(error)) {
    case ErrorNumber::kUnauthenticated:
      if (!auth_.challenge(error, answer)) return false;
      break;
    case ErrorNumber::kStaleNonce:
      if (++again.staleNonces > kMaxStaleNonces || !auth_.challenge(error, answer)) return false;
      break;
    case ErrorNumber::kAddressFamilyNotSupported:
      if (old.method != Method::kAllocate || family_ == TurnConfig::Family::kIpv4) return false;
      family_ = TurnConfig::Family::kIpv4;
      break;
    default: return false;
  }
  request(now, std::move(again));
  return true;
}

// RFC 8489 §10
void TurnClient::redirected(const Message& answer) {
  alternate_ = answer.address(AttributeType::kAlternateServer);
  if (!alternate_ || alternate_->port == 0 || !alternate_->ip.isSpecified()) return;
  alternateDomain_ = answer.text(AttributeType::kAlternateDomain).substr(0, 255);
  transition(State::kRedirected);
}

void TurnClient::refused(TimePoint now, const Request& request, uint16_t code, std::string reason) {
  // RFC 8656 §5, §19: to anything but Allocate, 437 means that this 5-tuple has no allocation: the server was restarted,
  // or a NAT has moved us. Nothing that is asked of this one will ever be granted again.
  if (code == static_cast<uint16_t>(ErrorNumber::kAllocationMismatch) && request.method != Method::kAllocate) {
    return lose(code, std::move(reason));
  }
  switch (request.method) {
    case Method::kAllocate: return fail(code, std::move(reason));
    case Method::kRefresh:
      if (code == kNoAnswer && standing_ == Standing::kAsked) standing_ = Standing::kSilent;
      if (code == kNoAnswer && now + config_.timeout < expires_) {
        return this->request(now, {Method::kRefresh, {}, {}, 0, kDefaultLifetime, 0, false});
      }
      return fail(code, std::move(reason));
    case Method::kCreatePermission:
      if (Permission* permission = findPermission(request.peer.ip)) {
        permission->asking = false;
        // 403 and 443 stay so; of others the next packet for the peer asks again.
        permission->refused = code == static_cast<uint16_t>(ErrorNumber::kForbidden) ||
                              code == static_cast<uint16_t>(ErrorNumber::kPeerAddressFamilyMismatch);
        stats_.sendsDropped += permission->waiting.size();
        permission->waiting.clear();
      }
      break;
    case Method::kChannelBind:
      // Send indications still work. The number is not used again.
      std::erase_if(channels_, [&](const Channel& c) { return c.number == request.channel; });
      break;
    case Method::kBinding:
    case Method::kSend:
    case Method::kData: break;
  }
}

void TurnClient::succeeded(TimePoint now, const Request& request, const Message& answer) {
  switch (request.method) {
    case Method::kAllocate: roundTrip_ = now - request.transaction.firstSent(); return allocated(now, answer);
    case Method::kRefresh:
      if (state_ == State::kAllocated) refreshed(now, answer.u32(AttributeType::kLifetime).value_or(request.lifetime));
      return;
    case Method::kCreatePermission: return permitted(now, request.peer.ip);
    case Method::kChannelBind: return bound(now, request);
    case Method::kBinding:
    case Method::kSend:
    case Method::kData: return;
  }
}

// RFC 8656 §7.3
void TurnClient::allocated(TimePoint now, const Message& answer) {
  for (size_t i = 0; i < 2; ++i) {
    const auto address = answer.xorAddress(AttributeType::kXorRelayedAddress, i);
    if (!address || address->port == 0 || address->ip.isAny() || address->ip.isMulticast()) break;
    if (i == 1 && relayed_[0].ip.family() == address->ip.family()) break;
    relayed_.push_back(*address);
  }
  if (relayed_.empty()) return fail(kNoAnswer, "the server's answer has no relayed address");
  mapped_ = answer.mappedAddress();
  transition(State::kAllocated);
  refreshed(now, answer.u32(AttributeType::kLifetime).value_or(kDefaultLifetime));
}

void TurnClient::refreshed(TimePoint now, uint32_t lifetime) {
  if (lifetime == 0) return lose(kNoAnswer, "the server ended the allocation");
  standing_ = Standing::kSure;
  const Duration life = Duration::seconds(std::min(lifetime, kMaxLifetime));
  expires_ = now + life;
  refresh_ = now + std::max(life - kMargin, life / 2);
}

void TurnClient::permitted(TimePoint now, const IpAddress& peer) {
  Permission* permission = findPermission(peer);
  if (permission == nullptr) return;
  permission->asking = false;
  permission->expires = now + kPermissionLifetime;
  permission->refresh = permission->expires - kMargin;
  for (auto& [to, packet] : std::exchange(permission->waiting, {})) {
    if (wrapNow(now, to, packet) && transmits_.size() < kMaxTransmits) transmits_.push_back(std::move(packet));
  }
}

void TurnClient::bound(TimePoint now, const Request& request) {
  for (Channel& channel : channels_) {
    if (channel.number != request.channel) continue;
    channel.expires = now + kChannelLifetime;
    channel.refresh = channel.expires - kMargin;
  }
  // RFC 8656 §12.2: a binding installs or refreshes the permission, too.
  permitted(now, request.peer.ip);
}

// ---- peers ----

TurnClient::Permission* TurnClient::findPermission(const IpAddress& peer) {
  const auto at =
      std::find_if(permissions_.begin(), permissions_.end(), [&](const Permission& p) { return p.peer == peer; });
  return at == permissions_.end() ? nullptr : &*at;
}

TurnClient::Channel* TurnClient::findChannel(const SocketAddress& peer) {
  const auto at = std::find_if(channels_.begin(), channels_.end(), [&](const Channel& c) { return c.peer == peer; });
  return at == channels_.end() ? nullptr : &*at;
}

void TurnClient::permit(TimePoint now, const IpAddress& peer) {
  if (state_ != State::kAllocated) return;
  // RFC 8656 §10.2: a peer of a family that the allocation has not gets 443.
  const bool mine = std::any_of(relayed_.begin(), relayed_.end(),
                                [&](const SocketAddress& r) { return r.ip.family() == peer.family(); });
  if (!mine) return;
  Permission* permission = findPermission(peer);
  if (permission == nullptr) {
    if (permissions_.size() >= kMaxPermissions) return;
    permissions_.push_back({peer, false, false, now, TimePoint::never(), {}});
    permission = &permissions_.back();
  }
  if (permission->asking || permission->refused || permission->expires > now) return;
  permission->asking = true;
  request(now, {Method::kCreatePermission, {}, {peer, 0}, 0, 0, 0, false});
}

void TurnClient::bind(TimePoint now, const SocketAddress& peer) {
  if (state_ != State::kAllocated || findChannel(peer) != nullptr) return;
  if (channels_.size() >= kMaxChannels || nextChannel_ > kLastChannel) return;
  permit(now, peer.ip);
  const Permission* permission = findPermission(peer.ip);
  if (permission == nullptr || permission->refused) return;
  channels_.push_back({nextChannel_++, peer, now, TimePoint::never()});
  request(now, {Method::kChannelBind, {}, peer, channels_.back().number, 0, 0, false});
}

bool TurnClient::wrap(TimePoint now, const SocketAddress& peer, PacketBuffer& packet) {
  if (state_ != State::kAllocated) {
    ++stats_.sendsDropped;
    return false;
  }
  if (wrapNow(now, peer, packet)) return true;
  permit(now, peer.ip);
  Permission* permission = findPermission(peer.ip);
  if (packet && permission != nullptr && permission->asking && permission->waiting.size() < kMaxWaiting) {
    permission->waiting.emplace_back(peer, std::move(packet));
  } else {
    ++stats_.sendsDropped;
  }
  return false;
}

bool TurnClient::wrapNow(TimePoint now, const SocketAddress& peer, PacketBuffer& packet) {
  if (const Channel* channel = findChannel(peer); channel != nullptr && channel->expires > now) {
    return wrapChannelData(packet, channel->number, config_.stream);
  }
  const Permission* permission = findPermission(peer.ip);
  return permission != nullptr && permission->expires > now && wrapSendIndication(packet, peer, random_);
}

// ---- time ----

void TurnClient::handleTimeout(TimePoint now) {
  for (size_t i = 0; i < requests_.size();) {
    if (requests_[i].transaction.takeSend(now)) send(requests_[i]);
    if (!requests_[i].transaction.expired(now)) {
      ++i;
      continue;
    }
    const Request silent = requests_[i];
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    refused(now, silent, kNoAnswer, "the TURN server did not answer");
  }
  if (state_ != State::kAllocated) return;
  if (now >= expires_) return lose(kNoAnswer, "the allocation expired");
  if (now >= refresh_) refresh(now);
  for (Channel& channel : channels_) {
    if (now < channel.refresh) continue;
    channel.refresh = TimePoint::never();
    request(now, {Method::kChannelBind, {}, channel.peer, channel.number, 0, 0, false});
  }
  for (Permission& permission : permissions_) {
    if (now < permission.refresh) continue;
    permission.refresh = TimePoint::never();
    permission.asking = true;
    request(now, {Method::kCreatePermission, {}, {permission.peer, 0}, 0, 0, 0, false});
  }
}

void TurnClient::refresh(TimePoint now) {
  refresh_ = TimePoint::never();
  request(now, {Method::kRefresh, {}, {}, 0, kDefaultLifetime, 0, false});
}

void TurnClient::probe(TimePoint now) {
  if (state_ != State::kAllocated || standing_ == Standing::kAsked) return;
  standing_ = Standing::kAsked;
  const auto isRefresh = [](const Request& r) { return r.method == Method::kRefresh; };
  if (std::none_of(requests_.begin(), requests_.end(), isRefresh)) refresh(now);
}

TimePoint TurnClient::nextTimeout() const {
  TimePoint out = earlier(expires_, refresh_);
  for (const Request& r : requests_) out = earlier(out, r.transaction.nextTimeout());
  for (const Channel& c : channels_) out = earlier(out, c.refresh);
  for (const Permission& p : permissions_) out = earlier(out, p.refresh);
  return out;
}

bool TurnClient::pollTransmit(PacketBuffer& out) {
  if (transmits_.empty()) return false;
  out = std::move(transmits_.front());
  transmits_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::stun
