// What senders make, on its way through the pacer to the far end of a wire.
#include "session/send_queue.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "rtp/extension_values.h"
#include "rtp/header.h"
#include "session/outbound_stream.h"
#include "stack/negotiation.h"
#include "stack/video_sender.h"
#include "tests/stack/wire.h"

namespace tincan::inline v0::stack {
namespace {

using rtp::ExtensionKind;
using rtp::Pacer;
using session::OutboundStream;
using session::SendQueue;

struct Arrived {
  TimePoint when;
  rtp::Header header;
  uint16_t transportSequence = 0;
  uint32_t absSendTime = 0;
};

class SendQueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ids_.add(ExtensionKind::kMid, 4);
    ids_.add(ExtensionKind::kAbsSendTime, 2);
    ids_.add(ExtensionKind::kTransportSequence, 3);
    ASSERT_TRUE(wire_.connect());
    queue_->setPacingRate(2'000'000);
    queue_->repairs().setLineRate(2'000'000);
  }
  OutboundStream::Config config(uint32_t ssrc, Pacer::Priority priority) const {
    OutboundStream::Config out;
    out.ssrc = Ssrc(ssrc);
    out.rtxSsrc = Ssrc(ssrc + 1);
    out.mid = "0";
    out.payloadType = PayloadType(96);
    out.rtxPayloadType = PayloadType(97);
    out.nack = true;
    out.extensions = ids_;
    out.priority = priority;
    return out;
  }
  std::unique_ptr<OutboundStream> sender(OutboundStream::Config config) {
    return std::make_unique<OutboundStream>(std::move(config), *queue_, wire_.random(), wire_.pool());
  }
  void add(OutboundStream& sender, int packets, uint32_t timestamp = 0, size_t size = 1000) {
    for (int i = 0; i < packets; ++i) {
      PacketBuffer payload = wire_.pool().allocate();
      ASSERT_TRUE(payload.resize(size));
      ASSERT_TRUE(sender.add(wire_.now(), std::move(payload), i + 1 == packets, timestamp));
    }
  }
  /// In steps of a millisecond; what arrives meanwhile.
  std::vector<Arrived> run(Duration time) {
    std::vector<Arrived> out;
    for (const TimePoint end = wire_.now() + time;; wire_.advance(Duration::millis(1))) {
      queue_->flush(wire_.now());
      wire_.carry(0);
      for (Transport::Media media; wire_[1].pollMedia(media);) out.push_back(parse(media.packet));
      if (wire_.now() >= end) return out;
    }
  }
  Arrived parse(const PacketBuffer& packet) {
    Arrived out;
    out.when = wire_.now();
    EXPECT_TRUE(rtp::Header::parse(packet.view(), out.header));
    const auto sequence = rtp::findExtension(packet.view(), out.header, ids_, ExtensionKind::kTransportSequence);
    const auto time = rtp::findExtension(packet.view(), out.header, ids_, ExtensionKind::kAbsSendTime);
    EXPECT_TRUE(sequence && time);
    if (sequence) out.transportSequence = rtp::TransportSequence::read(*sequence)->value;
    if (time) out.absSendTime = rtp::AbsSendTime::read(*time)->value;
    return out;
  }
  void nack(OutboundStream& sender, std::vector<uint16_t> numbers) {
    rtp::rtcp::Nack nack;
    nack.media = sender.ssrc();
    nack.sequenceNumbers = std::move(numbers);
    sender.handleNack(wire_.now(), nack);
  }
  void useQueue(Pacer::Config config) { queue_ = std::make_unique<SendQueue>(config, wire_[0], 0); }

