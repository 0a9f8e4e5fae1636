#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "stack/encoder_load.h"

namespace tincan::inline v0::stack {

/// Which of several encodings gets less to do where their encoders, together, do not keep up. Owned by a VideoSender.
///
///     pictures that some encoder had no time for ─► EncoderLoad ─┬─ a step down: the largest encoding that stays larger
///                                                                │  than the one below it, else the next largest
///                                                                └─ a step up: what was given up last
///
/// Encoders share threads: which of them is overtaken says little of which is too much, and the largest costs as much as
/// all the others.
class EncodingsLoad {
 public:
  struct Encoding {
    EncoderLoad::Sums sums{};
    double pixels = 0;             ///< of what it makes now; 0: it makes nothing
    std::optional<double> less{};  ///< that a step down would leave of them; none: there is no step
    double pictures = 1;           ///< the share of the source's
    double growth = 1;             ///< of its work, with a step up
  };
  /// All encodings, in the sender's order; once for each picture of the source.
  void note(TimePoint now, std::span<const Encoding> encodings);
  /// What an encoding is to give up, in steps of its ResolutionAdapter.
  size_t step(size_t encoding) const { return encoding < steps_.size() ? steps_[encoding] : 0; }

 private:
  void add(std::span<const Encoding> encodings);
  static std::optional<size_t> nextToGiveUp(std::span<const Encoding> encodings);
  double growth(std::span<const Encoding> encodings) const;

  EncoderLoad load_;
  EncoderLoad::Sums sums_;  // of the source's pictures
  std::vector<EncoderLoad::Sums> before_;
  std::vector<size_t> steps_;
  std::vector<size_t> given_;  // which encoding, in the order of the steps down
};

}  // namespace tincan::inline v0::stack
