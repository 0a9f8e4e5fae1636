#include <cstdio>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// Two peers hold whole calls over the virtual network.
namespace tincan::inline v0::sim {
namespace {

using stack::MediaKind;

LinkConfig link(double loss) {
  return {.delay = Duration::millis(10), .jitter = Duration::millis(3), .loss = loss};
}

/// Sends `total` messages at once, text and binary of all sizes, and counts those that come back unchanged and in order.
struct Chatter {
  Chatter(stack::PeerConnection& pc, int count) : total(count) {
    channel = pc.createDataChannel("chat").value();
    channel->onopen = [this] {
      for (int i = 0; i < total; ++i) {
        const auto text = message(i);
        EXPECT_TRUE((i % 2 == 0 ? channel->send(text) : channel->send(asBytes(text))).ok());
      }
    };
    channel->onmessage = [this](stack::MessageEvent event) {
      const auto text = message(back);
      const bool binary = std::holds_alternative<Bytes>(event.data);
      const auto got =
          binary ? asText(std::get<Bytes>(event.data)) : std::string_view(std::get<std::string>(event.data));
      if (binary == (back % 2 == 1) && got == text) ++unchanged;
      ++back;
    };
  }
  static std::string message(int i) {
    return std::string(static_cast<size_t>(i) * 131 % 4'000, static_cast<char>('a' + i % 26));
  }
  std::shared_ptr<stack::DataChannel> channel;
  int total, back = 0, unchanged = 0;
};

class CallAtLoss : public ::testing::TestWithParam<int> {};

TEST_P(CallAtLoss, AMinuteOfAudioVideoAndData) {
  const double loss = GetParam() / 100.0;
  World world(20 + static_cast<uint64_t>(GetParam()));
  Peer a(world, world.addHost("a", "203.0.113.1", link(loss)));
  Peer b(world, world.addHost("b", "203.0.113.2", link(0)));
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  Chatter chatter(*a.pc, 200);
  signal(a, b, [&] { b.addCameraMic(); });
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  world.runFor(Duration::seconds(60));

  for (Peer* peer : {&a, &b}) {
    // 30 pictures and 50 sounds a second, less what was on its way at the end or a long repair held back.
    EXPECT_GE(peer->pictures, 1750u) << "at " << GetParam() << "% loss";
    EXPECT_LE(peer->unreadable, 2u);
    EXPECT_EQ(peer->notAdvancing, 0u);
    EXPECT_GE(peer->sounds, 2950u);
    EXPECT_GE(peer->loudSounds, 2800u);
  }
  EXPECT_EQ(chatter.unchanged, 200) << "of " << chatter.back << " that came back";
  const auto stats = a.pc->getStats();
  EXPECT_EQ(stats.transport.tlsVersion, "FEFC");
  EXPECT_EQ(stats.transport.srtpCipher, "AEAD_AES_128_GCM");
  EXPECT_NEAR(stats.selectedPair()->currentRoundTripTime, 0.046, 0.015) << "two wires of 10 to 13 ms, both ways";
  std::printf("%2d%% loss: %llu and %llu pictures, %llu and %llu sounds, connected after %.0f ms\n", GetParam(),
              static_cast<unsigned long long>(a.pictures), static_cast<unsigned long long>(b.pictures),
              static_cast<unsigned long long>(a.sounds), static_cast<unsigned long long>(b.sounds),
              stats.connectTime * 1000);
}

INSTANTIATE_TEST_SUITE_P(Percent, CallAtLoss, ::testing::Values(0, 2, 10));

uint64_t wireOfACall(uint64_t seed) {
  World world(seed);
  stack::RTCConfiguration ca, cb;
  ca.certificates = {fixedIdentity("a")};
  cb.certificates = {fixedIdentity("b")};
  Peer a(world, world.addHost("a", "203.0.113.1", link(0.02)), ca);
  Peer b(world, world.addHost("b", "203.0.113.2", link(0.02)), cb);
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  Chatter chatter(*a.pc, 50);
  signal(a, b, [&] { b.addCameraMic(); });
  world.runFor(Duration::seconds(5));
  EXPECT_GT(chatter.unchanged, 10);
  return world.wireHash();
}

TEST(Call, TheSameSeedGivesTheSameBytes) {
  const uint64_t once = wireOfACall(7);
  EXPECT_EQ(once, wireOfACall(7));
  EXPECT_NE(once, wireOfACall(8));
}

TEST(Call, TheAnswererMayBeTheOneThatSends) {
  World world(3);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  for (MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    ASSERT_TRUE(
        a.pc->addTransceiver(kind, {.direction = stack::RTCRtpTransceiverDirection::kRecvonly, .streams = {}}).ok());
  }
  signal(a, b, [&] { b.addCameraMic(); });
  world.runFor(Duration::seconds(3));
  EXPECT_GT(a.pictures, 80u);
  EXPECT_EQ(b.pictures, 0u);
  ASSERT_EQ(a.tracks.size(), 2u);
  EXPECT_FALSE(a.tracks[0]->muted());
}

TEST(Call, TracksComeAndGoWhileItRuns) {
  World world(4);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  Chatter chatter(*a.pc, 10);
  signal(a, b);
  world.runFor(Duration::seconds(1));
  ASSERT_TRUE(connected(a));
  a.addCameraMic();
  signal(a, b);
  world.runFor(Duration::seconds(2));
  EXPECT_GT(b.pictures, 50u);
  b.addCameraMic();
  signal(b, a);
  world.runFor(Duration::seconds(2));
  EXPECT_GT(a.pictures, 50u) << "sendrecv on the same m-lines";
  EXPECT_EQ(a.pc->getTransceivers().size(), 2u);
  for (const auto& sender : a.pc->getSenders()) ASSERT_TRUE(a.pc->removeTrack(sender).ok());
  signal(a, b);
  world.runFor(Duration::millis(200));
  const uint64_t pictures = b.pictures;
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(b.pictures, pictures);
  EXPECT_TRUE(b.tracks[0]->muted());
  EXPECT_EQ(chatter.unchanged, 10);
}

TEST(Call, IceRestartKeepsTheMediaGoing) {
  World world(5);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  signal(a, b);
  world.runFor(Duration::seconds(2));
  const std::string before = a.pc->localDescription()->sdp;
  const uint64_t pictures = b.pictures;
  a.pc->restartIce();
  signal(a, b);
  EXPECT_NE(a.pc->localDescription()->sdp, before);
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(a));
  EXPECT_TRUE(connected(b));
  EXPECT_GE(b.pictures, pictures + 58) << "no gap over the switch";
}

TEST(Call, ACertificateThatTheSdpDoesNotNameGetsNoKeys) {
  World world(6);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  auto offer = *a.pc->localDescription();
  // Another's fingerprint in the place of ours, at every digit.
  for (size_t at = offer.sdp.find("a=fingerprint:"); at != std::string::npos;
       at = offer.sdp.find("a=fingerprint:", at + 1)) {
    const size_t digit = offer.sdp.find(' ', at) + 1;
    offer.sdp[digit] = offer.sdp[digit] == '0' ? '1' : '0';
  }
  ASSERT_TRUE(b.pc->setRemoteDescription(offer).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(b.pc->connectionState(), stack::RTCPeerConnectionState::kFailed);
  EXPECT_EQ(b.pc->getStats().transport.srtpCipher, "") << "no key was exported";
  EXPECT_EQ(b.pictures, 0u);
}

TEST(Call, GoodbyeIsHeard) {
  World world(9);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  Chatter chatter(*a.pc, 5);
  a.addCameraMic();
  signal(a, b);
  world.runFor(Duration::seconds(1));
  // W3C §6.2.4: closed with its transport, by an error; there is no closing procedure that could be heard of.
  std::vector<std::string> told;
  b.echo->onerror = [&](const stack::RTCErrorEvent&) { told.emplace_back("error"); };
  b.echo->onclosing = [&] { told.emplace_back("closing"); };
  b.echo->onclose = [&] { told.emplace_back("close"); };
  a.pc->close();
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(told, (std::vector<std::string>{"error", "close"}));
  ASSERT_EQ(b.tracks.size(), 2u);
  EXPECT_TRUE(b.tracks[0]->muted() && b.tracks[1]->muted());
  EXPECT_EQ(b.pc->getStats().inboundRtp.size(), 2u) << "what was counted stays";
  EXPECT_EQ(b.pc->connectionState(), stack::RTCPeerConnectionState::kDisconnected);
  EXPECT_FALSE(chatter.channel->send(std::string_view("too late")).ok());
  EXPECT_EQ(a.pc->setLocalDescription().error().code(), ErrorCode::kInvalidStateError);
}

// LIMITS A38: close(), and the destructor, from inside each callback.
class CloseInside : public ::testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(CloseInside, EveryCallback) {
  const int which = std::get<0>(GetParam());
  const bool destroy = std::get<1>(GetParam());
  World world(30 + static_cast<uint64_t>(which));
  auto a = std::make_unique<Peer>(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  bool ran = false;
  std::shared_ptr<stack::DataChannel> channel;
  const auto end = [&] {
    if (std::exchange(ran, true)) return;
    if (destroy) {
      a.reset();
    } else {
      a->pc->close();
    }
  };
  a->pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (which == 0) return end();
    if (event.candidate) {
      EXPECT_TRUE(b.pc->addIceCandidate(*event.candidate).ok());
    }
  };
  b.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate && a) (void)a->pc->addIceCandidate(*event.candidate).ok();
  };
  if (which == 1) a->pc->onicegatheringstatechange = end;
  if (which == 2) a->pc->oniceconnectionstatechange = end;
  if (which == 3) a->pc->onconnectionstatechange = end;
  if (which == 4) a->pc->onsignalingstatechange = end;
  if (which == 5) a->pc->ontrack = [&](stack::RTCTrackEvent) { end(); };
  if (which == 6) a->pc->onnegotiationneeded = end;
  channel = a->pc->createDataChannel("x").value();
  if (which == 7) channel->onopen = end;
  if (which == 8) {
    channel->onopen = [&] { EXPECT_TRUE(channel->send(std::string_view("x")).ok()); };
    channel->onmessage = [&](stack::MessageEvent) { end(); };
  }
  if (which == 9) {
    a->pc->ontrack = [&](stack::RTCTrackEvent event) {
      event.track->addVideoSink([&](const media::VideoFrame&) { end(); });
    };
  }
  if (which == 11) {
    // The user's own preview is called while the camera is captured to be sent.
    a->addCameraMic();
    a->stream->getVideoTracks().front()->addVideoSink([&](const media::VideoFrame&) { end(); });
  }
  if (which == 10) a->pc->ontrack = [&](stack::RTCTrackEvent event) { event.track->onunmute = end; };
  if (which != 11) a->addCameraMic();
  if (which != 6) signal(*a, b, [&] { b.addCameraMic(); });  // else it is still needed when the world runs
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(ran);
}

INSTANTIATE_TEST_SUITE_P(All, CloseInside, ::testing::Combine(::testing::Range(0, 12), ::testing::Bool()));

// A wish that the sender passes over, or that is lost on the way, is told again.
TEST(Call, AKeyFrameThatIsAskedForComes) {
  World world(77);
  Host& hostB = world.addHost("b", "203.0.113.2", link(0));
  Peer a(world, world.addHost("a", "203.0.113.1", link(0)));
  Peer b(world, hostB);
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  world.runFor(Duration::seconds(3));
  const auto made = [&] {
    for (const auto& sent : a.pc->getStats().outboundRtp)
      if (sent.kind == "video") return static_cast<uint64_t>(sent.keyFramesEncoded);
    return uint64_t{0};
  };
  const uint64_t before = made();
  hostB.up.config.loss = 1;
  for (const auto& receiver : b.pc->getReceivers()) b.pc->requestKeyFrame(receiver);
  world.runFor(Duration::millis(100));
  hostB.up.config.loss = 0;
  EXPECT_EQ(made(), before);
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(made(), before + 1) << "one, and no more wishes once it is there";
}

}  // namespace
}  // namespace tincan::inline v0::sim
