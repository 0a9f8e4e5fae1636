// webrtc-pc, clauses that are about a connection as a whole, on two that reach each other in virtual time.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/stack_api_walk_world.h"

namespace tincan::inline v0::stack {
namespace {

using Direction = RTCRtpTransceiverDirection;

class WebrtcPc : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world_.failure(), ""); }

  PeerConnection& a() { return world_.pc(0); }
  PeerConnection& b() { return world_.pc(1); }
  void round() {
    ASSERT_TRUE(a().setLocalDescription().ok());
    ASSERT_TRUE(b().setRemoteDescription(*a().localDescription()).ok());
    ASSERT_TRUE(b().setLocalDescription().ok());
    ASSERT_TRUE(a().setRemoteDescription(*b().localDescription()).ok());
    world_.drain();
  }
  // As side 0 is answered by a far end whose data section says so.
  Result<void> answeredWith(const std::string& from, const std::string& to) {
    EXPECT_TRUE(a().setLocalDescription().ok());
    EXPECT_TRUE(b().setRemoteDescription(*a().localDescription()).ok());
    EXPECT_TRUE(b().setLocalDescription().ok());
    RTCSessionDescription answer = *b().localDescription();
    const size_t at = answer.sdp.find(from);
    EXPECT_NE(at, std::string::npos) << answer.sdp;
    answer.sdp.replace(at, from.size(), to);
    return a().setRemoteDescription(answer);
  }

  SeededRandom random_{7};
  fuzz::WalkWorld world_{random_, [] { return uint8_t{1}; }};  // bundled
};

