#include "rtp/stats/sender_clock.h"

#include <cmath>
#include <cstdlib>

namespace tincan::inline v0::rtp {
namespace {

constexpr int64_t kSecond = int64_t{1} << 32;
constexpr double kFraction = 4294967296.0;  // of a second: NTP's unit
// Reports say the time to some milliseconds: nearer ones would tell a wrong rate, and one that is nearly right is left.
constexpr int64_t kShortest = 2 * kSecond;
constexpr int64_t kLongest = 20 * kSecond;
constexpr double kRight = 0.005;
// No clock is that wrong: the sender's wall clock was set, or its RTP time has begun anew.
constexpr double kImpossible = 0.25;

}  // namespace

void SenderClock::reported(NtpTime ntp, uint32_t rtpTimestamp) {
  if (ntp.raw() == 0) return;  // RFC 3550 §6.4.1: a sender that does not know the time
  last_ = Pair{ntp, rtpTimestamp};
  if (!old_) return begin();
  const auto span = static_cast<int64_t>(ntp.raw() - old_->ntp.raw());
  const auto ticks = static_cast<int32_t>(rtpTimestamp - old_->rtp);
  if (span <= 0 || ticks <= 0) return begin();
  const double perTick = static_cast<double>(span) / ticks;
  const double wrong = std::abs(perTick * clockRate_ / kFraction - 1);
  if (wrong > kImpossible) return begin();
  if (span < kShortest) return;
  perTick_ = wrong < kRight ? std::nullopt : std::optional(perTick);
  if (span >= kLongest / 2 && !middle_) middle_ = last_;
  if (span < kLongest) return;
  old_ = middle_;
  middle_.reset();
}

std::optional<NtpTime> SenderClock::timeOf(uint32_t rtpTimestamp) const {
  if (!last_) return std::nullopt;
  const auto ticks = static_cast<int32_t>(rtpTimestamp - last_->rtp);
  // In 32.32 fixed point throughout: a sender's clock may say any time at all.
  const int64_t offset =
      perTick_ ? static_cast<int64_t>(*perTick_ * ticks) : int64_t{ticks} * kSecond / int64_t{clockRate_};
  return NtpTime::fromRaw(last_->ntp.raw() + static_cast<uint64_t>(offset));
}

}  // namespace tincan::inline v0::rtp
