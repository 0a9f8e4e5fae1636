#include "media/webm_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "media/ebml.h"
#include "rtp/payload/vp8.h"

// Debian's libwebm installs its parser but not its muxer, so the few elements a recording needs are written here, and
// the tests read them back with libwebm.
//
//     EBML header
//     Segment                       its length is written at the end; until then "unknown", which players take too
//       SeekHead                    positions, written at the end
//       Info                        the duration, written at the end
//       Tracks                      1 video, 2 audio
//       Cluster …                   from each key frame on, at most 1 s: a timestamp, then SimpleBlocks in order of time
//       Cues                        a point for each key frame (for each cluster, while there is no video)
//
// Each cluster goes to the operating system when it is complete, so a process that is killed loses a second at most.
namespace tincan::inline v0::media {
namespace {

// Matroska element ids (RFC 9559 §5).
enum Id : uint32_t {
  kEbml = 0x1a45dfa3,
  kEbmlVersion = 0x4286,
  kEbmlReadVersion = 0x42f7,
  kEbmlMaxIdLength = 0x42f2,
  kEbmlMaxSizeLength = 0x42f3,
  kDocType = 0x4282,
  kDocTypeVersion = 0x4287,
  kDocTypeReadVersion = 0x4285,
  kSegment = 0x18538067,
  kSeekHead = 0x114d9b74,
  kSeek = 0x4dbb,
  kSeekId = 0x53ab,
  kSeekPosition = 0x53ac,
  kInfo = 0x1549a966,
  kTimestampScale = 0x2ad7b1,
  kDuration = 0x4489,
  kMuxingApp = 0x4d80,
  kWritingApp = 0x5741,
  kTracks = 0x1654ae6b,
  kTrackEntry = 0xae,
  kTrackNumber = 0xd7,
  kTrackUid = 0x73c5,
  kTrackType = 0x83,
  kFlagLacing = 0x9c,
  kCodecId = 0x86,
  kCodecPrivate = 0x63a2,
  kCodecDelay = 0x56aa,
  kSeekPreRoll = 0x56bb,
  kVideo = 0xe0,
  kPixelWidth = 0xb0,
  kPixelHeight = 0xba,
  kAudio = 0xe1,
  kSamplingFrequency = 0xb5,
  kChannels = 0x9f,
  kCluster = 0x1f43b675,
  kTimestamp = 0xe7,
  kSimpleBlock = 0xa3,
  kCues = 0x1c53bb6b,
  kCuePoint = 0xbb,
  kCueTime = 0xb3,
  kCueTrackPositions = 0xb7,
  kCueTrack = 0xf7,
  kCueClusterPosition = 0xf1,
  kVoid = 0xec,
};

constexpr uint8_t kVideoTrack = 1, kAudioTrack = 2;
constexpr int64_t kMaxClusterMillis = 1'000;
constexpr size_t kMaxClusterBytes = size_t{2} << 20;
// While the size of the picture is not known, no more is kept back than a cluster may hold. Then the file begins with a
// nominal size, and the first key frame writes the true one over it.
constexpr int kNominalWidth = 640, kNominalHeight = 480;
constexpr uint16_t kPreSkip = 312;  // 6.5 ms at 48 kHz: what libopus' encoder looks ahead (RFC 7845 §4.2)

struct Block {
  uint8_t track;
  bool keyFrame;
  int64_t millis;
  Bytes data;
};

// RFC 7845 §5.1, little-endian: magic, version 1, channels, pre-skip, input rate, gain, mapping family.
Bytes opusHead(int channels) {
  ByteBuilder head;
  head.bytes(asBytes("OpusHead")).u8(1).u8(static_cast<uint8_t>(channels));
  head.u8(kPreSkip & 255).u8(kPreSkip >> 8).u8(0x80).u8(0xbb).u8(0).u8(0).u16(0).u8(0);
  return head.take();
}

}  // namespace

struct WebmWriter::State {
  State(std::string name, std::FILE* opened, Config wanted) : path(std::move(name)), file(opened), config(wanted) {}
  ~State() {
    if (file) std::fclose(file);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> add(Block block, TimePoint time);
  Result<void> begin();
  Result<void> flush();
  Result<void> finish();
  void writeTracks(EbmlBuilder& out) const;
  Result<void> setSize(int width, int height);
  Result<void> rewriteTracks();
  void writeSeekHead(EbmlBuilder& out) const;
  void writeInfo(EbmlBuilder& out) const;

  Result<void> write(ByteView bytes);
  Result<void> overwrite(int64_t position, ByteView bytes);
  Error ioError() const { return {ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno)}; }
  int64_t inSegment() const { return position - segmentStart; }