Result<std::unique_ptr<PeerConnection>> construct(RTCConfiguration configuration) {
  static SeededRandom random(8);
  static PacketPool pool;
  return PeerConnection::create(std::move(configuration), {random, pool, 1'700'000'000'000'000});
}

// §4.4.1.1, §4.2.2: a server that cannot be used is told when the connection is made.
TEST(WebrtcPcConstructor, RefusesServersThatAreNone) {
  const auto code = [](RTCIceServer server) {
    RTCConfiguration configuration;
    configuration.iceServers = {std::move(server)};
    const auto made = construct(std::move(configuration));
    return made ? ErrorCode::kLimit : made.error().code();  // kLimit: none
  };
  for (const char* url :
       {"", "stun:", "turn", "http:192.0.2.1", "stun:[::1", "stun:host:99999", "stun:host?transport=udp"})
    EXPECT_EQ(code({{url}, "user", "word"}), ErrorCode::kSyntaxError) << url;
  EXPECT_EQ(code({{}, "", ""}), ErrorCode::kSyntaxError) << "a server without a URL";
  EXPECT_EQ(code({{"turn:192.0.2.1"}, "", ""}), ErrorCode::kInvalidAccessError) << "TURN without credentials";
  EXPECT_EQ(code({{"stun:192.0.2.1", "turn:192.0.2.1"}, "user", ""}), ErrorCode::kInvalidAccessError);
  EXPECT_EQ(code({{"stun:192.0.2.1"}, "", ""}), ErrorCode::kLimit);
  EXPECT_EQ(code({{"turns:host:5349?transport=tcp"}, "user", "word"}), ErrorCode::kLimit);
}

// §4.4.1.1: what a connection is before anything was called.
TEST_F(WebrtcPc, IsNewAndStableToBeginWith) {
  EXPECT_EQ(a().signalingState(), RTCSignalingState::kStable);
  EXPECT_EQ(a().iceGatheringState(), RTCIceGatheringState::kNew);
  EXPECT_EQ(a().iceConnectionState(), RTCIceConnectionState::kNew);
  EXPECT_EQ(a().connectionState(), RTCPeerConnectionState::kNew);
  EXPECT_FALSE(a().localDescription() || a().remoteDescription() || a().canTrickleIceCandidates());
  EXPECT_EQ(a().sctp(), nullptr);
  EXPECT_TRUE(a().getSenders().empty() && a().getReceivers().empty() && a().getTransceivers().empty());
  EXPECT_FALSE(a().negotiationNeeded());
}

// §4.2.6: iceRestart gives the offer credentials of its own, and nothing changes before it is set.
TEST_F(WebrtcPc, AnOfferThatRestartsIce) {
  ASSERT_TRUE(a().addTransceiver(MediaKind::kAudio).ok());
  round();
  const auto ufrag = [](const std::string& sdp) {
    const size_t at = sdp.find("a=ice-ufrag:") + 12;
    return sdp.substr(at, sdp.find("\r\n", at) - at);
  };
  const std::string before = ufrag(a().localDescription()->sdp);
  EXPECT_EQ(ufrag(a().createOffer().value().sdp), before);
  RTCOfferOptions restart;
  restart.iceRestart = true;
  const auto offer = a().createOffer(restart).value();
  EXPECT_NE(ufrag(offer.sdp), before);
  EXPECT_EQ(ufrag(a().localDescription()->sdp), before);
  ASSERT_TRUE(a().setLocalDescription(offer).ok());
  EXPECT_EQ(ufrag(a().localDescription()->sdp), ufrag(offer.sdp));
}

// §4.7.1, §4.7.2, §4.7.3: what asks for a round, once; and what has nothing to tell.
TEST_F(WebrtcPc, NegotiationIsNeededForWhatADescriptionWouldTell) {
  int told = 0;
  a().onnegotiationneeded = [&] { ++told; };
  const auto expect = [&](int count, const char* what) {
    world_.drain();
    EXPECT_EQ(std::exchange(told, 0), count) << what;
    if (count > 0) round();
    world_.drain();
    EXPECT_EQ(std::exchange(told, 0), 0) << what << ": the round told it";
    EXPECT_FALSE(a().negotiationNeeded()) << what;
  };
  const auto transceiver = a().addTransceiver(MediaKind::kAudio).value();
  ASSERT_TRUE(a().addTransceiver(MediaKind::kVideo).ok());
  expect(1, "two transceivers of one turn");
  ASSERT_TRUE(transceiver->setDirection(Direction::kSendrecv).ok());
  expect(0, "the direction that it has");
  ASSERT_TRUE(transceiver->setDirection(Direction::kInactive).ok());
  expect(1, "another direction");
  ASSERT_TRUE(transceiver->setDirection(Direction::kRecvonly).ok());
  ASSERT_TRUE(transceiver->setDirection(Direction::kInactive).ok());
  expect(0, "a change that was taken back in the same turn");
  const auto channel = a().createDataChannel("first").value();
  expect(1, "the first channel");
  const auto another = a().createDataChannel("second").value();
  expect(0, "a second one needs no description");
  a().restartIce();
  expect(1, "restartIce");
  ASSERT_TRUE(transceiver->stop().ok());
  expect(1, "stop");
  a().onnegotiationneeded = {};
}

// §5.4.2: hold and back, by directions alone.
TEST_F(WebrtcPc, HoldIsADirection) {
  const auto ours = a().addTransceiver(MediaKind::kAudio).value();
  round();
  const auto theirs = b().getTransceivers().at(0);
  ASSERT_TRUE(theirs->setDirection(Direction::kSendrecv).ok());
  round();
  EXPECT_EQ(ours->currentDirection(), Direction::kSendrecv);
  ASSERT_TRUE(ours->setDirection(Direction::kSendonly).ok());  // music on hold
  round();
  EXPECT_EQ(ours->currentDirection(), Direction::kSendonly);
  EXPECT_EQ(theirs->currentDirection(), Direction::kRecvonly);
  EXPECT_EQ(theirs->direction(), Direction::kSendrecv) << "what it wishes for stays";
  ASSERT_TRUE(ours->setDirection(Direction::kInactive).ok());
  round();
  EXPECT_EQ(theirs->currentDirection(), Direction::kInactive);
  ASSERT_TRUE(ours->setDirection(Direction::kSendrecv).ok());
  round();
  EXPECT_EQ(ours->currentDirection(), Direction::kSendrecv);
  EXPECT_EQ(theirs->currentDirection(), Direction::kSendrecv);
}

// §5.7, §5.1.1: the event has the receiver, its track and the streams that the offer names; once for each that comes.
TEST_F(WebrtcPc, TrackEventsHaveWhatTheOfferTells) {
  std::vector<RTCTrackEvent> events;
  b().ontrack = [&](const RTCTrackEvent& event) { events.push_back(event); };
  const auto stream = media::MediaStream::create(random_);
  const auto ours = a().addTransceiver(MediaKind::kVideo, {.streams = {stream}}).value();
  round();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].transceiver, b().getTransceivers().at(0));
  EXPECT_EQ(events[0].receiver, events[0].transceiver->receiver());
  EXPECT_EQ(events[0].track, events[0].receiver->track());
  ASSERT_EQ(events[0].streams.size(), 1u);
  EXPECT_EQ(events[0].streams[0]->id(), stream->id());
  EXPECT_EQ(events[0].streams[0]->getTracks(), std::vector{events[0].track});
  round();
  EXPECT_EQ(events.size(), 1u) << "nothing has come since";
  ASSERT_TRUE(ours->setDirection(Direction::kInactive).ok());
  round();
  EXPECT_TRUE(events[0].streams[0]->getTracks().empty());
  EXPECT_TRUE(events[0].track->muted());
  ASSERT_TRUE(ours->setDirection(Direction::kSendonly).ok());
  round();
  EXPECT_EQ(events.size(), 2u) << "it comes back";
  b().ontrack = {};
}

