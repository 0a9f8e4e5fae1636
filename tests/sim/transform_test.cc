// Encoded transforms between two tincans: what one end changes the other changes back, and who does not know how sees
// nothing that is of use.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stack/api/encoded_transform.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::KeyFrameRequestEvent;
using stack::RTCEncodedAudioFrame;
using stack::RTCEncodedVideoFrame;
using stack::RTCEncodedVideoFrameType;
using stack::RTCRtpScriptTransform;
using stack::RTCRtpScriptTransformer;

// VP8's frame header stays in the clear (RFC 6386 §9.1), and Opus's first byte (RFC 6716 §3.1): packets are told by them.
void exclusiveOr(Bytes& data, size_t clear, std::string_view key) {
  for (size_t i = clear; i < data.size(); ++i) data[i] ^= static_cast<uint8_t>(key[i % key.size()]);
}
std::shared_ptr<RTCRtpScriptTransform> videoKey(std::string key) {
  return RTCRtpScriptTransform::ofVideo([key](RTCEncodedVideoFrame& frame) {
    exclusiveOr(frame.data, frame.type == RTCEncodedVideoFrameType::kKey ? 10 : 3, key);
    return true;
  });
}
std::shared_ptr<RTCRtpScriptTransform> audioKey(std::string key) {
  return RTCRtpScriptTransform::ofAudio([key](RTCEncodedAudioFrame& frame) {
    exclusiveOr(frame.data, 1, key);
    return true;
  });
}

struct Transforms : testing::Test {
  World world{31};
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(10)})};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(10)})};

  void SetUp() override {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    for (const auto& sender : a.pc->getSenders()) (sender->track()->isVideo() ? videoSender : audioSender) = sender;
    b.pc->ontrack = [this](stack::RTCTrackEvent event) {
      b.watch(event.track);
      (event.track->isVideo() ? videoReceiver : audioReceiver) = event.receiver;
    };
  }
  void connect() {
    signal(a, b);
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  }
  void forget() { b.pictures = b.unreadable = b.sounds = b.loudSounds = 0; }

  std::shared_ptr<stack::RtpSender> videoSender, audioSender;
  std::shared_ptr<stack::RtpReceiver> videoReceiver, audioReceiver;
};

// webrtc-encoded-transform §4.
TEST_F(Transforms, BothEndsHaveTheKey) {
  ASSERT_TRUE(videoSender->setTransform(videoKey("tin")).ok());
  ASSERT_TRUE(audioSender->setTransform(audioKey("can")).ok());
  signal(a, b);
  world.runFor(Duration::millis(20));  // ontrack
  ASSERT_TRUE(videoReceiver && audioReceiver);
  ASSERT_TRUE(videoReceiver->setTransform(videoKey("tin")).ok());
  ASSERT_TRUE(audioReceiver->setTransform(audioKey("can")).ok());
  ASSERT_TRUE(world.runUntil([&] { return connected(b); }, Duration::seconds(10)));
  world.runFor(Duration::seconds(3));
  EXPECT_GE(b.pictures, 75u);
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.loudSounds, 120u);
}

TEST_F(Transforms, WhoHasNoKeySeesAndHearsNothingOfUse) {
  connect();
  world.runFor(Duration::seconds(1));
  EXPECT_GT(b.pictures, 20u);
  ASSERT_TRUE(videoSender->setTransform(videoKey("tin")).ok());
  ASSERT_TRUE(audioSender->setTransform(audioKey("can")).ok());
  world.runFor(Duration::millis(200));
  forget();
  world.runFor(Duration::seconds(3));
  EXPECT_LT(b.pictures - b.unreadable, 5u) << "garbage, or nothing";
  // And once it has it, everything again.
  ASSERT_TRUE(videoReceiver->setTransform(videoKey("tin")).ok());
  ASSERT_TRUE(audioReceiver->setTransform(audioKey("can")).ok());
  world.runFor(Duration::seconds(1));
  forget();
  world.runFor(Duration::seconds(2));
  EXPECT_GE(b.pictures, 50u);
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.loudSounds, 80u);
}

