#pragma once

#include "fuzz/require.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::fuzz {

/// Round trip: parse, write, parse again; and the second writing gives the bytes of the first.
inline void fuzzRtpRtcp(ByteView compound) {
  using namespace tincan::rtp::rtcp;
  const auto parsed = parseCompound(compound);
  if (!parsed.ok()) return;
  const auto written = [&](const std::vector<Packet>& packets) {
    Bytes out(4096 + 8 * compound.size());
    ByteWriter writer(out);
    // Something that parsed can always be said again.
    for (const Packet& packet : packets) require(write(writer, packet));
    out.resize(writer.size());
    return out;
  };
  const Bytes once = written(*parsed);
  const auto again = parseCompound(once);
  require(again.ok() && *again == *parsed);
  require(written(*again) == once);
}

}  // namespace tincan::inline v0::fuzz
