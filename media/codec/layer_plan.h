#pragma once

#include <cstdint>
#include <optional>

#include "media/codec/scalability_mode.h"
#include "media/encoded_frame.h"

namespace tincan::inline v0::media {

/// Which of eight buffers each layer's frame refers to and replaces: one plan for all codecs that have layers.
///
///     picture     0    1    2    3    0 …
///     T3          T0 ◄ T2
///                 ▲ ◄─────── T1 ◄ T2
///                 └───────────────────── T0
///
/// Buffers 0 to 2 hold temporal layer 0 of each spatial layer, 3 to 5 temporal layer 1 of three, and 6 and 7 what only
/// the spatial layer above needs.
class LayerPlan {
 public:
  static constexpr int kBuffers = 8;

  struct Frame {
    VideoLayer layer;
    std::optional<int> reference;  ///< the buffer of this layer's past; none in a key picture
    std::optional<int> below;      ///< the buffer of this picture's lower layer
    std::optional<int> replaces;   ///< none: nothing refers to the frame
  };

  explicit LayerPlan(const ScalabilityMode& mode) : mode_(mode) {}

  const ScalabilityMode& mode() const { return mode_; }
  /// Begins the next picture; a key picture begins the pattern anew.
  void beginPicture(bool key);
  /// Of the picture that was begun; `spatial` from 0.
  Frame frame(int spatial) const;
  int temporalLayer() const;

 private:
  ScalabilityMode mode_;
  bool key_ = true;
  int at_ = -1;  // in the pattern
};

}  // namespace tincan::inline v0::media
