#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/encoded_frame.h"

namespace tincan::inline v0::stack {

/// Numbers the frames of one encoding as they come of an encoder, and says which of them each refers to, by its layer.
class FrameNumbers {
 public:
  struct Numbered {
    uint64_t id = 0;
    std::vector<uint64_t> dependencies{};
  };

  Numbered next(const media::EncodedFrame& frame) {
    const media::VideoLayer layer = frame.layer.value_or(media::VideoLayer());
    const size_t spatial = layer.spatial % kMaxSpatial;
    if (ended_) ++picture_;
    ended_ = layer.endOfPicture;
    Numbered out{id_++, {}};
    const size_t back = frame.layer ? layer.picturesBack : frame.keyFrame ? 0 : 1;
    if (back > 0 && back < kHistory) out.dependencies.push_back(ids_[(picture_ - back) % kHistory][spatial]);
    if (layer.interLayer && spatial > 0) out.dependencies.push_back(ids_[picture_ % kHistory][spatial - 1]);
    ids_[picture_ % kHistory][spatial] = out.id;
    return out;
  }

 private:
  static constexpr size_t kHistory = 8;  // pictures; LayerPlan goes back four
  static constexpr size_t kMaxSpatial = 4;

  uint64_t id_ = 0;
  size_t picture_ = kHistory;
  bool ended_ = true;
  std::array<std::array<uint64_t, kMaxSpatial>, kHistory> ids_{};
};

}  // namespace tincan::inline v0::stack
