// Devices and files. A PulseAudio of our own, with nothing but a null sink, stands for the sound hardware: what a
// speaker plays comes out of the sink's monitor, which is a microphone.
#include "devices/devices.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "devices/speaker.h"

namespace tincan::inline v0::devices {
namespace {

namespace fs = std::filesystem;

bool runs(const std::string& command) {
  return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

class DevicesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("tincan-devices-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
    setenv("PULSE_SERVER", ("unix:" + (folder_ / "pulse.socket").string()).c_str(), 1);
    setenv("HOME", folder_.c_str(), 1);
  }
  static void TearDownTestSuite() {
    if (pulse_) runs("pulseaudio --kill");
    std::error_code error;  // the server may still be tidying up
    fs::remove_all(folder_, error);
  }
  void SetUp() override {
    if (auto loaded = load(); !loaded) GTEST_SKIP() << loaded.error().message();
  }
  // Once: it is as slow as a second.
  static bool startPulse() {
    if (pulse_) return true;
    const std::string socket = (folder_ / "pulse.socket").string();
    pulse_ = runs(
        "pulseaudio --daemonize=yes -n --exit-idle-time=-1 --disable-shm=yes -L 'module-native-protocol-unix socket=" +
        socket + " auth-anonymous=1' -L 'module-null-sink sink_name=tin sink_properties=device.description=Tin'");
    return pulse_;
  }
  // A frame of the file is a picture of one grey, and a tone.
  static std::string makeFile(const char* name, const char* codecs) {
    const std::string file = (folder_ / name).string();
    const std::string command =
        "ffmpeg -y -f lavfi -i color=gray:s=160x120:r=25:d=1 -f lavfi -i sine=frequency=1000:duration=1 " +
        std::string(codecs) + " -shortest " + file;
    return runs(command) ? file : "";
  }
  struct Taken {
    int pictures = 0, sounds = 0;
    media::VideoFrame picture;
    media::AudioFrame sound;
    double loudest = 0;
  };
  // Pulls the tracks of a stream for a while, as a sender does.
  Taken pull(const std::shared_ptr<media::MediaStream>& stream, Duration time) {
    Taken out;
    for (const auto& track : stream->getTracks()) {
      track->addVideoSink([&](const media::VideoFrame& picture) {
        ++out.pictures;
        out.picture = picture;
      });
      track->addAudioSink([&](const media::AudioFrame& sound) {
        ++out.sounds;
        out.sound = sound;
        out.loudest = std::max(out.loudest, sound.rms());
      });
    }
    const TimePoint end = loop_.now() + time;
    while (loop_.now() < end) {
      loop_.poll(Duration::millis(5));
      for (const auto& track : stream->getTracks())
        if (track->nextFrameTime() <= loop_.now()) track->capture(loop_.now());
    }
    for (const auto& track : stream->getTracks()) track->stop();
    return out;
  }

  static inline fs::path folder_;
  static inline bool pulse_ = false;
  net::Loop loop_;
  SeededRandom random_{1};
};

TEST_F(DevicesTest, SyntheticOnesAreThereByName) {
  const auto all = enumerateDevices();
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[all.size() - 2].deviceId, media::kMicrophoneDevice);
  EXPECT_EQ(all.back().deviceId, media::kCameraDevice);
  media::MediaStreamConstraints wish;
  wish.audio = media::AudioConstraints{.deviceId = std::string(media::kMicrophoneDevice)};
  wish.video = media::VideoConstraints{.deviceId = std::string(media::kCameraDevice)};
  const auto stream = getUserMedia(loop_, wish, random_);
  ASSERT_TRUE(stream.ok()) << stream.error().toString();
  EXPECT_EQ((*stream)->getTracks().size(), 2u);
}

TEST_F(DevicesTest, WhatIsNotThereIsNotFound) {
  media::MediaStreamConstraints wish;
  wish.video = media::VideoConstraints{.deviceId = "v4l2:/dev/video99"};
  auto stream = getUserMedia(loop_, wish, random_);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotFoundError);
  wish.video = false;
  wish.audio = media::AudioConstraints{.deviceId = "pulse:nowhere"};
  stream = getUserMedia(loop_, wish, random_);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotFoundError);
  wish.audio = media::AudioConstraints{.file = "/nowhere/song.mp3"};
  stream = getUserMedia(loop_, wish, random_);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(Speaker::open("pulse:nowhere").error().code(), ErrorCode::kNotFoundError);
  // media/ knows no real ones at all.
  wish.audio = media::AudioConstraints{.deviceId = std::string(kDefaultDevice)};
  EXPECT_EQ(media::getUserMedia(wish, random_).error().code(), ErrorCode::kNotFoundError);
}

// Of itself in a process of its own: there the loader finds something else under the library's name, and goes no further.
TEST_F(DevicesTest, WithoutTheLibraryIsNotFoundAndNamesThePackage) {
  const fs::path lies = folder_ / "lies";
  fs::create_directories(lies);
  for (const char* major : {"59", "60", "61", "62"})
    std::ofstream(lies / (std::string("libavdevice.so.") + major)) << std::string(4096, 'x');
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  const std::string command =
      "LD_LIBRARY_PATH=" + lies.string() + " TINCAN_WITHOUT_FFMPEG=1 " + self + " --gtest_filter=MissingLibrary.*";
  EXPECT_TRUE(runs(command)) << command;
}

