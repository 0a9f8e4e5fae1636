#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// When, in the sender's wall time, an RTP timestamp was sampled: what a source's sender reports say of its clock
/// (RFC 3550 §6.4.1), and what lip sync needs. A straight line through the last reports, by least squares: each says the
/// time to some milliseconds, and a clock that runs at another rate than it should shows in many of them.
class SenderClock {
 public:
  static constexpr size_t kMost = 20;  ///< reports, as libwebrtc's RtpToNtpEstimator has

  explicit SenderClock(uint32_t clockRate) : clockRate_(clockRate) {}

  void reported(NtpTime ntp, uint32_t rtpTimestamp);
  std::optional<NtpTime> timeOf(uint32_t rtpTimestamp) const;

 private:
  struct Report {
    NtpTime ntp;
    uint32_t rtp = 0;
  };
  /// Of a report, in seconds after the last one: its wall time and its RTP time.
  double wall(NtpTime ntp) const;
  double media(uint32_t rtp) const;
  const Report& oldest() const { return reports_[count_ < kMost ? 0 : next_]; }
  bool continues(const Report& report) const;
  void fit();

  uint32_t clockRate_;
  std::array<Report, kMost> reports_{};  // a ring
  size_t next_ = 0, count_ = 0;
  Report last_;
  // wall = at_ + rate_ * media
  double at_ = 0, rate_ = 1;
  bool fitted_ = false;  // the rate is of reports far enough apart
};

}  // namespace tincan::inline v0::rtp
