// Real streams of every codec as inputs of the fuzz target media_receive: what it shows is what a decoder makes of packets.
// TINCAN_UPDATE_GOLDEN=1 writes them as its corpus.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "fuzz/media_receive.h"
#include "fuzz/replay.h"
#include "media/codec/frame_dependencies.h"
#include "tests/paths.h"

namespace tincan::inline v0::fuzz {
namespace {

class Stream {
 public:
  Stream(size_t format, const char* mode) : format_(MediaReceiveFuzzer::formats()[format]), mode_(mode) {
    input.push_back(static_cast<uint8_t>(format));
  }

  /// False where there is no encoder of it.
  bool encode(int pictures) {
    media::VideoEncoderSettings settings;
    settings.bitrateBps = 100'000;
    settings.scalabilityMode = mode_;
    settings.maxSliceBytes = 600;
    auto encoder = media::builtInCodecs().videoEncoder(format_, settings);
    SeededRandom random(1);
    auto packetizer = media::builtInCodecs().packetizer(format_, random);
    if (!encoder || !packetizer) return false;
    media::FrameDependencies dependencies(*media::ScalabilityMode::parse(mode_));
    for (int i = 0; i < pictures; ++i) {
      media::VideoFrame picture = media::VideoFrame::black(64, 48);
      random.fill(picture.y().first(64 * 8));
      picture.rtpTimestamp = static_cast<uint32_t>(i) * 3000;
      std::vector<media::EncodedVideo> frames;
      EXPECT_TRUE((*encoder)->encode(picture, i == 0, frames).ok());
      for (const auto& frame : frames)
        pack(**packetizer, dependencies, frame, &frame == &frames.front(), &frame == &frames.back());
    }
    return true;
  }

  Bytes input;

 private:
  void pack(media::VideoPacketizer& packetizer, media::FrameDependencies& dependencies,
            const media::EncodedVideo& frame, bool begins, bool ends) {
    rtp::DependencyDescriptor told = dependencies.next(frame, 64, 48);
    packetizer.setFrame(frame, 700);
    bool first = true, last = false;
    while (packetizer.packetsLeft() > 0) {
      PacketBuffer payload = pool_.allocate();
      if (!packetizer.next(payload, last)) return;
      told.startOfFrame = first;
      told.endOfFrame = packetizer.packetsLeft() == 0;
      if (!first) told.structure.reset();
      if (!first) told.activeTargets.reset();
      Bytes descriptor(rtp::DependencyDescriptor::kMaxSize);
      descriptor.resize(told.write(dependencies.structure(), descriptor));
      const bool marker = told.endOfFrame && ends;
      input.push_back(static_cast<uint8_t>(
          (marker ? MediaReceiveFuzzer::kMarker : 0) |
          (begins && first ? MediaReceiveFuzzer::kNewPicture | 0x20 | MediaReceiveFuzzer::kTakesTime : 0)));
      input.push_back(static_cast<uint8_t>(descriptor.size()));
      input.push_back(static_cast<uint8_t>(payload.size() >> 8));
      input.push_back(static_cast<uint8_t>(payload.size()));
      input.insert(input.end(), descriptor.begin(), descriptor.end());
      const ByteView bytes = payload.view();
      input.insert(input.end(), bytes.begin(), bytes.end());
      first = false;
    }
  }

  media::CodecFormat format_;
  std::string mode_;
  PacketPool pool_;
};

struct Row {
  const char* name;
  size_t format;
  const char* mode;
};
constexpr Row kRows[] = {{"vp8", 0, "L1T3"},  {"vp9", 1, "L2T2"},        {"av1", 2, "L1T3"},
                         {"h264", 3, "L1T1"}, {"h264_mode0", 4, "L1T1"}, {"vp9_deep", 6, "L1T1"}};

TEST(MediaReceive, EveryCodecsPicturesComeOut) {
  const bool update = std::getenv("TINCAN_UPDATE_GOLDEN") != nullptr;
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Stream stream(row.format, row.mode);
    if (!stream.encode(5)) continue;
    EXPECT_GE(MediaReceiveFuzzer(stream.input).run(), 4);
    if (!update) continue;
    std::ofstream file(fuzzCorpusPath(std::string("media_receive/") + row.name), std::ios::binary);
    file.write(static_cast<const char*>(static_cast<const void*>(stream.input.data())),
               static_cast<std::streamsize>(stream.input.size()));
  }
}

// Each byte of heads, descriptors and first payload bytes; not of all pixels.
TEST(MediaReceive, EveryCodecsPacketsMayBeDamaged) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Stream stream(row.format, row.mode);
    if (!stream.encode(3)) continue;
    Bytes bytes = stream.input;
    for (size_t i = 0; i < std::min<size_t>(bytes.size(), 160); ++i) {
      fuzzMediaReceive(ByteView(bytes).first(i));
      bytes[i] ^= 0xff;
      fuzzMediaReceive(bytes);
      bytes[i] ^= 0xff;
    }
  }
}

TEST(MediaReceive, Corpus) {
  replay("media_receive", fuzzMediaReceive);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz
