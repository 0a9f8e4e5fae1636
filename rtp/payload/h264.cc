#include "rtp/payload/h264.h"

#include <algorithm>

#include "rtp/payload/nal_depacketizer.h"

namespace tincan::inline v0::rtp {

bool depacketizeH264(ByteView rtpPayload, bool marker, Depacketized& out) {
  return depacketizeNal<H264Syntax>(rtpPayload, marker, out);
}

// RFC 6184 §5.7.1: F is the OR of the units', NRI the highest of them.
H264Syntax::Header H264Syntax::aggregateHeader(std::span<const ByteView> units) {
  uint8_t forbidden = 0;
  uint8_t reference = 0;
  for (const ByteView unit : units) {
    forbidden |= unit[0] & kForbiddenBit;
    reference = std::max<uint8_t>(reference, unit[0] & kReferenceMask);
  }
  return static_cast<Header>(forbidden | reference | kAggregate);
}

}  // namespace tincan::inline v0::rtp