  rtp::ExtensionMap ids_;
  Wire wire_;
  std::unique_ptr<SendQueue> queue_ = std::make_unique<SendQueue>(Pacer::Config{}, wire_[0], uint16_t{65'530});
};

TEST_F(SendQueueTest, TimeAndTransportNumberAreThoseOfLeaving) {
  auto video = sender(config(10, Pacer::Priority::kVideo));
  auto sound = sender(config(20, Pacer::Priority::kAudio));
  add(*video, 10);
  std::vector<Arrived> all = run(Duration::millis(7));
  add(*sound, 1, 0, 100);
  for (const Arrived& arrived : run(Duration::millis(100))) all.push_back(arrived);
  ASSERT_EQ(all.size(), 11u);
  uint16_t videoSequence = all[0].header.sequenceNumber, transportSequence = 65'530;
  size_t soundAt = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].transportSequence, transportSequence++) << "one count, in the order of leaving";
    EXPECT_EQ(all[i].absSendTime, rtp::AbsSendTime::at(all[i].when).value);
    if (all[i].header.ssrc == Ssrc(20)) {
      soundAt = i;
    } else {
      EXPECT_EQ(all[i].header.sequenceNumber, videoSequence++);
    }
  }
  EXPECT_LT(soundAt, 6u) << "did not wait for the picture";
  EXPECT_GT(all.back().when - all.front().when, Duration::millis(25));
}

TEST_F(SendQueueTest, CountsAPacketWhenItLeaves) {
  auto video = sender(config(10, Pacer::Priority::kVideo));
  const TimePoint start = wire_.now();
  add(*video, 10, 3000);
  EXPECT_EQ(video->statistics().packetsSent(), 0u);
  EXPECT_FALSE(video->statistics().hasSent());
  Duration waited;
  for (const Arrived& arrived : run(Duration::millis(100))) waited += arrived.when - start;
  EXPECT_EQ(video->statistics().packetsSent(), 10u);
  EXPECT_EQ(video->statistics().payloadBytesSent(), 10'000u);
  EXPECT_EQ(video->totalDelay(), waited);
  EXPECT_GT(waited, Duration::millis(100));
  // RFC 3550 §6.4.1: the report's RTP time goes by when the picture was made, not by how long it waited.
  add(*video, 2, 6000);
  const TimePoint second = wire_.now();
  run(Duration::millis(50));
  const auto early = video->statistics().senderReport(second, {});
  const auto late = video->statistics().senderReport(second + Duration::seconds(1), {});
  EXPECT_EQ(late.rtpTimestamp - early.rtpTimestamp, 90'000u);
  EXPECT_EQ(early.rtpTimestamp - video->position().timestampOffset, 6000u);
}

TEST_F(SendQueueTest, ASenderThatGoesLeavesNoGap) {
  const auto named = config(10, Pacer::Priority::kVideo);
  auto video = sender(named);
  add(*video, 20);
  const std::vector<Arrived> before = run(Duration::millis(20));
  ASSERT_GT(before.size(), 3u);
  ASSERT_LT(before.size(), 15u);
  nack(*video, {before[0].header.sequenceNumber, before[1].header.sequenceNumber, before[2].header.sequenceNumber});
  const std::vector<Arrived> repairs = run(Duration::zero());
  ASSERT_LT(repairs.size(), 3u) << "some wait";
  auto resumed = named;
  resumed.resume = video->position();
  video.reset();
  EXPECT_EQ(queue_->counters().dropped, 20 + 3 - before.size() - repairs.size());
  EXPECT_TRUE(run(Duration::millis(100)).empty()) << "what waited is gone";

  video = sender(resumed);
  add(*video, 1);
  auto after = run(Duration::millis(10));
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].header.sequenceNumber, static_cast<uint16_t>(before.back().header.sequenceNumber + 1));
  nack(*video, {after[0].header.sequenceNumber});
  const auto repair = run(Duration::millis(10));
  ASSERT_EQ(repair.size(), 1u);
  EXPECT_EQ(repair[0].header.ssrc, Ssrc(11));
  EXPECT_EQ(static_cast<uint16_t>(repair[0].header.sequenceNumber - resumed.resume->nextRtxSequence), 0u);
  EXPECT_EQ(wire_[1].counters().unauthenticated, 0u);
}

