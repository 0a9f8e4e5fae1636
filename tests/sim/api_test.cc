// webrtc-pc §5 and §6, by clause: what transceivers, senders, receivers, transports and channels answer.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/payload/telephone_event.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using Direction = stack::RTCRtpTransceiverDirection;

struct Two {
  explicit Two(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
  }
  void call() {
    a.addCameraMic();
    signal(a, b);
    world.runFor(Duration::seconds(2));
  }
  World world;
  Peer a, b;
};

template <class T>
ErrorCode codeOf(const Result<T>& result) {
  return result ? ErrorCode::kLimit : result.error().code();  // kLimit: none
}

// ---- §4.4.2 ----

// W3C §4.6.2.
TEST(Api, DescriptionsAreCurrentOrPending) {
  Two two(19);
  auto& a = *two.a.pc;
  two.a.addCameraMic();
  EXPECT_FALSE(a.currentLocalDescription() || a.pendingLocalDescription() || a.currentRemoteDescription() ||
               a.pendingRemoteDescription());
  EXPECT_EQ(a.canTrickleIceCandidates(), std::nullopt);
  ASSERT_TRUE(a.setLocalDescription().ok());
  EXPECT_FALSE(a.currentLocalDescription());
  EXPECT_EQ(a.pendingLocalDescription()->type, stack::RTCSdpType::kOffer);
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*a.localDescription()).ok());
  EXPECT_EQ(two.b.pc->pendingRemoteDescription()->sdp, a.localDescription()->sdp);
  EXPECT_EQ(two.b.pc->canTrickleIceCandidates(), true);
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  ASSERT_TRUE(a.setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_FALSE(a.pendingLocalDescription() || a.pendingRemoteDescription());
  EXPECT_EQ(a.currentLocalDescription()->type, stack::RTCSdpType::kOffer);
  EXPECT_EQ(a.currentRemoteDescription()->type, stack::RTCSdpType::kAnswer);
  EXPECT_EQ(a.getConfiguration().certificates.size(), 1u);
  EXPECT_EQ((stack::RTCSessionDescription{stack::RTCSdpType::kOffer, "v=0\r\n"}.toJSON()),
            "{\"type\":\"offer\",\"sdp\":\"v=0\\u000d\\u000a\"}");
}

// ---- §5.1 ----

TEST(Api, AddTrackTakesNoSenderThatHasEverSent) {
  Two two(1);
  two.call();
  const auto sender = two.a.pc->getSenders()[1];
  const auto camera = sender->track();
  ASSERT_TRUE(two.a.pc->removeTrack(sender).ok());
  signal(two.a, two.b);
  EXPECT_NE(two.a.pc->addTrack(camera).value(), sender);
  EXPECT_EQ(two.a.pc->getTransceivers().size(), 3u);
}

TEST(Api, ATransceiverThatAddTrackFilledPairsWithAnOffer) {
  Two two(2);
  two.a.addCameraMic();
  ASSERT_TRUE(two.b.pc->addTransceiver(stack::MediaKind::kVideo).ok());
  media::VideoConstraints small;
  small.width = small.height = 64;
  const auto stream = media::getUserMedia({.audio = false, .video = small}, two.world.newRandom()).value();
  ASSERT_TRUE(two.b.pc->addTrack(stream->getTracks().front(), stream).ok());
  EXPECT_EQ(two.b.pc->getTransceivers().size(), 1u);
  signal(two.a, two.b);
  EXPECT_EQ(two.b.pc->getTransceivers().size(), 2u) << "sound, and the one for both ways of pictures";
}

TEST(Api, StoppedIsNoDirectionToBeginWithOrToSet) {
  Two two(3);
  stack::RTCRtpTransceiverInit init;
  init.direction = Direction::kStopped;
  EXPECT_EQ(codeOf(two.a.pc->addTransceiver(stack::MediaKind::kAudio, init)), ErrorCode::kTypeError);
  const auto transceiver = two.a.pc->addTransceiver(stack::MediaKind::kAudio).value();
  EXPECT_EQ(codeOf(transceiver->setDirection(Direction::kStopped)), ErrorCode::kTypeError);
  EXPECT_TRUE(transceiver->setDirection(Direction::kRecvonly).ok());
  EXPECT_EQ(transceiver->direction(), Direction::kRecvonly);
}