// webrtc-encoded-transform §5.
TEST_F(Transforms, MetadataSayWhatAFrameIsAndMayBeSet) {
  std::vector<stack::RTCEncodedVideoFrameMetadata> sent, received;
  uint32_t later = 0;
  ASSERT_TRUE(videoSender
                  ->setTransform(RTCRtpScriptTransform::ofVideo([&](RTCEncodedVideoFrame& frame) {
                    auto metadata = frame.getMetadata();
                    auto wrong = metadata;
                    wrong.payloadType = 1;
                    EXPECT_EQ(frame.setMetadata(wrong).error().code(), ErrorCode::kInvalidModificationError);
                    wrong = metadata;
                    wrong.dependencies.push_back(99);
                    EXPECT_EQ(frame.setMetadata(wrong).error().code(), ErrorCode::kInvalidModificationError);
                    wrong = metadata;
                    wrong.contributingSources.assign(16, 1);
                    EXPECT_EQ(frame.setMetadata(wrong).error().code(), ErrorCode::kRangeError);
                    metadata.rtpTimestamp = *metadata.rtpTimestamp + later;
                    metadata.contributingSources = {7, 0xfffffff9};
                    EXPECT_TRUE(frame.setMetadata(metadata).ok());
                    EXPECT_EQ(frame.getMetadata().rtpTimestamp, metadata.rtpTimestamp);
                    sent.push_back(metadata);
                    return true;
                  }))
                  .ok());
  ASSERT_TRUE(audioSender
                  ->setTransform(RTCRtpScriptTransform::ofAudio([](RTCEncodedAudioFrame& frame) {
                    auto metadata = frame.getMetadata();
                    metadata.contributingSources = {3};
                    return frame.setMetadata(metadata).ok();
                  }))
                  .ok());
  connect();
  ASSERT_TRUE(videoReceiver
                  ->setTransform(RTCRtpScriptTransform::ofVideo([&](RTCEncodedVideoFrame& frame) {
                    received.push_back(frame.getMetadata());
                    return true;
                  }))
                  .ok());
  std::vector<stack::RTCEncodedAudioFrameMetadata> heard;
  ASSERT_TRUE(audioReceiver
                  ->setTransform(RTCRtpScriptTransform::ofAudio([&](RTCEncodedAudioFrame& frame) {
                    heard.push_back(frame.getMetadata());
                    return true;
                  }))
                  .ok());
  world.runFor(Duration::seconds(1));
  later = 90'000;
  world.runFor(Duration::seconds(2));
  ASSERT_GE(sent.size(), 60u);
  ASSERT_GE(received.size(), 50u);
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].frameId, i);
    EXPECT_EQ(sent[i].mimeType, "video/VP8");
    const auto& references = sent[i].dependencies;
    EXPECT_TRUE(references.empty() || references == std::vector<uint64_t>{i - 1}) << i;
  }
  EXPECT_TRUE(sent[0].dependencies.empty());
  size_t found = 0;
  for (const auto& each : received) {
    EXPECT_EQ(each.contributingSources, (std::vector<uint32_t>{7, 0xfffffff9}));
    found +=
        std::any_of(sent.begin(), sent.end(), [&](const auto& one) { return one.rtpTimestamp == each.rtpTimestamp; });
  }
  EXPECT_EQ(found, received.size()) << "each came with the timestamp that it was given";
  EXPECT_EQ(b.unreadable, 0u);
  EXPECT_GE(b.pictures, 50u);
  ASSERT_GE(heard.size(), 50u);
  EXPECT_EQ(heard.back().contributingSources, std::vector<uint32_t>{3});
}

