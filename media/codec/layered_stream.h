#pragma once

#include <cstdint>
#include <optional>

#include "base/sequence.h"
#include "media/codec/layer_plan.h"
#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// What an encoder keeps of its stream whatever the library is: layers, rate and clock. Owned by an encoder.
class LayeredStream {
 public:
  /// What a layer's frame refers to, in the two places that libraries have for it, and replaces. Buffers of LayerPlan.
  struct References {
    int last = 0;
    bool usesLast = false;
    int golden = 0;
    bool usesGolden = false;
    std::optional<int> replaces;
  };

  LayeredStream(const VideoEncoderSettings& settings, const ScalabilityMode& mode);

  // ---- layers ----
  const ScalabilityMode& mode() const { return plan_.mode(); }
  int layers() const { return mode().spatialLayers * mode().temporalLayers; }
  bool hasLayers() const { return layers() > 1; }
  void beginPicture(bool key) { plan_.beginPicture(key); }
  int temporalLayer() const { return plan_.temporalLayer(); }
  LayerPlan::Frame frame(int spatial) const { return plan_.frame(spatial); }
  References references(int spatial) const;
  /// Says of a frame which layer it is, of a picture of `width` × `height`. Only the lowest spatial layer of a key picture is
  /// a key frame.
  void describe(int spatial, int width, int height, EncodedVideo& frame) const;

  // ---- rate ----
  void setRates(uint32_t bitrateBps, double framesPerSecond);
  /// They are others than when this was asked last.
  bool takeRateChange();
  unsigned kilobits() const { return bitrate_ / 1000; }
  /// Of all temporal layers up to this one of a spatial layer.
  unsigned kilobits(int spatial, int temporal) const;

  // ---- clock ----
  /// Libraries want time to go on: for a source that stands still or jumps back it goes on by a frame's length.
  int64_t timeOf(const VideoFrame& picture);
  unsigned long frameTicks() const { return static_cast<unsigned long>(frameTicks_); }

 private:
  LayerPlan plan_;
  uint32_t bitrate_;
  bool ratesChanged_ = false;
  int64_t frameTicks_;
  int64_t lastTime_ = -1;
  SequenceUnwrapper<uint32_t> timestamps_;
};

}  // namespace tincan::inline v0::media