TEST(Api, RemoveTrackDoesNothingWithoutATrackOrToAStoppedOne) {
  Two two(4);
  const auto transceiver = two.a.pc->addTransceiver(stack::MediaKind::kAudio).value();
  EXPECT_TRUE(two.a.pc->removeTrack(transceiver->sender()).ok());
  EXPECT_EQ(transceiver->direction(), Direction::kSendrecv);
  two.call();
  const auto sender = two.a.pc->getSenders()[1];
  ASSERT_TRUE(two.a.pc->getTransceivers()[1]->stop().ok());
  signal(two.a, two.b);
  EXPECT_TRUE(two.a.pc->removeTrack(sender).ok()) << "its transceiver has stopped and gone";
  EXPECT_EQ(codeOf(two.b.pc->removeTrack(sender)), ErrorCode::kInvalidAccessError);
}

// ---- §5.2 ----

TEST(Api, ReplaceTrackAndParametersOfWhatIsOverAreRefused) {
  Two two(5);
  two.call();
  const auto senders = two.a.pc->getSenders();
  auto parameters = senders[0]->getParameters();
  ASSERT_TRUE(two.a.pc->getTransceivers()[0]->stop().ok());
  EXPECT_EQ(codeOf(senders[0]->replaceTrack(nullptr)), ErrorCode::kInvalidStateError);
  EXPECT_EQ(codeOf(senders[0]->setParameters(parameters)), ErrorCode::kInvalidStateError);
  parameters = senders[1]->getParameters();
  two.a.pc->close();
  EXPECT_EQ(codeOf(senders[1]->replaceTrack(nullptr)), ErrorCode::kInvalidStateError);
  EXPECT_EQ(codeOf(senders[1]->setParameters(parameters)), ErrorCode::kInvalidStateError);
  EXPECT_EQ(codeOf(senders[1]->setStreams(std::vector<stack::MediaStreamPtr>{})), ErrorCode::kInvalidStateError);
}

TEST(Api, ParametersSayWhatWasNegotiated) {
  Two two(6);
  two.a.addCameraMic();
  EXPECT_TRUE(two.a.pc->getSenders()[0]->getParameters().codecs.empty());
  EXPECT_EQ(two.a.pc->getSenders()[0]->transport(), nullptr);
  signal(two.a, two.b);
  for (const auto& sender : two.a.pc->getSenders()) {
    const auto parameters = sender->getParameters();
    EXPECT_FALSE(parameters.transactionId.empty());
    EXPECT_FALSE(parameters.codecs.empty());
    EXPECT_FALSE(parameters.headerExtensions.empty());
    EXPECT_FALSE(parameters.rtcp.cname.empty());
    EXPECT_TRUE(parameters.rtcp.reducedSize);
    ASSERT_EQ(parameters.encodings.size(), 1u);
    EXPECT_TRUE(parameters.encodings[0].active);
    EXPECT_NE(sender->transport(), nullptr);
  }
  const auto received = two.b.pc->getReceivers()[0]->getParameters();
  EXPECT_FALSE(received.codecs.empty());
  EXPECT_EQ(received.rtcp.cname, "") << "the far end's, which only its reports tell";
}

