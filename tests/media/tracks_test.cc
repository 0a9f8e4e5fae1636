#include <cctype>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"

namespace tincan::inline v0::media {
namespace {

TimePoint at(int64_t micros) {
  return TimePoint::fromMicros(micros);
}

VideoFrame smallPicture() {
  VideoFrame frame = VideoFrame::black(16, 8);
  frame.pixels[5] = 99;
  frame.rtpTimestamp = 1234;
  return frame;
}
AudioFrame loud() {
  AudioFrame frame;
  frame.samples.assign(960, 5000);
  return frame;
}

std::shared_ptr<MediaStreamTrack> remoteVideo() {
  return MediaStreamTrack::remote("video", "v1");
}

TEST(NewId, IsARandomUuid) {
  SeededRandom random(1);
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string id = newId(random);
    ASSERT_EQ(id.size(), 36u);
    for (size_t k = 0; k < 36; ++k)
      EXPECT_TRUE(k == 8 || k == 13 || k == 18 || k == 23 ? id[k] == '-' : std::isxdigit(id[k]) != 0) << id;
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100u);
}

TEST(MediaStreamTrack, RemoteStartsMutedAndLive) {
  auto track = remoteVideo();
  EXPECT_EQ(track->kind(), "video");
  EXPECT_EQ(track->id(), "v1");
  EXPECT_EQ(track->label(), "remote video");
  EXPECT_TRUE(track->enabled());
  EXPECT_TRUE(track->muted());
  EXPECT_EQ(track->readyState(), MediaStreamTrackState::kLive);
  EXPECT_EQ(toString(track->readyState()), "live");
  EXPECT_TRUE(track->nextFrameTime().isNever());
  track->capture(at(0));
}

// webrtc-pc §9.3.1: width, height, aspect ratio and frame rate are those of what comes.
TEST(MediaStreamTrack, RemoteSettingsAreThoseOfTheLastPicture) {
  SeededRandom random(1);
  auto track = remoteVideo();
  EXPECT_FALSE(track->getSettings().width || track->getSettings().height);
  EXPECT_FALSE(track->getSettings().aspectRatio || track->getSettings().frameRate);
  VideoFrame picture = VideoFrame::black(48, 36);
  for (int i = 0; i < 40; ++i) {
    picture.captured = at(50'000 * i);
    track->deliver(picture);
  }
  EXPECT_EQ(track->getSettings().width, 48);
  EXPECT_EQ(track->getSettings().height, 36);
  EXPECT_EQ(track->getSettings().aspectRatio, 1.3333333333) << "rounded to the tenth decimal";
  EXPECT_EQ(track->getSettings().frameRate, 20.0);
  const auto copy = track->clone(random);
  track->deliver(VideoFrame::black(36, 48));
  EXPECT_EQ(track->getSettings().width, 36);
  EXPECT_EQ(copy->getSettings().height, 48) << "of the same source";
  EXPECT_FALSE(track->getSettings().sampleRate || track->getSettings().channelCount);
}

TEST(MediaStreamTrack, MuteEventsComeOnceAChange) {
  auto track = remoteVideo();
  int mutes = 0, unmutes = 0;
  track->onmute = [&] { ++mutes; };
  track->onunmute = [&] { ++unmutes; };
  track->setMuted(true);
  EXPECT_EQ(mutes, 0);
  track->setMuted(false);
  track->setMuted(false);
  EXPECT_EQ(unmutes, 1);
  track->setMuted(true);
  EXPECT_EQ(mutes, 1);
  track->stop();
  track->setMuted(false);
  EXPECT_EQ(unmutes, 1) << "an ended track is silent about it";
}

TEST(MediaStreamTrack, EndSaysSoAndStopDoesNot) {
  int ended = 0;
  auto track = remoteVideo();
  track->onended = [&] { ++ended; };
  track->end();
  track->end();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(toString(track->readyState()), "ended");
  auto other = remoteVideo();
  other->onended = [&] { ++ended; };
  other->stop();
  other->end();
  EXPECT_EQ(ended, 1);
}

TEST(MediaStreamTrack, DeliversToSinksOfItsKind) {
  auto video = remoteVideo();
  int pictures = 0, sounds = 0;
  video->addVideoSink([&](const VideoFrame& frame) {
    ++pictures;
    EXPECT_EQ(frame.pixels[5], 99);
  });
  const SinkId id = video->addAudioSink([&](const AudioFrame&) { ++sounds; });
  video->deliver(smallPicture());
  video->deliver(loud());
  EXPECT_EQ(pictures, 1);
  EXPECT_EQ(sounds, 0);
  video->removeSink(id);
  video->removeSink(0);
  video->removeSink(12'345);
  video->stop();
  video->deliver(smallPicture());
  EXPECT_EQ(pictures, 1) << "nothing after the end";
}

TEST(MediaStreamTrack, NotEnabledIsBlackAndSilent) {
  auto video = remoteVideo();
  VideoFrame seen;
  video->addVideoSink([&](const VideoFrame& frame) { seen = frame; });
  video->setEnabled(false);
  video->deliver(smallPicture());
  EXPECT_EQ(seen.pixels, VideoFrame::black(16, 8).pixels);
  EXPECT_EQ(seen.rtpTimestamp, 1234u);
  video->setEnabled(true);
  video->deliver(smallPicture());
  EXPECT_EQ(seen.pixels[5], 99);

  auto audio = MediaStreamTrack::remote("audio", "a1");
  double volume = -1;
  size_t size = 0;
  audio->addAudioSink([&](const AudioFrame& frame) {
    volume = frame.rms();
    size = frame.samples.size();
  });
  audio->setEnabled(false);
  audio->deliver(loud());
  EXPECT_EQ(volume, 0);
  EXPECT_EQ(size, 960u);
  audio->setEnabled(true);
  audio->deliver(loud());
  EXPECT_GT(volume, 0.1);
}

TEST(MediaStreamTrack, SinksMayDoAnything) {
  auto track = remoteVideo();
  std::vector<std::string> log;
  SinkId self = 0, second = 0;
  self = track->addVideoSink([&, guard = std::make_shared<int>(7)](const VideoFrame& frame) {
    log.push_back("first");
    track->removeSink(self);
    track->removeSink(second);
    for (int i = 0; i < 100; ++i)
      if (i == 0)
        track->addVideoSink([&](const VideoFrame&) { log.push_back("added"); });
      else
        track->addVideoSink(nullptr);
    if (log.size() == 1) track->deliver(frame);
    EXPECT_EQ(*guard, 7) << "the sink lives while it runs";
  });
  second = track->addVideoSink([&](const VideoFrame&) { log.push_back("second"); });
  track->deliver(smallPicture());
  EXPECT_EQ(log, (std::vector<std::string>{"first", "added"})) << "the nested delivery reaches the new one";
  track->deliver(smallPicture());
  EXPECT_EQ(log.size(), 3u);
}

TEST(MediaStreamTrack, SinksMayStopOrDropTheTrack) {
  auto track = remoteVideo();
  int calls = 0;
  track->addVideoSink([&](const VideoFrame&) {
    ++calls;
    track->stop();
    track.reset();
  });
  track->addVideoSink([&](const VideoFrame&) { ++calls; });
  MediaStreamTrack* raw = track.get();
  raw->deliver(smallPicture());
  EXPECT_FALSE(track);
  EXPECT_EQ(calls, 2) << "the frame that was under way";
}

TEST(MediaStreamTrack, HandlersMayReplaceThemselvesOrDropTheTrack) {
  auto track = remoteVideo();
  int calls = 0;
  track->onunmute = [&, big = std::string(100, 'x')] {
    track->onunmute = nullptr;
    calls += static_cast<int>(big.size());
  };
  track->setMuted(false);
  EXPECT_EQ(calls, 100);
  track->onmute = [&, big = std::string(100, 'x')] {
    track.reset();
    calls += static_cast<int>(big.size());
  };
  track->setMuted(true);
  EXPECT_EQ(calls, 200);
  auto other = remoteVideo();
  other->onended = [&] { other.reset(); };
  other->end();
  EXPECT_FALSE(other);
}

// A source that says when it is let go.
class WatchedSource final : public VideoSource {
 public:
  explicit WatchedSource(bool& gone) : gone_(gone) {}
  ~WatchedSource() override { gone_ = true; }
  TimePoint nextFrameTime() const override { return at(42); }
  bool capture(TimePoint now, VideoFrame& out) override {
    out = VideoFrame::black(2, 2);
    out.captured = now;
    return true;
  }

 private:
  bool& gone_;
};

TEST(MediaStreamTrack, LocalIsPulledAndStopLetsTheSourceGo) {
  SeededRandom random(2);
  bool gone = false;
  auto track = MediaStreamTrack::localVideo(std::make_unique<WatchedSource>(gone), "watched", random);
  EXPECT_FALSE(track->muted());
  EXPECT_EQ(track->label(), "watched");
  EXPECT_EQ(track->nextFrameTime(), at(42));
  int frames = 0;
  track->addVideoSink([&](const VideoFrame& frame) {
    EXPECT_EQ(frame.captured, at(50));
    track->capture(at(60));  // while one is under way: nothing
    ++frames;
    if (frames < 2) return;
    track->stop();
    EXPECT_FALSE(gone) << "not while it is at work";
  });
  track->capture(at(50));
  EXPECT_EQ(frames, 1);
  track->capture(at(50));
  EXPECT_EQ(frames, 2);
  EXPECT_TRUE(gone);
  EXPECT_TRUE(track->nextFrameTime().isNever());
  track->capture(at(70));
  EXPECT_EQ(frames, 2);
}

TEST(MediaStreamTrack, LateCaptureOfSoundGivesAllOfIt) {
  SeededRandom random(2);
  auto track = MediaStreamTrack::localAudio(std::make_unique<ToneMicrophone>(), "tone", random);
  std::vector<uint32_t> timestamps;
  track->addAudioSink([&](const AudioFrame& frame) { timestamps.push_back(frame.rtpTimestamp); });
  track->capture(at(0));
  track->capture(at(100'000));
  EXPECT_EQ(timestamps, (std::vector<uint32_t>{0, 960, 1920, 2880, 3840, 4800}));
}

TEST(MediaStream, HoldsTracksOnceInOrder) {
  SeededRandom random(3);
  auto audio = MediaStreamTrack::remote("audio", "a"), video = MediaStreamTrack::remote("video", "v");
  auto stream = MediaStream::create(random, {video, audio, video, nullptr});
  EXPECT_EQ(stream->id().size(), 36u);
  EXPECT_EQ(stream->getTracks(), (std::vector{video, audio}));
  EXPECT_EQ(stream->getAudioTracks(), std::vector{audio});
  EXPECT_EQ(stream->getVideoTracks(), std::vector{video});
  EXPECT_EQ(stream->getTrackById("a"), audio);
  EXPECT_FALSE(stream->getTrackById("b"));
  EXPECT_TRUE(stream->active());
  audio->stop();
  EXPECT_TRUE(stream->active());
  stream->removeTrack(stream->getTracks()[0]);
  EXPECT_FALSE(stream->active());
  stream->removeTrack(nullptr);
  stream->removeTrack(video);
  EXPECT_EQ(stream->getTracks().size(), 1u);
}

TEST(MediaStream, OnlyTheStackFiresEvents) {
  MediaStream stream("s");
  int added = 0, removed = 0;
  stream.onaddtrack = [&](const auto& track) { added += track != nullptr; };
  stream.onremovetrack = [&](const auto&) {
    ++removed;
    stream.onremovetrack = nullptr;
  };
  auto track = remoteVideo();
  stream.addTrack(track);
  stream.removeTrack(track);
  EXPECT_EQ(added + removed, 0);
  stream.addRemoteTrack(track);
  stream.addRemoteTrack(track);
  EXPECT_EQ(added, 1);
  stream.removeRemoteTrack(track);
  stream.removeRemoteTrack(track);
  EXPECT_EQ(removed, 1);
}

TEST(GetUserMedia, GivesWhatIsAskedFor) {
  SeededRandom random(4);
  auto both = getUserMedia({.audio = true, .video = true}, random);
  ASSERT_TRUE(both.ok());
  ASSERT_EQ((*both)->getTracks().size(), 2u);
  EXPECT_EQ((*both)->getAudioTracks()[0]->label(), "tincan tone microphone");
  EXPECT_NE((*both)->getTracks()[0]->id(), (*both)->getTracks()[1]->id());
  VideoFrame seen;
  auto camera = (*both)->getVideoTracks()[0];
  camera->addVideoSink([&](const VideoFrame& frame) { seen = frame; });
  camera->capture(at(7));
  EXPECT_EQ(seen.width, 640);
  EXPECT_EQ(SyntheticCamera::readFrameCounter(seen), 0u);

  auto small = getUserMedia({.video = VideoConstraints{.width = 320, .height = 241, .frameRate = 10}}, random);
  ASSERT_TRUE(small.ok());
  EXPECT_TRUE((*small)->getAudioTracks().empty());
  auto track = (*small)->getTracks()[0];
  track->addVideoSink([&](const VideoFrame& frame) { seen = frame; });
  track->capture(at(0));
  EXPECT_EQ(seen.height, 240);
  EXPECT_EQ(track->nextFrameTime(), at(100'000));
}

TEST(GetUserMedia, FailsWithTheNamesOfTheW3c) {
  SeededRandom random(5);
  const auto code = [&](MediaStreamConstraints constraints) {
    return getUserMedia(constraints, random).error().code();
  };
  EXPECT_EQ(code({}), ErrorCode::kTypeError);
  EXPECT_EQ(code({.audio = false, .video = false}), ErrorCode::kTypeError);
  EXPECT_EQ(code({.audio = AudioConstraints{.file = "/no/such.wav"}}), ErrorCode::kNotFoundError);
  EXPECT_EQ(code({.audio = true, .video = VideoConstraints{.file = "/no/such.y4m"}}), ErrorCode::kNotFoundError);
  EXPECT_EQ(code({.audio = AudioConstraints{.toneFrequency = -1}}), ErrorCode::kTypeError);
  EXPECT_EQ(code({.audio = AudioConstraints{.toneFrequency = NAN}}), ErrorCode::kTypeError);
  EXPECT_EQ(code({.video = VideoConstraints{.width = 0}}), ErrorCode::kTypeError);
  EXPECT_EQ(code({.video = VideoConstraints{.frameRate = INFINITY}}), ErrorCode::kTypeError);
}

}  // namespace
}  // namespace tincan::inline v0::media