// §4.4.1.5, "rollback": what an offer of the far end has made is stopped and leaves the set, and its track ends.
TEST_F(WebrtcPc, ARollbackStopsWhatTheOfferMade) {
  std::shared_ptr<RtpTransceiver> made;
  b().ontrack = [&](const RTCTrackEvent& event) { made = event.transceiver; };
  ASSERT_TRUE(a().addTransceiver(MediaKind::kAudio).ok());
  ASSERT_TRUE(a().setLocalDescription().ok());
  ASSERT_TRUE(b().setRemoteDescription(*a().localDescription()).ok());
  world_.drain();
  ASSERT_NE(made, nullptr);
  const auto track = made->receiver()->track();
  EXPECT_TRUE(track->live());
  int ends = 0;
  track->onended = [&] { ++ends; };
  ASSERT_TRUE(b().setRemoteDescription({RTCSdpType::kRollback, ""}).ok());
  EXPECT_TRUE(b().getTransceivers().empty());
  EXPECT_EQ(made->direction(), Direction::kStopped);
  EXPECT_EQ(made->currentDirection(), Direction::kStopped);
  EXPECT_EQ(made->mid(), std::nullopt);
  world_.drain();
  EXPECT_FALSE(track->live());
  EXPECT_EQ(ends, 1);
  ASSERT_TRUE(a().setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  b().ontrack = {};
}

// §5.1.1, RFC 8830 §4: of a far end that names no streams at all everything is in one.
TEST_F(WebrtcPc, WithoutMsidAllTracksAreInOneStream) {
  std::vector<std::vector<std::shared_ptr<media::MediaStream>>> heard;
  b().ontrack = [&](const RTCTrackEvent& event) { heard.push_back(event.streams); };
  ASSERT_TRUE(a().addTransceiver(MediaKind::kAudio).ok());
  ASSERT_TRUE(a().addTransceiver(MediaKind::kVideo).ok());
  ASSERT_TRUE(a().setLocalDescription().ok());
  RTCSessionDescription offer = *a().localDescription();
  for (const char* line : {"a=msid:", "a=ssrc:", "a=ssrc-group:"})
    for (size_t at = offer.sdp.find(line); at != std::string::npos; at = offer.sdp.find(line))
      offer.sdp.erase(at, offer.sdp.find("\r\n", at) + 2 - at);
  ASSERT_TRUE(b().setRemoteDescription(offer).ok());
  world_.drain();
  ASSERT_EQ(heard.size(), 2u);
  ASSERT_EQ(heard[0].size(), 1u);
  EXPECT_EQ(heard[1], heard[0]) << "one object";
  EXPECT_EQ(heard[0][0]->getTracks().size(), 2u);
  for (size_t i = 0; i < 2; ++i)
    ASSERT_TRUE(world_.pc(i).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  b().ontrack = {};
}

// §9.2: a stream's id is its own, and a stream of the far end has the id that the description tells, the same object
// whenever it is told again.
TEST_F(WebrtcPc, StreamsKeepTheirIdsAtTheFarEnd) {
  std::vector<std::vector<std::shared_ptr<media::MediaStream>>> heard;
  b().ontrack = [&](const RTCTrackEvent& event) { heard.push_back(event.streams); };
  const auto first = media::MediaStream::create(random_), second = media::MediaStream::create(random_);
  EXPECT_NE(first->id(), second->id());
  ASSERT_TRUE(a().addTransceiver(MediaKind::kAudio, {.streams = {first}}).ok());
  ASSERT_TRUE(a().addTransceiver(MediaKind::kVideo, {.streams = {first, second}}).ok());
  ASSERT_TRUE(a().addTransceiver(MediaKind::kVideo).ok());
  round();
  ASSERT_EQ(heard.size(), 3u);
  ASSERT_EQ(heard[0].size(), 1u);
  ASSERT_EQ(heard[1].size(), 2u);
  EXPECT_TRUE(heard[2].empty()) << "a track of no stream";
  EXPECT_EQ(heard[0][0]->id(), first->id());
  EXPECT_EQ(heard[1][0], heard[0][0]) << "one object of one id";
  EXPECT_EQ(heard[1][1]->id(), second->id());
  EXPECT_NE(heard[0][0], first) << "the far end's is not ours";
  b().ontrack = {};
}

// §9.3: a remote track is muted until something comes; a description that lets nothing come mutes it, without ending it,
// and stop() of its transceiver ends it.
TEST_F(WebrtcPc, RemoteTracksAreMutedByDescriptions) {
  const auto ours = a().addTransceiver(MediaKind::kAudio).value();
  round();
  const auto theirs = b().getTransceivers().at(0);
  const auto track = theirs->receiver()->track();
  EXPECT_TRUE(track->muted());
  EXPECT_EQ(track->label(), "remote audio");
  int mutes = 0, ends = 0;
  track->onmute = [&] { ++mutes; };
  track->onended = [&] { ++ends; };
  track->setMuted(false);  // as the first packet does
  ASSERT_TRUE(ours->setDirection(Direction::kInactive).ok());
  round();
  EXPECT_TRUE(track->muted());
  EXPECT_EQ(mutes, 1);
  EXPECT_TRUE(track->live());
  ASSERT_TRUE(ours->stop().ok());
  round();
  EXPECT_FALSE(track->live());
  EXPECT_EQ(ends, 1);
}

// §13.6: what is malformed is refused and changes nothing; what is well formed and unlike anything that this application
// would have said is taken: whether it wants that is the application's to ask.
TEST_F(WebrtcPc, DescriptionsOfFarEndsAreCheckedAndNotJudged) {
  ASSERT_TRUE(a().addTransceiver(MediaKind::kAudio).ok());
  round();
  const std::string before = b().remoteDescription()->sdp;
  ASSERT_TRUE(a().addTransceiver(MediaKind::kVideo).ok());
  ASSERT_TRUE(a().setLocalDescription().ok());
  const std::string offer = a().localDescription()->sdp;
  for (const char* line : {"a=fingerprint:", "a=ice-pwd:", "m=video "}) {
    std::string broken = offer;
    const size_t at = broken.rfind(line);
    ASSERT_NE(at, std::string::npos) << line;
    broken.replace(at, broken.find("\r\n", at) - at, std::string(line) + "?");
    const auto taken = b().setRemoteDescription({RTCSdpType::kOffer, broken});
    ASSERT_FALSE(taken.ok()) << line;
    EXPECT_EQ(taken.error().code(), ErrorCode::kOperationError) << line << " (§4.4.1.5)";
    EXPECT_EQ(b().signalingState(), RTCSignalingState::kStable) << line;
    EXPECT_EQ(b().remoteDescription()->sdp, before) << line;
    EXPECT_EQ(b().getTransceivers().size(), 1u) << line;
  }
  std::string unexpected = offer;
  unexpected.insert(unexpected.find("m="), "a=tool:another\r\na=x-unheard-of:1\r\n");
  EXPECT_TRUE(b().setRemoteDescription({RTCSdpType::kOffer, unexpected}).ok());
  EXPECT_EQ(b().getTransceivers().size(), 2u);
}

// §6.1.1.2: what the far end takes, 64 KiB where it says nothing, and any size where it says 0.
TEST_F(WebrtcPc, TheMaximumMessageSizeIsTheFarEnds) {
  const auto channel = a().createDataChannel("x").value();
  ASSERT_TRUE(answeredWith("a=max-message-size:262144\r\n", "a=max-message-size:1000\r\n").ok());
  world_.advance(2'000);
  ASSERT_NE(a().sctp(), nullptr);
  EXPECT_EQ(a().sctp()->maxMessageSize(), 1000);
  ASSERT_EQ(channel->readyState(), RTCDataChannelState::kOpen);
  EXPECT_TRUE(channel->send(std::string(1000, 'x')).ok());
  EXPECT_EQ(channel->send(std::string(1001, 'x')).error().code(), ErrorCode::kTypeError);
}
TEST_F(WebrtcPc, WithoutAMaximumMessageSizeItIs64KiB) {
  const auto channel = a().createDataChannel("x").value();
  ASSERT_TRUE(answeredWith("a=max-message-size:262144\r\n", "").ok());
  world_.drain();
  EXPECT_EQ(a().sctp()->maxMessageSize(), 65'536);
}

// §6.2.1 to §6.2.3, §6.2.7, §6.3: what the other side learns of a channel, and that text stays text and bytes stay bytes.
TEST_F(WebrtcPc, AChannelIsTheSameOnBothSides) {
  RTCDataChannelInit init;
  init.ordered = false;
  init.maxRetransmits = 3;
  init.protocol = "proto";
  const auto ours = a().createDataChannel("label", init).value();
  EXPECT_EQ(ours->readyState(), RTCDataChannelState::kConnecting);
  std::shared_ptr<DataChannel> theirs;
  std::vector<MessageEvent> heard;
  b().ondatachannel = [&](const RTCDataChannelEvent& event) {
    theirs = event.channel;
    theirs->onmessage = [&](const MessageEvent& message) { heard.push_back(message); };
  };
  int opened = 0;
  ours->onopen = [&] {
    ++opened;
    EXPECT_EQ(ours->readyState(), RTCDataChannelState::kOpen);
    EXPECT_TRUE(ours->send(std::string_view("text")).ok());
    EXPECT_TRUE(ours->send(ByteView(toBytes(asBytes("bytes")))).ok());
    EXPECT_TRUE(ours->send(std::string_view("")).ok());
  };
  round();
  world_.advance(2'000);
  EXPECT_EQ(opened, 1);
  ASSERT_NE(theirs, nullptr);
  EXPECT_EQ(theirs->label(), "label");
  EXPECT_EQ(theirs->protocol(), "proto");
  EXPECT_FALSE(theirs->ordered());
  EXPECT_EQ(theirs->maxRetransmits(), 3);
  EXPECT_EQ(theirs->maxPacketLifeTime(), std::nullopt);
  EXPECT_FALSE(theirs->negotiated());
  EXPECT_EQ(theirs->id(), ours->id());
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_EQ(std::get<std::string>(heard[0].data), "text");
  EXPECT_EQ(asText(std::get<Bytes>(heard[1].data)), "bytes");
  EXPECT_EQ(std::get<std::string>(heard[2].data), "") << "an empty message is one (RFC 8831 §6.6)";
  ours->onopen = {};
  theirs->onmessage = {};
  b().ondatachannel = {};
}

}  // namespace
}  // namespace tincan::inline v0::stack
