#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fuzz/stack_api_walk_world.h"
#include "sdp/parser.h"

namespace tincan::inline v0::fuzz {

/// What holds in a walk: of each side after every step, of both whenever both are stable, and of a call that was given
/// the time to connect.
class WalkChecks {
 public:
  explicit WalkChecks(WalkWorld& world) : world_(world) {}

  size_t transportsAtMost() const { return mostTransports_; }

  void afterStep() {
    for (size_t i = 0; i < 2 && good(); ++i) checkSide(i);
    if (!good() || !world_.bothStable()) return;
    if (agreedAt_[0] == world_[0].changes && agreedAt_[1] == world_[1].changes) return;
    for (size_t i = 0; i < 2; ++i) agreedAt_[i] = world_[i].changes;
    checkDescriptions();
    if (good()) checkTransceivers();
    if (good()) checkTransports();
    for (size_t i = 0; i < 2 && good(); ++i) checkStreams(i);
  }

  /// Both are stable, and a minute is enough for everything that they have agreed on.
  void afterRest() {
    const bool live = hasLiveSection();
    for (int i = 0; i < 600 && live && !connected(); ++i) world_.advance(20);
    if (!good()) return;
    if (live && !connected()) return world_.fail("a whole round does not connect:" + report());
    if (live) checkConnected();
    if (good()) checkChannels();
    for (size_t i = 0; i < 2 && good(); ++i) checkStatistics(i);
  }

 private:
  using State = WalkWorld::State;
  using Description = std::optional<stack::RTCSessionDescription>;
  bool good() const { return world_.failure().empty(); }

  // ---- of one side ----

  // §4.4.2, §4.4.1.5: which descriptions there are in which state.
  void checkSide(size_t i) {
    stack::PeerConnection& pc = world_.pc(i);
    const State at = pc.signalingState();
    const bool local = pc.pendingLocalDescription().has_value(), remote = pc.pendingRemoteDescription().has_value();
    if (local != (at != State::kStable && at != State::kHaveRemoteOffer))
      world_.fail("pendingLocalDescription in " + std::string(toString(at)));
    if (remote != (at != State::kStable && at != State::kHaveLocalOffer))
      world_.fail("pendingRemoteDescription in " + std::string(toString(at)));
    if (pc.currentLocalDescription().has_value() != pc.currentRemoteDescription().has_value())
      world_.fail("one current description without the other");
    // What handlers were told is what there is, once all of them have run.
    const WalkSide& side = world_[i];
    if (side.lastState != at) world_.fail("signalingState changed without its event");
    if (side.lastIce != pc.iceConnectionState()) world_.fail("iceConnectionState changed without its event");
    if (side.lastGathering != pc.iceGatheringState()) world_.fail("iceGatheringState changed without its event");
    if (side.lastConnection != pc.connectionState()) world_.fail("connectionState changed without its event");
    // §4.7.3: it is told, and told once; what is no longer needed may be needed again.
    if (at == State::kStable && !pc.negotiationNeeded()) world_[i].neededTold = false;
    if (at == State::kStable && pc.negotiationNeeded() && !side.neededTold)
      world_.fail(std::string(i == 0 ? "a" : "b") + " needs negotiation, and nobody was told");
    checkTransceiversOf(pc);
  }

  void checkTransceiversOf(stack::PeerConnection& pc) {
    std::set<std::string> mids;
    std::set<const void*> transports;
    for (const auto& each : pc.getTransceivers()) {
      if (each->mid() && !mids.insert(*each->mid()).second) world_.fail("two transceivers have mid " + *each->mid());
      const auto transport = each->sender()->transport();
      if (transport != each->receiver()->transport()) world_.fail("sender and receiver go different ways");
      if (transport) transports.insert(transport.get());
      if (!each->mid() && each->currentDirection()) world_.fail("a currentDirection without a mid");
      // §5.4: a stopped receiver's track has ended.
      const bool ended = each->receiver()->track()->readyState() == media::MediaStreamTrackState::kEnded;
      const bool stopped = each->direction() == stack::RTCRtpTransceiverDirection::kStopped;
      if (stopped && !ended) world_.fail("a stopped receiver has a live track");
    }
    mostTransports_ = std::max(mostTransports_, transports.size());
    if (transports.size() > stack::kMaxTransports) world_.fail("too many transports");
    if (pc.signalingState() == State::kStable && world_.bundles() && transports.size() > 1)
      world_.fail("several transports where all is bundled");
  }

  // ---- of both ----

