#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// When, in the sender's wall time, an RTP timestamp was sampled: what a source's sender reports say of its clock
/// (RFC 3550 §6.4.1), and what lip sync needs. A clock that runs at another rate than it should is told from reports that
/// lie some seconds apart, so that the time between two reports does not count wrong.
class SenderClock {
 public:
  explicit SenderClock(uint32_t clockRate) : clockRate_(clockRate) {}

  void reported(NtpTime ntp, uint32_t rtpTimestamp);
  std::optional<NtpTime> timeOf(uint32_t rtpTimestamp) const;

 private:
  struct Pair {
    NtpTime ntp;
    uint32_t rtp = 0;
  };
  void begin() {
    old_ = last_;
    middle_.reset();
    perTick_.reset();
  }

  uint32_t clockRate_;
  std::optional<Pair> last_;
  std::optional<Pair> old_, middle_;  // what the last is compared with, and what comes after that
  std::optional<double> perTick_;     // in 2^-32 s; none: as the clock rate says
};

}  // namespace tincan::inline v0::rtp
