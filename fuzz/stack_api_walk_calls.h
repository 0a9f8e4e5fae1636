#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/stack_api_walk_world.h"

namespace tincan::inline v0::fuzz {

/// What a walk may call on either side, whatever the state, and what the call itself must answer.
///
/// Signalling is in order and loses nothing, as every application has it: an answer is heard at once, an offer that is
/// taken back is no longer heard, and where two offers meet side 1 is the polite one.
class WalkCalls {
 public:
  explicit WalkCalls(WalkWorld& world) : world_(world) {}

  void act(size_t i, uint8_t choice) {
    using C = WalkCalls;
    // As often as it stands here.
    static constexpr std::array<void (C::*)(size_t), 44> kCalls{
        &C::addTransceiver, &C::addTransceiver, &C::addSimulcast,  &C::addTrack,      &C::removeTrack,
        &C::setDirection,   &C::setDirection,   &C::stop,          &C::replaceTrack,  &C::setStreams,
        &C::setParameters,  &C::preferCodecs,   &C::hideExtension, &C::createChannel, &C::createChannel,
        &C::createPair,     &C::closeChannel,   &C::sendMessage,   &C::restartIce,    &C::tryOffer,
        &C::tryAnswer,      &C::misuse,         &C::offer,         &C::offer,         &C::offer,
        &C::offerRestart,   &C::offerAnew,      &C::hear,          &C::hear,          &C::hear,
        &C::answer,         &C::answer,         &C::answer,        &C::answerForNow,  &C::answerForNow,
        &C::takeBack,       &C::glare,          &C::wait,          &C::wait,          &C::readStats,
        &C::configure,      &C::tryRound,       &C::tryRound,      &C::tryRound,
    };
    (this->*kCalls[choice % kCalls.size()])(i);
  }

