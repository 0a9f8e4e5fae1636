// Pictures of layers with their dependency descriptors, and some of them lost: what a decoder is given it can decode, and
// only what nothing else helps for costs a key frame.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/codec/frame_dependencies.h"
#include "media/codec/layer_plan.h"
#include "media/jitter_buffer.h"
#include "tests/media/jitter_buffer/virtual_time.h"

namespace tincan::inline v0::media {
namespace {

/// One packet, as a sender of layers would make it.
struct Sent {
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  Bytes descriptor;
  bool start = false, marker = false, key = false;
  VideoLayer layer;
};

class LayeredSender {
 public:
  explicit LayeredSender(const char* mode) : mode_(*ScalabilityMode::parse(mode)), plan_(mode_), dependencies_(mode_) {}

  /// Two packets for each layer.
  std::vector<Sent> picture(bool key = false) {
    plan_.beginPicture(key);
    std::vector<Sent> out;
    for (int spatial = 0; spatial < mode_.spatialLayers; ++spatial) {
      EncodedFrame frame;
      frame.layer = plan_.frame(spatial).layer;
      frame.keyFrame = frame.layer->keyPicture && spatial == 0;
      rtp::DependencyDescriptor told = dependencies_.next(frame, 640, 480);
      for (const bool first : {true, false}) {
        told.startOfFrame = first;
        told.endOfFrame = !first;
        if (!first) told.structure.reset();
        if (!first) told.activeTargets.reset();
        Sent& sent = out.emplace_back();
        sent.sequence = sequence_++;
        sent.timestamp = timestamp_;
        sent.descriptor.resize(rtp::DependencyDescriptor::kMaxSize);
        sent.descriptor.resize(told.write(dependencies_.structure(), sent.descriptor));
        EXPECT_FALSE(sent.descriptor.empty());
        sent.start = first;
        sent.marker = !first && frame.layer->endOfPicture;
        sent.key = frame.keyFrame;
        sent.layer = *frame.layer;
      }
    }
    timestamp_ += 3000;
    return out;
  }
  /// As who forwards and leaves some out would number what it forwards.
  void renumber(uint16_t next) { sequence_ = next; }
  uint16_t next() const { return sequence_; }

 private:
  ScalabilityMode mode_;
  LayerPlan plan_;
  FrameDependencies dependencies_;
  uint16_t sequence_ = 65'500;
  uint32_t timestamp_ = 0;
};

class LayeredPictures : public testing::Test {
 protected:
  void receive(const Sent& sent) {
    VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sent.sequence;
    packet.timestamp = sent.timestamp;
    Bytes bytes = sent.descriptor;
    bytes.push_back(1);
    packet.buffer = pool_.copy(bytes);
    if (tells_) packet.dependencies = packet.buffer.view().first(sent.descriptor.size());
    packet.info.payload = packet.buffer.view().subspan(sent.descriptor.size());
    packet.info.startOfFrame = sent.start;
    packet.info.endOfFrame = sent.marker;
    packet.info.keyFrame = sent.key;
    buffer_.receive(now_, std::move(packet));
  }
  void receive(const std::vector<Sent>& all) {
    for (const Sent& sent : all) receive(sent);
  }
  /// What comes out within the next picture's time.
  void play() {
    const TimePoint end = now_ + Duration::millis(33);
    while (true) {
      ReceivedFrame frame;
      while (buffer_.pop(now_, frame)) {
        out_.push_back(frame);
        for (const int64_t each : frame.dependencies) EXPECT_TRUE(given_.contains(each) || frame.keyFrame) << each;
        if (frame.keyFrame) given_.clear();
        for (int64_t of = 0; frame.frameId && of <= frame.spatialLayer; ++of) given_.insert(*frame.frameId - of);
      }
      asked_ |= buffer_.needsKeyFrame();
      const TimePoint next = buffer_.nextTimeout();
      if (next > end) break;
      now_ = std::max(next, now_ + Duration::micros(1));
    }
    now_ = end;
  }

  PacketPool pool_;
  VideoJitterBuffer buffer_{noDelay()};
  TimePoint now_ = at(1000);
  std::vector<ReceivedFrame> out_;
  std::set<int64_t> given_;
  bool asked_ = false;
  bool tells_ = true;
};

TEST_F(LayeredPictures, AllComeOutWithTheirNumbers) {
  LayeredSender sender("L1T3");
  for (int i = 0; i < 9; ++i) {
    receive(sender.picture());
    play();
  }
  ASSERT_EQ(out_.size(), 9u);
  for (size_t i = 0; i < 9; ++i) EXPECT_EQ(out_[i].frameId, static_cast<int64_t>(i));
  EXPECT_TRUE(out_[0].dependencies.empty());
  EXPECT_EQ(out_[3].dependencies[0], 2) << "the second picture of the top layer refers to the middle one";
  EXPECT_EQ(out_[4].dependencies[0], 0);
  EXPECT_EQ(out_[3].temporalLayer, 2);
}

TEST_F(LayeredPictures, WhatNothingRefersToMayBeLost) {
  LayeredSender sender("L1T3");
  for (int i = 0; i < 41; ++i) {
    const auto packets = sender.picture();
    if (packets[0].layer.temporal != 2) receive(packets);
    play();
  }
  EXPECT_FALSE(asked_);
  EXPECT_EQ(out_.size(), 21u);
  EXPECT_EQ(buffer_.stats().gapsPassed, 20u);
  EXPECT_EQ(buffer_.stats().gapsGivenUp, 0u);
  EXPECT_LT(buffer_.stats().delaySum / 21, Duration::millis(5)) << "nothing waited";
}

TEST_F(LayeredPictures, WithoutDescriptorsALossIsWaitedForAndCostsAKeyFrame) {
  tells_ = false;
  LayeredSender sender("L1T3");
  for (int i = 0; i < 41; ++i) {
    const auto packets = sender.picture();
    if (packets[0].layer.temporal != 2 || i > 10) receive(packets);
    play();
  }
  EXPECT_TRUE(asked_);
}

TEST_F(LayeredPictures, ALostMiddleFrameTakesOnlyWhatRefersToIt) {
  LayeredSender sender("L1T3");
  for (int i = 0; i < 13; ++i) {
    const auto packets = sender.picture();
    if (i != 6) receive(packets);  // T1; 7 refers to it
    play();
  }
  EXPECT_FALSE(asked_);
  std::vector<int64_t> ids;
  for (const auto& frame : out_) ids.push_back(*frame.frameId);
  EXPECT_EQ(ids, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12}));
}