TEST(Api, SetParametersTakesWhatGetParametersGaveAndOnlyOnce) {
  Two two(7);
  two.call();
  const auto sender = two.a.pc->getSenders()[1];
  EXPECT_EQ(codeOf(sender->setParameters({})), ErrorCode::kInvalidStateError) << "before getParameters()";
  const auto good = sender->getParameters();
  const auto refuses = [&](const char* what, const std::function<void(stack::RTCRtpSendParameters&)>& spoil) {
    auto parameters = good;
    spoil(parameters);
    EXPECT_EQ(codeOf(sender->setParameters(parameters)), ErrorCode::kInvalidModificationError) << what;
  };
  refuses("transactionId", [](auto& p) { p.transactionId += "x"; });
  refuses("codecs", [](auto& p) { p.codecs.pop_back(); });
  refuses("header extensions", [](auto& p) { p.headerExtensions.clear(); });
  refuses("rtcp", [](auto& p) { p.rtcp.cname = "me"; });
  refuses("fewer encodings", [](auto& p) { p.encodings.clear(); });
  refuses("more encodings", [](auto& p) { p.encodings.emplace_back(); });
  refuses("rid", [](auto& p) { p.encodings[0].rid = "a"; });
  refuses("codec", [](auto& p) { p.encodings[0].codec = stack::RTCRtpCodec{"video/none", 90000}; });
  auto parameters = good;
  parameters.encodings[0].scaleResolutionDownBy = 0.5;
  EXPECT_EQ(codeOf(sender->setParameters(parameters)), ErrorCode::kRangeError);
  parameters.encodings[0].scaleResolutionDownBy = 2;
  EXPECT_TRUE(sender->setParameters(parameters).ok());
  EXPECT_EQ(codeOf(sender->setParameters(parameters)), ErrorCode::kInvalidStateError) << "once";
  EXPECT_EQ(sender->getParameters().encodings[0].scaleResolutionDownBy, 2.0);
  EXPECT_EQ(sender->getStats().outboundRtp.size(), 1u);
}