  std::string path;
  std::FILE* file;
  Config config;
  bool begun = false;  // the header stands in the file
  bool keyFrameSeen = false;
  bool noPicture = false;  // the file ends and no picture came: its track is taken out
  size_t videoFrames = 0, audioPackets = 0;

  std::optional<TimePoint> start;
  int64_t flushedMillis = 0;  // nothing may come before what is in the file
  int64_t endMillis = 0;
  std::vector<Block> cluster;  // the blocks not yet in the file, the earliest and latest of them, and their bytes
  int64_t firstMillis = 0, lastMillis = 0;
  size_t clusterBytes = 0;
  struct Cue {
    int64_t millis, cluster;
    uint8_t track;
  };
  std::vector<Cue> cues;

  int64_t position = 0, segmentStart = 0, seekHeadAt = 0, infoAt = 0, tracksAt = 0, cuesAt = 0;
};

Result<void> WebmWriter::State::write(ByteView bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) return ioError();
  position += static_cast<int64_t>(bytes.size());
  return {};
}

Result<void> WebmWriter::State::overwrite(int64_t at, ByteView bytes) {
  if (fseeko(file, at, SEEK_SET) != 0 || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() ||
      fseeko(file, position, SEEK_SET) != 0)
    return ioError();
  return {};
}

// These three are as long before as after their values are known, so that they can be overwritten.
void WebmWriter::State::writeSeekHead(EbmlBuilder& out) const {
  const auto seek = [&](uint32_t id, int64_t at) {
    uint8_t idBytes[4];
    storeBe32(idBytes, id);
    out.master(kSeek, [&] { out.binary(kSeekId, idBytes).uint64(kSeekPosition, static_cast<uint64_t>(at)); });
  };
  out.master(kSeekHead, [&] {
    seek(kInfo, infoAt);
    seek(kTracks, tracksAt);
    if (cuesAt > 0)
      seek(kCues, cuesAt);
    else
      out.header(kVoid, 19, 8).raw(Bytes(19));  // as long as the entry that may come here
  });
}

void WebmWriter::State::writeInfo(EbmlBuilder& out) const {
  out.master(kInfo, [&] {
    out.uint(kTimestampScale, 1'000'000).float64(kDuration, static_cast<double>(endMillis));
    out.text(kMuxingApp, "tincan").text(kWritingApp, "tincan");
  });
}

