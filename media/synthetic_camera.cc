#include "media/synthetic_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace tincan::inline v0::media {
namespace {

constexpr int kCells = 32, kCounterBits = 24, kFirstBit = 2, kFirstCheckBit = 26;
constexpr uint32_t kCheckSeed = 0b1010;  // so that neither all black nor all white is a counter
constexpr int kMinContrast = 56;         // 64 of 255, on luma's 219 steps
constexpr Yuv kBlack{16, 128, 128}, kWhite{235, 128, 128};

// The pulse, in units: how high, how wide, and how close its waves are.
constexpr double kPulseHeight = 25, kPulseWidth = 30, kWaveLength = 26, kStringWidth = 2.2;
constexpr double kTripSeconds = 1.5, kRestSeconds = 0.25;

uint32_t checkOf(uint32_t counter) {
  uint32_t check = kCheckSeed;
  for (int shift = 0; shift < kCounterBits; shift += 4) check ^= counter >> shift & 15;
  return check;
}

// The 32 cells as a word, cell 0 in the highest bit.
uint32_t cellsOf(uint32_t counter) {
  return 1u << 31 | counter << 6 | checkOf(counter) << 2 | 1u;
}
bool cell(uint32_t cells, int i) {
  return (cells >> (kCells - 1 - i) & 1) != 0;
}

// The mean luma of the middle half of a cell.
int meanOf(const VideoFrame& frame, int i) {
  const int x0 = (4 * i + 1) * frame.width / (4 * kCells),
            x1 = std::max(x0 + 1, (4 * i + 3) * frame.width / (4 * kCells));
  const int y0 = frame.height * 57 / 60, y1 = std::max(y0 + 1, frame.height * 59 / 60);
  int sum = 0;
  for (int y = y0; y < y1; ++y) {
    const ByteView row = frame.y().subspan(static_cast<size_t>(y) * static_cast<size_t>(frame.width));
    for (int x = x0; x < x1; ++x) sum += row[static_cast<size_t>(x)];
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

std::string digits(int64_t value, size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string clockText(double seconds) {
  const auto millis = static_cast<int64_t>(seconds * 1000 + 0.5);
  return digits(millis / 3'600'000 % 100, 2) + ':' + digits(millis / 60'000 % 60, 2) + ':' +
         digits(millis / 1000 % 60, 2) + '.' + digits(millis % 1000, 3);
}

// Where the pulse is, 0 (left can) to 1 (right can): there, a rest, and back.
double pulsePosition(double seconds) {
  const double leg = kTripSeconds + kRestSeconds;
  const double t = std::fmod(seconds, 2 * leg);
  const double there = std::clamp(std::fmod(t, leg) / kTripSeconds, 0.0, 1.0);
  return t < leg ? there : 1 - there;
}

}  // namespace

SyntheticCamera::SyntheticCamera() : SyntheticCamera(Options()) {}

SyntheticCamera::SyntheticCamera(Options options)
    : frameRate_(std::clamp(options.frameRate, 1.0, 240.0)),
      clock_(std::llround(frameRate_ * 1000), 1000),
      layout_(std::clamp(options.width, 64, VideoFrame::kMaxSide) & ~1,
              std::clamp(options.height, 64, VideoFrame::kMaxSide) & ~1),
      background_(paintTestCard(layout_)) {}

bool SyntheticCamera::capture(TimePoint now, VideoFrame& out) {
  const auto index = clock_.takeLatest(now);
  if (!index) return false;
  paint(static_cast<uint32_t>(*index % kCounterModulus), out);
  out.captured = clock_.at(*index);
  out.rtpTimestamp = static_cast<uint32_t>(clock_.ticks(*index, 90'000));
  return true;
}

void SyntheticCamera::paint(uint32_t index, VideoFrame& out) const {
  out.resize(background_.width, background_.height);
  std::copy(background_.pixels.begin(), background_.pixels.end(), out.pixels.begin());
  const double seconds = index / frameRate_;
  I420Canvas canvas(out);
  paintString(seconds, canvas);
  paintText(index, seconds, canvas);
  paintCounter(index, canvas);
}

void SyntheticCamera::paintString(double seconds, I420Canvas& canvas) const {
  const Yuv string = toYuv({255, 214, 150});
  const double u = layout_.unit, start = layout_.stringStart, end = layout_.stringEnd;
  const double pulse = start + (end - start) * pulsePosition(seconds);
  const auto heightAt = [&](double x) {
    const double s = (x - start) / (end - start), d = (x - pulse) / u;
    const double tied = std::min(1.0, 6 * std::min(s, 1 - s));  // both ends are knots
    return u * kPulseHeight * tied * std::exp(-d * d / (kPulseWidth * kPulseWidth)) *
           std::cos(2 * std::numbers::pi * d / kWaveLength);
  };
  double here = heightAt(start);
  for (int x = static_cast<int>(start); x < static_cast<int>(end); ++x) {
    const double next = heightAt(x + 1.5);
    // The distance to the line, from the vertical one and the slope.
    const double y = layout_.axis + (here + next) / 2, steep = std::hypot(1.0, next - here);
    const double half = kStringWidth * u / 2, reach = (half + 0.5) * steep;
    for (int py = static_cast<int>(y - reach) - 1; py <= static_cast<int>(y + reach); ++py)
      canvas.blend(x, py, string, static_cast<float>(half + 0.5 - std::abs(py + 0.5 - y) / steep));
    here = next;
  }
  canvas.disc(static_cast<float>(start), static_cast<float>(layout_.axis), static_cast<float>(3.5 * u), string);
  canvas.disc(static_cast<float>(end), static_cast<float>(layout_.axis), static_cast<float>(3.5 * u), string);
}

void SyntheticCamera::paintText(uint32_t index, double seconds, I420Canvas& canvas) const {
  const Yuv clock = toYuv({244, 247, 251}), label = toYuv({150, 170, 205});
  const auto centred = [&](double y, const std::string& text, int scale, Yuv colour) {
    const int width = I420Canvas::textWidth(text, scale);
    if (width > layout_.stringEnd - layout_.stringStart) return;
    const int top = static_cast<int>(std::lround(y)) - I420Canvas::textHeight(scale) / 2;
    canvas.text((layout_.width - width) / 2, top, text, scale, colour);
  };
  const auto scale = [&](double size) { return std::max(1, static_cast<int>(std::lround(size * layout_.unit))); };
  centred(layout_.axis - 45 * layout_.unit, clockText(seconds), scale(3), clock);
  centred(layout_.axis + 47 * layout_.unit, "FRAME " + digits(index, 6), scale(2), label);
}

void SyntheticCamera::paintCounter(uint32_t index, I420Canvas& canvas) const {
  const uint32_t cells = cellsOf(index % kCounterModulus);
  for (int i = 0; i < kCells; ++i)
    canvas.fill(layout_.cellEdge(i), layout_.counterTop, layout_.cellEdge(i + 1), layout_.height,
                cell(cells, i) ? kWhite : kBlack);
}

std::optional<uint32_t> SyntheticCamera::readFrameCounter(const VideoFrame& frame) {
  if (frame.width < kCells || frame.height < 30 || frame.pixels.size() != VideoFrame::sizeOf(frame.width, frame.height))
    return std::nullopt;
  const int white = (meanOf(frame, 0) + meanOf(frame, 31)) / 2, black = (meanOf(frame, 1) + meanOf(frame, 30)) / 2;
  if (white - black < kMinContrast) return std::nullopt;
  uint32_t cells = 0;
  for (int i = 0; i < kCells; ++i) cells = cells << 1 | (meanOf(frame, i) > (white + black) / 2 ? 1u : 0u);
  const uint32_t counter = cells >> (kCells - kFirstBit - kCounterBits) & (kCounterModulus - 1);
  static_assert(kFirstCheckBit == kFirstBit + kCounterBits);
  if (cells != cellsOf(counter)) return std::nullopt;
  return counter;
}

std::array<Rgb, 7> SyntheticCamera::barColours() {
  return testCardBars();
}

}  // namespace tincan::inline v0::media
