// Frames of every video format through their packetizer, a network that reorders and loses, and the jitter buffer.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"
#include "tests/media/jitter_buffer/virtual_time.h"

namespace tincan::inline v0::media {
namespace {

using rtp::VideoFormat;

struct Sent {
  uint16_t sequenceNumber = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  Bytes payload;
};

class Sender {
 public:
  Sender(VideoFormat format, uint64_t seed) : format_(format), random_(seed), vp8_(0), vp9_(0) {}

  std::vector<Sent> frame(bool key, Bytes* copy = nullptr) {
    frame_ = make(key, 200 + random_.below(9000));
    if (copy) *copy = frame_;
    timestamp_ += 3000;
    switch (format_) {
      case VideoFormat::kVp8: return packetize(vp8_);
      case VideoFormat::kVp9: return packetize(vp9_);
      case VideoFormat::kH264: return packetize(h264_);
      case VideoFormat::kH265: return packetize(h265_);
      case VideoFormat::kAv1: return packetize(av1_);
    }
    return {};
  }
  uint64_t below(uint64_t bound) { return random_.below(bound); }

 private:
  Bytes body(size_t size) {
    Bytes out(size);
    random_.fill(out);
    for (uint8_t& byte : out) byte |= 0x10;
    return out;
  }
  void addUnit(Bytes& out, Bytes header, size_t size) {
    out.insert(out.end(), std::begin(rtp::kStartCode), std::end(rtp::kStartCode));
    out.insert(out.end(), header.begin(), header.end());
    const Bytes rest = body(size);
    out.insert(out.end(), rest.begin(), rest.end());
  }
  static void addObu(Bytes& out, uint8_t type, const Bytes& rest) {
    out.push_back(static_cast<uint8_t>(type << 3 | 2));
    Bytes field(rtp::leb128Size(rest.size()));
    rtp::writeLeb128(field.data(), rest.size());
    out.insert(out.end(), field.begin(), field.end());
    out.insert(out.end(), rest.begin(), rest.end());
  }

  Bytes make(bool key, size_t size) {
    Bytes out;
    switch (format_) {
      case VideoFormat::kVp8:
        out = body(size);
        out[0] = key ? 0x10 : 0x11;
        if (key) storeBe24(out.data() + 3, 0x9d012a);
        break;
      case VideoFormat::kVp9: {
        out = body(size);
        const Bytes head = key ? Bytes{0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70} : Bytes{0x86};
        std::copy(head.begin(), head.end(), out.begin());
        break;
      }
      case VideoFormat::kH264:
        if (key) addUnit(out, {0x67}, 12);
        if (key) addUnit(out, {0x68}, 5);
        addUnit(out, {static_cast<uint8_t>(key ? 0x65 : 0x41)}, size / 2);  // two slices
        addUnit(out, {static_cast<uint8_t>(key ? 0x65 : 0x41)}, size / 2);
        break;
      case VideoFormat::kH265:
        if (key) addUnit(out, {32 << 1, 1}, 20);
        if (key) addUnit(out, {33 << 1, 1}, 30);
        if (key) addUnit(out, {34 << 1, 1}, 5);
        addUnit(out, {static_cast<uint8_t>(key ? 19 << 1 : 1 << 1), 1}, size);
        break;
      case VideoFormat::kAv1:
        if (key) addObu(out, 1, body(11));
        addObu(out, 6, body(size));
        addObu(out, 5, body(30));
        break;
    }
    return out;
  }

  template <class P>
  std::vector<Sent> packetize(P& packetizer) {
    packetizer.setFrame(frame_, 1200);
    std::vector<Sent> out;
    bool last = false;
    while (packetizer.packetsLeft() > 0) {
      PacketBuffer packet = pool_.allocate();
      if (!packetizer.next(packet, last)) break;
      out.push_back({sequence_++, timestamp_, last, toBytes(packet.view())});
    }
    return out;
  }

  VideoFormat format_;
  SeededRandom random_;
  PacketPool pool_;
  Bytes frame_;
  uint16_t sequence_ = 65500;
  uint32_t timestamp_ = 0;
  rtp::Vp8Packetizer vp8_;
  rtp::Vp9Packetizer vp9_;
  rtp::H264Packetizer h264_;
  rtp::H265Packetizer h265_;
  rtp::Av1Packetizer av1_;
};

class VideoFormats : public testing::TestWithParam<VideoFormat> {
 protected:
  VideoFormats() {
    VideoJitterBuffer::Config config;
    config.maxDelay = Duration::zero();
    buffer_ = VideoJitterBuffer(config);
  }
  void deliver(TimePoint now, const Sent& sent) {
    VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sent.sequenceNumber;
    packet.timestamp = sent.timestamp;
    packet.buffer = pool_.copy(sent.payload);
    ASSERT_TRUE(rtp::depacketize(GetParam(), packet.buffer.view(), sent.marker, packet.info));
    buffer_.receive(now, std::move(packet));
  }
  void deliver(TimePoint now, const std::vector<Sent>& all) {
    for (const Sent& one : all) deliver(now, one);
  }

