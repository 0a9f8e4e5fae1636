#pragma once

#include <cstdlib>

#include "base/bytes.h"
#include "rtp/payload/vp8.h"

namespace tincan::inline v0::fuzz {

/// Round trip: a descriptor that parses, written and parsed again, is the same; and what it says of the payload holds.
inline void fuzzRtpVp8(ByteView data) {
  const auto check = [](bool good) {
    if (!good) std::abort();
  };
  rtp::Vp8Descriptor descriptor;
  if (rtp::Vp8Descriptor::parse(data, descriptor)) {
    check(descriptor.size > 0 && descriptor.size < data.size());
    uint8_t wire[rtp::Vp8Descriptor::kMaxSize + 1] = {};
    const size_t size = descriptor.write(wire);
    check(size > 0 && size <= descriptor.size);  // an empty extension is not written again
    rtp::Vp8Descriptor again;
    check(rtp::Vp8Descriptor::parse(ByteView(wire, size + 1), again));
    again.size = descriptor.size;
    check(again == descriptor);
  }
  rtp::Depacketized packet;
  if (rtp::depacketizeVp8(data, false, packet)) {
    check(!packet.payload.empty() && packet.payload.data() + packet.payload.size() == data.data() + data.size());
    check(!packet.keyFrame || packet.startOfFrame);
  }
  rtp::Vp8FrameHeader header;
  if (rtp::Vp8FrameHeader::parse(data, header)) check(header.keyFrame || (header.width == 0 && header.height == 0));
}

}  // namespace tincan::inline v0::fuzz
