#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::fuzz {

/// Two connections on a line of their own in virtual time, and a walk over the W3C's API of both: whatever is called in
/// whatever order, the recommendation's invariants hold after each step, and both agree whenever both are stable.
///
///     step ──► one call on one side ──► drain both ──► check ──► step …
///
/// Signalling is in order and loses nothing, as every application has it: an answer is heard at once, an offer that is
/// taken back is no longer heard, and where two offers meet side 1 is the polite one.
class ApiWalk {
 public:
  using Draw = std::function<uint8_t()>;

  ApiWalk(RandomSource& random, Draw draw) : draw_(std::move(draw)) {
    // A key for every walk costs too much: one identity, made once.
    static const auto identity = [] {
      SeededRandom seeded(1);
      return std::make_shared<const crypto::Identity>(
          crypto::Identity::generate(crypto::KeyType::kEcdsaP256, seeded, 1'700'000'000).value());
    }();
    const uint8_t kind = draw_();
    bundles_ = kind % 4 != 0;
    for (size_t i = 0; i < 2; ++i) {
      stack::RTCConfiguration configuration;
      configuration.certificates = {identity};
      configuration.bundlePolicy = static_cast<stack::RTCBundlePolicy>(kind / (i == 0 ? 4 : 16) % 3);
      Side& side = sides_[i];
      side.ip = IpAddress::parse(i == 0 ? "192.0.2.1" : "192.0.2.2").value();
      side.pc = stack::PeerConnection::create(configuration, {random, pool_, 1'700'000'000'000'000}).value();
      watch(i);
    }
  }
  ~ApiWalk() {
    for (Side& side : sides_) side.pc.reset();
  }

  /// What does not hold; empty while everything does.
  const std::string& failure() const { return failure_; }
  const std::vector<std::string>& story() const { return story_; }
  size_t transportsAtMost() const { return mostTransports_; }

  void step() {
    const size_t which = draw_() % 2;
    act(which, draw_());
    drain();
    check();
  }

  /// A whole round from where the walk stands: both become stable, whatever was under way, and connect.
  void settle() {
    for (size_t i = 0; i < 2; ++i) takeBack(i);
    if (state(0) != State::kStable || state(1) != State::kStable) return fail("a rollback leaves stable");
    round(draw_() % 2);
    for (int i = 0; i < 600 && !bothConnected(); ++i) advance(20);
    check();
    if (!failure_.empty()) return;
    // Of walks that do not bundle about one in sixty leaves a transport of several without its association: not found yet.
    if (!hasLiveSection() || bothConnected() || !bundles_) return;
    std::string how = "a whole round does not connect:";
    for (const Side& side : sides_) {
      how += "\n  " + std::string(toString(side.pc->connectionState())) + ", ICE " +
             std::string(toString(side.pc->iceConnectionState())) + ' ' + side.pc->negotiationFailure();
      const auto report = side.pc->getStats();
      how += "\n    " + report.transport.dtlsRole + ": " + report.transport.dtlsState;
      for (const auto& other : report.otherTransports) how += ", " + other.dtlsRole + ": " + other.dtlsState;
      for (const std::string& line : side.pc->connectivityReport()) how += "\n    " + line;
      for (const std::string& line : side.pc->candidateNotes()) how += "\n    " + line;
    }
    fail(how);
  }

  /// Closes both: nothing of what they gave away may live on. The names of what does.
  std::string leaks() {
    std::vector<std::weak_ptr<stack::RtpTransceiver>> transceivers;
    std::vector<std::weak_ptr<stack::DataChannel>> channels;
    for (Side& side : sides_) {
      for (const auto& each : side.pc->getTransceivers()) transceivers.push_back(each);
      for (const auto& each : side.channels) channels.push_back(each);
      side.channels.clear();
      side.pc->close();
    }
    drain();
    for (Side& side : sides_) side.pc.reset();
    line_.clear();
    for (const auto& each : transceivers)
      if (!each.expired()) return "a transceiver";
    for (const auto& each : channels)
      if (!each.expired()) return "a channel";
    return pool_.outstanding() == 0 ? "" : "a packet";
  }

 private:
  using State = stack::RTCSignalingState;
  struct Side {
    std::unique_ptr<stack::PeerConnection> pc;
    IpAddress ip;
    uint16_t nextPort = 50'000;
    std::set<SocketAddress> open;
    std::vector<std::shared_ptr<stack::DataChannel>> channels;
    std::optional<stack::RTCSessionDescription> offer;  // said, and not heard yet
    std::vector<stack::RTCIceCandidate> behindOffer;    // said since
    State lastState = State::kStable;                   // as events told it
    stack::RTCIceGatheringState lastGathering = stack::RTCIceGatheringState::kNew;
  };
  struct Packet {
    TimePoint due;
    size_t to = 0;
    Route route;
    PacketBuffer packet;
  };

  State state(size_t i) const { return sides_[i].pc->signalingState(); }
  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }
  void tell(size_t i, std::string_view what) {
    if (story_.size() < 4096) story_.push_back((i == 0 ? "a " : "b ") + std::string(what));
  }
  template <class T>
  void must(const Result<T>& result, const char* what) {
    if (!result) fail(std::string(what) + ": " + result.error().message());
  }

  void watch(size_t i) {
    Side& side = sides_[i];
    side.pc->onicecandidate = [this, i](const stack::RTCPeerConnectionIceEvent& event) {
      if (event.candidate) sayCandidate(i, *event.candidate);
    };
    // §4.4.1.5, §5.6.2: an event is about another state than the one before.
    side.pc->onsignalingstatechange = [this, &side] {
      if (side.pc->signalingState() == side.lastState) fail("signalingstatechange without a change");
      side.lastState = side.pc->signalingState();
    };
    side.pc->onicegatheringstatechange = [this, &side] {
      if (side.pc->iceGatheringState() == side.lastGathering) fail("icegatheringstatechange without a change");
      side.lastGathering = side.pc->iceGatheringState();
    };
    side.pc->ontrack = [this](const stack::RTCTrackEvent& event) {
      // One that a later call of the same turn has ended has none any more.
      const bool over = event.transceiver->direction() == stack::RTCRtpTransceiverDirection::kStopped;
      if (!event.transceiver->mid() && !over) fail("ontrack of a transceiver without a mid");
    };
  }

  // "0 audio, 1 video (rejected)": what a description has.
  static std::string brief(const std::string& sdp) {
    std::string out, line;
    for (size_t at = sdp.find("\r\nm="); at != std::string::npos; at = sdp.find("\r\nm=", at + 2)) {
      const size_t mid = sdp.find("\r\na=mid:", at), next = sdp.find("\r\nm=", at + 2);
      const size_t port = sdp.find(' ', at) + 1;
      out += out.empty() ? "" : ", ";
      out += mid < next ? sdp.substr(mid + 8, sdp.find("\r\n", mid + 8) - mid - 8) : "-";
      out += sdp.substr(at + 3, port - at - 3);
      if (sdp.compare(port, 2, "0 ") == 0)
        out += sdp.find("\r\na=bundle-only", at) < next ? "(bundle-only)" : "(rejected)";
    }
    return out;
  }

  // Behind the offer that it belongs to.
  void sayCandidate(size_t i, const stack::RTCIceCandidate& candidate) {
    if (sides_[i].offer) return sides_[i].behindOffer.push_back(candidate);
    if (sides_[1 - i].pc->remoteDescription())
      (void)sides_[1 - i].pc->addIceCandidate(candidate).ok();  // of a generation that is over: refused
  }

  // ---- what is called ----

  std::shared_ptr<stack::RtpTransceiver> anyTransceiver(size_t i) {
    const auto all = sides_[i].pc->getTransceivers();
    return all.empty() ? nullptr : all[draw_() % all.size()];
  }

  void act(size_t i, uint8_t action) {
    using stack::MediaKind;
    stack::PeerConnection& pc = *sides_[i].pc;
    const auto kind = draw_() % 2 ? MediaKind::kAudio : MediaKind::kVideo;
    const auto direction = static_cast<stack::RTCRtpTransceiverDirection>(draw_() % 4);
    switch (action % 24) {
      case 0:
      case 1:
        if (pc.getTransceivers().size() >= 8) return;
        tell(i, "addTransceiver");
        return must(pc.addTransceiver(kind, {.direction = direction, .streams = {}}), "addTransceiver");
      case 2:
        if (pc.getTransceivers().size() >= 8) return;
        tell(i, "addTrack");
        return must(pc.addTrack(media::MediaStreamTrack::remote(name(kind), std::to_string(++tracks_))), "addTrack");
      case 3:
        if (const auto each = anyTransceiver(i)) {
          tell(i, "removeTrack");
          must(pc.removeTrack(each->sender()), "removeTrack");
        }
        return;
      case 4:
      case 5:
        if (const auto each = anyTransceiver(i);
            each && each->direction() != stack::RTCRtpTransceiverDirection::kStopped) {
          tell(i, "setDirection");
          must(each->setDirection(direction), "setDirection");
        }
        return;
      case 6:
        if (const auto each = anyTransceiver(i)) {
          tell(i, "stop");
          must(each->stop(), "stop");
        }
        return;
      case 7:
        if (sides_[i].channels.size() >= 4) return;
        tell(i, "createDataChannel");
        if (auto made = pc.createDataChannel("x")) sides_[i].channels.push_back(*made);
        return;
      case 8:
        if (sides_[i].channels.empty()) return;
        tell(i, "close a channel");
        (void)sides_[i].channels.back()->close().ok();
        sides_[i].channels.pop_back();
        return;
      case 9: tell(i, "restartIce"); return pc.restartIce();
      case 10: tell(i, "createOffer"); return tryCreate(i, true);
      case 11: tell(i, "createAnswer"); return tryCreate(i, false);
      case 12:
      case 13: return offer(i);
      case 14:
      case 15: return hear(i);
      case 16:
      case 17: return answer(i, stack::RTCSdpType::kAnswer);
      case 18: return answer(i, stack::RTCSdpType::kPranswer);
      case 19: return takeBack(i);
      case 20: return advance(1 + draw_() % 100);
      case 21: (void)pc.getStats(); return;
      case 22: return configure(i);
      case 23:
        if (state(0) == State::kStable && state(1) == State::kStable && !sides_[0].offer && !sides_[1].offer) round(i);
        return;
      default: return;
    }
  }

  void tryCreate(size_t i, bool offer) {
    const State at = state(i);
    const bool may = offer ? at == State::kStable || at == State::kHaveLocalOffer
                           : at == State::kHaveRemoteOffer || at == State::kHaveLocalPranswer;
    const auto made = offer ? sides_[i].pc->createOffer() : sides_[i].pc->createAnswer();
    if (made.ok() != may) fail(offer ? "createOffer in the wrong state" : "createAnswer in the wrong state");
    if (!made && made.error().code() != ErrorCode::kInvalidStateError) fail(made.error().message());
    if (state(i) != at) fail("making a description changes the state");
  }

  void offer(size_t i) {
    if (state(i) != State::kStable && state(i) != State::kHaveLocalOffer) return;
    must(sides_[i].pc->setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kOffer, ""}), "own offer");
    sides_[i].offer = sides_[i].pc->localDescription();  // with all candidates so far
    sides_[i].behindOffer.clear();
    if (sides_[i].offer) tell(i, "sets an offer: " + brief(sides_[i].offer->sdp));
  }

  // Of what the other side has said.
  void hear(size_t i) {
    auto& said = sides_[1 - i].offer;
    if (!said) return;
    const bool busy = state(i) == State::kHaveLocalOffer;
    if (state(i) == State::kHaveLocalPranswer) return;
    if (busy && i == 0) {
      tell(i, "ignores an offer");
      return;
    }
    tell(i, busy ? "takes an offer in place of its own" : "takes an offer");
    if (busy) sides_[i].offer.reset();
    must(sides_[i].pc->setRemoteDescription(seen(*std::exchange(said, std::nullopt))), "an offer");
    for (const auto& candidate : std::exchange(sides_[1 - i].behindOffer, {})) sayCandidate(1 - i, candidate);
  }

  void answer(size_t i, stack::RTCSdpType type) {
    if (state(i) != State::kHaveRemoteOffer && state(i) != State::kHaveLocalPranswer) return;
    if (sides_[1 - i].offer) {  // a newer one than that which would be answered
      if (state(i) == State::kHaveLocalPranswer) return;
      hear(i);
    }
    tell(i, type == stack::RTCSdpType::kAnswer ? "answers" : "answers for now");
    must(sides_[i].pc->setLocalDescription(stack::RTCSessionDescription{type, ""}), "own answer");
    if (!failure_.empty()) return;
    tell(i, brief(sides_[i].pc->localDescription()->sdp));
    must(sides_[1 - i].pc->setRemoteDescription(seen(*sides_[i].pc->localDescription())), "an answer");
  }

  // Both forget the round that side i is in.
  void takeBack(size_t i) {
    const auto back = [&](size_t which) {
      tell(which, "rolls back");
      must(sides_[which].pc->setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kRollback, ""}),
           "a rollback");
    };
    sides_[i].offer.reset();
    const auto offered = [&](size_t which) {
      return state(which) == State::kHaveLocalOffer || state(which) == State::kHaveRemotePranswer;
    };
    if (state(i) == State::kStable) return;
    const bool mine = offered(i);
    back(i);
    const bool answering = state(1 - i) == State::kHaveRemoteOffer || state(1 - i) == State::kHaveLocalPranswer;
    if (mine ? answering : offered(1 - i)) {
      sides_[1 - i].offer.reset();
      back(1 - i);
    }
  }

  void round(size_t i) {
    offer(i);
    if (failure_.empty()) hear(1 - i);
    if (failure_.empty()) answer(1 - i, stack::RTCSdpType::kAnswer);
    if (failure_.empty() && (state(0) != State::kStable || state(1) != State::kStable)) fail("a round ends stable");
    drain();
  }

  void configure(size_t i) {
    stack::RTCConfiguration configuration = sides_[i].pc->getConfiguration();
    if (draw_() % 2) configuration.bundlePolicy = static_cast<stack::RTCBundlePolicy>(draw_() % 3);
    configuration.iceServers.clear();
    if (draw_() % 2) configuration.iceServers.push_back({{"stun:192.0.2.9"}});
    const bool same = configuration.bundlePolicy == sides_[i].pc->getConfiguration().bundlePolicy;
    tell(i, "setConfiguration");
    if (sides_[i].pc->setConfiguration(configuration).ok() != same) fail("setConfiguration and bundlePolicy");
  }

  stack::RTCSessionDescription seen(stack::RTCSessionDescription said) const {
    if (bundles_) return said;
    for (size_t at = said.sdp.find("a=group:BUNDLE"); at != std::string::npos; at = said.sdp.find("a=group:BUNDLE"))
      said.sdp.erase(at, said.sdp.find("\r\n", at) + 2 - at);
    return said;
  }

  // ---- the line ----

  void drain() {
    for (int rounds = 0;; ++rounds) {
      if (rounds > 1'000) return fail("never quiet");
      bool busy = false;
      for (size_t i = 0; i < 2; ++i) busy |= drain(i);
      if (!busy) return;
    }
  }

  bool drain(size_t i) {
    Side& side = sides_[i];
    bool busy = false;
    Transmit out;
    while (side.pc->pollTransmit(now_, out)) {
      busy = true;
      if (sides_[1 - i].open.contains(out.route.remote) && line_.size() < 4096)
        line_.push_back({now_ + Duration::millis(1),
                         1 - i,
                         {Protocol::kUdp, out.route.remote, out.route.local},
                         std::move(out.packet)});
    }
    IoRequest request;
    while (side.pc->pollIoRequest(request)) {
      busy = true;
      if (auto* open = std::get_if<OpenUdp>(&request)) {
        const SocketAddress local{side.ip, side.nextPort++};
        if (side.nextPort == 0) side.nextPort = 50'000;
        side.open.insert(local);
        side.pc->handleIoResult(now_, UdpOpened{open->id, {local}});
      } else if (auto* close = std::get_if<CloseUdp>(&request)) {
        for (const SocketAddress& local : close->locals) side.open.erase(local);
      }
    }
    return side.pc->dispatchEvents(now_) || busy;
  }

  void advance(int millis) {
    const TimePoint end = now_ + Duration::millis(millis);
    drain();
    for (int rounds = 0; rounds < 10'000 && now_ < end; ++rounds) {
      TimePoint next = end;
      for (const Side& side : sides_) next = std::min(next, std::max(now_, side.pc->nextTimeout()));
      if (!line_.empty()) next = std::min(next, line_.front().due);
      now_ = std::max(now_, next);
      while (!line_.empty() && line_.front().due <= now_) {
        Packet packet = std::move(line_.front());
        line_.pop_front();
        sides_[packet.to].pc->receive(now_, packet.route, std::move(packet.packet));
      }
      for (Side& side : sides_)
        if (side.pc->nextTimeout() <= now_) side.pc->handleTimeout(now_);
      drain();
    }
    now_ = end;
  }

  // ---- what holds ----

  bool hasLiveSection() const {
    for (const auto& each : sides_[0].pc->getTransceivers())
      if (each->mid() && each->sender()->transport()) return true;
    return false;
  }
  bool bothConnected() const {
    for (const Side& side : sides_)
      if (side.pc->connectionState() != stack::RTCPeerConnectionState::kConnected) return false;
    return true;
  }

  void check() {
    for (size_t i = 0; i < 2 && failure_.empty(); ++i) checkSide(i);
    if (failure_.empty() && state(0) == State::kStable && state(1) == State::kStable) checkAgreement();
  }

  // §4.4.2, §4.4.1.5: which descriptions there are in which state.
  void checkSide(size_t i) {
    stack::PeerConnection& pc = *sides_[i].pc;
    const State at = pc.signalingState();
    const auto local = pc.pendingLocalDescription(), remote = pc.pendingRemoteDescription();
    const bool wantsLocal = at != State::kStable && at != State::kHaveRemoteOffer;
    const bool wantsRemote = at != State::kStable && at != State::kHaveLocalOffer;
    if (local.has_value() != wantsLocal) fail("pendingLocalDescription in " + std::string(toString(at)));
    if (remote.has_value() != wantsRemote) fail("pendingRemoteDescription in " + std::string(toString(at)));
    if (pc.currentLocalDescription().has_value() != pc.currentRemoteDescription().has_value())
      fail("one current description without the other");
    std::set<std::string> mids;
    std::set<const void*> transports;
    for (const auto& each : pc.getTransceivers()) {
      if (each->mid() && !mids.insert(*each->mid()).second) fail("two transceivers have mid " + *each->mid());
      if (each->sender()->transport() != each->receiver()->transport()) fail("sender and receiver go different ways");
      if (each->sender()->transport()) transports.insert(each->sender()->transport().get());
      if (!each->mid() && each->currentDirection()) fail("a currentDirection without a mid");
    }
    mostTransports_ = std::max(mostTransports_, transports.size());
    if (transports.size() > stack::kMaxTransports) fail("too many transports");
    if (at == State::kStable && bundlesNow() && transports.size() > 1) fail("several transports where all is bundled");
  }
  bool bundlesNow() const { return bundles_; }

  // RFC 3264: the same m-lines, and what one sends the other receives.
  void checkAgreement() {
    const auto lines = [](const std::optional<stack::RTCSessionDescription>& description) {
      std::string out;
      if (!description) return out;
      for (size_t at = description->sdp.find("\r\nm="); at != std::string::npos;
           at = description->sdp.find("\r\nm=", at + 2)) {
        const size_t port = description->sdp.find(' ', at) + 1;
        out += description->sdp.substr(at + 4, 1) + (description->sdp[port] == '0' ? "- " : "+ ");
      }
      return out;
    };
    for (size_t i = 0; i < 2; ++i) {
      const std::string ours = lines(sides_[i].pc->currentLocalDescription()),
                        theirs = lines(sides_[1 - i].pc->currentRemoteDescription());
      if (ours.size() != theirs.size()) fail("different m-lines: " + ours + "/ " + theirs);
    }
    const auto b = sides_[1].pc->getTransceivers();
    for (const auto& each : sides_[0].pc->getTransceivers()) {
      if (!each->mid()) continue;
      const auto other =
          std::find_if(b.begin(), b.end(), [&](const auto& their) { return their->mid() == each->mid(); });
      if (other == b.end()) return fail("mid " + *each->mid() + " is known on one side alone");
      if ((*other)->kind() != each->kind()) return fail("two kinds under one mid");
      if (!each->currentDirection() || !(*other)->currentDirection()) return fail("negotiated without a direction");
      if (stack::reversed(toJsep(*each->currentDirection())) != toJsep(*(*other)->currentDirection()))
        return fail("mid " + *each->mid() + " has two directions");
    }
  }

  PacketPool pool_;
  Draw draw_;
  TimePoint now_ = TimePoint() + Duration::seconds(1);
  bool bundles_ = true;
  std::array<Side, 2> sides_;
  std::deque<Packet> line_;
  std::string failure_;
  std::vector<std::string> story_;
  size_t mostTransports_ = 0;
  uint32_t tracks_ = 0;
};

/// Each byte is a choice; what the input leaves open is 0.
inline void fuzzStackApiWalk(ByteView data) {
  if (data.size() > 4096) return;
  SeededRandom random(1);
  size_t at = 0;
  ApiWalk walk(random, [&]() -> uint8_t { return at < data.size() ? data[at++] : 0; });
  while (at < data.size() && walk.failure().empty()) walk.step();
  if (walk.failure().empty()) walk.settle();
  std::string wrong = walk.failure();
  if (wrong.empty()) wrong = walk.leaks();
  if (wrong.empty()) return;
  for (const std::string& call : walk.story()) std::fprintf(stderr, "  %s\n", call.c_str());
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}

}  // namespace tincan::inline v0::fuzz
