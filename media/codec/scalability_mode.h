#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tincan::inline v0::media {

/// How a stream is made of layers, as W3C webrtc-svc §6 names it: "L1T1" to "L3T3_KEY", "L2T1h", "S2T1" to "S3T3h". A
/// spatial layer has half the width and height of the one above it, or two thirds ("h"); a temporal layer halves the time
/// between pictures.
struct ScalabilityMode {
  int spatialLayers = 1;
  int temporalLayers = 1;
  bool keyOnly = false;      ///< _KEY: layers above refer to those below in key pictures alone
  bool independent = false;  ///< S: no spatial layer refers to another, simulcast in one stream
  bool twoThirds = false;    ///< h

  /// Nothing for what is no such name, or one that is not spoken: shifted pictures ("_KEY_SHIFT").
  static std::optional<ScalabilityMode> parse(std::string_view name);
  /// Those temporal layers, of one spatial layer.
  ScalabilityMode oneSpatialLayer() const { return {1, temporalLayers}; }
  /// What a side of the whole picture is of a spatial layer's: over / under of it.
  int over(int spatial) const { return twoThirds ? 1 << (spatialLayers - 1 - spatial) : 1; }
  int under(int spatial) const;
  bool operator==(const ScalabilityMode&) const = default;
};

std::string toString(const ScalabilityMode& mode);

/// What of a rate all layers up to and with temporal layer `temporal` of the spatial layer `spatial` get, the spatial
/// layers below not counted: 0 to 1.
double layerShare(const ScalabilityMode& mode, int spatial, int temporal);

}  // namespace tincan::inline v0::media
