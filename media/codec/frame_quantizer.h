#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::media {

/// How coarse a frame is, on the codec's own scale (webrtc-stats, qpSum), by what its header says: VP8's y_ac_qi, 0 to 127
/// (RFC 6386 §9.6), and VP9's base_q_idx, 0 to 255; of several spatial layers the highest. Absent for other formats, whose
/// headers cannot be read without those of other frames, and where the header is cut off.
std::optional<uint8_t> frameQuantizer(rtp::VideoFormat format, ByteView frame);

}  // namespace tincan::inline v0::media