  /// Both forget the round that side i is in.
  void takeBack(size_t i) {
    const auto back = [&](size_t which) {
      world_.tell(which, "rolls back");
      world_.must(world_.pc(which).setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kRollback, ""}),
                  "a rollback");
    };
    const auto offered = [&](size_t which) {
      return world_.state(which) == State::kHaveLocalOffer || world_.state(which) == State::kHaveRemotePranswer;
    };
    world_[i].offer.reset();
    if (world_.state(i) == State::kStable) return;
    const bool mine = offered(i);
    back(i);
    const State other = world_.state(1 - i);
    const bool answering = other == State::kHaveRemoteOffer || other == State::kHaveLocalPranswer;
    if (mine ? answering : offered(1 - i)) {
      world_[1 - i].offer.reset();
      back(1 - i);
    }
  }

  void round(size_t i) {
    offer(i);
    if (world_.failure().empty()) hear(1 - i);
    if (world_.failure().empty()) answer(1 - i);
    if (world_.failure().empty() && !world_.bothStable()) world_.fail("a round ends stable");
    world_.drain();
  }

 private:
  using State = WalkWorld::State;
  using Direction = stack::RTCRtpTransceiverDirection;
  using TransceiverPtr = std::shared_ptr<stack::RtpTransceiver>;
  static constexpr size_t kMostTransceivers = 8, kMostChannels = 4;

  TransceiverPtr anyTransceiver(size_t i) {
    const auto all = world_.pc(i).getTransceivers();
    return all.empty() ? nullptr : all[world_.draw() % all.size()];
  }
  static bool isOver(const TransceiverPtr& each) { return each->direction() == Direction::kStopped; }
  stack::MediaKind anyKind() { return world_.draw() % 2 ? stack::MediaKind::kAudio : stack::MediaKind::kVideo; }
  stack::MediaStreamTrackPtr newTrack(stack::MediaKind kind) {
    return media::MediaStreamTrack::remote(stack::name(kind), "track-" + std::to_string(++tracks_));
  }
  std::vector<stack::MediaStreamPtr> anyStreams(size_t i) {
    std::vector<stack::MediaStreamPtr> out;
    const uint8_t which = world_.draw();
    for (size_t n = 0; n < world_[i].ownStreams.size(); ++n)
      if (which >> n & 1) out.push_back(world_[i].ownStreams[n]);
    return out;
  }

  // ---- media ----

  void addTransceiver(size_t i) {
    if (world_.pc(i).getTransceivers().size() >= kMostTransceivers) return;
    const auto kind = anyKind();
    const auto direction = static_cast<Direction>(world_.draw() % 4);
    world_.tell(i, "addTransceiver " + std::string(name(kind)) + " " + std::string(toString(direction)));
    world_.must(world_.pc(i).addTransceiver(kind, {.direction = direction, .streams = anyStreams(i)}),
                "addTransceiver");
  }
  void addSimulcast(size_t i) {
    if (world_.pc(i).getTransceivers().size() >= kMostTransceivers) return;
    stack::RTCRtpTransceiverInit init;
    for (const char* rid : {"q", "h", "f"}) init.sendEncodings.emplace_back().rid = rid;
    world_.tell(i, "addTransceiver with three encodings");
    world_.must(world_.pc(i).addTransceiver(stack::MediaKind::kVideo, init), "addTransceiver with encodings");
  }
  void addTrack(size_t i) {
    if (world_.pc(i).getTransceivers().size() >= kMostTransceivers) return;
    world_.tell(i, "addTrack");
    const auto track = newTrack(anyKind());
    world_.must(world_.pc(i).addTrack(track, anyStreams(i)), "addTrack");
    // §5.1: one sender for a track.
    if (world_.pc(i).addTrack(track).ok()) world_.fail("addTrack takes a track a second time");
  }
  void removeTrack(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each) return;
    world_.tell(i, "removeTrack");
    world_.must(world_.pc(i).removeTrack(each->sender()), "removeTrack");
    if (!isOver(each) && each->sender()->track()) world_.fail("removeTrack leaves the track");
  }
  void setDirection(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each) return;
    const auto direction = static_cast<Direction>(world_.draw() % 4);
    world_.tell(i, "setDirection " + each->mid().value_or("-") + " " + std::string(toString(direction)));
    const bool over = isOver(each);
    if (each->setDirection(direction).ok() == over) world_.fail("setDirection and stop");
    if (!over && each->direction() != direction) world_.fail("setDirection sets another one");
  }
  void stop(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each) return;
    world_.tell(i, "stop " + each->mid().value_or("-"));
    world_.must(each->stop(), "stop");
    if (!isOver(each)) world_.fail("stop does not stop");
  }
  void replaceTrack(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each) return;
    world_.tell(i, "replaceTrack");
    const bool needed = world_.pc(i).negotiationNeeded();
    const auto track = world_.draw() % 2 ? newTrack(each->kind()) : nullptr;
    if (each->sender()->replaceTrack(track).ok() == isOver(each)) world_.fail("replaceTrack and stop");
    // §5.2: without negotiation.
    if (world_.pc(i).negotiationNeeded() != needed) world_.fail("replaceTrack asks for a round");
  }
  void setStreams(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each || isOver(each)) return;
    world_.tell(i, "setStreams");
    world_.must(each->sender()->setStreams(anyStreams(i)), "setStreams");
  }
  void setParameters(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each) return;
    world_.tell(i, "setParameters");
    auto parameters = each->sender()->getParameters();
    for (auto& encoding : parameters.encodings) encoding.active = world_.draw() % 2 == 0;
    if (each->sender()->setParameters(parameters).ok() == isOver(each)) world_.fail("setParameters and stop");
    if (each->sender()->setParameters(parameters).ok()) world_.fail("setParameters takes the same a second time");
  }
  void preferCodecs(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each || isOver(each)) return;
    auto codecs = stack::RtpReceiver::getCapabilities(each->kind()).codecs;
    // Another order, and most times all of them: both sides have something in common.
    std::rotate(codecs.begin(), codecs.begin() + world_.draw() % static_cast<int>(codecs.size()), codecs.end());
    if (world_.draw() % 4 == 0) codecs.clear();
    world_.tell(i, "setCodecPreferences");
    world_.must(each->setCodecPreferences(codecs), "setCodecPreferences");
  }
  void hideExtension(size_t i) {
    const auto each = anyTransceiver(i);
    if (!each || isOver(each)) return;
    auto extensions = each->getHeaderExtensionsToNegotiate();
    for (auto& extension : extensions)
      if (extension.uri.find(":mid") == std::string::npos && world_.draw() % 2)
        extension.direction = Direction::kStopped;
    world_.tell(i, "setHeaderExtensionsToNegotiate");
    (void)each->setHeaderExtensionsToNegotiate(extensions).ok();  // some must go both ways
  }

  // ---- data ----

  size_t openChannels(size_t i) const {
    size_t count = 0;
    for (const auto& each : world_[i].channels)
      count += each->channel->readyState() != stack::RTCDataChannelState::kClosed;
    return count;
  }
  void createChannel(size_t i) {
    if (openChannels(i) >= kMostChannels) return;
    stack::RTCDataChannelInit init;
    const uint8_t choice = world_.draw();
    init.ordered = choice % 2 == 0;
    if (choice % 8 == 2) init.maxRetransmits = 1;
    if (choice % 8 == 4) init.maxPacketLifeTime = 500;
    world_.tell(i, "createDataChannel");
    if (auto made = world_.pc(i).createDataChannel("x" + std::to_string(++channels_), init)) world_.keep(i, *made);
  }
  // Agreed on outside: the same id on both sides.
  void createPair(size_t) {
    if (openChannels(0) >= kMostChannels || openChannels(1) >= kMostChannels) return;
    stack::RTCDataChannelInit init;
    init.negotiated = true;
    init.id = static_cast<uint16_t>(200 + ++channels_ % 500);
    for (size_t i = 0; i < 2; ++i) {
      world_.tell(i, "createDataChannel, negotiated");
      if (auto made = world_.pc(i).createDataChannel("pair", init)) world_.keep(i, *made);
    }
  }
  void closeChannel(size_t i) {
    auto& all = world_[i].channels;
    if (all.empty()) return;
    WalkChannel& each = *all[world_.draw() % all.size()];
    world_.tell(i, "close a channel");
    world_.must(each.channel->close(), "close a channel");
    each.closedByUs = true;
    if (each.channel->readyState() == stack::RTCDataChannelState::kOpen) world_.fail("close() leaves a channel open");
  }
  void sendMessage(size_t i) {
    auto& all = world_[i].channels;
    if (all.empty()) return;
    WalkChannel& each = *all[world_.draw() % all.size()];
    const bool open = each.channel->readyState() == stack::RTCDataChannelState::kOpen;
    world_.tell(i, "send");
    if (each.channel->send(std::string_view("walk")).ok() != open) world_.fail("send and readyState");
  }

  // ---- descriptions ----

  void restartIce(size_t i) {
    world_.tell(i, "restartIce");
    world_.pc(i).restartIce();
  }
  void tryOffer(size_t i) { tryCreate(i, true); }
  void tryAnswer(size_t i) { tryCreate(i, false); }
  void tryCreate(size_t i, bool offer) {
    world_.tell(i, offer ? "createOffer" : "createAnswer");
    const State at = world_.state(i);
    const bool may = offer ? at == State::kStable || at == State::kHaveLocalOffer
                           : at == State::kHaveRemoteOffer || at == State::kHaveLocalPranswer;
    const auto made = offer ? world_.pc(i).createOffer() : world_.pc(i).createAnswer();
    if (made.ok() != may) world_.fail(offer ? "createOffer in the wrong state" : "createAnswer in the wrong state");
    if (!made && made.error().code() != ErrorCode::kInvalidStateError) world_.fail(made.error().message());
    if (world_.state(i) != at) world_.fail("making a description changes the state");
  }

  // What the state does not allow is refused, and changes nothing.
  void misuse(size_t i) {
    using stack::RTCSdpType;
    const State at = world_.state(i);
    const auto refused = [&](const Result<void>& result, const char* what) {
      if (result) return world_.fail(std::string(what) + " is taken in " + std::string(toString(at)));
      if (world_.state(i) != at) world_.fail(std::string(what) + " is refused and changes the state");
    };
    world_.tell(i, "misuse");
    const bool mayAnswer = at == State::kHaveRemoteOffer || at == State::kHaveLocalPranswer;
    const bool mayOffer = at == State::kStable || at == State::kHaveLocalOffer;
    auto& pc = world_.pc(i);
    if (!mayAnswer) refused(pc.setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kAnswer, ""}), "an answer");
    if (!mayOffer) refused(pc.setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kOffer, ""}), "an offer");
    if (at == State::kStable)
      refused(pc.setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kRollback, ""}), "a rollback");
    refused(pc.setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kOffer, "v=0\r\n"}), "another's offer");
    if (at != State::kHaveLocalOffer)
      refused(pc.setRemoteDescription({RTCSdpType::kOffer, "v=0\r\nnonsense"}), "nonsense");
  }

  void offer(size_t i) {
    if (world_.state(i) != State::kStable && world_.state(i) != State::kHaveLocalOffer) return;
    world_.must(world_.pc(i).setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kOffer, ""}),
                "own offer");
    said(i);
  }
  void offerRestart(size_t i) {
    if (world_.state(i) != State::kStable && world_.state(i) != State::kHaveLocalOffer) return;
    stack::RTCOfferOptions options;
    options.iceRestart = true;
    world_.tell(i, "createOffer with iceRestart");
    const auto made = world_.pc(i).createOffer(options);
    world_.must(made, "an offer with iceRestart");
    if (!made) return;
    world_.must(world_.pc(i).setLocalDescription(*made), "that offer");
    said(i);
  }
  // One that was made before something else was called, and that the page has changed since.
  void offerAnew(size_t i) {
    if (world_.state(i) != State::kStable) return;
    auto made = world_.pc(i).createOffer();
    world_.must(made, "an offer");
    addTransceiver(i);
    if (!made) return;
    change(i, made->sdp);
    world_.must(world_.pc(i).setLocalDescription(*made), "an offer of before");
    said(i);
  }
  // The kinds in turn: a story that is told again has the same.
  void change(size_t i, std::string& sdp) {
    static constexpr std::array<std::pair<const char*, const char*>, 13> kChanges{{
        {"nothing", ""},
        {"a=extmap:", "a=page-1:"},
        {"a=ssrc", "a=page-2"},
        {"a=rtcp-fb:", "a=page-3:"},
        {"a=setup:actpass", "a=setup:active"},
        {"a=group:BUNDLE", "a=group:PAGE"},
        {"a=setup:actpass", "a=setup:passive"},
        {"m=video 9 ", "m=video 0 "},
        {"a=recvonly", "a=sendrecv"},
        {"a=sctp-port:5000", "a=sctp-port:4999"},
        {kUfrag, "a=ice-ufrag:page"},
        {"m=application 9 ", "m=application 0 "},
        {kMux, ""},
    }};
    const auto& [from, to] = kChanges[changes_++ % kChanges.size()];
    if (sdp.find(from) == std::string::npos) return;
    if (std::string_view(from) == kMux && !world_.ownRtcp()) return;  // refused where RTCP has no port of its own
    replaceAll(sdp, from, to);
    if (std::string_view(from) == kUfrag) replaceAll(sdp, "a=ice-pwd:", "a=ice-pwd:page");  // both, or it is no restart
    world_.tell(i, std::string("the page makes of ") + from + " " + to);
  }
  static void replaceAll(std::string& text, std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }
  void said(size_t i) {
    world_[i].offer = world_.pc(i).localDescription();  // with all candidates so far
    world_[i].behindOffer.clear();
    if (world_[i].offer) world_.tell(i, "sets an offer: " + brief(world_[i].offer->sdp));
  }

  // Of what the other side has said.
  void hear(size_t i) {
    auto& said = world_[1 - i].offer;
    if (!said) return;
    const bool busy = world_.state(i) == State::kHaveLocalOffer;
    if (world_.state(i) == State::kHaveLocalPranswer) return;
    if (busy && i == 0) return world_.tell(i, "ignores an offer");
    world_.tell(i, busy ? "takes an offer in place of its own" : "takes an offer");
    if (busy) world_[i].offer.reset();
    world_.must(world_.pc(i).setRemoteDescription(seen(*std::exchange(said, std::nullopt))), "an offer");
    for (const auto& candidate : std::exchange(world_[1 - i].behindOffer, {})) world_.sayCandidate(1 - i, candidate);
  }

  void answer(size_t i) { answerAs(i, stack::RTCSdpType::kAnswer); }
  void answerForNow(size_t i) { answerAs(i, stack::RTCSdpType::kPranswer); }
  void answerAs(size_t i, stack::RTCSdpType type) {
    const State at = world_.state(i);
    if (at != State::kHaveRemoteOffer && at != State::kHaveLocalPranswer) return;
    if (world_[1 - i].offer) {  // a newer one than that which would be answered
      if (at == State::kHaveLocalPranswer) return;
      hear(i);
      world_.drain();  // a page would await it: what handlers see is of that call
    }
    const auto& pc = world_.pc(i);
    world_.must(world_.pc(i).setLocalDescription(stack::RTCSessionDescription{type, ""}), "own answer");
    if (!world_.failure().empty()) return;
    const auto description = pc.localDescription();
    world_.tell(i, (type == stack::RTCSdpType::kAnswer ? "answers: " : "answers for now: ") + brief(description->sdp));
    world_.must(world_.pc(1 - i).setRemoteDescription(seen(*description)), "an answer");
  }

  // Both offer at once, and the polite side gives way.
  void glare(size_t) {
    if (!world_.bothStable() || world_[0].offer || world_[1].offer) return;
    for (const auto& call : {&WalkCalls::offer, &WalkCalls::hear, &WalkCalls::answer}) {
      for (size_t i = 0; i < 2 && world_.failure().empty(); ++i) {
        (this->*call)(i);
        world_.drain();  // a page would await it
      }
    }
    if (world_.failure().empty() && !world_.bothStable()) world_.fail("a glare ends stable");
  }

  void tryRound(size_t i) {
    if (world_.bothStable() && !world_[0].offer && !world_[1].offer) round(i);
  }

  // ---- others ----

  void wait(size_t i) {
    const int millis = 1 + world_.draw() * 2;
    world_.tell(i, "waits " + std::to_string(millis) + " ms");
    world_.advance(millis);
  }
  void readStats(size_t i) { (void)world_.pc(i).getStats(); }

  void configure(size_t i) {
    stack::RTCConfiguration configuration = world_.pc(i).getConfiguration();
    if (world_.draw() % 2) configuration.bundlePolicy = static_cast<stack::RTCBundlePolicy>(world_.draw() % 3);
    configuration.iceServers.clear();
    if (world_.draw() % 2) configuration.iceServers.push_back({{"stun:192.0.2.9"}});
    const bool same = configuration.bundlePolicy == world_.pc(i).getConfiguration().bundlePolicy;
    world_.tell(i, "setConfiguration");
    if (world_.pc(i).setConfiguration(configuration).ok() != same) world_.fail("setConfiguration and bundlePolicy");
  }

  // As the far end sees it.
  stack::RTCSessionDescription seen(stack::RTCSessionDescription said) const {
    if (world_.ownRtcp()) replaceAll(said.sdp, kMux, "");
    if (world_.bundles()) return said;
    for (size_t at = said.sdp.find("a=group:BUNDLE"); at != std::string::npos; at = said.sdp.find("a=group:BUNDLE"))
      said.sdp.erase(at, said.sdp.find("\r\n", at) + 2 - at);
    return said;
  }

  // "0 audio, 1 video (rejected)": what a description has.
  static std::string brief(const std::string& sdp) {
    std::string out;
    for (size_t at = sdp.find("\r\nm="); at != std::string::npos; at = sdp.find("\r\nm=", at + 2)) {
      const size_t mid = sdp.find("\r\na=mid:", at), next = sdp.find("\r\nm=", at + 2);
      const size_t port = sdp.find(' ', at) + 1;
      out += out.empty() ? "" : ", ";
      out += mid < next ? sdp.substr(mid + 8, sdp.find("\r\n", mid + 8) - mid - 8) : "-";
      out += " " + sdp.substr(at + 4, port - at - 5);
      if (sdp.compare(port, 2, "0 ") == 0)
        out += sdp.find("\r\na=bundle-only", at) < next ? " (bundle-only)" : " (rejected)";
    }
    return out;
  }

  WalkWorld& world_;
  static constexpr const char* kUfrag = "a=ice-ufrag:";
  static constexpr const char* kMux = "a=rtcp-mux\r\n";
  size_t changes_ = 0;
  uint32_t tracks_ = 0, channels_ = 0;
};

}  // namespace tincan::inline v0::fuzz
