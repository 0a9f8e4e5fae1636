#include "ice/relay.h"

#include <algorithm>

#include "ice/relay_ports.h"
#include "ice/server_errors.h"
#include "stun/binding.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxRedirects = 3;
constexpr size_t kMaxRemakes = 3;
// An allocation that lasted this long was a good one: losing it says nothing of the next. A server that forgets them
// faster is given up after kMaxRemakes, or it could have us ask for ever.
constexpr Duration kSettled = Duration::seconds(60);
constexpr auto kMismatch = static_cast<uint16_t>(stun::ErrorNumber::kAllocationMismatch);

// Binding belongs to the gatherer and to the checks, even where the server is also a STUN server or a peer.
bool isTurn(ByteView packet) {
  if (stun::looksLikeChannelData(packet)) return true;
  return stun::looksLikeStun(packet) && (loadBe16(packet.data()) & 0x3EEF) != 0x0001;
}

}  // namespace

Relay::Relay(Setup setup, const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats)
    : setup_(std::move(setup)), config_(config), random_(random), pool_(pool), stats_(stats), host_(setup_.url.host) {}

void Relay::start(uint32_t& nextId) {
  visited_.push_back(setup_.remote);
  if (setup_.base) route_ = {Protocol::kUdp, *setup_.base, setup_.remote};
  connect(nextId);
}

void Relay::connect(uint32_t& nextId) {
  transition(State::kConnecting);
  wantsPort_ = !isStream();
  if (wantsPort_) return;
  opening_ = nextId++;
  const bool tls = setup_.url.protocol == Protocol::kTls;
  requests_.push_back(OpenStream{opening_, setup_.url.protocol, setup_.remote, tls ? host_ : ""});
}

void Relay::usePort(TimePoint now, size_t number, const SocketAddress& local) {
  wantsPort_ = false;
  port_ = number;
  triedPorts_ |= 1u << number;
  route_ = {Protocol::kUdp, local, setup_.remote};
  begin(now);
}

void Relay::noPort() {
  const bool asked = failure_.code != 0;
  end(asked ? kMismatch : kUnreachable,
      asked ? "the server has every port that was tried in use for another client (" + failure_.reason + ")"
            : "there is no port left to reach the server from");
}

// The connection is there: the first request goes out.
void Relay::begin(TimePoint now) {
  transition(State::kAsking);
  if (setup_.url.isTurn()) {
    stun::TurnConfig config;
    config.username = setup_.url.username;
    config.credential = setup_.url.credential;
    config.stream = isStream();
    config.family = setup_.family;
    config.timeout = config_.serverTimeout;
    client_ = std::make_unique<stun::TurnClient>(std::move(config), random_, pool_, stats_.turn);
    client_->start(now);
    return;
  }
  stun::RetryPlan plan;
  plan.sends = 1;  // RFC 8489 §6.2.2: a stream is reliable
  plan.lastWait = 1000;
  plan.timeout = config_.serverTimeout;
  binding_ = stun::Transaction(stun::newTransactionId(random_), now, plan);
  binding_.takeSend(now);
  sendBinding(binding_.id(), stun::Class::kRequest);
}

void Relay::sendBinding(const stun::TransactionId& id, stun::Class messageClass) {
  PacketBuffer packet = stun::bindingMessage(pool_, messageClass, id);
  if (packet) {
    transmits_.pushBack({route_, std::move(packet)});
  } else {
    ++stats_.transmitsDropped;
  }
}

void Relay::end(uint16_t code, std::string reason) {
  if (state_ == State::kEnded) return;
  transition(State::kEnded);
  wantsPort_ = false;
  failure_ = {code, std::move(reason)};
  if (std::exchange(open_, false)) requests_.push_back(CloseStream{route_});
}

void Relay::lost() {
  end(kUnreachable, "the local interface went away");
}

void Relay::close() {
  if (client_) client_->close();
}

bool Relay::handleIoResult(TimePoint now, const IoResult& result, uint32_t& nextId) {
  if (const auto* opened = std::get_if<StreamOpened>(&result)) {
    if (opening_ == 0 || opened->id != opening_) return false;
    opening_ = 0;
    if (!opened->route.ok()) {
      end(kUnreachable, opened->route.error().message());
    } else {
      route_ = opened->route.value();
      open_ = true;
      splitter_ = {};
      begin(now);
    }
    return true;
  }
  const auto* closed = std::get_if<StreamClosed>(&result);
  if (closed == nullptr || !open_ || closed->route != route_) return false;
  open_ = false;
  // RFC 8656 §3.1: the allocation ends with its connection. A server that was restarted gives another.
  if (state_ == State::kUp && client_ && mayRemake(now)) {
    reconnect(nextId);
  } else {
    end(kUnreachable, "the server closed the connection");
  }
  return true;
}

bool Relay::owns(const Route& real, ByteView packet) const {
  if (state_ == State::kEnded || real != route_) return false;
  return isStream() ? open_ : isTurn(packet);
}

void Relay::receive(TimePoint now, PacketBuffer packet, Ring<std::pair<Route, PacketBuffer>>& out) {
  if (!isStream()) return take(now, std::move(packet), out);
  if (!splitter_.push(packet.view())) return end(kUnreachable, "the server's bytes made no sense");
  PacketBuffer message;
  while (state_ != State::kEnded && splitter_.pop(pool_, message)) take(now, std::move(message), out);
  if (splitter_.broken()) end(kUnreachable, "the server's bytes made no sense");
}

