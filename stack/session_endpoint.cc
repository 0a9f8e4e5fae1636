#include "stack/session_endpoint.h"

#include <utility>
#include <variant>

namespace tincan::inline v0::stack {

SessionEndpoint::SessionEndpoint(Config config, const crypto::Identity& identity, session::SessionListener& listener,
                                 RandomSource& random, PacketPool& pool)
    : identity_(identity),
      role_(config.ice.role == ice::Role::kControlling ? dtls::Role::kClient : dtls::Role::kServer),
      transport_(std::move(config.ice), config.security, identity, random, pool, config.srtp),
      session_(std::move(config.session), transport_, listener, random, pool) {}

SessionEndpoint::~SessionEndpoint() {
  if (auto parting = std::exchange(parting_, {})) parting();
}

SessionEndpoint::Parameters SessionEndpoint::parameters() const {
  return {transport_.localCredentials(), {identity_.certificate().fingerprint(crypto::HashAlgorithm::kSha256)}};
}

void SessionEndpoint::connect(Parameters remote) {
  remote_ = std::move(remote);
  wake();
}

void SessionEndpoint::addRemoteCandidate(ice::Candidate candidate) {
  candidates_.push_back(std::move(candidate));
  wake();
}

void SessionEndpoint::close() {
  closing_ = true;
  wake();
}

// ---- the contract ----

void SessionEndpoint::advance(TimePoint now) {
  now_ = now;
  if (auto remote = std::exchange(remote_, std::nullopt)) {
    transport_.setRemoteIce(now, {std::move(remote->credentials)});
    transport_.setDtlsParameters(now, role_, std::move(remote->fingerprints));
    transport_.gather(now);
  }
  for (const ice::Candidate& candidate : std::exchange(candidates_, {})) transport_.addRemoteCandidate(now, candidate);
  takeMedia();
  session_.flush(now);
  if (closing_) leave(now);
}

void SessionEndpoint::takeMedia() {
  Transport::Media media;
  while (transport_.pollMedia(media)) {
    if (media.rtcp) {
      session_.receiveRtcp(media.at, media.packet);
    } else {
      const Ecn ecn = media.packet.ecn();
      session_.receiveRtp(media.at, ecn, std::move(media.packet));
    }
  }
}

void SessionEndpoint::receive(TimePoint now, const Route& route, PacketBuffer packet) {
  now_ = now;
  transport_.receive(now, route, std::move(packet));
  if (transport_.mediaDue()) takeMedia();
}

void SessionEndpoint::handleTimeout(TimePoint now) {
  advance(now);
  transport_.handleTimeout(now);
  session_.handleTimeout(now);
}

TimePoint SessionEndpoint::nextTimeout() const {
  if (remote_ || !candidates_.empty() || (closing_ && !closed_) || transport_.mediaWaits()) return now_;
  return earlier(transport_.nextTimeout(), session_.nextTimeout());
}

bool SessionEndpoint::pollTransmit(TimePoint now, Transmit& out) {
  advance(now);
  return transport_.pollTransmit(now, out);
}

bool SessionEndpoint::pollIoRequest(IoRequest& out) {
  if (transport_.pollIoRequest(out)) return true;
  if (!std::exchange(socketsToClose_, false)) return false;
  out = CloseSockets{};
  return true;
}

void SessionEndpoint::handleIoResult(TimePoint now, IoResult result) {
  now_ = now;
  transport_.handleIoResult(now, result);
}

bool SessionEndpoint::dispatchEvents(TimePoint now) {
  now_ = now;
  takeMedia();
  bool any = false;
  while (auto event = transport_.pollEvent()) any |= dispatch(*event);
  if (!connected() || std::exchange(told_, true)) return any;
  if (onconnected) onconnected();
  return true;
}

// The handler may be another by the time it returns: a copy is called.
bool SessionEndpoint::dispatch(const Transport::Event& event) {
  bool failed = false;
  if (const auto* inner = std::get_if<ice::Event>(&event)) {
    if (const auto* gathered = std::get_if<ice::CandidateGathered>(inner)) {
      if (auto handler = oncandidate) handler(gathered->candidate);
      return true;
    }
    const auto* changed = std::get_if<ice::StateChanged>(inner);
    failed = changed && changed->state == ice::State::kFailed;
  } else if (const auto* changed = std::get_if<Transport::DtlsStateChanged>(&event)) {
    failed = changed->state == dtls::State::kFailed;
  }
  if (!failed || closed_) return false;
  if (auto handler = onfailed) handler();
  return true;
}

void SessionEndpoint::leave(TimePoint now) {
  now_ = now;
  if (std::exchange(closed_, true)) return;
  session_.close(now);
  transport_.close(now);
  socketsToClose_ = true;
}

}  // namespace tincan::inline v0::stack
