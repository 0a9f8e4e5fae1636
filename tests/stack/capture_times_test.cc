// webrtc.org, rtp-hdrext/abs-capture-time: which packets tell it, and what follows of that for the others.
#include "stack/capture_times.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stack/ntp_millis.h"
#include "tests/stack/wire.h"

namespace tincan::inline v0::stack {
namespace {

using rtp::AbsCaptureTime;

constexpr uint32_t kRate = 48'000;
constexpr auto kHalf = int64_t{1} << 31;  // a second's, in 32.32 fixed point

// ---- the value ----

TEST(AbsCaptureTime, IsReadAsItIsWritten) {
  const AbsCaptureTime brief{NtpTime::fromRaw(0x0102030405060708), std::nullopt};
  const auto bytes = brief.bytes();
  ASSERT_EQ(brief.size(), 8u);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 8), (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(AbsCaptureTime::read(ByteView(bytes).first(8)), brief);
  const AbsCaptureTime whole{NtpTime::fromRaw(~uint64_t{0}), -kHalf};
  ASSERT_EQ(whole.size(), 16u);
  EXPECT_EQ(AbsCaptureTime::read(whole.bytes()), whole);
  EXPECT_EQ(ntpMillis(*whole.clockOffset), -500);
}

TEST(AbsCaptureTime, HasEightBytesOrSixteen) {
  const Bytes bytes(64, 0xff);
  for (size_t size = 0; size <= bytes.size(); ++size)
    EXPECT_EQ(AbsCaptureTime::read(ByteView(bytes).first(size)).has_value(), size == 8 || size == 16) << size;
}

// ---- on the way in ----

AbsCaptureTime told(uint64_t raw) {
  return {NtpTime::fromRaw(raw), kHalf};
}
std::optional<uint64_t> rawAt(const CaptureTimes& times, uint32_t source, uint32_t timestamp, uint32_t rate = kRate) {
  const auto out = times.at(source, timestamp, rate);
  if (!out) return std::nullopt;
  EXPECT_EQ(out->clockOffset, kHalf);
  return out->captured.raw();
}

TEST(CaptureTimes, TimestampsSayTheRest) {
  CaptureTimes times;
  EXPECT_FALSE(times.at(7, 1000, kRate)) << "nothing was told";
  times.note(7, 1000, told(uint64_t{5} << 32));
  EXPECT_EQ(rawAt(times, 7, 1000), uint64_t{5} << 32);
  EXPECT_EQ(rawAt(times, 7, 1000 + kRate / 2), (uint64_t{5} << 32) + kHalf);
  EXPECT_FALSE(rawAt(times, 7, 999)) << "of a frame before it";
  EXPECT_FALSE(rawAt(times, 8, 1000)) << "another capturer, another clock";
  EXPECT_TRUE(rawAt(times, 7, 1000 + 5 * kRate));
  EXPECT_FALSE(rawAt(times, 7, 1001 + 5 * kRate)) << "too long ago";
  EXPECT_FALSE(rawAt(times, 7, 1000, 0));
  times.note(7, 1000 + kRate, told(uint64_t{9} << 32));
  EXPECT_EQ(rawAt(times, 7, 1000 + kRate / 2), (uint64_t{5} << 32) + kHalf)
      << "what was told after it is of later frames";
  EXPECT_EQ(rawAt(times, 7, 1000 + kRate), uint64_t{9} << 32);
  times.forget();
  EXPECT_FALSE(rawAt(times, 7, 1000 + kRate));
}

// Timestamps wrap, and so does what a hostile peer says.
TEST(CaptureTimes, GoesOverTheEnds) {
  CaptureTimes times;
  times.note(7, ~uint32_t{0}, told(~uint64_t{0}));
  EXPECT_EQ(rawAt(times, 7, kRate / 2 - 1), static_cast<uint64_t>(kHalf) - 1);
  for (const uint64_t raw : {uint64_t{0}, uint64_t{1} << 63, ~uint64_t{0}}) {
    times.note(7, 5, told(raw));
    EXPECT_TRUE(times.at(7, 5 + kRate, kRate));
    EXPECT_GE(ntpMillis(times.at(7, 5 + kRate, kRate)->captured), 0);
  }
}

// ---- on the way out ----

class CaptureTimeSenderTest : public testing::Test {
 protected:
  session::OutboundStream& stream(bool negotiated, std::string mid = "0") {
    session::OutboundStream::Config config;
    config.ssrc = Ssrc(4711 + static_cast<uint32_t>(mid.size()));
    config.mid = std::move(mid);
    config.clockRate = kRate;
    if (negotiated) config.extensions.add(rtp::ExtensionKind::kAbsCaptureTime, 6);
    config.unixMicrosAtZero = 1'700'000'000'000'000;
    streams_.push_back(
        std::make_unique<session::OutboundStream>(std::move(config), queue_, wire_.random(), wire_.pool()));
    return *streams_.back();
  }
  static TimePoint at(int64_t millis) { return TimePoint::fromMicros(millis * 1000); }
  /// A frame whose timestamp and capture agree, unless it is `off` microseconds late.
  static CaptureTimeSender::Frame frame(int64_t millis, uint32_t source = 4712, bool key = false, int64_t off = 0) {
    return {static_cast<uint32_t>(millis * kRate / 1000), at(millis) + Duration::micros(off), source, key};
  }

  Wire wire_;
  session::SendQueue queue_{rtp::Pacer::Config{}, wire_[0], 0};
  std::vector<std::unique_ptr<session::OutboundStream>> streams_;
};

TEST_F(CaptureTimeSenderTest, TellsOnceASecondAndWhatCannotBeReckoned) {
  CaptureTimeSender sender(stream(true));
  const auto tells = [&](int64_t now, const CaptureTimeSender::Frame& each) {
    return sender.next(at(now), each).has_value();
  };
  const auto first = sender.next(at(20), frame(20));
  ASSERT_TRUE(first);
  EXPECT_NEAR(static_cast<double>(first->captured.toUnixMicros()), 1.70000000002e15, 1);
  EXPECT_EQ(first->clockOffset, 0) << "we are the capturer";
  for (int64_t now = 40; now < 1020; now += 20) EXPECT_FALSE(tells(now, frame(now))) << now;
  EXPECT_TRUE(tells(1020, frame(1020))) << "a second later";
  EXPECT_FALSE(tells(1040, frame(1040)));
  EXPECT_TRUE(tells(1060, frame(1060, 4712, true))) << "a key frame";
  EXPECT_TRUE(tells(1080, frame(1080, 99))) << "another source";
  EXPECT_TRUE(tells(1100, frame(1100))) << "and back";
  EXPECT_FALSE(tells(1120, frame(1120, 4712, false, 900)));
  EXPECT_TRUE(tells(1140, frame(1140, 4712, false, 1100))) << "more than a millisecond off";
  EXPECT_TRUE(tells(1160, frame(1160))) << "and back";
}

TEST_F(CaptureTimeSenderTest, TellsWhereItWasNegotiatedAndFits) {
  CaptureTimeSender none(stream(false));
  EXPECT_FALSE(none.next(at(20), frame(20)));
  CaptureTimeSender longest(stream(true, std::string(32, 'm')));
  EXPECT_TRUE(longest.next(at(20), frame(20)));
  CaptureTimeSender longer(stream(true, std::string(33, 'm')));
  EXPECT_FALSE(longer.next(at(20), frame(20)));
}

}  // namespace
}  // namespace tincan::inline v0::stack