TEST_F(Transforms, FramesMayComeBackLater) {
  connect();
  std::shared_ptr<RTCRtpScriptTransformer> transformer;
  std::deque<RTCEncodedVideoFrame> waiting;
  ASSERT_TRUE(videoSender
                  ->setTransform(std::make_shared<RTCRtpScriptTransform>([&](const auto& made) {
                    transformer = made;
                    made->onvideoframe = [&](RTCEncodedVideoFrame frame) { waiting.push_back(std::move(frame)); };
                  }))
                  .ok());
  ASSERT_TRUE(transformer);
  world.runFor(Duration::millis(100));
  forget();
  for (int i = 0; i < 60; ++i) {
    world.runFor(Duration::millis(33));
    for (; waiting.size() > 3; waiting.pop_front()) EXPECT_TRUE(transformer->enqueue(waiting.front()).ok());
  }
  world.runFor(Duration::millis(200));
  EXPECT_GE(b.pictures, 40u);
  EXPECT_EQ(b.unreadable, 0u);
  ASSERT_FALSE(waiting.empty());
  const auto metadata = waiting.front().getMetadata();
  EXPECT_EQ(metadata.mimeType, "video/VP8");
  EXPECT_EQ(metadata.synchronizationSource, a.pc->getStats().outboundRtp.back().kind == "video"
                                                ? a.pc->getStats().outboundRtp.back().ssrc
                                                : a.pc->getStats().outboundRtp.front().ssrc);
  // Each once, in their order, by whose they are, and not without bytes.
  RTCEncodedVideoFrame first = waiting.front();
  EXPECT_TRUE(transformer->enqueue(first).ok());
  EXPECT_EQ(transformer->enqueue(first).error().code(), ErrorCode::kInvalidStateError);
  EXPECT_EQ(transformer->enqueue(RTCEncodedVideoFrame()).error().code(), ErrorCode::kInvalidStateError);
  RTCEncodedVideoFrame empty = waiting[1];
  empty.data.clear();
  EXPECT_EQ(transformer->enqueue(empty).error().code(), ErrorCode::kRangeError);
  // Without a transform the frames that are out come back to nothing.
  ASSERT_TRUE(videoSender->setTransform(nullptr).ok());
  EXPECT_EQ(transformer->enqueue(waiting[2]).error().code(), ErrorCode::kInvalidStateError);
}

TEST_F(Transforms, WhatIsDroppedIsNotSent) {
  connect();
  int seen = 0;
  ASSERT_TRUE(videoSender
                  ->setTransform(RTCRtpScriptTransform::ofVideo([&](RTCEncodedVideoFrame&) {
                    ++seen;
                    return false;
                  }))
                  .ok());
  world.runFor(Duration::millis(200));
  forget();
  world.runFor(Duration::seconds(1));
  EXPECT_GE(seen, 25);
  EXPECT_EQ(b.pictures, 0u);
  EXPECT_GE(b.sounds, 40u) << "sound has no transform";
}

TEST_F(Transforms, TheSameBytesOfAnotherLengthGoThrough) {
  ASSERT_TRUE(videoSender
                  ->setTransform(RTCRtpScriptTransform::ofVideo([](RTCEncodedVideoFrame& frame) {
                    frame.data.insert(frame.data.end(), 3000, 0x5a);  // several packets more
                    return true;
                  }))
                  .ok());
  signal(a, b);
  world.runFor(Duration::millis(20));
  std::vector<std::pair<uint32_t, size_t>> sizes;
  ASSERT_TRUE(videoReceiver
                  ->setTransform(RTCRtpScriptTransform::ofVideo([&](RTCEncodedVideoFrame& frame) {
                    EXPECT_GT(frame.data.size(), 3000u);
                    frame.data.resize(frame.data.size() - 3000);
                    return true;
                  }))
                  .ok());
  ASSERT_TRUE(world.runUntil([&] { return connected(b); }, Duration::seconds(10)));
  world.runFor(Duration::seconds(3));
  EXPECT_GE(b.pictures, 70u);
  EXPECT_EQ(b.unreadable, 0u);
}

