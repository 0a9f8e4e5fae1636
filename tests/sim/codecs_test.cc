// Calls in every codec there is, from one codec to another, and in codecs that only the caller has.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"
#include "tests/stack/fake_codecs.h"

namespace tincan::inline v0::sim {
namespace {

using stack::MediaKind;
using stack::RTCRtpCodec;

std::vector<RTCRtpCodec> both(MediaKind kind) {
  std::vector<RTCRtpCodec> out = stack::RtpSender::getCapabilities(kind).codecs;
  const auto receive = stack::RtpReceiver::getCapabilities(kind).codecs;
  std::erase_if(out, [&](const RTCRtpCodec& codec) {
    return stack::isAuxiliary(codec.mimeType.substr(6)) ||
           std::find(receive.begin(), receive.end(), codec) == receive.end();
  });
  return out;
}

const RTCRtpCodec kRtx{"video/rtx", 90'000, {}, {}};

bool prefer(Peer& peer, const RTCRtpCodec& codec, bool rtx = true) {
  const MediaKind kind = codec.mimeType.starts_with("audio") ? MediaKind::kAudio : MediaKind::kVideo;
  for (const auto& transceiver : peer.pc->getTransceivers()) {
    if (transceiver->kind() != kind) continue;
    std::vector<RTCRtpCodec> list{codec};
    if (kind == MediaKind::kVideo && rtx) list.push_back(kRtx);
    return transceiver->setCodecPreferences(list).ok();
  }
  return false;
}

struct Call {
  explicit Call(uint64_t seed, double loss = 0, const media::CodecFactory* codecs = nullptr)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10), .loss = loss}), {}, {}, codecs),
        b(world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)}), {}, {}, codecs) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
  }
  void begin() {
    signal(a, b, [&] { b.addCameraMic(); });
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  void forget() {
    for (Peer* peer : {&a, &b}) peer->pictures = peer->unreadable = peer->sounds = peer->loudSounds = 0;
  }
  void expectMedia(Duration time, uint32_t unreadable) {
    for (Peer* peer : {&a, &b}) {
      EXPECT_GE(static_cast<double>(peer->pictures), 25 * time.toSeconds());
      EXPECT_LE(peer->unreadable, unreadable);
      EXPECT_GE(static_cast<double>(peer->loudSounds), 42 * time.toSeconds());
    }
  }
  World world;
  Peer a, b;
};

std::string codecOf(const Peer& peer, const std::string& kind, bool inbound) {
  const auto stats = peer.pc->getStats();
  if (inbound) {
    for (const auto& each : stats.inboundRtp)
      if (each.kind == kind) return each.codec;
  } else {
    for (const auto& each : stats.outboundRtp)
      if (each.kind == kind) return each.codec;
  }
  return {};
}

TEST(Codecs, EachAloneCarriesPicturesAndSound) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo})
    for (const RTCRtpCodec& codec : both(kind)) {
      SCOPED_TRACE(codec.mimeType + " " + codec.sdpFmtpLine.value_or(""));
      Call call(11);
      ASSERT_TRUE(prefer(call.a, codec));
      call.begin();
      call.world.runFor(Duration::seconds(1));
      call.forget();  // the first key frame, and what fills the buffers
      call.world.runFor(Duration::seconds(1));
      call.expectMedia(Duration::seconds(1), 1);
      for (const Peer* peer : {&call.a, &call.b})
        for (const bool inbound : {false, true})
          EXPECT_EQ(codecOf(*peer, std::string(name(kind)), inbound), codec.mimeType);
    }
}

TEST(Codecs, VideoOfEachIsRepaired) {
  for (const RTCRtpCodec& codec : both(MediaKind::kVideo)) {
    SCOPED_TRACE(codec.mimeType + " " + codec.sdpFmtpLine.value_or(""));
    Call call(12, 0.05);
    ASSERT_TRUE(prefer(call.a, codec));
    call.begin();
    call.world.runFor(Duration::seconds(3));
    EXPECT_GE(call.b.pictures, 75u);
    EXPECT_LE(call.b.unreadable, 2u);
    EXPECT_GT(call.a.pc->getStats().outboundRtp.back().nackCount + call.a.pc->getStats().outboundRtp.front().nackCount,
              0u);
  }
}

// Through all of them in one call, each by a renegotiation: streams keep their SSRC, and decoders change under way.
TEST(Codecs, ChangeInMidCall) {
  const auto sounds = both(MediaKind::kAudio), pictures = both(MediaKind::kVideo);
  Call call(13);
  call.begin();
  for (size_t i = 1; i < std::max(sounds.size(), pictures.size()); ++i) {
    const RTCRtpCodec &sound = sounds[i % sounds.size()], &picture = pictures[i % pictures.size()];
    SCOPED_TRACE(sound.mimeType + " " + picture.mimeType + " " + picture.sdpFmtpLine.value_or(""));
    Peer &offerer = i % 2 == 0 ? call.a : call.b, &answerer = i % 2 == 0 ? call.b : call.a;
    for (Peer* peer : {&call.a, &call.b})
      for (const auto& transceiver : peer->pc->getTransceivers())
        ASSERT_TRUE(transceiver->setCodecPreferences({}).ok());
    ASSERT_TRUE(prefer(offerer, sound));
    ASSERT_TRUE(prefer(offerer, picture));
    signal(offerer, answerer);
    call.world.runFor(Duration::millis(500));  // what was on its way, and the first key frame
    call.forget();
    call.world.runFor(Duration::seconds(1));
    call.expectMedia(Duration::seconds(1), 1);
    EXPECT_EQ(codecOf(call.b, "video", true), picture.mimeType);
    EXPECT_EQ(codecOf(call.b, "audio", true), sound.mimeType);
    EXPECT_EQ(codecOf(call.a, "video", true), picture.mimeType);
  }
  const auto stats = call.a.pc->getStats();
  EXPECT_EQ(stats.inboundRtp.size(), 2u) << "one stream each, whatever it was coded in";
}

// stack/ has never heard of these.
TEST(Codecs, OfTheCallersOwnGoFromEndToEnd) {
  const stack::TestCodecs codecs;
  Call call(14, 0.02, &codecs);
  call.begin();
  call.world.runFor(Duration::seconds(5));
  call.expectMedia(Duration::seconds(5), 2);
  EXPECT_EQ(codecOf(call.b, "video", true), "video/X-TEST");
  EXPECT_EQ(codecOf(call.a, "audio", false), "audio/X-SOUND");
  const std::string sdp = call.a.pc->localDescription()->sdp;
  EXPECT_NE(sdp.find(" X-TEST/90000\r\n"), std::string::npos) << sdp;
  EXPECT_NE(sdp.find(" colour=none\r\n"), std::string::npos) << sdp;
  EXPECT_EQ(sdp.find("VP8"), std::string::npos) << sdp;
  EXPECT_EQ(sdp.find("opus"), std::string::npos) << sdp;
}

// No codec in common: the sections are rejected, and the call says why.
TEST(Codecs, OfTheCallersOwnMeetNobodyElses) {
  const stack::TestCodecs codecs;
  World world(15);
  Peer a(world, world.addHost("a", "203.0.113.1"), {}, {}, &codecs);
  Peer b(world, world.addHost("b", "203.0.113.2"));
  a.addCameraMic();
  signal(a, b);
  EXPECT_NE(b.pc->negotiationFailure().find("X-TEST"), std::string::npos) << b.pc->negotiationFailure();
}

}  // namespace
}  // namespace tincan::inline v0::sim