void WebmWriter::State::writeTracks(EbmlBuilder& out) const {
  const auto track = [&](uint8_t number, uint8_t type, std::string_view codec, auto&& details) {
    out.master(kTrackEntry, [&] {
      out.uint(kTrackNumber, number).uint(kTrackUid, number).uint(kTrackType, type).uint(kFlagLacing, 0);
      out.text(kCodecId, codec);
      details();
    });
  };
  out.master(kTracks, [&] {
    const size_t pictures = out.size();
    if (config.video)
      track(kVideoTrack, 1, "V_VP8", [&] {
        out.master(kVideo, [&] {
          out.uint64(kPixelWidth, static_cast<uint64_t>(config.width));
          out.uint64(kPixelHeight, static_cast<uint64_t>(config.height));
        });
      });
    if (noPicture) out.voidFrom(pictures);
    if (config.audio)
      track(kAudioTrack, 2, "A_OPUS", [&] {
        out.binary(kCodecPrivate, opusHead(config.channels));
        // RFC 9559 §5.1.4.1.25 and .26, in nanoseconds; 80 ms is what RFC 7845 §4.6 asks for.
        out.uint(kCodecDelay, kPreSkip * 1'000'000ull / 48).uint(kSeekPreRoll, 80'000'000);
        out.master(kAudio, [&] {
          out.float64(kSamplingFrequency, 48'000).uint(kChannels, static_cast<uint64_t>(config.channels));
        });
      });
  });
}

Result<void> WebmWriter::State::setSize(int width, int height) {
  config.width = width;
  config.height = height;
  return begun ? rewriteTracks() : Result<void>();
}

Result<void> WebmWriter::State::rewriteTracks() {
  EbmlBuilder out;
  writeTracks(out);
  return overwrite(segmentStart + tracksAt, out.view());
}

Result<void> WebmWriter::State::begin() {
  begun = true;
  const Config asked = config;
  if (config.width <= 0 || config.height <= 0) {
    config.width = kNominalWidth;
    config.height = kNominalHeight;
  }
  EbmlBuilder out;
  out.master(kEbml, [&] {
    out.uint(kEbmlVersion, 1).uint(kEbmlReadVersion, 1).uint(kEbmlMaxIdLength, 4).uint(kEbmlMaxSizeLength, 8);
    out.text(kDocType, "webm").uint(kDocTypeVersion, 4).uint(kDocTypeReadVersion, 2);
  });
  out.header(kSegment, EbmlBuilder::kUnknownLength, 8);
  segmentStart = static_cast<int64_t>(out.size());
  seekHeadAt = 0;
  // As it is always as long, the first one tells where the rest stands, and the second says it.
  EbmlBuilder seekHead;
  writeSeekHead(seekHead);
  infoAt = static_cast<int64_t>(seekHead.size());
  EbmlBuilder info;
  writeInfo(info);
  tracksAt = infoAt + static_cast<int64_t>(info.size());
  writeSeekHead(out);
  out.raw(info.view());
  writeTracks(out);
  config = asked;
  return write(out.view());
}

Result<void> WebmWriter::State::add(Block block, TimePoint time) {
  if (!file) return {ErrorCode::kInvalidStateError, path + " is closed already"};
  if (!start) start = time;
  // Never before what is in the file already; within a cluster, the blocks are put in order.
  block.millis = std::max((time - *start).millis(), flushedMillis);
  const int64_t span = cluster.empty() ? 0 : std::max(block.millis, lastMillis) - std::min(block.millis, firstMillis);
  const bool full = span > kMaxClusterMillis || clusterBytes + block.data.size() > kMaxClusterBytes;
  if (!begun) {
    const bool sizeKnown = !config.video || config.width > 0;
    if (sizeKnown || full)
      if (auto started = begin(); !started) return started;
  }
  if (begun && !cluster.empty()) {
    const bool newCluster = block.track == kVideoTrack && block.keyFrame;
    if (newCluster || full) {
      if (auto flushed = flush(); !flushed) return flushed;
      block.millis = std::max(block.millis, flushedMillis);
    }
  }
  firstMillis = cluster.empty() ? block.millis : std::min(firstMillis, block.millis);
  lastMillis = cluster.empty() ? block.millis : std::max(lastMillis, block.millis);
  clusterBytes += block.data.size();
  cluster.push_back(std::move(block));
  return {};
}

// SimpleBlock (RFC 9559 §10.2): track number, time from the cluster's in milliseconds (signed 16 bits), flags, the
// frame.
Result<void> WebmWriter::State::flush() {
  if (cluster.empty()) return {};
  std::stable_sort(cluster.begin(), cluster.end(), [](const Block& a, const Block& b) { return a.millis < b.millis; });
  EbmlBuilder out;
  size_t next = 0;
  while (next < cluster.size()) {
    const int64_t clusterMillis = cluster[next].millis;
    out.clear();
    if (!keyFrameSeen) cues.push_back({clusterMillis, inSegment(), kAudioTrack});
    out.master(kCluster, [&] {
      out.uint(kTimestamp, static_cast<uint64_t>(clusterMillis));
      for (; next < cluster.size() && cluster[next].millis - clusterMillis <= kMaxClusterMillis; ++next) {
        const Block& block = cluster[next];
        out.header(kSimpleBlock, block.data.size() + 4);
        uint8_t head[4] = {static_cast<uint8_t>(0x80 | block.track), 0, 0,
                           static_cast<uint8_t>(block.keyFrame ? 0x80 : 0)};
        storeBe16(head + 1, static_cast<uint16_t>(block.millis - clusterMillis));
        out.raw(head).raw(block.data);
        if (block.keyFrame && block.track == kVideoTrack) cues.push_back({block.millis, inSegment(), kVideoTrack});
        endMillis = std::max(endMillis, block.millis + (block.track == kAudioTrack ? 20 : 33));
      }
    });
    if (auto written = write(out.view()); !written) return written;
  }
  flushedMillis = cluster.back().millis;
  cluster.clear();
  clusterBytes = 0;
  if (std::fflush(file) != 0) return ioError();
  return {};
}

Result<void> WebmWriter::State::finish() {
  if (!begun) {
    // No key frame came: a recording of sound alone, if there is any.
    if (config.video && config.width <= 0 && config.audio) config.video = false;
    if (auto started = begin(); !started) return started;
  }
  if (auto flushed = flush(); !flushed) return flushed;
  if (config.video && config.audio && !keyFrameSeen) {
    noPicture = true;
    if (auto done = rewriteTracks(); !done) return done;
  }
  EbmlBuilder out;
  if (!cues.empty()) cuesAt = inSegment();
  if (!cues.empty())
    out.master(kCues, [&] {  // may not be there and empty (RFC 9559 §5.1.5)
      for (const Cue& cue : cues)
        out.master(kCuePoint, [&] {
          out.uint(kCueTime, static_cast<uint64_t>(cue.millis));
          out.master(kCueTrackPositions, [&] {
            out.uint(kCueTrack, cue.track);
            out.uint(kCueClusterPosition, static_cast<uint64_t>(cue.cluster));
          });
        });
    });
  if (auto written = write(out.view()); !written) return written;

  out.clear();
  writeSeekHead(out);
  if (auto done = overwrite(segmentStart + seekHeadAt, out.view()); !done) return done;
  out.clear();
  writeInfo(out);
  if (auto done = overwrite(segmentStart + infoAt, out.view()); !done) return done;
  uint8_t length[8];
  storeBe64(length, static_cast<uint64_t>(inSegment()) | uint64_t{1} << 56);
  return overwrite(segmentStart - 8, length);
}

WebmWriter::WebmWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebmWriter::WebmWriter(WebmWriter&&) noexcept = default;
WebmWriter& WebmWriter::operator=(WebmWriter&& other) noexcept {
  if (this == &other) return *this;
  if (state_) (void)close();
  state_ = std::move(other.state_);
  return *this;
}
WebmWriter::~WebmWriter() {
  if (state_) (void)close();
}

Result<WebmWriter> WebmWriter::open(const std::string& path, Config config) {
  if (!config.video && !config.audio) return {ErrorCode::kTypeError, path + ": a recording needs video, audio or both"};
  config.channels = config.channels == 2 ? 2 : 1;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return {ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno)};
  return WebmWriter(std::make_unique<State>(path, file, config));
}