// webrtc-encoded-transform §5.
TEST_F(Transforms, KeyFramesByEitherEnd) {
  connect();
  std::shared_ptr<RTCRtpScriptTransformer> sending, receiving;
  int keys = 0, asked = 0;
  bool prevent = false;
  ASSERT_TRUE(videoSender
                  ->setTransform(std::make_shared<RTCRtpScriptTransform>([&](const auto& made) {
                    sending = made;
                    made->onvideoframe = [&](RTCEncodedVideoFrame frame) {
                      keys += frame.type == RTCEncodedVideoFrameType::kKey ? 1 : 0;
                      EXPECT_TRUE(sending->enqueue(std::move(frame)).ok());
                    };
                    made->onkeyframerequest = [&](KeyFrameRequestEvent& event) {
                      ++asked;
                      event.prevented = prevent;
                    };
                  }))
                  .ok());
  ASSERT_TRUE(videoReceiver
                  ->setTransform(std::make_shared<RTCRtpScriptTransform>([&](const auto& made) {
                    receiving = made;
                    made->onvideoframe = [&](RTCEncodedVideoFrame frame) {
                      EXPECT_TRUE(receiving->enqueue(std::move(frame)).ok());
                    };
                  }))
                  .ok());
  world.runFor(Duration::seconds(1));
  keys = asked = 0;
  ASSERT_TRUE(sending->generateKeyFrame().ok());
  world.runFor(Duration::millis(500));
  EXPECT_EQ(keys, 1);
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE(receiving->sendKeyFrameRequest().ok());
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(keys, 2);
  prevent = true;
  ASSERT_TRUE(receiving->sendKeyFrameRequest().ok());
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(keys, 2) << "as the handler wished";
  EXPECT_EQ(sending->generateKeyFrame("hi").error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(sending->sendKeyFrameRequest().error().code(), ErrorCode::kInvalidStateError);
  EXPECT_EQ(receiving->generateKeyFrame().error().code(), ErrorCode::kInvalidStateError);
}

// webrtc-encoded-transform §4.
TEST_F(Transforms, OneIsForOneEnd) {
  const auto transform = videoKey("tin");
  ASSERT_TRUE(videoSender->setTransform(transform).ok());
  EXPECT_TRUE(videoSender->setTransform(transform).ok()) << "the same again is no change";
  connect();
  EXPECT_EQ(videoReceiver->setTransform(transform).error().code(), ErrorCode::kInvalidStateError);
  EXPECT_EQ(videoSender->transform(), transform);
  EXPECT_EQ(videoReceiver->transform(), nullptr);
}

// A handler may do what any callback may.
TEST_F(Transforms, AHandlerMayEndTheConnection) {
  connect();
  ASSERT_TRUE(videoSender
                  ->setTransform(RTCRtpScriptTransform::ofVideo([&](RTCEncodedVideoFrame&) {
                    if (a.pc) {
                      world.detach(*a.pc);
                      a.pc.reset();
                    }
                    return true;
                  }))
                  .ok());
  world.runFor(Duration::seconds(1));
  EXPECT_FALSE(a.pc);
}

TEST_F(Transforms, WhatIsWrittenHasABound) {
  connect();
  std::shared_ptr<RTCRtpScriptTransformer> transformer;
  std::vector<RTCEncodedVideoFrame> waiting;
  ASSERT_TRUE(videoSender
                  ->setTransform(std::make_shared<RTCRtpScriptTransform>([&](const auto& made) {
                    transformer = made;
                    made->onvideoframe = [&](RTCEncodedVideoFrame frame) { waiting.push_back(std::move(frame)); };
                  }))
                  .ok());
  world.runFor(Duration::seconds(3));
  ASSERT_GT(waiting.size(), RTCRtpScriptTransformer::kMaxWritten);
  for (size_t i = 0; i < waiting.size(); ++i) {
    const auto enqueued = transformer->enqueue(std::move(waiting[i]));
    EXPECT_EQ(enqueued.ok(), i < RTCRtpScriptTransformer::kMaxWritten);
    if (!enqueued.ok()) {
      EXPECT_EQ(enqueued.error().code(), ErrorCode::kLimit);
    }
  }
  world.runFor(Duration::millis(100));
  EXPECT_FALSE(transformer->hasWritten());
}

}  // namespace
}  // namespace tincan::inline v0::sim
