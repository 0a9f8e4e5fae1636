#include "rtp/congestion/trendline.h"

#include <algorithm>

namespace tincan::inline v0::rtp {
namespace {

double toMillis(Duration duration) {
  return static_cast<double>(duration.micros()) / 1000;
}

}  // namespace

void Trendline::add(Duration sent, Duration received, TimePoint receivedAt) {
  if (count_ == 0) first_ = receivedAt;
  accumulated_ += toMillis(received - sent);
  smoothed_ = kSmoothing * smoothed_ + (1 - kSmoothing) * accumulated_;
  points_[count_++ % kWindow] = {toMillis(receivedAt - first_), smoothed_};
  deltas_ = std::min(deltas_ + 1, kMostDeltas);
  if (count_ < kWindow) return;
  if (const auto now = slope()) value_ = *now * kGain * deltas_;
}

std::optional<double> Trendline::slope() const {
  double meanAt = 0, meanDelay = 0;
  for (const Point& point : points_) {
    meanAt += point.at;
    meanDelay += point.delay;
  }
  meanAt /= kWindow;
  meanDelay /= kWindow;
  double product = 0, square = 0;
  for (const Point& point : points_) {
    product += (point.at - meanAt) * (point.delay - meanDelay);
    square += (point.at - meanAt) * (point.at - meanAt);
  }
  if (square <= 0) return std::nullopt;
  return product / square;
}

}  // namespace tincan::inline v0::rtp