  PacketPool pool_;
  VideoJitterBuffer buffer_;
  ReceivedFrame frame_;
};

TEST_P(VideoFormats, FramesComeOutAsTheyWentIn) {
  Sender sender(GetParam(), 1);
  for (int i = 0; i < 200; ++i) {
    Bytes expected;
    deliver(at(i * 33), sender.frame(i % 50 == 0, &expected));
    ASSERT_TRUE(buffer_.pop(at(i * 33), frame_)) << i;
    ASSERT_EQ(frame_.data, expected) << i;
    EXPECT_EQ(frame_.keyFrame, i % 50 == 0);
  }
  EXPECT_EQ(pool_.outstanding(), 0u);
}

TEST_P(VideoFormats, AnyOrderWithinAFewFramesWillDo) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    buffer_ = VideoJitterBuffer([] {
      VideoJitterBuffer::Config config;
      config.maxDelay = Duration::zero();
      return config;
    }());
    Sender sender(GetParam(), seed);
    std::vector<Bytes> expected(4);
    std::vector<Sent> all;
    for (size_t i = 0; i < expected.size(); ++i) {
      for (Sent& one : sender.frame(i == 0, &expected[i])) all.push_back(std::move(one));
    }
    for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[sender.below(i)]);
    deliver(at(0), all);
    for (const Bytes& frame : expected) {
      ASSERT_TRUE(buffer_.pop(at(0), frame_)) << seed;
      ASSERT_EQ(frame_.data, frame) << seed;
    }
  }
}

// One packet of a frame in the midst is lost, each in turn: what comes out is whole, and after the next keyframe all.
TEST_P(VideoFormats, EveryLossCostsUpToTheNextKeyFrameAndNoFrameIsWrong) {
  for (size_t lost = 0; lost < 8; ++lost) {
    buffer_ = VideoJitterBuffer();
    Sender sender(GetParam(), 5);
    std::vector<Bytes> expected;
    size_t out = 0;
    for (int i = 0; i < 60; ++i) {
      auto packets = sender.frame(i % 20 == 0, &expected.emplace_back());
      if (i == 25 && lost < packets.size()) packets.erase(packets.begin() + static_cast<ptrdiff_t>(lost));
      deliver(at(i * 33), packets);
      while (buffer_.pop(at(i * 33), frame_)) {
        ++out;
        const bool known = std::find(expected.begin(), expected.end(), frame_.data) != expected.end();
        EXPECT_TRUE(known) << "a frame that nobody sent";
      }
    }
    while (buffer_.pop(at(4000), frame_)) {
      ++out;
      EXPECT_TRUE(std::find(expected.begin(), expected.end(), frame_.data) != expected.end());
    }
    EXPECT_GE(out, 44u) << lost;
    EXPECT_EQ(frame_.data, expected.back());
  }
}

TEST_P(VideoFormats, RandomLossAndReorderingNeverMakesAFrameUp) {
  Sender sender(GetParam(), 9);
  std::multimap<int64_t, Sent> network;
  std::vector<Bytes> expected;
  for (int i = 0; i < 200; ++i) {
    for (Sent& one : sender.frame(i % 30 == 0, &expected.emplace_back())) {
      if (sender.below(100) < 2) continue;
      network.emplace(i * 33 + static_cast<int64_t>(sender.below(60)), std::move(one));
    }
  }
  size_t out = 0;
  size_t next = 0;
  for (const auto& [when, one] : network) {
    deliver(at(when), one);
    while (buffer_.pop(at(when), frame_)) {
      ++out;
      while (next < expected.size() && expected[next] != frame_.data) ++next;
      ASSERT_LT(next, expected.size()) << "a frame that nobody sent, or out of order";
      ++next;
    }
  }
  EXPECT_GT(out, 20u);
}

INSTANTIATE_TEST_SUITE_P(All, VideoFormats,
                         testing::Values(VideoFormat::kVp8, VideoFormat::kVp9, VideoFormat::kH264, VideoFormat::kH265,
                                         VideoFormat::kAv1),
                         [](const auto& param) { return std::string(rtp::encodingName(param.param)); });

class H264Jitter : public VideoFormats {};

TEST_P(H264Jitter, ParameterSetsThatWereOvertakenStillOpenTheFrame) {
  for (uint64_t late = 0; late < 8; ++late) {
    buffer_ = VideoJitterBuffer();
    Sender sender(GetParam(), 11 + late);
    Bytes expected;
    std::vector<Sent> packets;
    while (packets.size() < 4) packets = sender.frame(true, &expected);
    const Sent first = packets[0];
    packets.erase(packets.begin());
    // The last packet comes behind the parameter sets: the frame is not whole before they are there.
    const Sent final = packets.back();
    packets.pop_back();
    deliver(at(0), packets);
    deliver(at(10), first);
    EXPECT_FALSE(buffer_.pop(at(10), frame_));
    deliver(at(20), final);
    ASSERT_TRUE(buffer_.pop(at(20), frame_));
    EXPECT_EQ(frame_.data, expected);
  }
}

TEST_P(H264Jitter, FragmentsThatDoNotFitTogetherCostTheFrameAndAskForAKeyFrame) {
  Sender sender(GetParam(), 12);
  deliver(at(0), sender.frame(true));
  ASSERT_TRUE(buffer_.pop(at(0), frame_));
  std::vector<Sent> hurt;
  do hurt = sender.frame(false);
  while (hurt.size() < 4);
  hurt[1].payload = hurt[0].payload;  // begins again where it should go on
  deliver(at(33), hurt);
  EXPECT_FALSE(buffer_.pop(at(33), frame_));
  EXPECT_EQ(buffer_.stats().malformed, 1u);
  EXPECT_TRUE(buffer_.needsKeyFrame());
  Bytes expected;
  deliver(at(66), sender.frame(true, &expected));
  ASSERT_TRUE(buffer_.pop(at(66), frame_));
  EXPECT_EQ(frame_.data, expected);
}

INSTANTIATE_TEST_SUITE_P(Nal, H264Jitter, testing::Values(VideoFormat::kH264, VideoFormat::kH265),
                         [](const auto& param) { return std::string(rtp::encodingName(param.param)); });

}  // namespace
}  // namespace tincan::inline v0::media
