#include "media/wav_source.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>

namespace tincan::inline v0::media {
namespace {

constexpr int kMinRate = 8'000, kMaxRate = 192'000;
constexpr int kMaxChunks = 256;  // a file that is nothing but small chunks is no sound
constexpr size_t kBlockFrames = 4096;
constexpr uint32_t kPcm = 1, kExtensible = 0xfffe;
constexpr uint32_t kUnknownSize = 0xffffffff;  // what a program writes that cannot seek back

uint32_t loadLe(ByteView bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

bool readExactly(std::istream& stream, MutableByteView out) {
  stream.read(static_cast<char*>(static_cast<void*>(out.data())), static_cast<std::streamsize>(out.size()));
  return stream.gcount() == static_cast<std::streamsize>(out.size());
}

int64_t sizeOf(std::istream& stream) {
  const auto here = stream.tellg();
  stream.seekg(0, std::ios::end);
  const int64_t size = stream.tellg();
  stream.seekg(here);
  return size;
}

struct Fmt {
  uint32_t tag, channels, rate, bits;
};

// The body of "fmt ": tag (2), channels (2), rate (4), bytes a second (4), bytes a frame (2), bits a sample (2); for
// the extensible tag also: size (2), valid bits (2), speakers (4), and a GUID whose first two bytes are the tag meant.
std::optional<Fmt> readFmt(std::istream& stream, uint32_t size) {
  std::array<uint8_t, 40> body{};
  if (size < 16 || !readExactly(stream, MutableByteView(body).first(std::min<size_t>(size, body.size()))))
    return std::nullopt;
  Fmt fmt{loadLe(body, 0, 2), loadLe(body, 2, 2), loadLe(body, 4, 4), loadLe(body, 14, 2)};
  if (fmt.tag == kExtensible && size >= 26) fmt.tag = loadLe(body, 24, 2);
  return fmt;
}

Result<void> check(const Fmt& fmt, const std::string& name) {
  if (fmt.tag != kPcm || fmt.bits != 16)
    return {ErrorCode::kUnsupported, name + ": not 16-bit PCM, convert it (ffmpeg -c:a pcm_s16le)"};
  if (fmt.channels != 1 && fmt.channels != 2)
    return {ErrorCode::kUnsupported,
            name + ": " + std::to_string(fmt.channels) + " channels, only mono and stereo are supported"};
  if (fmt.rate < uint32_t{kMinRate} || fmt.rate > uint32_t{kMaxRate})
    return {ErrorCode::kUnsupported, name + ": " + std::to_string(fmt.rate) + " Hz, only 8 to 192 kHz is supported"};
  return {};
}

}  // namespace

Result<WavSource::Format> WavSource::parseChunks(std::istream& stream, const std::string& name) {
  const int64_t fileSize = sizeOf(stream);
  std::array<uint8_t, 12> riff{};
  if (!readExactly(stream, riff) || asText(riff).substr(0, 4) != "RIFF" || asText(riff).substr(8) != "WAVE")
    return {ErrorCode::kMalformed, name + ": not a WAV file (it does not start with RIFF and WAVE)"};
  std::optional<Fmt> fmt;
  for (int i = 0; i < kMaxChunks; ++i) {
    std::array<uint8_t, 8> header{};
    if (!readExactly(stream, header)) break;
    const int64_t start = stream.tellg();
    const uint32_t size = loadLe(header, 4, 4);
    if (asText(header).substr(0, 4) == "fmt ") {
      if (!(fmt = readFmt(stream, size))) return {ErrorCode::kMalformed, name + ": the WAV's format chunk is broken"};
      if (auto checked = check(*fmt, name); !checked) return checked.error();
    } else if (asText(header).substr(0, 4) == "data") {
      if (!fmt) return {ErrorCode::kMalformed, name + ": the WAV has no format before its sound"};
      const int64_t left = fileSize - start;
      if (size != kUnknownSize && size > left)
        return {ErrorCode::kMalformed, name + ": the WAV is cut short, by " + std::to_string(size - left) + " bytes"};
      Format format{static_cast<int>(fmt->channels), static_cast<int>(fmt->rate), start, 0};
      format.dataSize = std::min<int64_t>(size, left) / (2 * format.channels) * (2 * format.channels);
      if (format.dataSize == 0) return {ErrorCode::kMalformed, name + ": the WAV has no sound in it"};
      return format;
    }
    stream.seekg(start + size + size % 2);  // chunks are padded to an even size
    if (!stream) break;
  }
  return {ErrorCode::kMalformed, name + ": the WAV ends before its sound"};
}

Result<std::unique_ptr<WavSource>> WavSource::open(const std::string& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) return {ErrorCode::kNotFoundError, "cannot open " + path + ": is the path right, and may it be read?"};
  return fromStream(std::move(file), path);
}

Result<std::unique_ptr<WavSource>> WavSource::fromStream(std::unique_ptr<std::istream> stream, std::string name) {
  auto format = parseChunks(*stream, name);
  if (!format) return format.error();
  auto resampler = Resampler::create(format->rate, AudioFrame::kRate, format->channels);
  if (!resampler) return {ErrorCode::kUnsupported, name + ": " + resampler.error().message()};
  stream->clear();
  stream->seekg(format->dataStart);
  return std::unique_ptr<WavSource>(new WavSource(std::move(stream), *format, std::move(*resampler)));
}

WavSource::WavSource(std::unique_ptr<std::istream> stream, Format format, Resampler resampler)
    : stream_(std::move(stream)), format_(format), resampler_(std::move(resampler)) {}

WavSource::~WavSource() = default;

// The next block of the file to the resampler, from the start again at its end. False when nothing can be read at all.
bool WavSource::refill() {
  if (position_ >= format_.dataSize) {
    stream_->clear();
    stream_->seekg(format_.dataStart);
    position_ = 0;
  }
  const size_t frameSize = 2 * static_cast<size_t>(format_.channels);
  Bytes bytes(std::min(static_cast<size_t>(format_.dataSize - position_), kBlockFrames * frameSize));
  stream_->read(static_cast<char*>(static_cast<void*>(bytes.data())), static_cast<std::streamsize>(bytes.size()));
  const size_t whole = static_cast<size_t>(stream_->gcount()) / frameSize * frameSize;
  // A file that became shorter under us ends here.
  position_ = whole == bytes.size() ? position_ + static_cast<int64_t>(whole) : format_.dataSize;
  block_.clear();
  for (size_t i = 0; i < whole; i += 2) block_.push_back(static_cast<int16_t>(loadLe(bytes, i, 2)));
  resampler_.push(block_);
  return whole > 0;
}

bool WavSource::capture(TimePoint now, AudioFrame& out) {
  const auto index = clock_.takeNext(now, Duration::seconds(1));
  if (!index) return false;
  out.sampleRate = AudioFrame::kRate;
  out.channels = format_.channels;
  out.captured = clock_.at(*index);
  out.rtpTimestamp = static_cast<uint32_t>(clock_.ticks(*index, AudioFrame::kRate));
  out.samples.clear();
  size_t missing = AudioFrame::kSamples;
  for (int failures = 0; (missing -= resampler_.pull(missing, out.samples)) > 0 && failures < 2;)
    if (!refill()) ++failures;
  out.samples.resize(static_cast<size_t>(AudioFrame::kSamples * format_.channels));  // silence in place of what is gone
  return true;
}

}  // namespace tincan::inline v0::media