TEST_F(LayeredPictures, WhoForwardsMayLeaveOutLayersAndNumberWhatIsLeft) {
  LayeredSender sender("L1T3");
  for (int i = 0; i < 21; ++i) {
    const uint16_t number = sender.next();
    const auto packets = sender.picture();
    if (packets[0].layer.temporal == 2)
      sender.renumber(number);
    else
      receive(packets);
    play();
  }
  EXPECT_FALSE(asked_);
  EXPECT_EQ(out_.size(), 11u);
  EXPECT_EQ(buffer_.stats().gapsPassed, 0u);
}

TEST_F(LayeredPictures, ABrokenChainAsksForAKeyFrameThoughNoNumberIsMissing) {
  LayeredSender sender("L1T3");
  for (int i = 0; i < 8; ++i) {
    const uint16_t number = sender.next();
    const auto packets = sender.picture();
    if (i == 4)
      sender.renumber(number);
    else
      receive(packets);
    play();
  }
  EXPECT_EQ(out_.size(), 4u);
  EXPECT_TRUE(asked_);
  EXPECT_EQ(buffer_.stats().chainsBroken, 1u);
  receive(sender.picture(true));
  play();
  receive(sender.picture());
  play();
  EXPECT_EQ(out_.size(), 6u);
  EXPECT_FALSE(buffer_.needsKeyFrame());
}

TEST_F(LayeredPictures, ARepairInTimeLosesNothing) {
  buffer_.setDelayLimits(Duration::millis(100), Duration::millis(500));
  LayeredSender sender("L1T3");
  std::vector<Sent> late;  // by one picture
  for (int i = 0; i < 22; ++i) {
    const auto packets = sender.picture();
    const std::vector<Sent> before = std::exchange(late, {});
    if (packets[0].layer.temporal == 2 && i < 21)
      late = packets;
    else
      receive(packets);
    play();
    receive(before);
  }
  for (int i = 0; i < 10; ++i) play();
  EXPECT_EQ(out_.size(), 22u);
  EXPECT_EQ(buffer_.stats().gapsPassed, 0u);
}

TEST_F(LayeredPictures, AnUpperSpatialLayerLostInADiscardablePictureLosesThatPicture) {
  LayeredSender sender("L3T3_KEY");
  for (int i = 0; i < 21; ++i) {
    const auto packets = sender.picture();
    for (const Sent& sent : packets)
      if (sent.layer.spatial != 2 || sent.layer.temporal != 2) receive(sent);
    play();
  }
  EXPECT_FALSE(asked_);
  EXPECT_EQ(out_.size(), 11u);
}

TEST_F(LayeredPictures, WhatComesOutCanAlwaysBeDecoded) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    const char* const modes[] = {"L1T2", "L1T3", "L2T1", "L2T3_KEY", "L3T3", "L3T3_KEY"};
    LayeredSender sender(modes[random.below(6)]);
    buffer_ = VideoJitterBuffer(noDelay());
    out_.clear();
    given_.clear();
    std::vector<Sent> held;
    bool wanted = true;
    for (int i = 0; i < 120; ++i) {
      auto packets = sender.picture(std::exchange(wanted, false));
      std::erase_if(packets, [&](const Sent&) { return random.below(40) == 0; });
      for (const Sent& sent : packets) random.below(10) == 0 ? held.push_back(sent) : receive(sent);
      if (random.below(3) == 0) {
        receive(held);
        held.clear();
      }
      play();
      wanted = buffer_.needsKeyFrame();
    }
    EXPECT_GE(out_.size(), 10u);
  }
}

TEST_F(LayeredPictures, AHostileDescriptorIsNoWorseThanNone) {
  LayeredSender sender("L3T3_KEY");
  SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    auto packets = sender.picture(i % 20 == 0);
    for (Sent& sent : packets) {
      if (random.below(4) == 0) sent.descriptor[random.below(static_cast<uint32_t>(sent.descriptor.size()))] ^= 0x5a;
      if (random.below(10) == 0)
        sent.descriptor.resize(random.below(static_cast<uint32_t>(sent.descriptor.size()) + 1));
      receive(sent);
    }
    const TimePoint end = now_ + Duration::millis(33);
    ReceivedFrame frame;
    while (buffer_.pop(end, frame)) out_.push_back(frame);
    now_ = end;
  }
  EXPECT_LE(buffer_.heldPackets(), 2000u);
  EXPECT_GE(out_.size(), 10u);
}

}  // namespace
}  // namespace tincan::inline v0::media
