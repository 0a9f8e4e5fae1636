#include "media/codec/codec_format.h"

#include <gtest/gtest.h>

#include "media/codec/h264_profile.h"

namespace tincan::inline v0::media {
namespace {

CodecFormat video(std::string name, std::vector<std::pair<std::string, std::string>> parameters = {}) {
  return {CodecKind::kVideo, std::move(name), 90'000, 1, std::move(parameters)};
}

TEST(CodecFormat, ParametersAreFoundWithoutRegardToCase) {
  const CodecFormat format =
      video("H264", {{"Profile-Level-Id", "42e01f"}, {"flag", ""}, {"profile-level-id", "later"}});
  EXPECT_EQ(format.parameter("profile-level-id"), "42e01f") << "the first of two";
  EXPECT_EQ(format.parameter("FLAG", "other"), "");
  EXPECT_EQ(format.parameter("absent", "other"), "other");
  EXPECT_TRUE(format.is("h264"));
  EXPECT_FALSE(format.is("h26"));
  EXPECT_FALSE(format.is(""));
}

TEST(CodecFormat, NumbersAreWholeOrNone) {
  const auto numberOf = [](std::string text) { return video("x", {{"n", std::move(text)}}).number("n", 7); };
  EXPECT_EQ(numberOf("0"), 0u);
  EXPECT_EQ(numberOf("4294967295"), 4294967295u);
  for (const char* none : {"", "4294967296", "-1", "+1", "1x", " 1", "1 ", "0x10", "99999999999999999999999"})
    EXPECT_EQ(numberOf(none), 7u) << none;
  EXPECT_EQ(video("x").number("n", 7), 7u);
}

TEST(CodecFormat, NameClockAndChannelsTellFormatsApart) {
  const CodecFormat vp8 = video("VP8");
  EXPECT_TRUE(sameCodec(vp8, video("vp8", {{"max-fs", "12288"}})));
  EXPECT_FALSE(sameCodec(vp8, video("VP9")));
  CodecFormat other = vp8;
  other.clockRate = 8000;
  EXPECT_FALSE(sameCodec(vp8, other));
  other = vp8;
  other.kind = CodecKind::kAudio;
  EXPECT_FALSE(sameCodec(vp8, other));
  const CodecFormat opus{CodecKind::kAudio, "opus", 48'000, 2, {}}, mono{CodecKind::kAudio, "opus", 48'000, 1, {}};
  EXPECT_FALSE(sameCodec(opus, mono));
}

TEST(CodecFormat, H264ByProfileAndPacketizationMode) {
  const auto h264 = [](std::string profile, std::string mode) {
    return video("H264", {{"profile-level-id", std::move(profile)}, {"packetization-mode", std::move(mode)}});
  };
  EXPECT_TRUE(sameCodec(h264("42e01f", "1"), h264("42E034", "1"))) << "another level";
  EXPECT_TRUE(sameCodec(h264("42e01f", "1"), h264("4d801f", "1"))) << "constrained baseline, said in two ways";
  EXPECT_TRUE(sameCodec(h264("42e01f", "1"), h264("58c00a", "1"))) << "and in a third";
  EXPECT_TRUE(sameCodec(h264("42c01f", "1"), h264("42e01f", "1")));
  EXPECT_FALSE(sameCodec(h264("42e01f", "1"), h264("42e01f", "0")));
  EXPECT_FALSE(sameCodec(h264("42e01f", "1"), h264("42001f", "1"))) << "baseline";
  EXPECT_FALSE(sameCodec(h264("64001f", "1"), h264("640c1f", "1"))) << "high and constrained high";
  EXPECT_FALSE(sameCodec(h264("64001f", "1"), h264("4d001f", "1")));
  EXPECT_TRUE(sameCodec(h264("ff121f", "1"), h264("ff1220", "1"))) << "a profile that nobody knows is like itself";
  EXPECT_FALSE(sameCodec(h264("ff121f", "1"), h264("ff131f", "1")));
  // RFC 6184 §8.1: what absence means.
  EXPECT_TRUE(sameCodec(video("H264"), h264("42000a", "0")));
  EXPECT_FALSE(sameCodec(video("H264"), h264("42e00a", "0")));
  for (const char* broken : {"", "42e0", "42e01f0", "42e01g", "0x42e0", "-42e01", "42e01 "})
    EXPECT_FALSE(sameCodec(h264(broken, "1"), h264(broken, "1"))) << broken;
  for (const char* broken : {"", "-1", "99999999999", "one"})
    EXPECT_FALSE(sameCodec(h264("42e01f", broken), h264("42e01f", broken))) << broken;
}

TEST(CodecFormat, EveryProfileOfTheTable) {
  using Profile = H264ProfileLevel::Profile;
  const std::pair<const char*, Profile> rows[] = {{"42400a", Profile::kConstrainedBaseline},
                                                  {"4d8015", Profile::kConstrainedBaseline},
                                                  {"58f00b", Profile::kConstrainedBaseline},
                                                  {"420015", Profile::kBaseline},
                                                  {"588015", Profile::kBaseline},
                                                  {"4d0015", Profile::kMain},
                                                  {"4d4015", Profile::kMain},
                                                  {"580015", Profile::kExtended},
                                                  {"640015", Profile::kHigh},
                                                  {"640c1f", Profile::kConstrainedHigh},
                                                  {"6e0015", Profile::kHigh10},
                                                  {"6e1015", Profile::kHigh10Intra},
                                                  {"7a0015", Profile::kHigh422},
                                                  {"7a1015", Profile::kHigh422Intra},
                                                  {"f40015", Profile::kHigh444Predictive},
                                                  {"f41015", Profile::kHigh444Intra},
                                                  {"2c1015", Profile::kCavlc444Intra},
                                                  {"4d2015", Profile::kOther},
                                                  {"640115", Profile::kOther}};
  for (const auto& [text, profile] : rows) {
    const auto parsed = H264ProfileLevel::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->profile, profile) << text;
  }
  EXPECT_EQ(H264ProfileLevel::parse("42e01f")->levelIdc, 31);
}

TEST(CodecFormat, ProfilesOfTheOthers) {
  EXPECT_TRUE(sameCodec(video("VP9"), video("VP9", {{"profile-id", "0"}})));
  EXPECT_FALSE(sameCodec(video("VP9"), video("VP9", {{"profile-id", "2"}})));
  EXPECT_FALSE(sameCodec(video("VP9", {{"profile-id", "x"}}), video("VP9", {{"profile-id", "x"}})));
  EXPECT_TRUE(sameCodec(video("AV1"), video("AV1", {{"profile", "0"}, {"level-idx", "5"}, {"tier", "0"}})));
  EXPECT_FALSE(sameCodec(video("AV1"), video("AV1", {{"profile", "1"}})));
  EXPECT_TRUE(sameCodec(video("H265"), video("H265", {{"profile-id", "1"}, {"tier-flag", "0"}, {"level-id", "156"}})));
  EXPECT_FALSE(sameCodec(video("H265"), video("H265", {{"profile-id", "2"}})));
  EXPECT_FALSE(sameCodec(video("H265"), video("H265", {{"tier-flag", "1"}})));
}

}  // namespace
}  // namespace tincan::inline v0::media
