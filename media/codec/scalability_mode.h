#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tincan::inline v0::media {

/// How a stream is made of layers, as W3C webrtc-svc §6 names it: "L1T1" to "L3T3_KEY". A spatial layer has half the
/// width and height of the one above it; a temporal layer halves the time between pictures.
struct ScalabilityMode {
  int spatialLayers = 1;
  int temporalLayers = 1;
  bool keyOnly = false;  ///< _KEY: layers above refer to those below in key pictures alone

  /// Nothing for what is no such name, or one that is not spoken: simulcast in one stream ("S2T1"), other ratios ("h"),
  /// shifted pictures ("_KEY_SHIFT").
  static std::optional<ScalabilityMode> parse(std::string_view name);
  bool operator==(const ScalabilityMode&) const = default;
};

std::string toString(const ScalabilityMode& mode);

/// What of a rate all layers up to and with temporal layer `temporal` of the spatial layer `spatial` get, the spatial
/// layers below not counted: 0 to 1.
double layerShare(const ScalabilityMode& mode, int spatial, int temporal);

}  // namespace tincan::inline v0::media