void Relay::take(TimePoint now, PacketBuffer packet, Ring<std::pair<Route, PacketBuffer>>& out) {
  if (!client_) return takeBinding(packet.view());
  SocketAddress peer;
  if (!client_->receive(now, packet, peer)) return;
  for (const SocketAddress& relayed : client_->relayed()) {
    if (relayed.ip.family() != peer.ip.family()) continue;
    out.pushBack({Route{Protocol::kUdp, relayed, peer}, std::move(packet)});
    return;
  }
}

void Relay::takeBinding(ByteView packet) {
  stun::Message answer;
  if (!stun::Message::parse(packet, answer) || answer.method() != stun::Method::kBinding ||
      answer.transactionId() != binding_.id() || state_ != State::kAsking) {
    ++stats_.unmatched;
    return;
  }
  const auto error = answer.errorCode();
  if (answer.messageClass() == stun::Class::kSuccess && answer.mappedAddress()) {
    transition(State::kUp);
    if (std::exchange(open_, false)) requests_.push_back(CloseStream{route_});
  } else {
    end(error ? error->number : kUnreachable, error && !error->reason.empty()
                                                  ? std::string(error->reason.substr(0, 128))
                                                  : "the server's answer made no sense");
  }
}

void Relay::advance(TimePoint now, uint32_t& nextId) {
  if (!client_ || state_ == State::kEnded) return;
  switch (client_->state()) {
    case stun::TurnClient::State::kIdle:
    case stun::TurnClient::State::kAllocating:
    case stun::TurnClient::State::kClosed: return;
    case stun::TurnClient::State::kAllocated:
      if (state_ != State::kAsking) return;
      transition(State::kUp);
      upSince_ = now;
      triedPorts_ = 1u << port_;
      triedStreams_ = 0;
      if (!isStream()) keepalive_ = now + config_.serverKeepalive;
      return;
    case stun::TurnClient::State::kRedirected: return redirect(nextId);
    case stun::TurnClient::State::kFailed:
      if (client_->failure().lost) return remake(now);
      if (client_->failure().code == kMismatch) return mismatched(nextId);
      return end(client_->failure().code, client_->failure().reason);
  }
}

// RFC 8656 §7.4: to an Allocate, 437 says that the server takes our address and port for another client's.
void Relay::mismatched(uint32_t& nextId) {
  failure_ = client_->failure();
  if (isStream() && ++triedStreams_ >= RelayPorts::kPerAddress) return noPort();
  reconnect(nextId);
}

// The server has forgotten the allocation: another one, from where the last one was granted.
void Relay::remake(TimePoint now) {
  const stun::TurnClient::Failure why = client_->failure();
  if (!mayRemake(now)) {
    return end(why.code, "the server lost " + std::to_string(remakes_) +
                             " allocations in a row soon after it had granted them (" + why.reason + ")");
  }
  keepalive_ = TimePoint::never();
  begin(now);
}

bool Relay::mayRemake(TimePoint now) {
  if (now >= upSince_ + kSettled) remakes_ = 0;
  return ++remakes_ <= kMaxRemakes;
}

void Relay::reconnect(uint32_t& nextId) {
  client_.reset();
  keepalive_ = TimePoint::never();
  if (std::exchange(open_, false)) requests_.push_back(CloseStream{route_});
  connect(nextId);
}

// RFC 8489 §10: the same transport; over TLS the certificate is for the name we were told, or the one we asked for.
void Relay::redirect(uint32_t& nextId) {
  const SocketAddress next = *client_->alternate();
  const bool again = std::find(visited_.begin(), visited_.end(), next) != visited_.end();
  if (again || visited_.size() > kMaxRedirects || next.ip.family() != setup_.remote.ip.family()) {
    return end(client_->failure().code, client_->failure().reason);
  }
  if (!client_->alternateDomain().empty()) host_ = client_->alternateDomain();
  visited_.push_back(next);
  setup_.remote = next;
  triedPorts_ = 0;  // what one server has in use another has not
  triedStreams_ = 0;
  reconnect(nextId);
}

std::vector<SocketAddress> Relay::relayed() const {
  return state_ == State::kUp && client_ ? client_->relayed() : std::vector<SocketAddress>();
}

void Relay::handleTimeout(TimePoint now) {
  if (state_ == State::kEnded) return;
  if (client_) {
    if (now >= keepalive_) {
      // The NATs on the way forget a mapping long before the server forgets the allocation (RFC 8445 §11).
      keepalive_ = now + config_.serverKeepalive;
      sendBinding(stun::newTransactionId(random_), stun::Class::kIndication);
    }
    return client_->handleTimeout(now);
  }
  if (state_ == State::kAsking && binding_.expired(now)) end(kUnreachable, "the STUN server did not answer");
}

TimePoint Relay::nextTimeout() const {
  if (state_ == State::kEnded) return TimePoint::never();
  if (client_) return earlier(keepalive_, client_->nextTimeout());
  return state_ == State::kAsking ? binding_.nextTimeout() : TimePoint::never();
}

bool Relay::pollTransmit(Transmit& out) {
  if (transmits_.take(out)) return true;
  if (!client_ || state_ == State::kEnded || !client_->pollTransmit(out.packet)) return false;
  out.route = route_;
  return true;
}

bool Relay::pollIoRequest(IoRequest& out) {
  if (requests_.empty()) return false;
  out = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::ice
