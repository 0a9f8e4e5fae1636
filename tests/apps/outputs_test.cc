#include "apps/call/outputs.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "apps/call/media_clock.h"
#include "apps/credential.h"

namespace tincan::inline v0::apps {
namespace {

namespace fs = std::filesystem;

class OutputsTest : public testing::Test {
 protected:
  OutputsTest() {
    std::string name = testing::TempDir() + "tincan-outputs-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.recording = at("call.webm");
    options_.picture = at("call.png");
  }
  ~OutputsTest() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ / name; }
  void make(const std::string& name, const std::string& text = "old") const { std::ofstream(at(name)) << text; }

  fs::path folder_;
  CallOptions options_;
};

TEST_F(OutputsTest, AFileOfAnEarlierCallIsNeverWrittenOver) {
  EXPECT_EQ(outputsOfNextCall(options_, true).recording, at("call.webm"));
  make("call.webm");
  EXPECT_TRUE(checkOutputs(options_).ok());
  EXPECT_EQ(outputsOfNextCall(options_, true).recording, at("call-2.webm"));
  EXPECT_EQ(outputsOfNextCall(options_, true).picture, at("call.png"));
  make("call-2.webm");
  EXPECT_EQ(outputsOfNextCall(options_, false).recording, at("call-3.webm"));
}

TEST_F(OutputsTest, ANameThatWasGivenIsAnErrorBeforeTheCall) {
  make("call.webm");
  options_.recordingNamed = true;
  const auto refused = checkOutputs(options_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("call.webm is there already"), std::string::npos);
  options_.overwrite = true;
  EXPECT_TRUE(checkOutputs(options_).ok());
  EXPECT_EQ(outputsOfNextCall(options_, true).recording, at("call.webm"));
  EXPECT_EQ(outputsOfNextCall(options_, false).recording, at("call-2.webm")) << "the second call of this process";
  options_.overwrite = false;
  options_.recording = "/dev/null";
  EXPECT_TRUE(checkOutputs(options_).ok()) << "nothing is lost there";
  EXPECT_EQ(outputsOfNextCall(options_, true).recording, "/dev/null");
}

TEST_F(OutputsTest, WhatCannotBeWrittenIsSaidBeforeTheCall) {
  for (std::string CallOptions::*file : {&CallOptions::recording, &CallOptions::picture, &CallOptions::report}) {
    CallOptions options = options_;
    options.*file = at("nowhere/file");
    EXPECT_FALSE(checkOutputs(options).ok());
    options.*file = folder_.string();
    EXPECT_FALSE(checkOutputs(options).ok()) << "a folder";
    options.*file = "";
    EXPECT_TRUE(checkOutputs(options).ok());
  }
}

TEST_F(OutputsTest, ACredentialIsTheFirstLineOfItsFile) {
  make("secret", "pass word\r\nmore");
  make("empty", "\nsecond");
  std::string credential = "as it was";
  EXPECT_TRUE(fillCredential("", credential).ok());
  EXPECT_EQ(credential, "as it was");
  EXPECT_FALSE(fillCredential(at("nowhere"), credential).ok());
  EXPECT_FALSE(fillCredential(at("empty"), credential).ok());
  EXPECT_EQ(credential, "as it was");
  EXPECT_TRUE(fillCredential(at("secret"), credential).ok());
  EXPECT_EQ(credential, "pass word");
}

TimePoint at(int64_t millis) {
  return TimePoint() + Duration::millis(millis);
}

TEST(MediaClock, FramesAreAsFarApartAsTheirTimestampsSay) {
  MediaClock clock(90'000);
  const int64_t jitter[] = {0, 30, -20, 100, 5, 0};
  for (uint32_t i = 0; i < 6; ++i) {
    // Across the wrap of 32 bits.
    const uint32_t timestamp = 0xffff'f000u + i * 3000;
    EXPECT_EQ(clock.timeOf(timestamp, at(1000 + i * 33 + jitter[i])), at(1000) + Duration::micros(i * 100'000 / 3));
  }
}

TEST(MediaClock, BeginsAgainAfterAPauseOrAJump) {
  MediaClock clock(48'000);
  EXPECT_EQ(clock.timeOf(0, at(0)), at(0));
  EXPECT_EQ(clock.timeOf(960, at(5000)), at(5000)) << "the sender paused and its timestamps did not";
  EXPECT_EQ(clock.timeOf(1920, at(5025)), at(5020));
  EXPECT_EQ(clock.timeOf(0x8000'0000u, at(5040)), at(5040)) << "the timestamp jumped";
  EXPECT_EQ(clock.timeOf(0x8000'0000u + 960, at(5055)), at(5060));
}

}  // namespace
}  // namespace tincan::inline v0::apps
