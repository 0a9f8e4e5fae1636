#include "media/codec/scalability_mode.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kMaxLayers = 3;
// A spatial layer gets 0.55 times what the one above it gets, as in libwebrtc's allocation.
constexpr double kSpatialRatio = 0.55;
// libwebrtc's shares of VP8's temporal layers, each with those below it.
constexpr double kTemporalShares[kMaxLayers][kMaxLayers] = {{1, 1, 1}, {0.6, 1, 1}, {0.4, 0.6, 1}};

std::optional<int> readCount(char digit) {
  if (digit < '1' || digit > '0' + kMaxLayers) return std::nullopt;
  return digit - '0';
}

}  // namespace

std::optional<ScalabilityMode> ScalabilityMode::parse(std::string_view name) {
  ScalabilityMode out;
  if (name.ends_with("_KEY")) {
    out.keyOnly = true;
    name.remove_suffix(4);
  }
  if (name.size() == 5 && name.ends_with('h') && !out.keyOnly) {
    out.twoThirds = true;
    name.remove_suffix(1);
  }
  if (name.size() != 4 || (name[0] != 'L' && name[0] != 'S') || name[2] != 'T') return std::nullopt;
  out.independent = name[0] == 'S';
  const auto spatial = readCount(name[1]), temporal = readCount(name[3]);
  if (!spatial || !temporal) return std::nullopt;
  if (*spatial == 1 && (out.keyOnly || out.independent || out.twoThirds)) return std::nullopt;
  if (out.keyOnly && out.independent) return std::nullopt;
  out.spatialLayers = *spatial;
  out.temporalLayers = *temporal;
  return out;
}

std::string toString(const ScalabilityMode& mode) {
  return (mode.independent ? "S" : "L") + std::to_string(mode.spatialLayers) + "T" +
         std::to_string(mode.temporalLayers) + (mode.twoThirds ? "h" : "") + (mode.keyOnly ? "_KEY" : "");
}

int ScalabilityMode::under(int spatial) const {
  int out = 1;
  for (int layer = spatial; layer + 1 < spatialLayers; ++layer) out *= twoThirds ? 3 : 2;
  return out;
}

double layerShare(const ScalabilityMode& mode, int spatial, int temporal) {
  double share = 1, sum = 0, own = 0;
  for (int layer = mode.spatialLayers - 1; layer >= 0; --layer, share *= kSpatialRatio) {
    sum += share;
    if (layer == spatial) own = share;
  }
  return own / sum * kTemporalShares[mode.temporalLayers - 1][temporal];
}

}  // namespace tincan::inline v0::media
