#include "stack/encoding_rates.h"

#include <algorithm>
#include <cmath>

#include "stack/api/encodings.h"
#include "stack/resolution_adapter.h"

namespace tincan::inline v0::stack {
namespace {

constexpr int kUsualWidth = 640, kUsualHeight = 480;  // of a source that has shown no picture yet

}  // namespace

rtp::RateRange encodingRate(const RTCRtpEncodingParameters& encoding, int width, int height, bool laterCodec) {
  if (!encoding.active) return {};
  if (width <= 0 || height <= 0) {
    width = kUsualWidth;
    height = kUsualHeight;
  }
  const double factor = scaleOf(encoding, width, height);
  rtp::RateRange out = videoRates(static_cast<int>(width / factor), static_cast<int>(height / factor), laterCodec);
  if (encoding.maxBitrate) out.most = std::max<uint64_t>(*encoding.maxBitrate, 1);
  out.target = std::min(out.target, out.most);
  out.least = std::min(out.least, out.most);
  return out;
}

void addLayers(const media::ScalabilityMode& mode, uint32_t bitrate, uint8_t stream, rtp::VideoLayersAllocation& out) {
  if (bitrate == 0) return;
  for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
    rtp::VideoLayersAllocation::Layer layer;
    layer.stream = stream;
    layer.spatial = static_cast<uint8_t>(spatial);
    for (int temporal = 0; temporal < mode.temporalLayers; ++temporal) {
      double share = 0;  // with all that it needs
      for (int lower = 0; lower <= spatial; ++lower) share += media::layerShare(mode, lower, temporal);
      layer.kilobits.push(static_cast<uint32_t>(std::lround(bitrate * share / 1000)));
    }
    out.layers.push(layer);
  }
}

}  // namespace tincan::inline v0::stack
