#include "rtp/stats/sender_clock.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {
namespace {

constexpr double kSecond = 4294967296.0;  // in NTP's unit
// What reports that are nearer to each other say of a rate is their own error.
constexpr double kShortest = 2;
// A deviation that makes no more than this from the first report to the last is no deviation.
constexpr double kNoise = 0.004;
// Off the line by so much, the sender's wall clock was set.
constexpr double kJump = 0.05;
// No clock is that wrong: its wall clock was set, or its RTP time has begun anew.
constexpr double kImpossible = 0.25;

}  // namespace

double SenderClock::wall(NtpTime ntp) const {
  return static_cast<double>(static_cast<int64_t>(ntp.raw() - last_.ntp.raw())) / kSecond;
}

double SenderClock::media(uint32_t rtp) const {
  return static_cast<double>(static_cast<int32_t>(rtp - last_.rtp)) / clockRate_;
}

bool SenderClock::continues(const Report& report) const {
  const double wallSpan = wall(report.ntp) - wall(oldest().ntp), mediaSpan = media(report.rtp) - media(oldest().rtp);
  if (wallSpan <= 0 || mediaSpan <= 0 || wall(report.ntp) <= 0 || media(report.rtp) <= 0) return false;
  if (std::abs(wallSpan / mediaSpan - 1) > kImpossible && wallSpan + mediaSpan > kShortest) return false;
  return !fitted_ || std::abs(wall(report.ntp) - (at_ + rate_ * media(report.rtp))) < kJump;
}

void SenderClock::reported(NtpTime ntp, uint32_t rtpTimestamp) {
  if (ntp.raw() == 0) return;  // RFC 3550 §6.4.1: a sender that does not know the time
  const Report report{ntp, rtpTimestamp};
  if (count_ > 0 && !continues(report)) count_ = next_ = 0;
  reports_[next_] = last_ = report;
  next_ = (next_ + 1) % kMost;
  count_ = std::min(count_ + 1, kMost);
  fit();
}

void SenderClock::fit() {
  double meanMedia = 0, meanWall = 0;
  for (size_t i = 0; i < count_; ++i) {
    meanMedia += media(reports_[i].rtp) / static_cast<double>(count_);
    meanWall += wall(reports_[i].ntp) / static_cast<double>(count_);
  }
  double together = 0, squares = 0;
  for (size_t i = 0; i < count_; ++i) {
    const double x = media(reports_[i].rtp) - meanMedia;
    together += x * (wall(reports_[i].ntp) - meanWall);
    squares += x * x;
  }
  const double span = -wall(oldest().ntp);
  rate_ = 1;
  fitted_ = span >= kShortest && squares > 0;
  if (fitted_ && std::abs(together / squares - 1) * span > kNoise) rate_ = together / squares;
  at_ = meanWall - rate_ * meanMedia;
}

std::optional<NtpTime> SenderClock::timeOf(uint32_t rtpTimestamp) const {
  if (count_ == 0) return std::nullopt;
  const double seconds = at_ + rate_ * media(rtpTimestamp);
  return NtpTime::fromRaw(last_.ntp.raw() + static_cast<uint64_t>(static_cast<int64_t>(seconds * kSecond)));
}

}  // namespace tincan::inline v0::rtp
