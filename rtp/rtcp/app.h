#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

/// APP: whatever an application agreed on (RFC 3550 §6.7).
///
///     |V=2|P| subtype |   PT=204      |          length               |
///     |                           SSRC/CSRC                           |
///     |                          name (ASCII)                         |
///     |                   application-dependent data …                |
struct App {
  uint8_t subtype = 0;  ///< 5 bits
  Ssrc sender;
  std::array<char, 4> name{};
  Bytes data;  ///< whole words
  bool operator==(const App&) const = default;
};

Verdict parse(const Block& block, App& out);
bool write(ByteWriter& writer, const App& app);

}  // namespace tincan::inline v0::rtp::rtcp
