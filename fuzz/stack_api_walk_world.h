#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
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

/// A data channel, and what was heard of it.
struct WalkChannel {
  std::shared_ptr<stack::DataChannel> channel;
  bool closedByUs = false;
  bool rejected = false;  ///< closed with a data section that an answer has rejected
  size_t opened = 0, closed = 0;
  std::vector<std::string> heard;
};

/// One of the two connections, and what it has told.
struct WalkSide {
  using State = stack::RTCSignalingState;
  std::unique_ptr<stack::PeerConnection> pc;
  IpAddress ip;
  uint16_t nextPort = 50'000;
  std::set<SocketAddress> open;
  std::vector<std::unique_ptr<WalkChannel>> channels;  // ours and the peer's
  std::map<std::string, std::shared_ptr<media::MediaStream>> heardStreams;
  std::vector<std::shared_ptr<media::MediaStream>> ownStreams;
  std::optional<stack::RTCSessionDescription> offer;  // said, and not heard yet
  std::vector<stack::RTCIceCandidate> behindOffer;    // said since
  State lastState = State::kStable;                   // as events told it
  size_t changes = 0;                                 // of that
  bool neededTold = false;                            // since it is stable
  stack::RTCIceGatheringState lastGathering = stack::RTCIceGatheringState::kNew;
  stack::RTCIceConnectionState lastIce = stack::RTCIceConnectionState::kNew;
  stack::RTCPeerConnectionState lastConnection = stack::RTCPeerConnectionState::kNew;
};

/// Two connections on a line of their own in virtual time, and what their events must be whatever was called.
class WalkWorld {
 public:
  using State = stack::RTCSignalingState;
  using Draw = std::function<uint8_t()>;

