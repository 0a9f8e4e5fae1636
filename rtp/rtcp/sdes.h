#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/rtcp/block.h"

namespace tincan::rtp::rtcp {

/// Item types (RFC 3550 §6.5, RFC 8852 §4, RFC 8843 §15.1); others are kept by number.
enum class SdesType : uint8_t {
  kCname = 1,
  kName = 2,
  kEmail = 3,
  kPhone = 4,
  kLocation = 5,
  kTool = 6,
  kNote = 7,
  kPrivate = 8,
  kRtpStreamId = 12,
  kRepairedRtpStreamId = 13,
  kMid = 15,
};

/// SDES: who the sources are (RFC 3550 §6.5). Each chunk is an SSRC, its items and a null, padded to whole words.
///
///     |                           SSRC/CSRC                           |
///     |     type      |    length     |  text …        | 0, padding   |
struct Sdes {
  struct Item {
    SdesType type = SdesType::kCname;
    std::string text;  ///< at most 255 bytes, UTF-8 by the RFC, not checked
    bool operator==(const Item&) const = default;
  };
  struct Chunk {
    Ssrc ssrc;
    std::vector<Item> items;
    bool operator==(const Chunk&) const = default;
  };
  std::vector<Chunk> chunks;  ///< at most 31
  bool operator==(const Sdes&) const = default;
};

/// BYE: sources that leave (RFC 3550 §6.6). Whether the sender may speak for them is the caller's to check.
struct Bye {
  std::vector<Ssrc> sources;  ///< at most 31
  std::string reason;         ///< at most 255 bytes
  bool operator==(const Bye&) const = default;
};

Verdict parse(const Block& block, Sdes& out);
Verdict parse(const Block& block, Bye& out);
bool write(ByteWriter& writer, const Sdes& sdes);
bool write(ByteWriter& writer, const Bye& bye);

}  // namespace tincan::rtp::rtcp
