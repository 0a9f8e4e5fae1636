#include "media/y4m_source.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

namespace tincan::inline v0::media {
namespace {

constexpr std::string_view kMagic = "YUV4MPEG2";
constexpr size_t kMaxLine = 1024;  // a header is some 60 characters
constexpr int64_t kMaxRate = 240;

// A line up to '\n', or nothing when there is none within kMaxLine.
std::optional<std::string> readLine(std::istream& stream) {
  std::string line;
  for (size_t i = 0; i < kMaxLine; ++i) {
    const int c = stream.get();
    if (c == std::istream::traits_type::eof()) return std::nullopt;
    if (c == '\n') return line;
    line += static_cast<char>(c);
  }
  return std::nullopt;
}

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > INT32_MAX) return std::nullopt;
  return value;
}

bool readExactly(std::istream& stream, MutableByteView out) {
  stream.read(static_cast<char*>(static_cast<void*>(out.data())), static_cast<std::streamsize>(out.size()));
  return stream.gcount() == static_cast<std::streamsize>(out.size());
}

bool isPlain420(std::string_view chroma) {
  return chroma == "420" || chroma == "420jpeg" || chroma == "420mpeg2" || chroma == "420paldv";
}

}  // namespace

Result<Y4mSource::Format> Y4mSource::parseHeader(std::string_view line, const std::string& name) {
  Format format;
  std::string_view chroma = "420";
  for (line.remove_prefix(kMagic.size()); !line.empty();) {
    const size_t start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    const std::string_view value = word.substr(1);
    switch (word[0]) {
      case 'W': format.width = static_cast<int>(number(value).value_or(0)); break;
      case 'H': format.height = static_cast<int>(number(value).value_or(0)); break;
      case 'C': chroma = value; break;
      case 'F': {
        const size_t colon = value.find(':');
        if (colon == std::string_view::npos) break;
        format.rate = number(value.substr(0, colon)).value_or(0);
        format.scale = number(value.substr(colon + 1)).value_or(0);
        break;
      }
      default: break;  // interlacing, aspect, comments: nothing that changes the bytes
    }
  }
  if (format.width < 1 || format.height < 1) return {ErrorCode::kMalformed, name + ": the Y4M header has no size"};
  if (format.width > VideoFrame::kMaxSide || format.height > VideoFrame::kMaxSide)
    return {ErrorCode::kLimit, name + ": larger than 4096 x 4096, scale it down first"};
  if (format.rate < 1 || format.scale < 1) return {ErrorCode::kMalformed, name + ": the Y4M header has no frame rate"};
  if (format.rate > kMaxRate * format.scale) return {ErrorCode::kLimit, name + ": more than 240 frames a second"};
  format.mono = chroma == "mono";
  if (!format.mono && !isPlain420(chroma))
    return {ErrorCode::kUnsupported, name + ": chroma format C" + std::string(chroma.substr(0, 16)) +
                                         " is not supported, convert it to 8-bit 4:2:0 (ffmpeg -pix_fmt yuv420p)"};
  return format;
}

Result<std::unique_ptr<Y4mSource>> Y4mSource::open(const std::string& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) return {ErrorCode::kNotFoundError, "cannot open " + path + ": is the path right, and may it be read?"};
  return fromStream(std::move(file), path);
}

Result<std::unique_ptr<Y4mSource>> Y4mSource::fromStream(std::unique_ptr<std::istream> stream, std::string name) {
  const auto line = readLine(*stream);
  if (!line || line->compare(0, kMagic.size(), kMagic) != 0 ||
      (line->size() > kMagic.size() && (*line)[kMagic.size()] != ' '))
    return {ErrorCode::kMalformed, name + ": not a Y4M file (it does not start with a YUV4MPEG2 line)"};
  auto format = parseHeader(*line, name);
  if (!format) return format.error();
  std::unique_ptr<Y4mSource> source(new Y4mSource(std::move(stream), *format));
  VideoFrame first;
  if (!source->readFrame(first))
    return {ErrorCode::kMalformed, name + ": ends, or breaks, before its first picture does"};
  source->stream_->seekg(source->firstFrame_);
  return source;
}

Y4mSource::Y4mSource(std::unique_ptr<std::istream> stream, Format format)
    : stream_(std::move(stream)), format_(format), firstFrame_(stream_->tellg()), clock_(format.rate, format.scale) {}

Y4mSource::~Y4mSource() = default;

TimePoint Y4mSource::nextFrameTime() const {
  return ended_ ? TimePoint::never() : clock_.next();
}

// Each picture is a line, "FRAME" and perhaps parameters, and then its planes.
bool Y4mSource::readFrame(VideoFrame& out) {
  const auto line = readLine(*stream_);
  if (!line || line->compare(0, 5, "FRAME") != 0) return false;
  out.resize(format_.width, format_.height);
  if (!format_.mono) return readExactly(*stream_, out.pixels);
  out.fillBlack();
  return readExactly(*stream_, out.y());
}

bool Y4mSource::readFrameOrRewind(VideoFrame& out) {
  if (readFrame(out)) return true;
  stream_->clear();
  stream_->seekg(firstFrame_);
  return readFrame(out);
}

bool Y4mSource::capture(TimePoint now, VideoFrame& out) {
  if (ended_) return false;
  const auto index = clock_.takeLatest(now);
  if (!index) return false;
  if (!readFrameOrRewind(out)) {
    ended_ = true;
    return false;
  }
  out.captured = clock_.at(*index);
  out.rtpTimestamp = static_cast<uint32_t>(clock_.ticks(*index, 90'000));
  return true;
}

}  // namespace tincan::inline v0::media
