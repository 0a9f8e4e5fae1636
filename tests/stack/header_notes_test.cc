// What the headers of packets say beside what they carry: how loud it is and who is in it (webrtc-pc §5.3, RFC 6464,
// RFC 6465), and how the camera was held (3GPP TS 26.114 §7.4.5).
#include <cmath>

#include <gtest/gtest.h>

#include "stack/timed_notes.h"
#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kSound = 77, kPicture = 88;
constexpr uint8_t kLevelId = 1, kCsrcLevelId = 14, kOrientationId = 9;

TEST(TimedNotes, HoldUntilTheNextAndAreBounded) {
  TimedNotes<int> notes;
  EXPECT_EQ(notes.at(5), nullptr);
  notes.note(0xffff'fff0, 1);
  notes.note(10, 2);
  notes.note(10, 3);
  EXPECT_EQ(notes.at(0xffff'ff00), nullptr) << "before all of them";
  EXPECT_EQ(*notes.at(5), 1) << "timestamps wrap";
  EXPECT_EQ(*notes.at(10), 3) << "the last word of one time";
  for (uint32_t i = 11; i < 11 + TimedNotes<int>::kMost; ++i) notes.note(i, static_cast<int>(i));
  EXPECT_EQ(notes.at(10), nullptr);
  EXPECT_EQ(*notes.at(11), 11);
}

/// Knows the time, and nothing else.
struct Host final : ConnectionHost {
  explicit Host(const Wire& on) : wire(on) {}
  bool isClosed() const override { return false; }
  void negotiationMayBeNeeded() override {}
  void mediaWaits() override {}
  void postEvent(std::function<void()>) override {}
  RTCRtpParameters parametersOf(const RtpSender&) const override { return {}; }
  RTCRtpParameters parametersOf(const RtpReceiver&) const override { return {}; }
  std::shared_ptr<DtlsTransport> transportOf(const RtpSender&) const override { return nullptr; }
  std::shared_ptr<DtlsTransport> transportOf(const RtpReceiver&) const override { return nullptr; }
  RTCStatsReport statsOf(const RtpSender&) const override { return {}; }
  RTCStatsReport statsOf(const RtpReceiver&) const override { return {}; }
  bool takesTones(const RtpSender&) const override { return false; }
  std::string freshId() override { return {}; }
  double wallMillis(TimePoint at) const override { return static_cast<double>(at.micros()) / 1000; }
  TimePoint now() const override { return wire.now(); }
  const Wire& wire;
};

class HeaderNotes : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(on_.wire.connect());
    link_->host = &host_;
    on_.audio->link(link_);
    on_.video->link(link_);
    on_.sections[0].extensions = {{kLevelId, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"},
                                  {kCsrcLevelId, "urn:ietf:params:rtp-hdrext:csrc-audio-level"}};
    on_.sections[1].extensions = {{kOrientationId, "urn:3gpp:video-orientation"}};
    on_.session.apply(on_.sections);
  }
  void send(uint8_t type, uint32_t ssrc, uint32_t timestamp, ByteView payload, const std::vector<Ssrc>& csrcs,
            const Bytes& block) {
    PacketBuffer packet = on_.wire.pool().allocate();
    rtp::Header header;
    header.marker = true;
    header.payloadType = PayloadType(type);
    header.sequenceNumber = number_++;
    header.timestamp = timestamp;
    header.ssrc = Ssrc(ssrc);
    ASSERT_TRUE(packet.append(payload) && rtp::prependHeader(packet, header, csrcs, block));
    on_.wire[1].sendRtp(on_.wire.now(), {&packet, 1});
    on_.run(Duration::millis(20));
  }
  void sendSound(const std::vector<Ssrc>& csrcs, const Bytes& block) {
    media::AudioFrame frame;
    for (int i = 0; i < media::AudioFrame::kSamples; ++i)
      frame.samples.push_back(static_cast<int16_t>(8000 * std::sin(i * 0.025)));
    send(SessionOnWire::kOpusType, kSound, number_ * 960u, media::encodeOne(*media::makeOpusEncoder(), frame), csrcs,
         block);
  }

  SessionOnWire on_;
  Host host_{on_.wire};
  std::shared_ptr<ConnectionLink> link_ = std::make_shared<ConnectionLink>();
  uint16_t number_ = 1;
};

// §5.3: the level of a source is what its packets say.
TEST_F(HeaderNotes, LevelsAreThoseOfThePacketsThatWerePlayed) {
  on_.audio->receiver()->track()->addAudioSink([](const media::AudioFrame&) {});
  for (int i = 0; i < 20; ++i) sendSound({}, {0xbe, 0xde, 0, 1, 0x10, 0x80 | 20, 0, 0});
  const auto sources = on_.audio->receiver()->getSynchronizationSources();
  ASSERT_EQ(sources.size(), 1u);
  ASSERT_TRUE(sources[0].audioLevel);
  EXPECT_NEAR(*sources[0].audioLevel, 0.1, 1e-6);
  EXPECT_TRUE(on_.audio->receiver()->getContributingSources().empty());
}

// RFC 6465 §3: a level for each CSRC, in their order; one that is missing is not known.
TEST_F(HeaderNotes, ContributorsAreTheCsrcsWithTheirLevels) {
  on_.audio->receiver()->track()->addAudioSink([](const media::AudioFrame&) {});
  const std::vector<Ssrc> mix = {Ssrc(11), Ssrc(12), Ssrc(13)};
  for (int i = 0; i < 20; ++i) sendSound(mix, {0xbe, 0xde, 0, 1, 0xe1, 127, 40, 0});
  const auto sources = on_.audio->receiver()->getContributingSources();
  ASSERT_EQ(sources.size(), 3u);
  for (const auto& each : sources) {
    const double level = each.audioLevel.value_or(-1);
    EXPECT_NEAR(level, each.source == 11 ? 0 : each.source == 12 ? 0.01 : -1, 1e-6) << each.source;
  }
  EXPECT_EQ(on_.audio->receiver()->getSynchronizationSources().size(), 1u);
}

// 3GPP TS 26.114 §7.4.5: what is shown is upright; an orientation holds until the next.
TEST_F(HeaderNotes, PicturesAreTurnedAsTheCameraWasHeld) {
  std::vector<std::pair<int, int>> sizes;
  on_.video->receiver()->track()->addVideoSink(
      [&](const media::VideoFrame& picture) { sizes.emplace_back(picture.width, picture.height); });
  const auto encoder = media::makeVp8Encoder(64, 32, 100'000);
  media::VideoFrame picture = media::VideoFrame::black(64, 32);
  const std::vector<Bytes> told = {{0xbe, 0xde, 0, 1, 0x90, 0, 0, 0}, {0xbe, 0xde, 0, 1, 0x90, 1, 0, 0}, {}, {},
                                   {0xbe, 0xde, 0, 1, 0x90, 2, 0, 0}, {0xbe, 0xde, 0, 1, 0x90, 3, 0, 0}};
  for (size_t i = 0; i < told.size(); ++i) {
    picture.captured = TimePoint() + Duration::millis(static_cast<int64_t>(40 * i));
    Bytes payload = {0x10};  // RFC 7741 §4.2: the first packet of a frame
    for (const uint8_t byte : media::encodeOne(*encoder, picture, i == 0).data) payload.push_back(byte);
    send(SessionOnWire::kVp8Type, kPicture, static_cast<uint32_t>(3600 * (i + 1)), payload, {}, told[i]);
    on_.run(Duration::millis(20));
  }
  on_.run(Duration::millis(200));
  const std::vector<std::pair<int, int>> upright = {{64, 32}, {32, 64}, {32, 64}, {32, 64}, {64, 32}, {32, 64}};
  EXPECT_EQ(sizes, upright);
}

// RFC 6464 §3: what is sent says how loud it is.
TEST_F(HeaderNotes, SoundThatIsSentTellsItsLevel) {
  std::vector<uint8_t> levels;
  on_.onRtp = [&](const PacketBuffer& packet) {
    rtp::Header header;
    if (!rtp::Header::parse(packet.view(), header) || header.payloadType.value() != SessionOnWire::kOpusType) return;
    rtp::ExtensionReader reader(packet.view(), header);
    for (rtp::ExtensionReader::Element element; reader.next(element);)
      if (element.id == kLevelId) levels.push_back(packet.view()[element.offset]);
  };
  on_.run(Duration::seconds(1));
  ASSERT_GE(levels.size(), 40u) << "each packet";
  for (const uint8_t level : levels) {
    EXPECT_GT(level & 0x7f, 2);
    EXPECT_LT(level & 0x7f, 40) << "the synthetic microphone has a tone";
    EXPECT_TRUE(level & 0x80);
  }
}

}  // namespace
}  // namespace tincan::inline v0::stack
