// Media Capture and Streams: clones, settings, devices, and what a source is measured by.
#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "media/media_devices.h"
#include "media/source_statistics.h"
#include "media/synthetic_camera.h"

namespace tincan::inline v0::media {
namespace {

TimePoint at(int64_t micros) {
  return TimePoint::fromMicros(micros);
}

std::shared_ptr<MediaStream> camera(SeededRandom& random) {
  return getUserMedia({.audio = true, .video = VideoConstraints{.width = 64, .height = 64, .frameRate = 10}}, random)
      .value();
}

TEST(Clone, HasAnIdAnEnabledAndAnEndOfItsOwn) {
  SeededRandom random(1);
  const auto original = camera(random)->getVideoTracks().front();
  const auto copy = original->clone(random);
  EXPECT_NE(copy->id(), original->id());
  EXPECT_EQ(copy->label(), original->label());
  EXPECT_EQ(copy->kind(), "video");
  copy->setEnabled(false);
  EXPECT_TRUE(original->enabled());
  int here = 0, there = 0;
  original->addVideoSink([&](const VideoFrame&) { ++here; });
  copy->addVideoSink([&](const VideoFrame& frame) { there += frame.pixels[5] == VideoFrame::black(64, 64).pixels[5]; });
  original->capture(at(0));
  copy->capture(at(0));  // is not due again
  EXPECT_EQ(here, 1);
  EXPECT_EQ(there, 1);
  original->stop();
  EXPECT_FALSE(original->live());
  EXPECT_TRUE(copy->live());
  copy->capture(at(200'000));
  EXPECT_EQ(here, 1);
  EXPECT_EQ(there, 2);
  copy->stop();
  EXPECT_TRUE(copy->nextFrameTime().isNever());
}

TEST(Clone, OfAnEndedTrackIsEnded) {
  SeededRandom random(1);
  const auto original = camera(random)->getVideoTracks().front();
  original->setEnabled(false);
  original->stop();
  const auto copy = original->clone(random);
  EXPECT_FALSE(copy->live());
  EXPECT_FALSE(copy->enabled());
}

TEST(Clone, OfARemoteTrackGetsItsFramesAndEnd) {
  SeededRandom random(1);
  const auto original = MediaStreamTrack::remote("video", "v");
  const auto copy = original->clone(random);
  EXPECT_TRUE(copy->muted());
  EXPECT_FALSE(original->hasSinks());
  int frames = 0, ended = 0, unmuted = 0;
  copy->addVideoSink([&](const VideoFrame&) { ++frames; });
  copy->onended = [&] { ++ended; };
  copy->onunmute = [&] { ++unmuted; };
  EXPECT_TRUE(original->hasSinks()) << "or nothing would be decoded";
  original->setMuted(false);
  original->stop();  // the clone goes on
  original->deliver(VideoFrame::black(16, 16));
  original->end();
  EXPECT_EQ(frames, 1);
  EXPECT_EQ(unmuted, 1);
  EXPECT_EQ(ended, 1);
  EXPECT_FALSE(copy->hasSinks());
}

TEST(Clone, ASinkMayCloneStopAndDropEverything) {
  SeededRandom random(1);
  auto original = camera(random)->getVideoTracks().front();
  std::vector<std::shared_ptr<MediaStreamTrack>> copies;
  original->addVideoSink([&](const VideoFrame&) {
    for (int i = 0; i < 20; ++i) copies.push_back(original->clone(random));
    copies.front()->stop();
    original->stop();
    original.reset();
  });
  const auto kept = original.get();
  kept->capture(at(0));
  EXPECT_EQ(original, nullptr);
  EXPECT_EQ(copies.size(), 20u);
  EXPECT_TRUE(copies.back()->live());
  EXPECT_FALSE(copies.back()->nextFrameTime().isNever());
}

TEST(Clone, OfAStreamClonesEachTrack) {
  SeededRandom random(1);
  const auto stream = camera(random);
  const auto copy = stream->clone(random);
  EXPECT_NE(copy->id(), stream->id());
  ASSERT_EQ(copy->getTracks().size(), 2u);
  EXPECT_EQ(copy->getAudioTracks().size(), 1u);
  EXPECT_NE(copy->getTracks()[0]->id(), stream->getTracks()[0]->id());
}

TEST(Settings, SayWhatTheSourceGives) {
  SeededRandom random(1);
  const auto stream = camera(random);
  const auto video = stream->getVideoTracks().front()->getSettings();
  EXPECT_EQ(video.width, 64);
  EXPECT_EQ(video.height, 64);
  EXPECT_EQ(video.aspectRatio, 1.0);
  EXPECT_EQ(video.frameRate, 10.0);
  EXPECT_FALSE(video.sampleRate);
  const auto audio = stream->getAudioTracks().front()->getSettings();
  EXPECT_EQ(audio.sampleRate, 48000);
  EXPECT_EQ(audio.channelCount, 1);
  EXPECT_FALSE(audio.width);
  EXPECT_FALSE(MediaStreamTrack::remote("audio", "a")->getSettings().sampleRate);
}

TEST(Devices, AreTheOnesThatTracksComeFrom) {
  SeededRandom random(1);
  const auto devices = enumerateDevices();
  ASSERT_EQ(devices.size(), 2u);
  const auto stream = camera(random);
  EXPECT_EQ(devices[0].kind, MediaDeviceKind::kAudioinput);
  EXPECT_EQ(devices[0].deviceId, stream->getAudioTracks().front()->getSettings().deviceId);
  EXPECT_EQ(devices[0].label, stream->getAudioTracks().front()->label());
  EXPECT_EQ(toString(devices[1].kind), "videoinput");
  EXPECT_EQ(devices[1].deviceId, stream->getVideoTracks().front()->getSettings().deviceId);
  EXPECT_EQ(devices[1].label, stream->getVideoTracks().front()->label());
}

TEST(SourceStatistics, CountPicturesAndMeasureSound) {
  SeededRandom random(1);
  const auto stream = camera(random);
  const auto video = stream->getVideoTracks().front(), audio = stream->getAudioTracks().front();
  for (int64_t time = 0; time <= 2'000'000; time += 20'000) {
    video->capture(at(time));
    audio->capture(at(time));
  }
  EXPECT_EQ(video->sourceStatistics().width, 64);
  EXPECT_EQ(video->sourceStatistics().pictures.count(), 21u);
  EXPECT_EQ(video->sourceStatistics().pictures.rate(), 10);
  EXPECT_EQ(video->sourceStatistics().pictures.rate(at(9'000'000)), 0);
  const SoundMeter& sound = audio->sourceStatistics().sound;
  EXPECT_NEAR(sound.duration(), 2, 0.05);
  EXPECT_GT(sound.level(), 0);
  EXPECT_NEAR(sound.energy(), sound.level() * sound.level() * sound.duration(), 0.01 * sound.energy());
}

TEST(FrameRateMeter, TellsNoMoreThanItHolds) {
  FrameRateMeter meter;
  EXPECT_EQ(meter.rate(), 0);
  for (int i = 0; i < 1000; ++i) meter.note(at(i * 100));
  EXPECT_EQ(meter.count(), 1000u);
  EXPECT_EQ(meter.rate(), FrameRateMeter::kMost);
}

}  // namespace
}  // namespace tincan::inline v0::media