TEST(Api, EncodingsTakeEffectWithoutNegotiation) {
  Two two(8);
  two.call();
  const auto sender = two.a.pc->getSenders()[1];
  const auto set = [&](const std::function<void(stack::RTCRtpEncodingParameters&)>& change) {
    auto parameters = sender->getParameters();
    change(parameters.encodings[0]);
    ASSERT_TRUE(sender->setParameters(parameters).ok());
  };
  const auto video = [&] {
    for (const auto& each : two.a.pc->getStats().outboundRtp)
      if (each.kind == "video") return each;
    return stack::RTCOutboundRtpStreamStats();
  };
  set([](auto& encoding) { encoding.scaleResolutionDownBy = 2; });
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(video().frameWidth, 80u);
  EXPECT_EQ(video().frameHeight, 60u);
  set([](auto& encoding) { encoding.maxFramerate = 10; });
  two.world.runFor(Duration::seconds(1));
  uint64_t before = two.b.pictures;
  two.world.runFor(Duration::seconds(2));
  EXPECT_NEAR(static_cast<double>(two.b.pictures - before), 20, 3);
  set([](auto& encoding) { encoding.maxBitrate = 100'000; });
  two.world.runFor(Duration::millis(200));
  EXPECT_EQ(video().targetBitrate, 100'000);
  set([](auto& encoding) { encoding.active = false; });
  two.world.runFor(Duration::millis(300));
  before = two.b.pictures;
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(two.b.pictures, before);
  EXPECT_EQ(*video().active, false);
  const uint64_t keyFrames = video().keyFramesEncoded;
  set([](auto& encoding) {
    encoding.active = true;
    encoding.maxFramerate.reset();
  });
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.b.pictures, before + 20);
  EXPECT_GT(video().keyFramesEncoded, keyFrames) << "nobody waits for what was not sent";
}

// webrtc-extensions §3.5.
TEST(Api, SetParametersCanAskForAKeyFrame) {
  Two two(12);
  two.call();
  two.world.runFor(Duration::seconds(2));
  const auto sender = two.a.pc->getSenders()[1];
  const auto keyFrames = [&] {
    for (const auto& each : two.a.pc->getStats().outboundRtp)
      if (each.kind == "video") return static_cast<uint64_t>(each.keyFramesEncoded);
    return uint64_t{0};
  };
  const uint64_t before = keyFrames();
  ASSERT_TRUE(sender->setParameters(sender->getParameters(), {{{true}}}).ok());
  two.world.runFor(Duration::millis(200));
  EXPECT_EQ(keyFrames(), before + 1) << "one, and at once";
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(keyFrames(), before + 1);
  ASSERT_TRUE(sender->setParameters(sender->getParameters(), {{{false}}}).ok());
  EXPECT_EQ(codeOf(sender->setParameters(sender->getParameters(), {{{true}, {true}}})),
            ErrorCode::kInvalidModificationError);
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(keyFrames(), before + 1);
}

TEST(Api, SetStreamsAsksForARoundAndTheFarEndIsToldAgain) {
  Two two(17);
  two.call();
  int needed = 0, tracks = 0, added = 0, removed = 0;
  two.a.pc->onnegotiationneeded = [&] { ++needed; };
  std::vector<stack::MediaStreamPtr> streams;
  two.b.pc->ontrack = [&](const stack::RTCTrackEvent& event) {
    ++tracks;
    streams = event.streams;
  };
  const auto sender = two.a.pc->getSenders()[1];
  const auto before = two.b.pc->getReceivers()[1]->track();
  const auto more = media::MediaStream::create(two.world.newRandom());
  ASSERT_TRUE(sender->setStreams({two.a.stream, more}).ok());
  two.world.runFor(Duration::millis(10));
  EXPECT_EQ(needed, 1);
  signal(two.a, two.b);
  two.world.runFor(Duration::millis(100));
  EXPECT_EQ(tracks, 1) << "of the one whose streams have changed";
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams[1]->id(), more->id());
  EXPECT_EQ(streams[1]->getTracks(), (std::vector<stack::MediaStreamTrackPtr>{before}));
  streams[0]->onremovetrack = [&](const auto&) { ++removed; };
  streams[1]->onaddtrack = [&](const auto&) { ++added; };
  ASSERT_TRUE(sender->setStreams({more}).ok());
  two.world.runFor(Duration::millis(10));
  signal(two.a, two.b);
  two.world.runFor(Duration::millis(100));
  EXPECT_EQ(needed, 2);
  EXPECT_EQ(tracks, 1) << "it has only left one";
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(added, 0);
  EXPECT_TRUE(before->live());
}

// ---- §7 ----

// W3C §7.1, §7.4.
TEST(Api, TonesAreHeardAsEvents) {
  Two two(18);
  two.a.addCameraMic();
  const auto sender = two.a.pc->getSenders()[0];
  ASSERT_NE(sender->dtmf(), nullptr);
  EXPECT_EQ(two.a.pc->getSenders()[1]->dtmf(), nullptr) << "pictures have none";
  EXPECT_FALSE(sender->dtmf()->canInsertDTMF());
  EXPECT_EQ(codeOf(sender->dtmf()->insertDTMF("1")), ErrorCode::kInvalidStateError);
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(2));
  ASSERT_TRUE(sender->dtmf()->canInsertDTMF());
  EXPECT_EQ(codeOf(sender->dtmf()->insertDTMF("1x")), ErrorCode::kSyntaxError);
  std::vector<std::string> told;
  sender->dtmf()->ontonechange = [&](const stack::RTCDTMFToneChangeEvent& event) { told.push_back(event.tone); };
  std::vector<uint8_t> begun, ended;
  uint32_t lastTimestamp = 0;
  two.b.pc->getReceivers()[0]->onencodedframe = [&](const stack::EncodedFrame& frame) {
    rtp::TelephoneEvent event;
    if (frame.data.size() != rtp::TelephoneEvent::kSize || !rtp::TelephoneEvent::parse(frame.data, event)) return;
    if (begun.empty() || frame.rtpTimestamp != lastTimestamp) begun.push_back(event.event);
    if (event.end && ended.size() < begun.size()) ended.push_back(event.event);
    lastTimestamp = frame.rtpTimestamp;
  };
  ASSERT_TRUE(sender->dtmf()->insertDTMF("1a#", 100, 70).ok());
  EXPECT_EQ(sender->dtmf()->toneBuffer(), "1A#");
  const uint64_t sounds = two.b.sounds;
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(told, (std::vector<std::string>{"1", "A", "#", ""}));
  EXPECT_EQ(begun, (std::vector<uint8_t>{1, 12, 11}));
  EXPECT_EQ(ended, begun);
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.b.sounds, sounds + 60) << "the sound goes on";
  ASSERT_TRUE(two.a.pc->getTransceivers()[0]->setDirection(Direction::kInactive).ok());
  signal(two.a, two.b);
  EXPECT_FALSE(sender->dtmf()->canInsertDTMF());
}

