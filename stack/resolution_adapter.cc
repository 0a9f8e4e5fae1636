#include "stack/resolution_adapter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tincan::inline v0::stack {
namespace {

struct Row {
  double pixels;
  double most, target, least;  // kilobits a second
};
constexpr std::array<Row, 7> kEarlier = {{{0, 100, 80, 30},
                                          {320 * 180, 200, 150, 30},
                                          {480 * 270, 450, 350, 150},
                                          {640 * 360, 700, 500, 150},
                                          {960 * 540, 1200, 1200, 350},
                                          {1280 * 720, 2500, 2500, 600},
                                          {1920 * 1080, 5000, 4000, 800}}};
constexpr std::array<Row, 7> kLater = {{{0, 100, 80, 30},
                                        {320 * 180, 142, 142, 30},
                                        {480 * 270, 257, 257, 121},
                                        {640 * 360, 420, 420, 193},
                                        {960 * 540, 879, 879, 337},
                                        {1280 * 720, 1524, 1524, 481},
                                        {1920 * 1080, 3367, 3367, 769}}};

using Step = ResolutionAdapter::Step;
constexpr Step kSmaller[] = {{8, 12}, {6, 12}, {4, 12}, {3, 12}, {2, 12}};
// Down to a quarter: of 30 pictures a second seven and a half, below which libwebrtc does not go either.
constexpr Step kFewer[] = {{8, 12}, {8, 9}, {8, 6}, {8, 4}, {8, 3}};
constexpr Step kBoth[] = {{8, 12}, {6, 12}, {6, 9}, {4, 9}, {4, 6}, {3, 6}, {3, 4}, {2, 4}, {2, 3}};
// Half of the pictures take 60 % of the rate, and a quarter of them 40 %, as libwebrtc shares it among temporal layers:
// they differ more from each other.
constexpr double kRateByPictures = 0.7;

uint64_t bits(double kilobits) {
  return static_cast<uint64_t>(std::lround(kilobits * 1000));
}

}  // namespace

rtp::RateRange videoRates(int width, int height, bool laterCodec) {
  const auto& table = laterCodec ? kLater : kEarlier;
  const double pixels = static_cast<double>(std::max(width, 0)) * std::max(height, 0);
  if (pixels >= table.back().pixels)
    return {bits(table.back().least), bits(table.back().target), bits(table.back().most)};
  size_t above = 1;
  while (table[above].pixels <= pixels) ++above;
  const Row &low = table[above - 1], &high = table[above];
  const double part = (pixels - low.pixels) / (high.pixels - low.pixels);
  const auto between = [part](double a, double b) { return bits(a + part * (b - a)); };
  return {between(low.least, high.least), between(low.target, high.target), between(low.most, high.most)};
}

uint32_t mostOfOneVideo(int width, int height) {
  const int64_t pixels = int64_t{std::max(width, 0)} * std::max(height, 0);
  // libwebrtc, media/engine: the default bound of a stream without simulcast.
  const uint64_t alone = pixels <= 320 * 240   ? 600'000
                         : pixels <= 640 * 480 ? 1'700'000
                         : pixels <= 960 * 540 ? 2'000'000
                                               : 2'500'000;
  return static_cast<uint32_t>(std::max(alone, videoRates(width, height, false).most));
}

std::span<const Step> ResolutionAdapter::steps() const {
  if (!preference_) return kSmaller;
  switch (*preference_) {
    case RTCDegradationPreference::kMaintainFramerate: return kSmaller;
    case RTCDegradationPreference::kMaintainResolution: return kFewer;
    case RTCDegradationPreference::kBalanced: return kBoth;
  }
  return kSmaller;
}

void ResolutionAdapter::prefer(std::optional<RTCDegradationPreference> preference) {
  if (preference == preference_) return;
  preference_ = preference;
  started_ = false;
  step_ = inForce_ = 0;
  due_ = 0;
  lowSince_ = highSince_ = ampleSince_ = TimePoint::never();
}