  static std::optional<sdp::Session> read(const Description& description) {
    if (!description) return std::nullopt;
    auto session = sdp::parse(description->sdp);
    return session ? std::optional(*std::move(session)) : std::nullopt;
  }
  static bool isRejected(const sdp::Media& section) { return section.port == 0 && !section.bundleOnly; }

  // RFC 3264 §6: the same m-lines on both sides, and of both descriptions. Our ports are those of what was gathered since.
  void checkDescriptions() {
    for (size_t i = 0; i < 2 && good(); ++i) {
      const auto ours = read(world_.pc(i).currentLocalDescription());
      const auto theirs = read(world_.pc(1 - i).currentRemoteDescription());
      const auto answer = read(world_.pc(i).currentRemoteDescription());
      if (ours.has_value() != theirs.has_value()) return world_.fail("a description is on one side alone");
      if (!ours) continue;
      if (!answer) return world_.fail("a description that cannot be read");
      if (ours->media.size() != theirs->media.size() || ours->media.size() != answer->media.size())
        return world_.fail("different m-lines");
      for (size_t n = 0; n < ours->media.size(); ++n) {
        const auto &a = ours->media[n], &b = theirs->media[n], &c = answer->media[n];
        if (a.kind != b.kind || a.mid != b.mid || (a.port == 0) != (b.port == 0) || a.kind != c.kind)
          return world_.fail("m-line " + std::to_string(n) + " is another one on the other side");
        if (!isRejected(a) && !isRejected(c) && a.mid != c.mid) return world_.fail("an answer has another mid");
      }
    }
  }

  std::shared_ptr<stack::RtpTransceiver> find(size_t i, const std::string& mid) {
    for (const auto& each : world_.pc(i).getTransceivers())
      if (each->mid() == mid) return each;
    return nullptr;
  }

  // What one sends the other receives, in the same codecs under the same numbers.
  void checkTransceivers() {
    for (const auto& each : world_.pc(0).getTransceivers()) {
      if (!each->mid()) continue;
      const auto other = find(1, *each->mid());
      if (!other) return world_.fail("mid " + *each->mid() + " is known on one side alone");
      if (other->kind() != each->kind()) return world_.fail("two kinds under one mid");
      if (!each->currentDirection() || !other->currentDirection()) return world_.fail("negotiated without a direction");
      if (stack::reversed(toJsep(*each->currentDirection())) != toJsep(*other->currentDirection()))
        return world_.fail("mid " + *each->mid() + " has two directions");
      checkCodecs(*each, *other);
      checkCodecs(*other, *each);
    }
    for (const auto& each : world_.pc(1).getTransceivers())
      if (each->mid() && !find(0, *each->mid())) return world_.fail("mid " + *each->mid() + " is known on b alone");
  }

  void checkCodecs(stack::RtpTransceiver& from, const stack::RtpTransceiver& to) {
    if (!stack::sends(toJsep(*from.currentDirection()))) return;
    const auto list = [](const stack::RTCRtpParameters& parameters) {
      std::string out;
      for (const auto& each : parameters.codecs) out += " " + std::to_string(each.payloadType) + "=" + each.mimeType;
      return out;
    };
    const auto sending = from.sender()->getParameters();
    const auto receiving = to.receiver()->getParameters();
    if (sending.codecs.empty()) return world_.fail("mid " + *from.mid() + " is sent without a codec");
    if (list(sending) != list(receiving))
      return world_.fail("mid " + *from.mid() + " is sent as" + list(sending) + " and received as" + list(receiving));
    for (const auto& each : sending.headerExtensions) {
      const auto same = [&](const auto& other) { return other.uri == each.uri && other.id == each.id; };
      if (std::none_of(receiving.headerExtensions.begin(), receiving.headerExtensions.end(), same))
        return world_.fail("mid " + *from.mid() + " is sent with " + each.uri + ", which nobody takes");
    }
    // As many encodings as the other side knows layers, or one.
    const size_t layers = to.receiver()->layers().size();
    if (sending.encodings.size() != std::max<size_t>(layers, 1))
      return world_.fail("mid " + *from.mid() + " is sent in " + std::to_string(sending.encodings.size()) +
                         " encodings, and " + std::to_string(layers) + " layers are expected");
  }

