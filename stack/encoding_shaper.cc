#include "stack/encoding_shaper.h"

#include <algorithm>

#include "media/picture_scaler.h"

namespace tincan::stack {

bool EncodingShaper::takes(const RTCRtpEncodingParameters& encoding, TimePoint captured) {
  if (!encoding.active) return false;
  if (!encoding.maxFramerate) {
    next_.reset();
    return true;
  }
  if (*encoding.maxFramerate <= 0) return false;
  const auto interval = Duration::micros(static_cast<int64_t>(1e6 / std::max(*encoding.maxFramerate, 1e-3)));
  // A camera of the same rate must not lose pictures to a clock that jitters: half an interval early is in time.
  if (next_ && captured + interval / 2 < *next_ && *next_ - captured <= interval) return false;
  const bool behind = !next_ || captured - *next_ > interval || *next_ - captured > interval;
  next_ = (behind ? captured : *next_) + interval;
  return true;
}

const media::VideoFrame& EncodingShaper::shaped(const RTCRtpEncodingParameters& encoding,
                                                const media::VideoFrame& picture) {
  const double factor = encoding.scaleResolutionDownBy.value_or(1);
  if (factor <= 1) return picture;
  media::scaleDown(picture, media::scaledSide(picture.width, factor), media::scaledSide(picture.height, factor),
                   scaled_);
  return scaled_;
}

}  // namespace tincan::stack