// Even sides: chroma is shared by four pixels.
ResolutionAdapter::Size ResolutionAdapter::at(int width, int height, size_t step) const {
  const int sides = steps()[step].sides;
  if (sides == 8) return {width, height};
  return {std::max(width * sides / 8 & ~1, 2), std::max(height * sides / 8 & ~1, 2)};
}

double ResolutionAdapter::leastOf(int width, int height, size_t step) const {
  const Size size = at(width, height, step);
  return static_cast<double>(videoRates(size.width, size.height, laterCodec_).least) *
         std::pow(steps()[step].pictures / 12.0, kRateByPictures);
}

bool ResolutionAdapter::has(int width, int height, size_t step) const {
  if (step >= steps().size()) return false;
  const Size size = at(width, height, step);
  return steps()[step].sides == 8 || std::min(size.width, size.height) >= kLeastSide;
}

// The largest that there is enough for.
size_t ResolutionAdapter::risesTo(int width, int height, double offered) const {
  size_t to = step_;
  while (to > 0 && offered >= kUpFactor * leastOf(width, height, to - 1)) --to;
  return to;
}

// There has been enough for a step above for long enough.
bool ResolutionAdapter::mayRise(TimePoint now, int width, int height, double offered) {
  if (step_ == 0 || offered < kUpFactor * leastOf(width, height, step_ - 1)) {
    highSince_ = TimePoint::never();
    return false;
  }
  highSince_ = std::min(highSince_, now);
  return now - highSince_ >= (now < guessUntil_ ? kUpAfterGuess : kUpAfter);
}

double ResolutionAdapter::growth() const {
  if (inForce_ == 0) return 1;
  const auto work = [this](size_t step) {
    const Step& one = steps()[step];
    return static_cast<double>(one.sides * one.sides * one.pictures);
  };
  return work(inForce_ - 1) / work(inForce_);
}

ResolutionAdapter::Size ResolutionAdapter::enforce(int width, int height) {
  const int before = steps()[inForce_].sides;
  inForce_ = step_;
  while (inForce_ < least_ && has(width, height, inForce_ + 1)) ++inForce_;
  if (steps()[inForce_].sides != before) ++changes_;
  return at(width, height, inForce_);
}

// There is so much that it is the line that has changed.
bool ResolutionAdapter::mayRiseSoon(TimePoint now, int width, int height, double offered) {
  const size_t to = risesTo(width, height, offered);
  if (to == step_ || offered < kAmple * leastOf(width, height, to)) {
    ampleSince_ = TimePoint::never();
    return false;
  }
  ampleSince_ = std::min(ampleSince_, now);
  return now - ampleSince_ >= kUpAfterAmple;
}

ResolutionAdapter::Size ResolutionAdapter::size(TimePoint now, int width, int height, uint64_t rate) {
  const auto offered = static_cast<double>(rate);
  if (!started_) {
    // The first picture: its size fits the rate that there is.
    started_ = true;
    guessUntil_ = now + kBeginning;
    while (has(width, height, step_ + 1) && offered < leastOf(width, height, step_)) ++step_;
    inForce_ = step_;
    return enforce(width, height);
  }
  if (offered >= leastOf(width, height, step_)) {
    lowSince_ = TimePoint::never();
  } else if (has(width, height, step_ + 1)) {
    lowSince_ = std::min(lowSince_, now);
    if (now - lowSince_ >= kDownAfter) {
      ++step_;
      lowSince_ = highSince_ = ampleSince_ = TimePoint::never();
      guessUntil_ = now;
    }
  }
  const bool soon = mayRiseSoon(now, width, height, offered);
  if (mayRise(now, width, height, offered) || soon) {
    step_ = risesTo(width, height, offered);
    lowSince_ = highSince_ = ampleSince_ = TimePoint::never();
  }
  return enforce(width, height);
}

// Evenly: of each twelve as many as the step says.
bool ResolutionAdapter::takes() {
  due_ += steps()[inForce_].pictures;
  if (due_ < 12) return false;
  due_ -= 12;
  return true;
}

}  // namespace tincan::inline v0::stack
