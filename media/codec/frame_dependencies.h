#pragma once

#include <array>
#include <cstdint>

#include "media/codec/scalability_mode.h"
#include "media/encoded_frame.h"
#include "rtp/dependency_descriptor.h"

namespace tincan::inline v0::media {

/// The decode targets, chains and templates of a mode, found by a walk over LayerPlan's pattern: what the plan does and
/// what the descriptor says cannot differ. Target (spatial, temporal) stands at spatial × temporalLayers + temporal; each
/// spatial layer has the chain of what its lowest rate needs. Without sizes, and with idOffset 0.
rtp::DependencyStructure dependencyStructure(const ScalabilityMode& mode);

/// What to say of each frame of one encoder, in the order that they are sent in. A key picture tells the structure.
class FrameDependencies {
 public:
  explicit FrameDependencies(const ScalabilityMode& mode) : mode_(mode), structure_(dependencyStructure(mode)) {}

  /// Another mode, from the next picture on, which is a key picture; numbers go on.
  void setMode(const ScalabilityMode& mode);
  const ScalabilityMode& mode() const { return mode_; }
  /// `width` and `height` of the whole picture. What is not of the mode (an encoder that ignored it) is told as one
  /// layer. What is given is good until the next call; who cuts the frame into packets says which one begins and ends it.
  rtp::DependencyDescriptor& next(const EncodedFrame& frame, int width, int height);
  const rtp::DependencyStructure& structure() const { return structure_; }

 private:
  static constexpr size_t kHistory = 8;  // pictures; the plan goes back four
  static constexpr size_t kMaxSpatial = 3;

  void beginPicture(const EncodedFrame& frame, const VideoLayer& layer, int width, int height);
  void findTargets();

  ScalabilityMode mode_;
  rtp::DependencyStructure structure_;
  rtp::DependencyDescriptor out_;
  uint16_t number_ = 0;   // of the next frame
  uint16_t picture_ = 0;  // that frames are of now
  bool begun_ = false, ended_ = true;
  std::array<std::array<uint16_t, kMaxSpatial>, kHistory> numbers_{};  // of each picture's frames
  std::array<uint16_t, kMaxSpatial> chains_{};                         // the last frame of each
};

}  // namespace tincan::inline v0::media
