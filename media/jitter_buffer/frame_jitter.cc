#include "media/jitter_buffer/frame_jitter.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::media {
namespace {

constexpr double kCostVariance = 2.5e-10, kDriftVariance = 1e-10;  // of the process, a frame
constexpr double kLeastCost = 1e-6;
constexpr double kMeanSizeMemory = 0.97, kLargestSizeMemory = 0.9999;
constexpr double kOutlier = 15;         // σ of the noise: no noise, a change of the line
constexpr double kLargeFrame = 3;       // σ of the size: slow for a reason
constexpr double kMuchSmaller = -0.25;  // of the largest: the one before it held it up
constexpr uint32_t kNoiseMemory = 400;  // frames
constexpr double kNoiseSigmas = 2.33;   // 99 % of a normal distribution
constexpr double kLeastVariance = 1;    // ms²
constexpr double kSizeWeight = 300;     // a frame of the same size says little of a byte's cost
constexpr int64_t kGap = 10'000'000;    // µs: so long without a frame, and the line may be another
// Repairs take a round trip; where they are many, waiting for them is better than a picture that stops.
constexpr uint32_t kManyRepairs = 3;
constexpr Duration kRepairMemory = Duration::seconds(60), kMostForRepair = Duration::millis(200);

}  // namespace

void FrameJitter::reset() {
  const Duration rtt = rtt_;
  *this = FrameJitter();
  rtt_ = rtt;
}

void FrameJitter::repaired(TimePoint at, size_t bytes) {
  noteSize(static_cast<double>(bytes));
  if (at - lastRepaired_ > kRepairMemory) repaired_ = 0;
  repaired_ = std::min(repaired_ + 1, kManyRepairs);
  lastRepaired_ = at;
  lastSize_ = 0;  // the next frame has none before it to be compared with
}

void FrameJitter::arrived(int64_t at, int64_t timestamp, size_t bytes) {
  const auto size = static_cast<double>(bytes);
  noteSize(size);
  const bool first = lastSize_ == 0 || at - lastAt_ > kGap;
  const double delay = static_cast<double>((at - lastAt_) - (timestamp - lastTimestamp_)) / 1000;
  const double change = size - lastSize_;
  lastAt_ = at;
  lastTimestamp_ = timestamp;
  lastSize_ = size;
  if (first) return;
  const double sigma = std::sqrt(noiseVariance_);
  const double deviation = delay - (costOfByte_ * change + drift_);
  const bool large = size > meanSize_ + kLargeFrame * std::sqrt(sizeVariance_);
  if (deviation <= -kOutlier * sigma) return;  // a shorter path: nothing that would have to be waited for
  if (deviation >= kOutlier * sigma && !large) return noteNoise(kOutlier * sigma);
  noteNoise(deviation);
  if (change > kMuchSmaller * largest_) update(delay, change);
}

void FrameJitter::noteSize(double bytes) {
  if (meanSize_ == 0) meanSize_ = smallest_ = bytes;
  const double off = bytes - meanSize_;
  if (off <= 2 * std::sqrt(sizeVariance_) || frames_ < 5) meanSize_ += (1 - kMeanSizeMemory) * off;
  sizeVariance_ = std::max(kMeanSizeMemory * sizeVariance_ + (1 - kMeanSizeMemory) * off * off, 1.0);
  largest_ = std::max(kLargestSizeMemory * largest_, bytes);
  smallest_ = std::min(smallest_ + (meanSize_ - smallest_) * (1 - kLargestSizeMemory), bytes);
}

void FrameJitter::noteNoise(double deviation) {
  frames_ = std::min(frames_ + 1, kNoiseMemory);
  // The first frames weigh as much as all before them, down to a thirtieth: one of them does not make the noise.
  const double weight = 1.0 / std::max<double>(frames_, 30);
  noiseMean_ += weight * (deviation - noiseMean_);
  noiseVariance_ += weight * ((deviation - noiseMean_) * (deviation - noiseMean_) - noiseVariance_);
  noiseVariance_ = std::max(noiseVariance_, kLeastVariance);
}

// One step of a Kalman filter with the observation (size change, 1).
void FrameJitter::update(double delay, double sizeChange) {
  auto& p = covariance_;
  p[0] += kCostVariance;
  p[3] += kDriftVariance;
  const double a = p[0] * sizeChange + p[1], b = p[2] * sizeChange + p[3];
  // A change of size that is small beside the largest is mostly noise.
  const double trust = kSizeWeight * std::exp(-std::abs(sizeChange) / std::max(largest_, 1.0)) + 1;
  const double sigma = std::max(trust * std::sqrt(noiseVariance_), 1.0);
  const double innovation = sigma + sizeChange * a + b;
  const double gainCost = a / innovation, gainDrift = b / innovation;
  const double residual = delay - (costOfByte_ * sizeChange + drift_);
  costOfByte_ = std::max(costOfByte_ + gainCost * residual, kLeastCost);
  drift_ += gainDrift * residual;
  const std::array<double, 4> before = p;
  p[0] = (1 - gainCost * sizeChange) * before[0] - gainCost * before[2];
  p[1] = (1 - gainCost * sizeChange) * before[1] - gainCost * before[3];
  p[2] = before[2] * (1 - gainDrift) - gainDrift * sizeChange * before[0];
  p[3] = before[3] * (1 - gainDrift) - gainDrift * sizeChange * before[1];
}

Duration FrameJitter::estimate(TimePoint now) const {
  if (frames_ == 0) return Duration::zero();
  // Beside σ no more than its least: a line without noise asks for nothing.
  const double noise = noiseVariance_ > kLeastVariance ? kNoiseSigmas * std::sqrt(noiseVariance_) : 0;
  const double large = costOfByte_ * (largest_ - smallest_);
  const double repaired = costOfByte_ * (meanSize_ - smallest_) + forRepairs(now).toSeconds() * 1000;
  const double millis = std::max(large, repaired) + noise;
  return Duration::micros(static_cast<int64_t>(std::clamp(millis, 0.0, 10'000.0) * 1000));
}

Duration FrameJitter::forRepairs(TimePoint now) const {
  const bool many = repaired_ >= kManyRepairs && now - lastRepaired_ <= kRepairMemory;
  return many ? std::min(rtt_ * 9 / 10, kMostForRepair) : Duration::zero();
}

}  // namespace tincan::inline v0::media
