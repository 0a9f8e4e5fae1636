// B11: how many video decoders a connection has, and how many pixels they keep.
#include "stack/decoder_budget.h"

#include <deque>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

/// The first frames of a grey picture; a key frame and those behind it.
std::vector<Bytes> grey(int width, int height, int count = 1) {
  const auto encoder = media::makeVp8Encoder(width, height, 100'000);
  media::VideoFrame picture;
  picture.resize(width, height);
  std::fill(picture.pixels.begin(), picture.pixels.end(), uint8_t{128});
  std::vector<Bytes> out;
  for (int i = 0; i < count; ++i) {
    picture.rtpTimestamp = static_cast<uint32_t>(i) * 3000;
    out.push_back(media::encodeOne(*encoder, picture).data);
  }
  return out;
}

/// A key frame that says it is of another size than it is (RFC 6386 §9.1).
Bytes lying(uint16_t width, uint16_t height) {
  Bytes frame = grey(64, 64)[0];
  frame[6] = static_cast<uint8_t>(width);
  frame[7] = static_cast<uint8_t>(width >> 8);
  frame[8] = static_cast<uint8_t>(height);
  frame[9] = static_cast<uint8_t>(height >> 8);
  return frame;
}

bool isRefused(const Result<media::VideoFrame>& picture) {
  return !picture && picture.error().code() == ErrorCode::kLimit;
}

struct Decoder : BudgetedDecoder {
  explicit Decoder(DecoderBudget& budget) : BudgetedDecoder(budget, media::builtInCodecs()) {
    setFormat({media::CodecKind::kVideo, "VP8", 90'000});
  }
};

TEST(DecoderBudget, B11_HasSoManyDecodersAndNoMore) {
  DecoderBudget budget({.videoDecoders = 3, .decodedPixels = 1 << 20});
  const Bytes small = grey(32, 32)[0];
  std::deque<Decoder> decoders;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(decoders.emplace_back(budget).decode(at(0), small).ok());
  auto& fourth = decoders.emplace_back(budget);
  EXPECT_TRUE(isRefused(fourth.decode(at(0), small)));
  EXPECT_FALSE(fourth.hasRoom(at(0)));
  EXPECT_EQ(budget.counters().refused, 1u);
  EXPECT_EQ(budget.decoders(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(decoders[i].decode(at(1), small).ok()) << "who has one keeps it";
  decoders[1].close();
  EXPECT_TRUE(fourth.hasRoom(at(1)));
  EXPECT_TRUE(fourth.decode(at(1), small).ok());
  EXPECT_TRUE(isRefused(decoders[1].decode(at(1), small)));
  decoders.clear();
  EXPECT_EQ(budget.decoders(), 0u);
  EXPECT_EQ(budget.pixels(), 0u);
}

TEST(DecoderBudget, B11_HasSoManyPixelsAndNoMore) {
  DecoderBudget budget({.videoDecoders = 8, .decodedPixels = 64 * 64 + 32 * 32});
  Decoder one(budget), other(budget);
  EXPECT_TRUE(one.decode(at(0), grey(64, 64)[0]).ok());
  EXPECT_TRUE(isRefused(other.decode(at(0), grey(33, 32)[0]))) << "macroblocks count whole";
  EXPECT_TRUE(isRefused(other.decode(at(0), grey(48, 48)[0])));
  EXPECT_TRUE(other.decode(at(0), grey(31, 32)[0]).ok());
  EXPECT_EQ(budget.pixels(), 64u * 64 + 32 * 32);
  // A picture that grows past it loses its place; one that shrinks gives back.
  EXPECT_TRUE(isRefused(other.decode(at(0), grey(48, 32)[0])));
  EXPECT_EQ(budget.pixels(), 64u * 64);
  EXPECT_TRUE(one.decode(at(0), grey(16, 16)[0]).ok());
  EXPECT_EQ(budget.pixels(), 256u);
  EXPECT_TRUE(other.decode(at(0), grey(48, 32)[0]).ok());
}

TEST(DecoderBudget, B11_BelievesNoHeaderThatItHasNoRoomFor) {
  DecoderBudget budget{DecodingLimits()};
  std::deque<Decoder> decoders;
  for (int i = 0; i < 8; ++i) {
    const auto picture = decoders.emplace_back(budget).decode(at(0), lying(4096, 4096));
    EXPECT_EQ(isRefused(picture), i > 0);
  }
  EXPECT_EQ(budget.counters().refused, 7u);
  EXPECT_EQ(budget.pixels(), 4096u * 4096);
  EXPECT_TRUE(isRefused(decoders[1].decode(at(0), grey(16, 16)[0])));
  // What no decoder takes, takes no room.
  decoders.clear();
  Decoder last(budget);
  EXPECT_TRUE(isRefused(last.decode(at(0), lying(4097, 16))));
  EXPECT_TRUE(isRefused(last.decode(at(0), lying(16, 16383))));
  EXPECT_FALSE(last.hasRoom(at(0)));
  EXPECT_EQ(budget.decoders(), 0u);
  EXPECT_TRUE(last.decode(at(0), grey(16, 16)[0]).ok()) << "and the next may be of a size that is taken";
}

// A track whose source changes again and again leaves decoders behind: silent ones make room, others do not.
TEST(DecoderBudget, B11_ASilentDecoderMakesRoom) {
  DecoderBudget budget({.videoDecoders = 2, .decodedPixels = 1 << 20});
  const auto frames = grey(32, 32, 2);
  Decoder first(budget), second(budget), third(budget);
  EXPECT_TRUE(first.decode(at(0), frames[0]).ok());
  EXPECT_TRUE(second.decode(at(1), frames[0]).ok());
  EXPECT_TRUE(first.decode(at(1000), frames[1]).ok());
  EXPECT_TRUE(isRefused(third.decode(at(5000), frames[0]))) << "4,999 ms";
  EXPECT_FALSE(third.hasRoom(at(5000)));
  EXPECT_TRUE(third.hasRoom(at(5001)));
  EXPECT_TRUE(third.decode(at(5001), frames[0]).ok());
  EXPECT_EQ(budget.counters().displaced, 1u);
  EXPECT_TRUE(first.decode(at(5001), frames[1]).ok()) << "it was heard";
  const auto lost = second.decode(at(5002), frames[1]);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code(), ErrorCode::kMalformed) << "it needs a key frame now";
}

TEST(DecoderBudget, B11_NobodyGoesForWhatWouldNotFitAnyway) {
  DecoderBudget budget({.videoDecoders = 2, .decodedPixels = 32 * 32});
  Decoder first(budget), second(budget);
  EXPECT_TRUE(first.decode(at(0), grey(32, 32)[0]).ok());
  EXPECT_TRUE(isRefused(second.decode(at(60'000), grey(64, 32)[0])));
  EXPECT_EQ(budget.counters().displaced, 0u);
  EXPECT_EQ(budget.decoders(), 1u);
}

// 28 kB of key frames on 8 sources of one connection took 462 MiB.
class DecoderBudgetOfAConnection : public ::testing::Test {
 protected:
  DecoderBudgetOfAConnection() {
    on_.onRtcp = [this](const PacketBuffer& packet) {
      auto parsed = rtp::rtcp::parseCompound(packet.view());
      if (!parsed) return;
      for (const auto& each : *parsed)
        if (const auto* pli = std::get_if<rtp::rtcp::Pli>(&each)) ++asked_[pli->media.value()];
    };
    sink_ = on_.video->receiver()->track()->addVideoSink([this](const media::VideoFrame&) { ++pictures_; });
  }
  void frame(uint32_t ssrc, const Bytes& vp8) {
    Bytes payload = {0x10};  // RFC 7741 §4.2: the start of a frame
    payload.insert(payload.end(), vp8.begin(), vp8.end());
    const uint16_t number = sequence_[ssrc]++;
    on_.fromPeer(SessionOnWire::kVp8Type, ssrc, number, number * 3000u, payload);
  }
  std::map<uint32_t, RTCInboundRtpStreamStats> stats() const {
    RTCStatsReport report;
    on_.session.addStats(on_.wire.now(), report);
    std::map<uint32_t, RTCInboundRtpStreamStats> out;
    for (const auto& each : report.inboundRtp) out[each.ssrc] = each;
    return out;
  }

  SessionOnWire on_;
  std::map<uint32_t, uint16_t> sequence_;
  std::map<uint32_t, size_t> asked_;
  size_t pictures_ = 0;
  media::SinkId sink_ = 0;
};

TEST_F(DecoderBudgetOfAConnection, B11_HoldsOverAllItsSources) {
  ASSERT_TRUE(on_.wire.connect());
  on_.session.apply(on_.sections);
  const Bytes huge = lying(4096, 4096);
  const auto small = grey(32, 32, 40);
  frame(5000, small[0]);
  on_.run(Duration::millis(100));
  for (uint32_t ssrc = 6000; ssrc < 6008; ++ssrc) frame(ssrc, huge);
  on_.run(Duration::millis(100));
  // The genuine one goes on, and those that were refused, and send on, are not asked for what would be refused again.
  for (size_t i = 1; i < small.size(); ++i) {
    frame(5000, small[i]);
    for (uint32_t ssrc = 6000; ssrc < 6008; ++ssrc) frame(ssrc, small[i]);
    on_.run(Duration::millis(30));
  }
  on_.run(Duration::millis(600));
  EXPECT_EQ(on_.session.decoders().counters().refused, 8u) << "none has room beside the genuine one";
  EXPECT_EQ(on_.session.decoders().pixels(), 32u * 32);
  EXPECT_EQ(stats().at(5000).framesDecoded, small.size());
  EXPECT_EQ(pictures_, small.size());
  EXPECT_EQ(stats().at(6000).framesOverBudget, 1u);
  EXPECT_EQ(stats().at(6000).framesDropped, 1u);
  EXPECT_EQ(asked_[6000], 0u);
}

TEST_F(DecoderBudgetOfAConnection, B11_IsFreeAgainWhenTheSectionGoes) {
  ASSERT_TRUE(on_.wire.connect());
  on_.session.apply(on_.sections);
  frame(5000, grey(32, 32)[0]);
  on_.run(Duration::millis(100));
  EXPECT_EQ(on_.session.decoders().decoders(), 1u);
  on_.session.apply({on_.sections[0]});
  EXPECT_EQ(on_.session.decoders().decoders(), 0u);
}

TEST_F(DecoderBudgetOfAConnection, B11_IsFreeAgainWhenNobodyLooks) {
  ASSERT_TRUE(on_.wire.connect());
  on_.session.apply(on_.sections);
  const auto frames = grey(32, 32, 2);
  frame(5000, frames[0]);
  on_.run(Duration::millis(100));
  on_.video->receiver()->track()->removeSink(sink_);
  frame(5000, frames[1]);
  on_.run(Duration::millis(600));
  EXPECT_EQ(on_.session.decoders().decoders(), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
