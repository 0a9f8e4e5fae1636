#include "media/codec/layered_stream.h"

#include <utility>

#include "media/codec/video_settings.h"

namespace tincan::inline v0::media {

LayeredStream::LayeredStream(const VideoEncoderSettings& settings, const ScalabilityMode& mode)
    : plan_(mode),
      bitrate_(clampVideoBitrate(settings.bitrateBps)),
      frameTicks_(videoFrameTicks(settings.framesPerSecond)) {}

LayeredStream::References LayeredStream::references(int spatial) const {
  const LayerPlan::Frame frame = plan_.frame(spatial);
  References out;
  const auto first = frame.reference ? frame.reference : frame.below;
  out.last = first.value_or(spatial);
  out.usesLast = first.has_value();
  out.usesGolden = frame.reference && frame.below;
  out.golden = out.usesGolden ? *frame.below : out.last;
  out.replaces = frame.replaces;
  return out;
}

void LayeredStream::describe(int spatial, int width, int height, EncodedVideo& frame) const {
  frame.keyFrame = frame.keyFrame && spatial == 0;
  if (!hasLayers()) return;
  frame.layer = plan_.frame(spatial).layer;
  frame.layer->width = static_cast<uint16_t>(layerSide(width, mode(), spatial));
  frame.layer->height = static_cast<uint16_t>(layerSide(height, mode(), spatial));
}

void LayeredStream::setRates(uint32_t bitrateBps, double framesPerSecond) {
  const uint32_t bitrate = clampVideoBitrate(bitrateBps);
  ratesChanged_ |= bitrate != bitrate_;
  bitrate_ = bitrate;
  frameTicks_ = videoFrameTicks(framesPerSecond);
}

bool LayeredStream::takeRateChange() {
  return std::exchange(ratesChanged_, false);
}

unsigned LayeredStream::kilobits(int spatial, int temporal) const {
  return static_cast<unsigned>(kilobits() * layerShare(mode(), spatial, temporal));
}

int64_t LayeredStream::timeOf(const VideoFrame& picture) {
  const int64_t told = timestamps_.unwrap(picture.rtpTimestamp);
  lastTime_ = told > lastTime_ ? told : lastTime_ + frameTicks_;
  return lastTime_;
}

}  // namespace tincan::inline v0::media