// ---- §5.3 ----

TEST(Api, SourcesAreThoseThatWereHeard) {
  Two two(9);
  two.call();
  for (const auto& receiver : two.b.pc->getReceivers()) {
    const auto sources = receiver->getSynchronizationSources();
    ASSERT_EQ(sources.size(), 1u) << receiver->track()->kind();
    const double now = 1'700'000'000'000.0 + static_cast<double>(two.world.now().micros()) / 1000;
    EXPECT_NEAR(sources[0].timestamp, now, 500);
    EXPECT_TRUE(receiver->getContributingSources().empty());
    EXPECT_EQ(receiver->getStats().inboundRtp.size(), 1u);
    EXPECT_TRUE(receiver->getStats().outboundRtp.empty());
  }
  ASSERT_TRUE(two.a.pc->getSenders()[0]->replaceTrack(nullptr).ok());
  two.world.runFor(Duration::seconds(11));
  EXPECT_TRUE(two.b.pc->getReceivers()[0]->getSynchronizationSources().empty()) << "ten seconds";
  EXPECT_FALSE(two.b.pc->getReceivers()[1]->getSynchronizationSources().empty());
}

TEST(Api, JitterBufferTargetHasItsRange) {
  Two two(10);
  two.a.addCameraMic();
  const auto receiver = two.a.pc->getReceivers()[0];
  EXPECT_EQ(receiver->jitterBufferTarget(), std::nullopt);
  EXPECT_TRUE(receiver->setJitterBufferTarget(4000).ok());
  EXPECT_EQ(receiver->jitterBufferTarget(), 4000);
  EXPECT_EQ(codeOf(receiver->setJitterBufferTarget(4001)), ErrorCode::kRangeError);
  EXPECT_EQ(codeOf(receiver->setJitterBufferTarget(-1)), ErrorCode::kRangeError);
  EXPECT_TRUE(receiver->setJitterBufferTarget(std::nullopt).ok());
}

// ---- §5.4 ----

TEST(Api, StopEndsTheTrackAtOnceAndTheRestByNegotiation) {
  Two two(11);
  two.a.addCameraMic();
  two.b.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(2));
  const auto ours = two.a.pc->getTransceivers()[1], theirs = two.b.pc->getTransceivers()[1];
  int ended = 0, needed = 0, theirEnded = 0;
  ours->receiver()->track()->onended = [&] { ++ended; };
  theirs->receiver()->track()->onended = [&] { ++theirEnded; };
  two.a.pc->onnegotiationneeded = [&] { ++needed; };
  ASSERT_TRUE(ours->stop().ok());
  EXPECT_TRUE(ours->stop().ok()) << "again: nothing";
  EXPECT_EQ(ours->direction(), Direction::kStopped);
  EXPECT_EQ(ours->currentDirection(), Direction::kSendrecv);
  EXPECT_EQ(codeOf(ours->setDirection(Direction::kSendrecv)), ErrorCode::kInvalidStateError);
  two.world.runFor(Duration::millis(10));
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(needed, 1);
  EXPECT_FALSE(ours->receiver()->track()->live());
  signal(two.a, two.b);
  two.world.runFor(Duration::millis(100));
  EXPECT_EQ(ours->currentDirection(), Direction::kStopped);
  EXPECT_EQ(ours->mid(), std::nullopt);
  EXPECT_EQ(theirs->direction(), Direction::kStopped);
  EXPECT_EQ(theirs->currentDirection(), Direction::kStopped);
  EXPECT_EQ(theirEnded, 1);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(two.a.pc->getTransceivers().size(), 1u);
}

