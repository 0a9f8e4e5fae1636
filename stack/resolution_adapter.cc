#include "stack/resolution_adapter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tincan::stack {
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

// Even sides: chroma is shared by four pixels.
ResolutionAdapter::Size ResolutionAdapter::at(int width, int height, int step) const {
  if (step == 0) return {width, height};
  return {std::max(width * kNumerators[step] / 8 & ~1, 2), std::max(height * kNumerators[step] / 8 & ~1, 2)};
}

ResolutionAdapter::Size ResolutionAdapter::size(TimePoint now, int width, int height, uint64_t rate) {
  const auto least = [&](int step) {
    const Size size = at(width, height, step);
    return static_cast<double>(videoRates(size.width, size.height, laterCodec_).least);
  };
  const auto has = [&](int step) {
    const Size size = at(width, height, step);
    return step < kSteps && std::min(size.width, size.height) >= kLeastSide;
  };
  const auto offered = static_cast<double>(rate);
  const auto change = [&](int by) {
    step_ += by;
    ++changes_;
    lowSince_ = highSince_ = TimePoint::never();
  };
  if (!started_) {
    // The first picture: its size fits the rate that there is.
    started_ = true;
    while (has(step_ + 1) && offered < least(step_)) ++step_;
    return at(width, height, step_);
  }
  if (offered >= least(step_)) {
    lowSince_ = TimePoint::never();
  } else if (has(step_ + 1)) {
    lowSince_ = std::min(lowSince_, now);
    if (now - lowSince_ >= kDownAfter) change(1);
  }
  if (step_ == 0 || offered < kUpFactor * least(step_ - 1)) {
    highSince_ = TimePoint::never();
  } else {
    highSince_ = std::min(highSince_, now);
    if (now - highSince_ >= kUpAfter) change(-1);
  }
  return at(width, height, step_);
}

}  // namespace tincan::stack
