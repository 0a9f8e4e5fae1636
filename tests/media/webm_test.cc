#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <webm/callback.h>
#include <webm/file_reader.h>
#include <webm/webm_parser.h>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "media/webm_writer.h"
#include "tests/media/codec/makers.h"

namespace tincan::inline v0::media {
namespace {

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000 + 123'456'789);
}

struct ReadBlock {
  uint64_t track;
  int64_t millis;
  bool keyFrame;
  Bytes data;
};

// What libwebm makes of a file.
struct Recording : webm::Callback {
  std::vector<webm::TrackEntry> tracks;
  std::vector<ReadBlock> blocks;
  std::vector<std::pair<uint64_t, uint64_t>> cues, seeks;  // time and position; id and position
  std::vector<std::pair<uint64_t, uint64_t>> clusters;     // position in the segment, time
  std::optional<double> duration;
  std::string docType;
  uint64_t segmentStart = 0, clusterTime = 0;
  bool sizeKnown = false;

  webm::Status OnEbml(const webm::ElementMetadata&, const webm::Ebml& ebml) override {
    docType = ebml.doc_type.value();
    return {};
  }
  webm::Status OnSegmentBegin(const webm::ElementMetadata& metadata, webm::Action* action) override {
    segmentStart = metadata.position + metadata.header_size;
    sizeKnown = metadata.size != webm::kUnknownElementSize;
    *action = webm::Action::kRead;
    return {};
  }
  webm::Status OnSeek(const webm::ElementMetadata&, const webm::Seek& seek) override {
    seeks.emplace_back(static_cast<uint64_t>(seek.id.value()), seek.position.value());
    return {};
  }
  webm::Status OnInfo(const webm::ElementMetadata&, const webm::Info& info) override {
    EXPECT_EQ(info.timecode_scale.value(), 1'000'000u);
    if (info.duration.is_present()) duration = info.duration.value();
    return {};
  }
  webm::Status OnTrackEntry(const webm::ElementMetadata&, const webm::TrackEntry& entry) override {
    tracks.push_back(entry);
    return {};
  }
  webm::Status OnClusterBegin(const webm::ElementMetadata& metadata, const webm::Cluster& cluster,
                              webm::Action* action) override {
    clusterTime = cluster.timecode.value();
    clusters.emplace_back(metadata.position - segmentStart, clusterTime);
    *action = webm::Action::kRead;
    return {};
  }
  webm::Status OnSimpleBlockBegin(const webm::ElementMetadata&, const webm::SimpleBlock& block,
                                  webm::Action* action) override {
    blocks.push_back({block.track_number, static_cast<int64_t>(clusterTime) + block.timecode, block.is_key_frame, {}});
    *action = webm::Action::kRead;
    return {};
  }
  webm::Status OnFrame(const webm::FrameMetadata&, webm::Reader* reader, uint64_t* left) override {
    Bytes& data = blocks.back().data;
    while (*left > 0) {
      uint8_t buffer[4096];
      uint64_t count = 0;
      const webm::Status status = reader->Read(std::min<size_t>(sizeof buffer, *left), buffer, &count);
      data.insert(data.end(), buffer, buffer + count);
      *left -= count;
      if (!status.completed_ok() && status.code != webm::Status::kOkPartial) return status;
    }
    return webm::Status(webm::Status::kOkCompleted);
  }
  webm::Status OnCuePoint(const webm::ElementMetadata&, const webm::CuePoint& cue) override {
    cues.emplace_back(cue.time.value(), cue.cue_track_positions.at(0).value().cluster_position.value());
    return {};
  }

  std::vector<ReadBlock> of(uint64_t track) const {
    std::vector<ReadBlock> out;
    for (const ReadBlock& block : blocks)
      if (block.track == track) out.push_back(block);
    return out;
  }
};

class WebmTest : public testing::Test {
 protected:
  ~WebmTest() override { std::remove(path_.c_str()); }

  WebmWriter open(WebmWriter::Config config = {}) {
    auto writer = WebmWriter::open(path_, config);
    EXPECT_TRUE(writer.ok());
    return std::move(*writer);
  }

