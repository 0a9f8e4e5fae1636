// W3C webrtc-pc §9.3: a track is muted when its SSRC is gone, by a goodbye or because nothing is heard of it any more.
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr std::array<uint8_t, 3> kOpusSound = {0x78, 1, 2};       // one frame of 20 ms
constexpr std::array<uint8_t, 4> kVp8Delta = {0x10, 0x01, 0, 0};  // a frame that is no key frame
constexpr uint32_t kSound = 6000, kPicture = 7000;

class SilentSource : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(on_.wire.connect());
    on_.session.apply(on_.sections);
  }
  void speak(uint32_t ssrc) {
    ++sequence_;
    if (ssrc == kSound) {
      on_.fromPeer(SessionOnWire::kOpusType, ssrc, sequence_, sequence_ * 960u, kOpusSound);
    } else {
      on_.fromPeer(SessionOnWire::kVp8Type, ssrc, sequence_, sequence_ * 3000u, kVp8Delta);
    }
    on_.run(Duration::millis(10));
  }
  /// A report of a source that sends nothing: its name alone.
  void report(uint32_t ssrc) {
    PacketBuffer packet = on_.wire.pool().allocate();
    ByteWriter writer(packet.writable());
    rtp::rtcp::Sdes names;
    names.chunks.push_back({Ssrc(ssrc), {{rtp::rtcp::SdesType::kCname, "far end"}}});
    ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(rtp::rtcp::ReceiverReport{Ssrc(ssrc), {}})));
    ASSERT_TRUE(rtp::rtcp::write(writer, rtp::rtcp::Packet(names)));
    ASSERT_TRUE(packet.resize(writer.size()));
    on_.wire[1].sendRtcp(on_.wire.now(), std::move(packet));
  }
  bool muted(const std::shared_ptr<RtpTransceiver>& transceiver) { return transceiver->receiver()->track()->muted(); }

  SessionOnWire on_;
  uint16_t sequence_ = 0;
};

// RFC 3550 §6.3.5: five intervals of five seconds. The next packet is the source's again.
TEST_F(SilentSource, IsMutedWhenItTimesOut) {
  for (const auto& [ssrc, transceiver] : {std::pair(kSound, on_.audio), std::pair(kPicture, on_.video)}) {
    int mutes = 0, unmutes = 0;
    const auto track = transceiver->receiver()->track();
    track->onmute = [&] { ++mutes; };
    track->onunmute = [&] { ++unmutes; };
    EXPECT_TRUE(track->muted());
    for (int times = 1; times <= 2; ++times) {
      speak(ssrc);
      EXPECT_FALSE(track->muted());
      on_.run(Duration::millis(24'950));
      EXPECT_FALSE(track->muted()) << "not yet";
      on_.run(Duration::millis(100));
      EXPECT_TRUE(track->muted());
      EXPECT_EQ(mutes, times);
      EXPECT_EQ(unmutes, times);
    }
    on_.run(Duration::seconds(60));
    EXPECT_EQ(mutes, 2) << "once";
    track->onmute = nullptr;
    track->onunmute = nullptr;
  }
}

// One that pauses (replaceTrack(null), a codec's silence) reports on, and is there.
TEST_F(SilentSource, IsThereWhileItReports) {
  speak(kSound);
  speak(kPicture);
  for (int i = 0; i < 8; ++i) {
    report(kSound);
    on_.run(Duration::seconds(5));
  }
  EXPECT_FALSE(muted(on_.audio));
  EXPECT_TRUE(muted(on_.video)) << "a report is of those that it names";
  on_.run(Duration::seconds(21));
  EXPECT_TRUE(muted(on_.audio));
}

// Who never spoke has nothing to be muted for, and no timer.
TEST_F(SilentSource, OneThatNeverSpokeHasNoTimer) {
  int mutes = 0;
  on_.audio->receiver()->track()->onmute = [&] { ++mutes; };
  report(kSound);
  on_.run(Duration::seconds(30));
  EXPECT_TRUE(muted(on_.audio));
  EXPECT_EQ(mutes, 0);
  on_.audio->receiver()->track()->onmute = nullptr;
}

}  // namespace
}  // namespace tincan::inline v0::stack