  // Sections that share a transport on one side share one on the other, and each end knows the other end.
  void checkTransports() {
    std::map<const void*, const void*> pairs;
    for (const auto& each : world_.pc(0).getTransceivers()) {
      if (!each->mid()) continue;
      const auto a = each->sender()->transport(), b = find(1, *each->mid())->sender()->transport();
      if ((a == nullptr) != (b == nullptr))
        return world_.fail("mid " + *each->mid() + " has a transport on one side alone");
      if (!a) continue;
      const auto [known, fresh] = pairs.emplace(a.get(), b.get());
      if (known->second != b.get()) return world_.fail("mid " + *each->mid() + " is bundled on one side alone");
      if (fresh) {
        checkIce(*a->iceTransport(), *b->iceTransport(), *each->mid());
        checkIce(*b->iceTransport(), *a->iceTransport(), *each->mid());
      }
    }
    std::set<const void*> others;
    for (const auto& [a, b] : pairs)
      if (!others.insert(b).second) return world_.fail("two transports of a are one of b");
  }

  void checkIce(const stack::IceTransport& ours, const stack::IceTransport& theirs, const std::string& mid) {
    const auto local = ours.getLocalParameters(), remote = theirs.getRemoteParameters();
    if (!local || !remote) return world_.fail("mid " + mid + " has no ICE parameters");
    if (!(*local == *remote))
      return world_.fail("mid " + mid + ": one side is " + local->usernameFragment + ", the other checks with " +
                         remote->usernameFragment);
  }

  // §4.4.1.5, "process remote tracks": a stream has the tracks that the description in force puts there, and no others.
  void checkStreams(size_t i) {
    const auto remote = read(world_.pc(i).currentRemoteDescription());
    if (!remote) return;
    std::map<std::string, std::set<const void*>> wanted;
    std::set<const void*>
        uncertain;  // of transceivers that are to stop: they have left, and the description tells them still
    for (const auto& each : world_.pc(i).getTransceivers()) {
      const auto* section = each->mid() ? remote->findMedia(*each->mid()) : nullptr;
      const void* track = each->receiver()->track().get();
      if (each->direction() == stack::RTCRtpTransceiverDirection::kStopped) uncertain.insert(track);
      if (!section || isRejected(*section)) continue;
      const auto direction = remote->directionOf(*section);
      if (direction != sdp::Direction::kSendRecv && direction != sdp::Direction::kSendOnly) continue;
      for (const auto& msid : section->msids)
        if (msid.streamId != "-") wanted[msid.streamId].insert(track);
    }
    for (const auto& [id, stream] : world_[i].heardStreams) {
      std::set<const void*> has;
      for (const auto& track : stream->getTracks())
        if (!uncertain.contains(track.get())) has.insert(track.get());
      std::set<const void*> due;
      for (const void* track : wanted[id])
        if (!uncertain.contains(track)) due.insert(track);
      if (has != due)
        return world_.fail("stream " + id + " has " + std::to_string(has.size()) + " tracks where " +
                           std::to_string(due.size()) + " are told");
    }
  }

  // ---- of a call ----

  bool hasLiveSection() {
    const auto local = read(world_.pc(0).currentLocalDescription());
    const auto remote = read(world_.pc(0).currentRemoteDescription());
    for (size_t n = 0; local && remote && n < std::min(local->media.size(), remote->media.size()); ++n)
      if (!isRejected(local->media[n]) && !isRejected(remote->media[n])) return true;
    return false;
  }

  bool connected() {
    for (size_t i = 0; i < 2; ++i)
      if (world_.pc(i).connectionState() != stack::RTCPeerConnectionState::kConnected) return false;
    return true;
  }

  std::string report() {
    std::string out;
    for (size_t i = 0; i < 2; ++i) {
      auto& pc = world_.pc(i);
      out += "\n  " + std::string(toString(pc.connectionState())) + ", ICE " +
             std::string(toString(pc.iceConnectionState())) + ' ' + pc.negotiationFailure();
      const auto stats = pc.getStats();
      out += "\n    " + stats.transport.dtlsRole + ": " + stats.transport.dtlsState;
      for (const auto& other : stats.otherTransports) out += ", " + other.dtlsRole + ": " + other.dtlsState;
      for (const std::string& line : pc.connectivityReport()) out += "\n    " + line;
      for (const std::string& line : pc.candidateNotes()) out += "\n    " + line;
    }
    return out;
  }

