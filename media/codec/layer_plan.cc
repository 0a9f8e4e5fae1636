#include "media/codec/layer_plan.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kMaxLayers = 3;
constexpr int kPattern[kMaxLayers][4] = {{0, 0, 0, 0}, {0, 1, 0, 1}, {0, 2, 1, 2}};
constexpr int kPeriod[kMaxLayers] = {1, 2, 4};
constexpr int kMiddle = 3;   // the first buffer of temporal layer 1 of three
constexpr int kPassing = 6;  // the first buffer of what only the spatial layer above needs

}  // namespace

void LayerPlan::beginPicture(bool key) {
  key_ = key || at_ < 0;
  at_ = key_ ? 0 : (at_ + 1) % kPeriod[mode_.temporalLayers - 1];
}

int LayerPlan::temporalLayer() const {
  return kPattern[mode_.temporalLayers - 1][at_];
}

LayerPlan::Frame LayerPlan::frame(int spatial) const {
  const int temporal = temporalLayer();
  const bool last = spatial + 1 == mode_.spatialLayers;
  const bool coupled = !mode_.independent && (key_ || !mode_.keyOnly);
  // The second picture of the top layer of three refers to the middle one right before it.
  const bool toMiddle = mode_.temporalLayers == 3 && at_ == 3;

  Frame out;
  if (!key_) {
    out.reference = toMiddle ? kMiddle + spatial : spatial;
    out.layer.picturesBack = static_cast<uint8_t>(temporal == 0 ? kPeriod[mode_.temporalLayers - 1]
                                                  : toMiddle    ? 1
                                                                : at_);
  }
  const bool lowestTemporal = temporal == 0, middle = mode_.temporalLayers == 3 && temporal == 1;
  if (lowestTemporal)
    out.replaces = spatial;
  else if (middle)
    out.replaces = kMiddle + spatial;
  else if (!last && coupled)
    out.replaces = kPassing + spatial;
  if (spatial > 0 && coupled) {
    const int lower = spatial - 1;
    out.below = lowestTemporal ? lower : middle ? kMiddle + lower : kPassing + lower;
  }

  out.layer.spatial = static_cast<uint8_t>(spatial);
  out.layer.temporal = static_cast<uint8_t>(temporal);
  out.layer.spatialLayers = static_cast<uint8_t>(mode_.spatialLayers);
  out.layer.temporalLayers = static_cast<uint8_t>(mode_.temporalLayers);
  out.layer.interLayer = out.below.has_value();
  out.layer.layerSync = temporal > 0 && !toMiddle;
  out.layer.nonReference = !out.replaces.has_value();
  out.layer.notForUpper = last || !coupled;
  out.layer.keyPicture = key_;
  out.layer.endOfPicture = last;
  return out;
}

}  // namespace tincan::inline v0::media