Result<void> WebmWriter::writeVideo(ByteView frame, bool keyFrame, TimePoint time) {
  State& state = *state_;
  if (!state.config.video) return {ErrorCode::kInvalidAccessError, state.path + " has no video track"};
  if (keyFrame && !state.keyFrameSeen) {
    rtp::Vp8FrameHeader header;
    if (!rtp::Vp8FrameHeader::parse(frame, header) || !header.keyFrame || header.width == 0 || header.height == 0)
      return {ErrorCode::kMalformed, "not a VP8 key frame"};
    if (state.config.width <= 0 || state.config.height <= 0)
      if (auto sized = state.setSize(header.width, header.height); !sized) return sized;
    state.keyFrameSeen = true;
  }
  if (!state.keyFrameSeen) return {};
  auto added = state.add({kVideoTrack, keyFrame, 0, toBytes(frame)}, time);
  if (added) ++state.videoFrames;
  return added;
}

Result<void> WebmWriter::writeAudio(ByteView packet, TimePoint time) {
  State& state = *state_;
  if (!state.config.audio) return {ErrorCode::kInvalidAccessError, state.path + " has no audio track"};
  // Every Opus packet can be decoded by itself: a key frame, as Matroska counts.
  auto added = state.add({kAudioTrack, true, 0, toBytes(packet)}, time);
  if (added) ++state.audioPackets;
  return added;
}

Result<void> WebmWriter::close() {
  State& state = *state_;
  if (!state.file) return {};
  auto finished = state.finish();
  const bool closed = std::fclose(state.file) == 0;
  state.file = nullptr;
  if (finished && !closed) return state.ioError();
  return finished;
}

size_t WebmWriter::videoFrames() const {
  return state_->videoFrames;
}
size_t WebmWriter::audioPackets() const {
  return state_->audioPackets;
}

}  // namespace tincan::inline v0::media