  void checkConnected() {
    for (const auto& each : world_.pc(0).getTransceivers()) {
      const auto a = each->sender()->transport();
      const auto other = each->mid() ? find(1, *each->mid()) : nullptr;
      const auto b = other ? other->sender()->transport() : nullptr;
      if (!a || !b) continue;
      for (const auto& side : {a, b})
        if (side->state() != stack::RTCDtlsTransportState::kConnected)
          return world_.fail("connected, and mid " + *each->mid() + " has a transport that is " +
                             std::string(toString(side->state())));
      if (a->iceTransport()->role() == b->iceTransport()->role()) return world_.fail("two ICE agents of one role");
      const auto pair = a->iceTransport()->getSelectedCandidatePair();
      if (!pair) return world_.fail("connected without a selected pair");
    }
  }

  static bool isOpen(const WalkChannel& each) {
    return each.channel->readyState() == stack::RTCDataChannelState::kOpen;
  }
  WalkChannel* twinOf(size_t i, const WalkChannel& channel) {
    for (const auto& each : world_[1 - i].channels)
      if (isOpen(*each) && each->channel->id() == channel.channel->id()) return each.get();
    return nullptr;
  }

  // Closed before there was an association, or with an offer that was rejected, a negotiated channel is nothing that the
  // other side hears of.
  bool closedUnheard(size_t i, const WalkChannel& channel) {
    for (const auto& each : world_[1 - i].channels)
      if ((each->closedByUs || each->rejected) && each->opened == 0 && each->channel->negotiated() &&
          each->channel->id() == channel.channel->id())
        return true;
    return false;
  }

  // Whatever was opened and closed meanwhile: channels are open on both sides or closed on both, and an open one carries.
  void checkChannels() {
    using stack::RTCDataChannelState;
    const auto settled = [&] {
      for (size_t i = 0; i < 2; ++i)
        for (const auto& each : world_[i].channels) {
          const auto state = each->channel->readyState();
          if (state == RTCDataChannelState::kConnecting || state == RTCDataChannelState::kClosing) return false;
          if (state == RTCDataChannelState::kOpen && !twinOf(i, *each) && !closedUnheard(i, *each)) return false;
        }
      return true;
    };
    for (int i = 0; i < 200 && !settled(); ++i) world_.advance(50);
    if (!good()) return;
    if (!settled()) return world_.fail("channels do not come to rest:" + channelsInWords());
    // DTLS may be about to be renewed on both sides: what SCTP has under way then is lost with its association.
    world_.advance(500);
    if (!good()) return;
    std::map<const WalkChannel*, std::string> said;
    for (size_t i = 0; i < 2; ++i) {
      for (const auto& each : world_[i].channels) {
        if (!isOpen(*each) || !twinOf(i, *each)) continue;
        WalkChannel& twin = *twinOf(i, *each);
        if (twin.channel->label() != each->channel->label()) return world_.fail("two labels of one channel");
        said[&twin] = "message " + std::to_string(++messages_);
        world_.must(each->channel->send(std::string_view(said[&twin])), "send over an open channel");
      }
    }
    if (!said.empty()) world_.advance(400);
    for (const auto& [channel, text] : said)
      if (channel->heard.empty() || channel->heard.back() != text)
        return world_.fail("a message is lost on a reliable line:" + channelsInWords());
  }

  std::string channelsInWords() {
    std::string out;
    for (size_t i = 0; i < 2; ++i)
      for (const auto& each : world_[i].channels) {
        const auto& channel = *each->channel;
        out += "\n  " + std::string(i == 0 ? "a " : "b ") + channel.label() + ' ' +
               (channel.id() ? std::to_string(*channel.id()) : "-") + ' ' +
               std::string(toString(channel.readyState())) + (channel.negotiated() ? ", negotiated" : "") +
               (each->closedByUs ? ", closed by us" : "") + ", " + std::to_string(each->heard.size()) + " messages";
      }
    return out;
  }

  // webrtc-stats: what refers to something refers to what is there.
  void checkStatistics(size_t i) {
    const stack::RTCStatsReport report = world_.pc(i).getStats();
    std::set<std::string> ids;
    report.forEach([&](const auto& stats) {
      if (!ids.insert(std::string(stats.id)).second) world_.fail("two statistics have id " + std::string(stats.id));
    });
    report.forEach([&](const auto& stats) {
      visit(stats, [&](std::string_view name, const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
          if (name.ends_with("Id") && !ids.contains(std::string(value)))
            world_.fail(std::string(stats.id) + "." + std::string(name) + " leads nowhere: " + std::string(value));
        }
      });
    });
  }

  WalkWorld& world_;
  size_t agreedAt_[2] = {};
  size_t mostTransports_ = 0;
  uint32_t messages_ = 0;
};

}  // namespace tincan::inline v0::fuzz