  // Parses all of the file, and checks what holds of any; a `closed` one says its size.
  Recording read(bool closed = true) {
    Recording recording;
    webm::FileReader reader(std::fopen(path_.c_str(), "rb"));
    webm::WebmParser parser;
    const webm::Status status = parser.Feed(&recording, &reader);
    EXPECT_TRUE(status.completed_ok()) << status.code;
    EXPECT_EQ(recording.docType, "webm");
    EXPECT_EQ(recording.sizeKnown, closed);
    for (size_t i = 1; i < recording.blocks.size(); ++i)
      EXPECT_GE(recording.blocks[i].millis, recording.blocks[i - 1].millis) << i;
    for (const auto& [time, position] : recording.cues) {
      bool found = false;
      for (const auto& [clusterPosition, clusterTime] : recording.clusters)
        found |= clusterPosition == position && clusterTime <= time;
      EXPECT_TRUE(found) << "the cue at " << time << " points to no cluster";
    }
    checkSeeks(recording);
    return recording;
  }

  void checkSeeks(const Recording& recording) {
    std::ifstream file(path_, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    for (const auto& [id, position] : recording.seeks) {
      const ByteView all = asBytes(bytes);
      ASSERT_LT(recording.segmentStart + position + 4, all.size());
      EXPECT_EQ(loadBe32(all.data() + recording.segmentStart + position), id);
    }
  }

  std::string path_ =
      testing::TempDir() + "tincan_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".webm";
};

// A key frame's first ten bytes are all that the writer looks at.
Bytes keyFrame(int width = 320, int height = 240, size_t size = 100) {
  Bytes frame(size, 0x77);
  const uint8_t head[] = {0x10, 0, 0, 0x9d, 1, 0x2a};
  std::copy(std::begin(head), std::end(head), frame.begin());
  frame[6] = static_cast<uint8_t>(width);
  frame[7] = static_cast<uint8_t>(width >> 8);
  frame[8] = static_cast<uint8_t>(height);
  frame[9] = static_cast<uint8_t>(height >> 8);
  return frame;
}
Bytes interFrame(size_t size = 50) {
  return Bytes(size, 0x11);
}

TEST_F(WebmTest, RecordsACall) {
  SyntheticCamera camera({.width = 160, .height = 120});
  ToneMicrophone microphone;
  const auto vp8 = makeVp8Encoder(160, 120, 300'000);
  const auto opus = makeOpusEncoder();
  std::vector<Bytes> sentVideo, sentAudio;
  {
    WebmWriter writer = open();
    for (int64_t millis = 0; millis < 3000; ++millis) {
      const TimePoint now = at(millis);
      VideoFrame picture;
      AudioFrame sound;
      if (microphone.capture(now, sound)) {
        sentAudio.push_back(encodeOne(*opus, sound));
        ASSERT_TRUE(writer.writeAudio(sentAudio.back(), now).ok());
      }
      if (camera.capture(now, picture)) {
        EncodedVideo frame = encodeOne(*vp8, picture, sentVideo.size() == 45);
        frame.time = now;
        sentVideo.push_back(frame.data);
        ASSERT_TRUE(writer.writeVideo(frame).ok());
      }
    }
    EXPECT_EQ(writer.videoFrames(), sentVideo.size());
    EXPECT_EQ(writer.audioPackets(), sentAudio.size());
    ASSERT_TRUE(writer.close().ok());
    ASSERT_TRUE(writer.close().ok()) << "twice is once";
    EXPECT_EQ(writer.writeAudio(sentAudio[0], at(4000)).error().code(), ErrorCode::kInvalidStateError);
  }
  const Recording recording = read();
  ASSERT_EQ(recording.tracks.size(), 2u);
  EXPECT_EQ(recording.tracks[0].codec_id.value(), "V_VP8");
  EXPECT_EQ(recording.tracks[0].video.value().pixel_width.value(), 160u);
  EXPECT_EQ(recording.tracks[0].video.value().pixel_height.value(), 120u);
  EXPECT_EQ(recording.tracks[1].codec_id.value(), "A_OPUS");
  EXPECT_EQ(recording.tracks[1].audio.value().sampling_frequency.value(), 48'000);
  EXPECT_EQ(recording.tracks[1].audio.value().channels.value(), 1u);
  EXPECT_EQ(recording.tracks[1].codec_delay.value(), 6'500'000u);
  EXPECT_EQ(recording.tracks[1].seek_pre_roll.value(), 80'000'000u);
  EXPECT_EQ(recording.tracks[1].codec_private.value(),
            (Bytes{'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0}));

  const auto video = recording.of(1), audio = recording.of(2);
  ASSERT_EQ(video.size(), sentVideo.size());
  ASSERT_EQ(audio.size(), sentAudio.size());
  EXPECT_EQ(audio.size(), 150u);
  const auto decoder = makeVp8Decoder();
  for (size_t i = 0; i < video.size(); ++i) {
    EXPECT_EQ(video[i].data, sentVideo[i]);
    EXPECT_EQ(video[i].keyFrame, i == 0 || i == 45);
    EXPECT_NEAR(static_cast<double>(video[i].millis), static_cast<double>(i) * 1000 / 30, 1.1);
    auto picture = decoder->decode(video[i].data);
    ASSERT_TRUE(picture.ok());
    EXPECT_EQ(SyntheticCamera::readFrameCounter(*picture), i);
  }
  for (size_t i = 0; i < audio.size(); ++i) {
    EXPECT_EQ(audio[i].data, sentAudio[i]);
    EXPECT_EQ(audio[i].millis, static_cast<int64_t>(i) * 20);
  }
  EXPECT_EQ(recording.cues.size(), 2u);
  EXPECT_EQ(recording.seeks.size(), 3u);
  ASSERT_TRUE(recording.duration);
  EXPECT_NEAR(*recording.duration, 3000, 34);
}

TEST_F(WebmTest, WaitsForTheKeyFrameAndKeepsTheSound) {
  WebmWriter writer = open({.channels = 2});
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(writer.writeAudio(interFrame(20), at(i * 20)).ok());  // 8 s: some clusters
  ASSERT_TRUE(writer.writeVideo(interFrame(), false, at(7950)).ok());
  ASSERT_TRUE(writer.writeVideo(keyFrame(1280, 720), true, at(8000)).ok());
  ASSERT_TRUE(writer.writeVideo(interFrame(), false, at(8033)).ok());
  EXPECT_EQ(writer.videoFrames(), 2u);
  ASSERT_TRUE(writer.close().ok());
  const Recording recording = read();
  EXPECT_EQ(recording.tracks.at(0).video.value().pixel_width.value(), 1280u);
  EXPECT_EQ(recording.tracks.at(1).audio.value().channels.value(), 2u);
  EXPECT_EQ(recording.of(2).size(), 400u);
  ASSERT_EQ(recording.of(1).size(), 2u);
  EXPECT_EQ(recording.of(1)[0].millis, 8000);
  for (const ReadBlock& block : recording.blocks) EXPECT_LE(block.millis, 8033);
}

TEST_F(WebmTest, PutsTracksInOrderOfTime) {
  WebmWriter writer = open();
  ASSERT_TRUE(writer.writeVideo(keyFrame(), true, at(1000)).ok());
  ASSERT_TRUE(writer.writeAudio(interFrame(), at(900)).ok()) << "older than the first";
  ASSERT_TRUE(writer.writeVideo(interFrame(), false, at(1200)).ok());
  ASSERT_TRUE(writer.writeAudio(interFrame(), at(1100)).ok());
  ASSERT_TRUE(writer.writeVideo(keyFrame(), true, at(1300)).ok());
  ASSERT_TRUE(writer.writeAudio(interFrame(), at(1150)).ok()) << "in a cluster that is written already";
  ASSERT_TRUE(writer.close().ok());
  std::vector<int64_t> times;
  for (const ReadBlock& block : read().blocks) times.push_back(block.millis);
  EXPECT_EQ(times, (std::vector<int64_t>{0, 0, 100, 200, 200, 300}));
}

TEST_F(WebmTest, SplitsLongAndLargeClusters) {
  WebmWriter writer = open();
  ASSERT_TRUE(writer.writeVideo(keyFrame(), true, at(0)).ok());
  for (int i = 1; i < 400; ++i) ASSERT_TRUE(writer.writeVideo(interFrame(), false, at(i * 100)).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(writer.writeVideo(interFrame(1 << 20), false, at(40'000 + i)).ok());
  ASSERT_TRUE(writer.writeVideo(interFrame(), false, at(4'000'000)).ok()) << "an hour of nothing";
  ASSERT_TRUE(writer.close().ok());
  const Recording recording = read();
  EXPECT_EQ(recording.blocks.size(), 406u);
  EXPECT_GE(recording.clusters.size(), 10u);
  EXPECT_EQ(recording.blocks.back().millis, 4'000'000);
}

TEST_F(WebmTest, AKilledRecordingHasAllButTheLastSecond) {
  WebmWriter writer = open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(writer.writeAudio(interFrame(20), at(i * 100)).ok());
    // The first key frame is late: the sound before it is in the file all the same.
    if (i >= 25) {
      ASSERT_TRUE(writer.writeVideo(i == 25 ? keyFrame(64, 48) : interFrame(), i == 25, at(i * 100)).ok());
    }
    if (i < 13) continue;
    const Recording soFar = read(/*closed=*/false);
    ASSERT_FALSE(soFar.blocks.empty()) << i;
    EXPECT_GE(soFar.blocks.back().millis, (i - 11) * 100) << i;
    EXPECT_EQ(soFar.tracks.at(0).video.value().pixel_width.value(), i < 25 ? 640u : 64u) << i;
  }
}

TEST_F(WebmTest, SoundAlone) {
  WebmWriter writer = open();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(writer.writeAudio(interFrame(), at(i * 20)).ok());
  ASSERT_TRUE(writer.close().ok());
  const Recording recording = read();
  ASSERT_EQ(recording.tracks.size(), 1u) << "no picture came";
  EXPECT_EQ(recording.tracks[0].codec_id.value(), "A_OPUS");
  EXPECT_EQ(recording.blocks.size(), 300u);
  EXPECT_GE(recording.cues.size(), 2u);
}

TEST_F(WebmTest, PicturesAloneOfAKnownSize) {
  WebmWriter writer = open({.audio = false, .width = 64, .height = 48});
  EXPECT_EQ(writer.writeAudio(interFrame(), at(0)).error().code(), ErrorCode::kInvalidAccessError);
  ASSERT_TRUE(writer.writeVideo(keyFrame(), true, at(0)).ok());
  ASSERT_TRUE(writer.close().ok());
  const Recording recording = read();
  ASSERT_EQ(recording.tracks.size(), 1u);
  EXPECT_EQ(recording.tracks[0].video.value().pixel_width.value(), 64u);
}

TEST_F(WebmTest, NothingAtAllIsStillAFile) {
  { WebmWriter writer = open(); }
  EXPECT_EQ(read().blocks.size(), 0u);
}

TEST_F(WebmTest, GivesUpWaitingForAPictureBeforeMemoryDoes) {
  WebmWriter writer = open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(writer.writeAudio(interFrame(1275), at(i * 20)).ok());
  EXPECT_GT(std::filesystem::file_size(path_), 0u) << "it has begun";
  ASSERT_TRUE(writer.writeVideo(keyFrame(), true, at(100'000)).ok());
  ASSERT_TRUE(writer.close().ok());
  const Recording recording = read();
  EXPECT_EQ(recording.blocks.size(), 1001u);
  EXPECT_EQ(recording.tracks.size(), 2u);
}

TEST_F(WebmTest, MovesAndClosesByItself) {
  {
    WebmWriter first = open();
    ASSERT_TRUE(first.writeVideo(keyFrame(), true, at(0)).ok());
    WebmWriter second = std::move(first);
    ASSERT_TRUE(second.writeVideo(interFrame(), false, at(33)).ok());
  }
  EXPECT_EQ(read().blocks.size(), 2u);
}

TEST_F(WebmTest, SaysWhatIsWrong) {
  auto nowhere = WebmWriter::open("/no/such/folder/call.webm", {});
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code(), ErrorCode::kIo);
  EXPECT_NE(nowhere.error().message().find("/no/such/folder/call.webm"), std::string::npos);
  EXPECT_EQ(WebmWriter::open(path_, {.video = false, .audio = false}).error().code(), ErrorCode::kTypeError);
  WebmWriter writer = open();
  EXPECT_EQ(writer.writeVideo(interFrame(), true, at(0)).error().code(), ErrorCode::kMalformed);
  auto full = WebmWriter::open("/dev/full", {});
  ASSERT_TRUE(full.ok());
  (void)full->writeVideo(keyFrame(320, 240, 100'000), true, at(0));
  EXPECT_EQ(full->close().error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace tincan::inline v0::media
