#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tincan::inline v0::media {

/// Fills gaps for codecs that cannot do so themselves, in the way of G.711 appendix I: the last pitch period is repeated,
/// at full level for 10 ms and then fading to silence at 60 ms; what comes after the gap is faded in over what would have
/// gone on. Works at the codec's own rate, interleaved.
class LossConcealer {
 public:
  LossConcealer(uint32_t sampleRate, int channels);

  /// Sound that came. After a gap its beginning is mixed with the concealment's end.
  void heard(std::span<int16_t> samples);
  /// Appends so many samples a channel in place of what was lost.
  void conceal(size_t perChannel, std::vector<int16_t>& out);

 private:
  void remember(std::span<const int16_t> samples);
  void findPeriod();
  double likeness(size_t lag) const;
  double gain() const;
  void next(std::span<int16_t> frame);

  size_t rate_;
  size_t channels_;
  std::vector<int16_t> history_;  // the newest at the end
  std::vector<int16_t> period_;   // what is repeated; empty while nothing is lost
  size_t at_ = 0;                 // frames into period_
  size_t lost_ = 0;               // frames since the gap began
};

}  // namespace tincan::inline v0::media