// stop() between an offer of the peer's and our answer: that one says "inactive", and the next offer ends the section.
TEST(Api, AnAnswerDoesNotEndWhatAnOfferEnds) {
  Two two(23);
  two.a.addCameraMic();
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  const auto theirs = two.b.pc->getTransceivers()[0], ours = two.a.pc->getTransceivers()[0];
  EXPECT_EQ(theirs->receiver()->transport(), nullptr) << "§4.4.1.5: an offer of the peer's gives none";
  EXPECT_EQ(theirs->sender()->transport(), nullptr);
  ASSERT_TRUE(theirs->stop().ok());
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  EXPECT_NE(theirs->receiver()->transport(), nullptr);
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_EQ(ours->direction(), Direction::kSendrecv);
  EXPECT_EQ(ours->currentDirection(), Direction::kInactive);
  EXPECT_EQ(theirs->direction(), Direction::kStopped);
  EXPECT_EQ(theirs->currentDirection(), Direction::kInactive);
  EXPECT_TRUE(two.b.pc->negotiationNeeded());
  signal(two.b, two.a);
  EXPECT_EQ(ours->currentDirection(), Direction::kStopped);
  EXPECT_EQ(theirs->currentDirection(), Direction::kStopped);
  EXPECT_EQ(theirs->mid(), std::nullopt);
}

// A section that an answer of ours rejected is free for the peer's next offer, under another mid (RFC 8829 §5.2.2).
TEST(Api, WhatAnAnswerRejectedIsUsedAgain) {
  Two two(24);
  ASSERT_TRUE(two.a.pc->addTransceiver(stack::MediaKind::kAudio).ok());
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  auto offer = *two.a.pc->localDescription();
  for (size_t at = offer.sdp.find("opus"); at != std::string::npos; at = offer.sdp.find("opus"))
    offer.sdp.replace(at, 4, "none");
  for (const char* other : {"PCMU", "PCMA", "G722", "L16", "telephone-event"})
    for (size_t at = offer.sdp.find(other); at != std::string::npos; at = offer.sdp.find(other))
      offer.sdp.replace(at, 3, "xxx");
  ASSERT_TRUE(two.b.pc->setRemoteDescription(offer).ok());
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  ASSERT_NE(two.b.pc->localDescription()->sdp.find("m=audio 0 "), std::string::npos);
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  ASSERT_TRUE(two.a.pc->addTransceiver(stack::MediaKind::kVideo).ok());
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  EXPECT_EQ(two.a.pc->localDescription()->sdp.find("m=audio"), std::string::npos) << "its place is taken";
  EXPECT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
}

TEST(Api, CloseStopsTransceivers) {
  Two two(12);
  two.call();
  const auto transceiver = two.a.pc->getTransceivers()[0];
  two.a.pc->close();
  EXPECT_EQ(transceiver->direction(), Direction::kStopped);
  EXPECT_EQ(transceiver->currentDirection(), Direction::kStopped);
  EXPECT_FALSE(transceiver->receiver()->track()->live());
  EXPECT_EQ(codeOf(transceiver->stop()), ErrorCode::kInvalidStateError);
  two.world.detach(*two.a.pc);
  two.a.pc.reset();
  EXPECT_EQ(codeOf(transceiver->stop()), ErrorCode::kInvalidStateError);
  EXPECT_EQ(transceiver->sender()->transport(), nullptr);
  EXPECT_TRUE(transceiver->sender()->getParameters().codecs.empty());
  EXPECT_TRUE(transceiver->receiver()->getSynchronizationSources().empty());
}

// ---- §5.5, §5.6, §6.1 ----

