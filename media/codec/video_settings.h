#pragma once

#include <cstdint>

#include "base/result.h"
#include "media/codec/scalability_mode.h"
#include "media/video_frame.h"

// What the encoders of all libraries have in common.
namespace tincan::inline v0::media {

inline constexpr int kVideoClockRate = 90'000;  ///< RFC 6184 §5.1, RFC 7741 §4.1, RFC 9628 §4.1: RTP, in Hz

/// Within what encoders can be asked for, in bits a second.
uint32_t clampVideoBitrate(uint32_t bps);
/// What a picture lasts, in ticks of kVideoClockRate; for any number, and what is none.
int64_t videoFrameTicks(double framesPerSecond);
/// Within what encoders can be asked for; 30 for what is no number.
double clampFrameRate(double framesPerSecond);
/// Of a lower spatial layer: libvpx and libaom make sides even where they divide them.
int layerSide(int side, const ScalabilityMode& mode, int spatial);
/// kRangeError for what is no picture that an encoder could take.
Result<void> checkPicture(const VideoFrame& picture);

}  // namespace tincan::inline v0::media
