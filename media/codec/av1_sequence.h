#pragma once

#include <optional>

#include "base/bytes.h"

namespace tincan::inline v0::media {

/// What an AV1 sequence header says of the pictures that follow it.
struct Av1Sequence {
  int width = 0;  ///< the largest that a frame may have
  int height = 0;

  /// `body` of the OBU. Nothing where it ends too early.
  static std::optional<Av1Sequence> parse(ByteView body);
};

}  // namespace tincan::inline v0::media
