// abs-capture-time (webrtc-extensions, webrtc-encoded-transform §2.1): what a receiver knows of when a frame was
// captured is when the sender has captured it.
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "stack/api/encoded_transform.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCRtpScriptTransform;
using stack::RTCRtpTransceiverDirection;

constexpr const char* kUri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";
constexpr double kFrom1900 = 2'208'988'800'000;    // ms to 1970 (RFC 868)
constexpr double kWorldsZero = 1'700'000'000'000;  // ms, of both peers' clocks (Peer)

struct CaptureTime : testing::Test {
  World world{77};
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(25)})};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(25)})};
  std::map<std::string, std::shared_ptr<stack::RtpReceiver>> receivers;

  void SetUp() override {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    b.pc->ontrack = [this](stack::RTCTrackEvent event) {
      b.watch(event.track);
      receivers[std::string(event.track->kind())] = event.receiver;
    };
  }
  static void wish(const stack::RtpTransceiver& like, stack::RtpTransceiver& transceiver,
                   RTCRtpTransceiverDirection direction) {
    auto list = like.getHeaderExtensionsToNegotiate();
    for (auto& each : list)
      if (each.uri == kUri) each.direction = direction;
    ASSERT_TRUE(transceiver.setHeaderExtensionsToNegotiate(list).ok());
  }
  void askForIt() {
    for (const auto& each : a.pc->getTransceivers()) wish(*each, *each, RTCRtpTransceiverDirection::kSendrecv);
  }
  void connect() {
    signal(a, b);
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  /// Milliseconds since 1900, by either clock.
  double now() const { return kFrom1900 + kWorldsZero + static_cast<double>(world.now().micros()) / 1000; }
  static RTCRtpTransceiverDirection told(const stack::RtpTransceiver& transceiver) {
    for (const auto& each : transceiver.getNegotiatedHeaderExtensions())
      if (each.uri == kUri) return each.direction;
    return RTCRtpTransceiverDirection::kInactive;
  }
};

// Chromium lists it as stopped, does not offer it, and answers it.
TEST_F(CaptureTime, IsOfferedWhereItWasWishedFor) {
  bool listed = false;
  for (const auto& each : a.pc->getTransceivers()[0]->getHeaderExtensionsToNegotiate()) {
    listed |= each.uri == kUri;
    EXPECT_EQ(each.direction == RTCRtpTransceiverDirection::kStopped, each.uri == kUri) << each.uri;
  }
  EXPECT_TRUE(listed);
  EXPECT_EQ(a.pc->createOffer()->sdp.find(kUri), std::string::npos);
  connect();
  world.runFor(Duration::seconds(2));
  for (const auto& [kind, receiver] : receivers) {
    ASSERT_FALSE(receiver->getSynchronizationSources().empty()) << kind;
    EXPECT_FALSE(receiver->getSynchronizationSources()[0].captureTimestamp) << kind;
  }
  for (const auto& each : a.pc->getTransceivers()) EXPECT_EQ(told(*each), RTCRtpTransceiverDirection::kStopped);
  askForIt();
  EXPECT_NE(a.pc->createOffer()->sdp.find(kUri), std::string::npos);
  signal(a, b);
  for (const auto& each : a.pc->getTransceivers()) EXPECT_EQ(told(*each), RTCRtpTransceiverDirection::kSendrecv);
}

// webrtc-extensions: what is wished for in a running call is sent from the next round on, and no more when it is
// stopped; the streams go on in their numbering.
TEST_F(CaptureTime, FollowsEachRoundOfARunningCall) {
  connect();
  const auto tells = [&] {
    bool all = true;
    for (const auto& [kind, receiver] : receivers) {
      const auto sources = receiver->getSynchronizationSources();
      all &= !sources.empty() && sources[0].captureTimestamp.has_value();
    }
    return all;
  };
  world.runFor(Duration::seconds(1));
  EXPECT_FALSE(tells());
  askForIt();
  signal(a, b);
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(tells());
  for (const auto& each : a.pc->getTransceivers()) wish(*each, *each, RTCRtpTransceiverDirection::kStopped);
  signal(a, b);
  world.runFor(Duration::seconds(8));
  EXPECT_FALSE(tells());
  for (const auto& stats : b.pc->getStats().inboundRtp) {
    EXPECT_EQ(stats.packetsLost, 0) << stats.kind;
    EXPECT_LE(stats.packetsDiscarded, 4u) << stats.kind << ": of a picture that was half sent, each time";
    EXPECT_GT(stats.packetsReceived, 100u) << stats.kind;
  }
}

