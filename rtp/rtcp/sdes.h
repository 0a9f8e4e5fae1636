#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

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

/// The same where it lies, for whoever only looks: no allocation. Good while the packet is.
class SdesView {
 public:
  /// Checks the whole, so that a walk over it cannot fail.
  static Verdict parse(const Block& block, SdesView& out);
  /// Calls `chunk(Ssrc)`, then `item(SdesType, std::string_view)` for each item of that chunk. False when malformed.
  template <class OnChunk, class OnItem>
  bool walk(OnChunk&& chunk, OnItem&& item) const {
    ByteReader reader(body_);
    for (size_t i = 0; i < count_; ++i) {
      chunk(Ssrc(reader.u32()));
      // RFC 3550 §6.5: items follow one another without padding; the list ends with one or more nulls up to a 32-bit
      // boundary.
      for (uint8_t type = reader.u8(); type != 0; type = reader.u8()) {
        const ByteView text = reader.prefixed8();
        if (!reader.ok()) return false;
        item(static_cast<SdesType>(type), asText(text));
      }
      reader.skip((4 - reader.position() % 4) % 4);
      if (!reader.ok()) return false;
    }
    return true;
  }

 private:
  uint8_t count_ = 0;
  ByteView body_;
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

}  // namespace tincan::inline v0::rtp::rtcp