  WalkWorld(RandomSource& random, Draw draw) : random_(random), draw_(std::move(draw)) {
    // A key for every walk costs too much: one identity, made once.
    static const auto identity = [] {
      SeededRandom seeded(1);
      return std::make_shared<const crypto::Identity>(
          crypto::Identity::generate(crypto::KeyType::kEcdsaP256, seeded, 1'700'000'000).value());
    }();
    const uint8_t kind = draw_();
    // Of one walk in four the descriptions lose a=rtcp-mux on the way, and with it BUNDLE (RFC 9143 §7.1.3).
    ownRtcp_ = kind / 64 == 3;
    bundles_ = kind % 4 != 0 && !ownRtcp_;
    for (size_t i = 0; i < 2; ++i) {
      stack::RTCConfiguration configuration;
      configuration.certificates = {identity};
      configuration.bundlePolicy = static_cast<stack::RTCBundlePolicy>(kind / (i == 0 ? 4 : 16) % 3);
      if (kind / 64 >= 2) configuration.rtcpMuxPolicy = stack::RTCRtcpMuxPolicy::kNegotiate;
      WalkSide& side = sides_[i];
      side.ip = IpAddress::parse(i == 0 ? "192.0.2.1" : "192.0.2.2").value();
      side.pc = stack::PeerConnection::create(configuration, {random, pool_, 1'700'000'000'000'000}).value();
      for (int n = 0; n < 2; ++n) side.ownStreams.push_back(media::MediaStream::create(random));
      watch(i);
    }
  }
  ~WalkWorld() {
    for (WalkSide& side : sides_) side.pc.reset();
  }
  WalkWorld(const WalkWorld&) = delete;
  WalkWorld& operator=(const WalkWorld&) = delete;

  WalkSide& operator[](size_t i) { return sides_[i]; }
  stack::PeerConnection& pc(size_t i) { return *sides_[i].pc; }
  State state(size_t i) const { return sides_[i].pc->signalingState(); }
  bool bothStable() const { return state(0) == State::kStable && state(1) == State::kStable; }
  uint8_t draw() { return draw_(); }
  RandomSource& random() { return random_; }
  TimePoint now() const { return now_; }
  /// Whether descriptions keep their BUNDLE groups on the way.
  bool bundles() const { return bundles_; }
  /// Whether they lose what multiplexes RTCP.
  bool ownRtcp() const { return ownRtcp_; }

  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }
  template <class T>
  void must(const Result<T>& result, const char* what) {
    if (!result) fail(std::string(what) + ": " + result.error().message());
  }
  void tell(size_t i, std::string_view what) {
    if (story_.size() < 4096) story_.push_back((i == 0 ? "a " : "b ") + std::string(what));
  }
  const std::string& failure() const { return failure_; }
  const std::vector<std::string>& story() const { return story_; }

  /// Made by one side, or heard of.
  void keep(size_t i, std::shared_ptr<stack::DataChannel> channel) {
    auto kept = std::make_unique<WalkChannel>();
    WalkChannel* entry = kept.get();
    stack::DataChannel* raw = channel.get();
    channel->onopen = [this, entry] {
      if (++entry->opened > 1 || entry->closed > 0) fail("a channel opens a second time");
    };
    channel->onclose = [this, entry, raw, i] {
      if (++entry->closed > 1) fail("a channel closes a second time");
      const auto answer = sides_[i].pc->currentRemoteDescription();
      entry->rejected = answer && answer->sdp.find("\r\nm=application 0 ") != std::string::npos;
      if (raw->readyState() != stack::RTCDataChannelState::kClosed) fail("onclose of a channel that is not closed");
    };
    channel->onmessage = [this, entry](const stack::MessageEvent& event) {
      if (entry->opened == 0) fail("a message before onopen");
      if (entry->closed > 0) fail("a message after onclose");
      if (const auto* text = std::get_if<std::string>(&event.data)) entry->heard.push_back(*text);
    };
    entry->channel = std::move(channel);
    sides_[i].channels.push_back(std::move(kept));
  }

  /// Behind the offer that it belongs to.
  void sayCandidate(size_t i, const stack::RTCIceCandidate& candidate) {
    if (sides_[i].offer) return sides_[i].behindOffer.push_back(candidate);
    if (sides_[1 - i].pc->remoteDescription())
      (void)sides_[1 - i].pc->addIceCandidate(candidate).ok();  // of a generation that is over: refused
  }

  void drain() {
    for (int rounds = 0;; ++rounds) {
      if (rounds > 1'000) return fail("never quiet");
      bool busy = false;
      for (size_t i = 0; i < 2; ++i) busy |= drain(i);
      if (!busy) return;
    }
  }

  void advance(int millis) {
    const TimePoint end = now_ + Duration::millis(millis);
    drain();
    for (int rounds = 0; rounds < 10'000 && now_ < end; ++rounds) {
      TimePoint next = end;
      for (const WalkSide& side : sides_) next = std::min(next, std::max(now_, side.pc->nextTimeout()));
      if (!line_.empty()) next = std::min(next, line_.front().due);
      now_ = std::max(now_, next);
      while (!line_.empty() && line_.front().due <= now_) {
        Packet packet = std::move(line_.front());
        line_.pop_front();
        sides_[packet.to].pc->receive(now_, packet.route, std::move(packet.packet));
      }
      for (WalkSide& side : sides_)
        if (side.pc->nextTimeout() <= now_) side.pc->handleTimeout(now_);
      drain();
    }
    now_ = end;
  }

  /// Closes both: nothing of what they gave away may live on. The names of what does.
  std::string leaks() {
    std::vector<std::weak_ptr<stack::RtpTransceiver>> transceivers;
    std::vector<std::weak_ptr<stack::DataChannel>> channels;
    for (WalkSide& side : sides_) {
      for (const auto& each : side.pc->getTransceivers()) transceivers.push_back(each);
      for (const auto& each : side.channels) channels.push_back(each->channel);
      side.pc->close();
    }
    drain();
    for (WalkSide& side : sides_) {
      side.pc.reset();
      side.channels.clear();
    }
    line_.clear();
    for (const auto& each : transceivers)
      if (!each.expired()) return "a transceiver";
    for (const auto& each : channels)
      if (!each.expired()) return "a channel";
    return pool_.outstanding() == 0 ? "" : "a packet";
  }

 private:
  struct Packet {
    TimePoint due;
    size_t to = 0;
    Route route;
    PacketBuffer packet;
  };

  void watch(size_t i) {
    WalkSide& side = sides_[i];
    side.pc->onicecandidate = [this, i](const stack::RTCPeerConnectionIceEvent& event) {
      if (event.candidate) sayCandidate(i, *event.candidate);
    };
    side.pc->ondatachannel = [this, i](const stack::RTCDataChannelEvent& event) { keep(i, event.channel); };
    watchStates(side);
    // §4.7.3: only while it is stable, and only when there is something to say.
    side.pc->onnegotiationneeded = [this, &side] {
      if (side.pc->signalingState() != State::kStable) fail("negotiationneeded while it is not stable");
      if (!side.pc->negotiationNeeded()) fail("negotiationneeded where none is");
      side.neededTold = true;
    };
    side.pc->ontrack = [this, &side](const stack::RTCTrackEvent& event) {
      // One that a later call of the same turn has ended has none any more.
      const bool over = event.transceiver->direction() == stack::RTCRtpTransceiverDirection::kStopped;
      if (!event.transceiver->mid() && !over) fail("ontrack of a transceiver without a mid");
      if (event.receiver != event.transceiver->receiver() || event.track != event.receiver->track())
        fail("ontrack of what does not belong together");
      // §4.4.1.5: the state first, and then what became of tracks.
      if (side.pc->signalingState() != side.lastState) fail("ontrack before its signalingstatechange");
      for (const auto& stream : event.streams) side.heardStreams[stream->id()] = stream;
    };
  }

  // §4.4.1.5, §5.6: an event is about another state than the one before.
  void watchStates(WalkSide& side) {
    side.pc->onsignalingstatechange = [this, &side] {
      if (side.pc->signalingState() == side.lastState) fail("signalingstatechange without a change");
      side.lastState = side.pc->signalingState();
      ++side.changes;
      side.neededTold = false;
    };
    side.pc->onicegatheringstatechange = [this, &side] {
      if (side.pc->iceGatheringState() == side.lastGathering) fail("icegatheringstatechange without a change");
      side.lastGathering = side.pc->iceGatheringState();
    };
    side.pc->oniceconnectionstatechange = [this, &side] {
      if (side.pc->iceConnectionState() == side.lastIce) fail("iceconnectionstatechange without a change");
      side.lastIce = side.pc->iceConnectionState();
    };
    side.pc->onconnectionstatechange = [this, &side] {
      if (side.pc->connectionState() == side.lastConnection) fail("connectionstatechange without a change");
      side.lastConnection = side.pc->connectionState();
    };
  }

  bool drain(size_t i) {
    WalkSide& side = sides_[i];
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

  PacketPool pool_;
  RandomSource& random_;
  Draw draw_;
  TimePoint now_ = TimePoint() + Duration::seconds(1);
  bool bundles_ = true, ownRtcp_ = false;
  std::array<WalkSide, 2> sides_;
  std::deque<Packet> line_;
  std::string failure_;
  std::vector<std::string> story_;
};

}  // namespace tincan::inline v0::fuzz
