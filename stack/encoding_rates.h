#pragma once

#include "media/codec/scalability_mode.h"
#include "rtp/congestion/bitrate_allocator.h"
#include "rtp/video_layers_allocation.h"
#include "stack/api/rtp_parameters.h"

namespace tincan::inline v0::stack {

/// What one of several encodings of a source can do with a rate, for rtp::BitrateAllocator: by its size, as videoRates()
/// says, its maxBitrate in place of what shows no more. Zeros where it is not active. `width` and `height` of the source, 0
/// before its first picture: then it is taken for 640 × 480.
rtp::RateRange encodingRate(const RTCRtpEncodingParameters& encoding, int width, int height, bool laterCodec);

/// Adds what one stream of `bitrate` bits a second takes for each of its layers; nothing where that is 0.
void addLayers(const media::ScalabilityMode& mode, uint32_t bitrate, uint8_t stream, rtp::VideoLayersAllocation& out);

}  // namespace tincan::inline v0::stack
