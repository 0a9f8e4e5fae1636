#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/payload_format.h"

// AV1 (RTP Payload Format for AV1, Alliance for Open Media, version 1.0).
//
//      0 1 2 3 4 5 6 7
//     +-+-+-+-+-+-+-+-+
//     |Z|Y| W |N|- - -|  aggregation header (§4.4)
//     +-+-+-+-+-+-+-+-+
//     |  OBU element …  Z: the first goes on from the packet before; Y: the last goes on in the next packet;
//                       W: how many there are, the last then without its length (leb128), or 0: all have one;
//                       N: the first packet of a coded video sequence
namespace tincan::inline v0::rtp {

/// Walks over the OBU elements of a payload.
class Av1ElementReader {
 public:
  struct Element {
    ByteView bytes;
    bool continues = false;  ///< an OBU that the packet before began
    bool goesOn = false;     ///< in the next packet
  };
  explicit Av1ElementReader(ByteView rtpPayload) {
    failed_ = rtpPayload.size() <= kAggregationSize;
    if (failed_) return;
    continues_ = (rtpPayload[0] & kContinues) != 0;
    goesOn_ = (rtpPayload[0] & kGoesOn) != 0;
    count_ = rtpPayload[0] >> 4 & 0x03;
    rest_ = rtpPayload.subspan(kAggregationSize);
  }

  /// False at the end, and where a length lies: then `failed()` is true.
  bool next(Element& out) {
    if (failed_ || atEnd()) return false;
    size_t size = rest_.size();
    if (++index_ != count_ && !readSize(size)) return fail();
    // §4.4: an element holds an OBU or a fragment of one, so it is never empty. W that counts more than came ends here.
    if (size == 0) return fail();
    out.bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    out.continues = index_ == 1 && continues_;
    out.goesOn = goesOn_ && atEnd();
    return true;
  }
  bool failed() const { return failed_; }

  // The aggregation header.
  static constexpr size_t kAggregationSize = 1;
  static constexpr uint8_t kContinues = 0x80;    // Z
  static constexpr uint8_t kGoesOn = 0x40;       // Y
  static constexpr uint8_t kNewSequence = 0x08;  // N

 private:
  bool atEnd() const { return rest_.empty() && (count_ == 0 || index_ == count_); }
  bool readSize(size_t& size) {
    uint32_t value = 0;
    const size_t field = readLeb128(rest_, value);
    if (field == 0 || value > rest_.size() - field) return false;
    rest_ = rest_.subspan(field);
    size = value;
    return true;
  }
  bool fail() {
    failed_ = true;
    return false;
  }

  ByteView rest_;
  bool continues_ = false;
  bool goesOn_ = false;
  uint8_t count_ = 0;  // W
  size_t index_ = 0;
  bool failed_ = false;
};

/// Temporal units come out without a temporal delimiter, which decoders do not need. `keyFrame` is the N bit.
[[nodiscard]] bool depacketizeAv1(ByteView rtpPayload, bool marker, Depacketized& out);

/// Splits temporal units (low-overhead bitstream format: OBUs with their sizes, the last may be without) into payloads
/// of nearly equal size. Temporal delimiters, tile lists and padding are left out, sizes taken off (§5). Owned by one
/// sending stream; its memory is kept from frame to frame.
class Av1Packetizer {
 public:
  /// A malformed, empty or unsendable unit gives no packets. `maxPayload` at least kMinPayload.
  void setFrame(ByteView temporalUnit, size_t maxPayload);
  bool next(PacketBuffer& out, bool& last);
  size_t packetsLeft() const { return plan_.size() - next_; }
  static constexpr size_t kMinPayload = 16;

 private:
  struct Obu {
    uint8_t header[2] = {};  // its size bit is off
    uint8_t headerSize = 1;
    ByteView body;
    size_t size() const { return headerSize + body.size(); }
  };
  struct Payload {
    size_t obu = 0;     // the first
    size_t offset = 0;  // of what this packet holds of the first
    size_t count = 0;   // of elements
    size_t lastSize = 0;
    size_t size = 0;  // in all
    bool goesOn = false;
  };

  bool readObus(ByteView temporalUnit);
  void planAll(size_t maxPayload);
  void planOne(Payload& out, size_t limit) const;
  static uint8_t* write(const Obu& obu, size_t offset, size_t size, uint8_t* out);

  std::vector<Obu> obus_;
  std::vector<Payload> plan_;
  size_t next_ = 0;
  bool newSequence_ = false;
};
static_assert(Packetizer<Av1Packetizer>);

}  // namespace tincan::inline v0::rtp