// Of each frame, told or reckoned.
TEST_F(CaptureTime, IsWhatTheSenderHasSeen) {
  askForIt();
  std::map<std::pair<bool, uint32_t>, double> captured;  // by kind and RTP timestamp: ms of the sender's clock
  uint64_t compared = 0, untold = 0;
  for (const auto& sender : a.pc->getSenders()) {
    const bool video = sender->track()->isVideo();
    const auto note = [&captured, video](auto& frame) {
      captured[{video, *frame.getMetadata().rtpTimestamp}] = *frame.getMetadata().captureTime;
      return true;
    };
    ASSERT_TRUE(
        sender->setTransform(video ? RTCRtpScriptTransform::ofVideo(note) : RTCRtpScriptTransform::ofAudio(note)).ok());
  }
  const auto checkFrame = [&](bool video) {
    return [&, video](auto& frame) {
      const auto& metadata = frame.getMetadata();
      const auto sent = captured.find({video, *metadata.rtpTimestamp});
      if (!metadata.captureTime) {
        ++untold;
      } else if (sent != captured.end()) {
        EXPECT_NEAR(*metadata.captureTime, sent->second, 0.05) << video;
        EXPECT_EQ(metadata.senderCaptureTimeOffset, 0);
        ++compared;
      }
      return true;
    };
  };
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    b.watch(event.track);
    receivers[std::string(event.track->kind())] = event.receiver;
    EXPECT_TRUE(event.receiver
                    ->setTransform(event.track->isVideo() ? RTCRtpScriptTransform::ofVideo(checkFrame(true))
                                                          : RTCRtpScriptTransform::ofAudio(checkFrame(false)))
                    .ok());
  };
  connect();
  for (int i = 0; i < 50; ++i) {
    world.runFor(Duration::millis(100));
    if (i < 10) continue;
    double timestamps[2] = {};
    for (const bool video : {false, true}) {
      const auto sources = receivers[video ? "video" : "audio"]->getSynchronizationSources();
      ASSERT_EQ(sources.size(), 1u);
      ASSERT_TRUE(sources[0].captureTimestamp);
      const auto sent = captured.find({video, sources[0].rtpTimestamp});
      ASSERT_TRUE(sent != captured.end()) << video;
      EXPECT_NEAR(*sources[0].captureTimestamp, kFrom1900 + kWorldsZero + sent->second, 0.05) << video;
      EXPECT_EQ(sources[0].senderCaptureTimeOffset, 0);
      EXPECT_GT(now() - *sources[0].captureTimestamp, 50) << "the way alone takes it";
      EXPECT_LT(now() - *sources[0].captureTimestamp, 400);
      timestamps[video] = *sources[0].captureTimestamp;
    }
    EXPECT_LT(std::abs(timestamps[0] - timestamps[1]), 150) << "of one clock";
  }
  EXPECT_GT(compared, 350u);
  EXPECT_EQ(untold, 0u);
}

// webrtc-stats: what is played now, by the sender's clock, as its sender reports have it.
TEST_F(CaptureTime, EstimatedPlayoutIsOfTheSendersClock) {
  connect();
  for (const auto& stats : b.pc->getStats().inboundRtp) EXPECT_FALSE(stats.estimatedPlayoutTimestamp.has_value());
  world.runFor(Duration::seconds(8));
  for (int i = 0; i < 20; ++i) {
    world.runFor(Duration::millis(70));
    double played[2] = {};
    for (const auto& stats : b.pc->getStats().inboundRtp) {
      ASSERT_TRUE(stats.estimatedPlayoutTimestamp.has_value()) << stats.kind;
      played[stats.kind == "video"] = stats.estimatedPlayoutTimestamp;
      EXPECT_GT(now() - *stats.estimatedPlayoutTimestamp, 50) << stats.kind;
      EXPECT_LT(now() - *stats.estimatedPlayoutTimestamp, 300) << stats.kind;
    }
    EXPECT_NEAR(played[0], played[1], 100) << "in step";
  }
}

// webrtc-stats: what was sent coarse is received coarse.
TEST_F(CaptureTime, QuantizersAreTheSameAtBothEnds) {
  connect();
  world.runFor(Duration::seconds(4));
  for (const auto& sender : a.pc->getSenders()) ASSERT_TRUE(sender->replaceTrack(nullptr).ok());
  world.runFor(Duration::seconds(2));
  uint64_t sent = 0, received = 0, frames = 0;
  for (const auto& stats : a.pc->getStats().outboundRtp) {
    EXPECT_EQ(stats.qpSum.has_value(), stats.kind == "video");
    EXPECT_EQ(stats.totalEncodeTime.has_value(), stats.kind == "video");
    EXPECT_EQ(stats.totalEncodeTime, 0) << "within the call: no time passes";
    sent += stats.qpSum;
    frames += stats.framesEncoded;
  }
  for (const auto& stats : b.pc->getStats().inboundRtp) {
    EXPECT_EQ(stats.qpSum.has_value(), stats.kind == "video");
    received += stats.qpSum;
    if (stats.kind == "video") {
      EXPECT_EQ(stats.framesDecoded, frames);
    }
  }
  EXPECT_EQ(received, sent);
  EXPECT_GT(sent, 2 * frames) << "rc_min_quantizer";
  EXPECT_LT(sent, 127 * frames);
}

}  // namespace
}  // namespace tincan::inline v0::sim