TEST(MissingLibrary, IsToldInWords) {
  if (!std::getenv("TINCAN_WITHOUT_FFMPEG")) GTEST_SKIP() << "of the test above";
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), ErrorCode::kNotFoundError);
  EXPECT_NE(loaded.error().message().find("apt-get install libavdevice"), std::string::npos)
      << loaded.error().message();
  const std::string file = (fs::temp_directory_path() / "tincan-any.mp4").string();
  std::ofstream(file) << "anything";
  net::Loop loop;
  SeededRandom random(1);
  media::MediaStreamConstraints wish;
  wish.video = media::VideoConstraints{.file = file};
  const auto stream = getUserMedia(loop, wish, random);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(Speaker::open("").error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(enumerateDevices().size(), 2u) << "the synthetic ones are there all the same";
  fs::remove(file);
}

TEST_F(DevicesTest, AFileThatIsNoneOfSoundOrPicturesIsNotReadable) {
  const std::string file = (folder_ / "words.mp4").string();
  std::ofstream(file) << "these are words, and neither a picture nor a sound";
  media::MediaStreamConstraints wish;
  wish.video = media::VideoConstraints{.file = file};
  const auto stream = getUserMedia(loop_, wish, random_);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotReadableError) << stream.error().toString();
}

TEST_F(DevicesTest, FilesOfManyKindsAreReadAtTheirOwnPaceAndOverAndOver) {
  const struct {
    const char *name, *codecs;
  } kinds[] = {
      {"a.mp4", "-c:v mpeg4 -c:a aac"}, {"b.webm", "-c:v libvpx -c:a libopus"}, {"c.mkv", "-c:v mjpeg -c:a pcm_s16le"}};
  for (const auto& kind : kinds) {
    const std::string file = makeFile(kind.name, kind.codecs);
    if (file.empty()) GTEST_SKIP() << "no ffmpeg command to make files with";
    media::MediaStreamConstraints wish;
    wish.audio = media::AudioConstraints{.file = file};
    wish.video = media::VideoConstraints{.file = file};
    auto stream = getUserMedia(loop_, wish, random_);
    ASSERT_TRUE(stream.ok()) << stream.error().toString();
    const Taken taken = pull(*stream, Duration::millis(1600));
    EXPECT_NEAR(taken.pictures, 40, 14) << kind.name << ": 25 a second, past its end";
    EXPECT_NEAR(taken.sounds, 80, 24) << kind.name;
    EXPECT_EQ(taken.picture.width, 160);
    EXPECT_EQ(taken.picture.height, 120);
    EXPECT_NEAR(taken.picture.y()[1000], 126, 8);
    EXPECT_EQ(taken.sound.channels, 2);
    EXPECT_GT(taken.loudest, 0.02);
  }
}

TEST_F(DevicesTest, AFileWithoutSoundHasNoneToGive) {
  const std::string file = makeFile("still.mp4", "-c:v mpeg4 -an");
  if (file.empty()) GTEST_SKIP() << "no ffmpeg command to make files with";
  media::MediaStreamConstraints wish;
  wish.audio = media::AudioConstraints{.file = file};
  const auto stream = getUserMedia(loop_, wish, random_);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().code(), ErrorCode::kNotFoundError);
}

// Out by the speaker, in by the microphone that hears it.
TEST_F(DevicesTest, ASpeakerIsHeardByTheMonitorOfItsSink) {
  if (!startPulse()) GTEST_SKIP() << "no pulseaudio";
  const auto all = enumerateDevices();
  const auto is = [](const char* id) {
    return [id](const media::MediaDeviceInfo& each) { return each.deviceId == id; };
  };
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), is("pulse:tin.monitor")));
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), is("pulse:tin")));
  auto speaker = Speaker::open("pulse:tin");
  ASSERT_TRUE(speaker.ok()) << speaker.error().toString();
  media::MediaStreamConstraints wish;
  wish.audio = media::AudioConstraints{.deviceId = std::string(kDefaultDevice)};
  auto stream = getUserMedia(loop_, wish, random_);
  ASSERT_TRUE(stream.ok()) << stream.error().toString();
  const auto track = (*stream)->getTracks().at(0);
  EXPECT_FALSE(track->label().empty());
  int heard = 0, loud = 0;
  track->addAudioSink([&](const media::AudioFrame& sound) {
    ++heard;
    loud += sound.rms() > 0.2 ? 1 : 0;
  });
  media::AudioFrame tone;
  tone.samples.resize(960);
  const TimePoint start = loop_.now();
  // The server takes its time to go over to short fragments.
  for (int n = 0; loud <= 20 && loop_.now() - start < Duration::seconds(10);) {
    loop_.poll(Duration::millis(5));
    if (track->nextFrameTime() <= loop_.now()) track->capture(loop_.now());
    if (loop_.now() - start < Duration::millis(20 * n)) continue;
    for (size_t i = 0; i < tone.samples.size(); ++i)
      tone.samples[i] = static_cast<int16_t>(16'000 * std::sin(2 * M_PI * 1000 * static_cast<double>(i) / 48'000));
    (*speaker)->play(tone);
    ++n;
  }
  EXPECT_GE(heard, loud);
  EXPECT_GT(loud, 20);
}

}  // namespace
}  // namespace tincan::inline v0::devices
