#include "stack/encoding_shaper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stack/api/encodings.h"

namespace tincan::inline v0::stack {
namespace {

// Even, as 4:2:0 has it, and 2 at least.
int scaledSide(int side, double factor) {
  const int scaled = static_cast<int>(std::lround(side / factor));
  return std::max(2, scaled / 2 * 2);
}

}  // namespace

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
  const double factor = scaleOf(encoding, picture.width, picture.height);
  if (factor <= 1) return picture;
  auto made = scaler_.scale(picture, scaledSide(picture.width, factor), scaledSide(picture.height, factor));
  if (!made) return picture;  // built without a scaler
  scaled_ = *std::move(made);
  return scaled_;
}

}  // namespace tincan::inline v0::stack