// W3C §6.1.1, §6.1.1.3.
TEST(Api, TransportsTellTheirStates) {
  Two two(13);
  EXPECT_EQ(two.a.pc->sctp(), nullptr);
  auto channel = two.a.pc->createDataChannel("x").value();
  two.a.addCameraMic();
  signal(two.a, two.b);
  const auto dtls = two.a.pc->getSenders()[0]->transport();
  ASSERT_NE(dtls, nullptr);
  EXPECT_EQ(two.a.pc->getReceivers()[1]->transport(), dtls) << "one for all";
  const auto ice = dtls->iceTransport();
  const auto sctp = two.a.pc->sctp();
  ASSERT_NE(sctp, nullptr);
  EXPECT_EQ(sctp->transport(), dtls);
  EXPECT_EQ(sctp->state(), stack::RTCSctpTransportState::kConnecting);
  EXPECT_EQ(sctp->maxChannels(), std::nullopt);
  EXPECT_TRUE(dtls->getRemoteCertificates().empty());
  EXPECT_EQ(ice->getSelectedCandidatePair(), std::nullopt);
  std::vector<std::string> told;
  dtls->onstatechange = [&] { told.push_back("dtls " + std::string(toString(dtls->state()))); };
  ice->onstatechange = [&] { told.push_back("ice " + std::string(toString(ice->state()))); };
  ice->ongatheringstatechange = [&] { told.push_back("gathering " + std::string(toString(ice->gatheringState()))); };
  ice->onselectedcandidatepairchange = [&] { told.emplace_back("pair"); };
  sctp->onstatechange = [&] { told.push_back("sctp " + std::string(toString(sctp->state()))); };
  two.world.runFor(Duration::seconds(2));
  for (const char* each : {"gathering gathering", "gathering complete", "ice checking", "pair", "dtls connecting",
                           "dtls connected", "sctp connected"})
    EXPECT_EQ(std::count(told.begin(), told.end(), each), 1) << each;
  EXPECT_EQ(ice->role(), stack::RTCIceRole::kControlling);
  EXPECT_EQ(two.b.pc->getReceivers()[0]->transport()->iceTransport()->role(), stack::RTCIceRole::kControlled);
  EXPECT_EQ(ice->component(), stack::RTCIceComponent::kRtp);
  const auto pair = ice->getSelectedCandidatePair();
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->local.address(), "203.0.113.1");
  EXPECT_EQ(pair->remote.address(), "203.0.113.2");
  EXPECT_EQ(pair->local.type(), stack::RTCIceCandidateType::kHost);
  EXPECT_EQ(ice->getLocalCandidates().size(), 1u);
  EXPECT_EQ(ice->getRemoteCandidates().size(), 1u);
  EXPECT_EQ(ice->getLocalParameters(), two.b.pc->getReceivers()[0]->transport()->iceTransport()->getRemoteParameters());
  EXPECT_EQ(dtls->getRemoteCertificates().size(), 1u);
  EXPECT_EQ(sctp->maxMessageSize(), 262144);
  EXPECT_EQ(sctp->maxChannels(), 65'535);
  told.clear();
  two.a.pc->close();
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(told.empty()) << "no event after close()";
  EXPECT_EQ(dtls->state(), stack::RTCDtlsTransportState::kClosed);
  EXPECT_EQ(ice->state(), stack::RTCIceTransportState::kClosed);
  EXPECT_EQ(sctp->state(), stack::RTCSctpTransportState::kClosed);
  two.world.detach(*two.a.pc);
  two.a.pc.reset();
  EXPECT_TRUE(ice->getLocalCandidates().empty()) << "they outlive the connection";
}

// ---- §6.2 ----

