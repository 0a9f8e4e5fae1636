#include "rtp/payload/h265.h"

#include <algorithm>

#include "rtp/payload/nal_depacketizer.h"

namespace tincan::inline v0::rtp {

bool depacketizeH265(ByteView rtpPayload, bool marker, Depacketized& out) {
  return depacketizeNal<H265Syntax>(rtpPayload, marker, out);
}

// RFC 7798 §4.4.2: F is the OR of the units', layer id and TID the lowest of them.
H265Syntax::Header H265Syntax::aggregateHeader(std::span<const ByteView> units) {
  uint16_t forbidden = 0;
  uint8_t layer = 0x3f;
  uint8_t temporal = 0x07;
  for (const ByteView unit : units) {
    const Header header = load(unit.data());
    forbidden |= header & kForbiddenBit;
    layer = std::min(layer, layerOf(header));
    temporal = std::min(temporal, temporalOf(header));
  }
  return static_cast<Header>(forbidden | kAggregate << kTypeShift | layer << 3 | temporal);
}

}  // namespace tincan::inline v0::rtp