TEST_F(SendQueueTest, RepairsGoBeforePicturesWithATimeOfTheirOwn) {
  auto video = sender(config(10, Pacer::Priority::kVideo));
  add(*video, 4);
  const auto first = run(Duration::millis(20));
  ASSERT_EQ(first.size(), 4u);
  add(*video, 20);
  run(Duration::zero());
  // What is asked for that has not left yet was never lost.
  nack(*video, {first[1].header.sequenceNumber, static_cast<uint16_t>(first[3].header.sequenceNumber + 20)});
  const auto next = run(Duration::millis(10));
  ASSERT_GE(next.size(), 2u);
  EXPECT_EQ(next[0].header.ssrc, Ssrc(11));
  EXPECT_EQ(next[0].header.payloadType, PayloadType(97));
  EXPECT_EQ(next[0].absSendTime, rtp::AbsSendTime::at(next[0].when).value);
  EXPECT_EQ(next[1].header.ssrc, Ssrc(10));
  EXPECT_EQ(next[1].transportSequence, static_cast<uint16_t>(next[0].transportSequence + 1));
  EXPECT_EQ(video->repairs().resent, 1u);
}

TEST_F(SendQueueTest, WhatIsRefusedHasNoNumber) {
  Pacer::Config small;
  small.maxPackets = 5;
  useQueue(small);
  auto video = sender(config(10, Pacer::Priority::kVideo));
  add(*video, 5);
  EXPECT_EQ(video->room(), 0u);
  PacketBuffer payload = wire_.pool().allocate();
  ASSERT_TRUE(payload.resize(100));
  EXPECT_FALSE(video->add(wire_.now(), std::move(payload), true, 0));
  queue_->setPacingRate(10'000'000);
  auto all = run(Duration::millis(20));
  add(*video, 1);
  for (const Arrived& arrived : run(Duration::millis(20))) all.push_back(arrived);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(static_cast<uint16_t>(all[5].header.sequenceNumber - all[0].header.sequenceNumber), 5u);
}

// A picture is of use whole: one that does not fit is not begun, and those that refer to it do not leave.
TEST_F(SendQueueTest, AfterAPictureThatDoesNotFitComesAKeyFrame) {
  Pacer::Config small;
  small.maxPackets = 60;
  useQueue(small);
  Negotiation negotiation(wire_.random(), 1);
  media::VideoConstraints constraints;
  constraints.width = 320;
  constraints.height = 240;
  media::MediaStreamConstraints wanted;
  wanted.video = constraints;
  const auto track = media::getUserMedia(wanted, wire_.random()).value()->getTracks().front();
  const auto transceiver =
      negotiation.addTransceiver(MediaKind::kVideo, track, RTCRtpTransceiverDirection::kSendonly, {});
  auto events = std::make_shared<EventQueue>();
  const auto stream = sender(config(10, Pacer::Priority::kVideo));
  VideoSender video(transceiver->sender(), {stream.get()}, events, media::builtInCodecs(),
                    {{media::CodecKind::kVideo, "VP8", 90'000}}, 1'000'000, wire_.random(), wire_.pool());
  const auto capture = [&](int pictures) {
    for (int i = 0; i < pictures; ++i) {
      video.handleTimeout(wire_.now());
      EventQueue::run(events);
      wire_.advance(Duration::micros(33'334));
    }
  };
  capture(60);  // no rate: nothing leaves
  RTCOutboundRtpStreamStats stats;
  video.addStats(stats, 0);
  EXPECT_EQ(queue_->counters().refused, 0u) << "nobody pushed what was not to fit";
  EXPECT_GT(stats.keyFramesEncoded, 2u) << "and asked for another, for what came then to be of use";
  queue_->setPacingRate(100'000'000);
  const auto before = run(Duration::millis(20));
  EXPECT_GT(before.size(), 30u);
  EXPECT_TRUE(before.back().header.marker) << "the last picture is whole";
  const uint64_t keyFrames = stats.keyFramesEncoded;
  std::vector<Arrived> after;
  for (int i = 0; i < 10; ++i) {
    capture(1);
    for (const Arrived& arrived : run(Duration::millis(1))) after.push_back(arrived);
  }
  video.addStats(stats, 0);
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(stats.keyFramesEncoded, keyFrames + 1) << "what leaves begins with a key frame";
  EXPECT_EQ(static_cast<uint16_t>(after[0].header.sequenceNumber - before.back().header.sequenceNumber), 1u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