// W3C §6.2.5, §11.3.
TEST(Api, AChannelThatTheFarEndsCloseEndsSaysSo) {
  Two two(14);
  auto channel = two.a.pc->createDataChannel("x").value();
  std::vector<std::string> told;
  channel->onerror = [&](const stack::RTCErrorEvent& event) {
    told.push_back("error " + std::string(toString(event.error.errorDetail)));
  };
  channel->onclosing = [&] { told.emplace_back("closing"); };
  channel->onclose = [&] { told.emplace_back("close"); };
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(2));
  ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  two.b.pc->close();
  two.world.runFor(Duration::seconds(2));
  EXPECT_EQ(told, (std::vector<std::string>{"error sctp-failure", "close"}));
}

// W3C §6.2.2, §6.2.3, §6.3.
TEST(Api, AChannelClosedInOndatachannelNeverOpens) {
  Two two(15);
  auto channel = two.a.pc->createDataChannel("x").value();
  int opened = 0, closed = 0;
  std::shared_ptr<stack::DataChannel> theirs;
  two.b.pc->ondatachannel = [&](const stack::RTCDataChannelEvent& event) {
    theirs = event.channel;
    theirs->onopen = [&] { ++opened; };
    theirs->onclose = [&] { ++closed; };
    EXPECT_TRUE(theirs->close().ok());
  };
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(3));
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(closed, 1);
}

// §4.4.1.5: the answer says which DTLS role is ours, and with it which ids (RFC 8832 §6: the client's are even).
TEST(Api, IdsComeWithTheAnswer) {
  for (const bool passive : {false, true}) {
    Two two(21);
    const auto first = two.a.pc->createDataChannel("x").value(), second = two.a.pc->createDataChannel("y").value();
    stack::RTCDataChannelInit taken;
    taken.negotiated = true;
    taken.id = passive ? 0 : 1;
    ASSERT_TRUE(two.a.pc->createDataChannel("z", taken).ok());
    ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
    EXPECT_EQ(first->id(), std::nullopt);
    ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
    auto answer = two.b.pc->createAnswer().value();
    if (passive) {
      const size_t at = answer.sdp.find("a=setup:active");
      ASSERT_NE(at, std::string::npos);
      answer.sdp.replace(at, 14, "a=setup:passive");
    }
    ASSERT_TRUE(two.a.pc->setRemoteDescription(answer).ok());
    EXPECT_EQ(first->id(), passive ? 2 : 3) << "the lowest of our own that nobody has";
    EXPECT_EQ(second->id(), passive ? 4 : 5);
    EXPECT_EQ(two.a.pc->createDataChannel("later").value()->id(), passive ? 6 : 7);
  }
}

TEST(Api, IdsOfTheAnswerAreThoseThatTheChannelsHave) {
  Two two(22);
  std::vector<std::shared_ptr<stack::DataChannel>> ours, theirs;
  for (const char* label : {"x", "y", "z"}) ours.push_back(two.a.pc->createDataChannel(label).value());
  two.b.pc->ondatachannel = [&](const stack::RTCDataChannelEvent& event) { theirs.push_back(event.channel); };
  signal(two.a, two.b);
  std::vector<uint16_t> told;
  for (const auto& each : ours) told.push_back(each->id().value());
  two.world.runFor(Duration::seconds(2));
  ASSERT_EQ(theirs.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ours[i]->readyState(), stack::RTCDataChannelState::kOpen);
    EXPECT_EQ(ours[i]->id(), told[i]);
    const auto same =
        std::find_if(theirs.begin(), theirs.end(), [&](const auto& each) { return each->id() == told[i]; });
    ASSERT_NE(same, theirs.end());
    EXPECT_EQ((*same)->label(), ours[i]->label());
  }
}

TEST(Api, IdsUpTo65534AreTakenBeforeThereIsATransport) {
  Two two(16);
  stack::RTCDataChannelInit init;
  init.negotiated = true;
  init.id = 65534;
  EXPECT_TRUE(two.a.pc->createDataChannel("far", init).ok());
  init.id = 65535;
  EXPECT_EQ(codeOf(two.a.pc->createDataChannel("too far", init)), ErrorCode::kTypeError);
}

}  // namespace
}  // namespace tincan::inline v0::sim
