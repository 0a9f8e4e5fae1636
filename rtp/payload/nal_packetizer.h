#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "rtp/payload/even_cut.h"
#include "rtp/payload/nal_units.h"

namespace tincan::inline v0::rtp {

/// Splits access units of H.264 or H.265 into RTP payloads: small NAL units share an aggregation packet, large ones are
/// cut into fragments of nearly equal size, others go alone. `Syntax` knows the two headers. Owned by one sending
/// stream; its memory is kept from frame to frame.
template <class Syntax>
class NalPacketizer {
 public:
  /// Without fragments and aggregates (packetization-mode 0) a NAL unit that does not fit cannot be sent at all.
  explicit NalPacketizer(bool singleUnitsOnly) : singleUnitsOnly_(singleUnitsOnly) {}

  /// `frame` is an access unit in Annex B. An empty one, one without a start code, and one that cannot be sent give no
  /// packets.
  void setFrame(ByteView frame, size_t maxPayload) {
    splitAnnexB(frame, units_);
    start(maxPayload);
  }
  /// The same for an encoder that hands out its NAL units one by one: nobody has to look for start codes.
  void setUnits(std::span<const ByteView> units, size_t maxPayload) {
    units_.assign(units.begin(), units.end());
    start(maxPayload);
  }

  bool next(PacketBuffer& out, bool& last) {
    if (packetsLeft_ == 0) return false;
    if (!(isCut(units_[next_]) ? appendFragment(out) : appendWhole(out))) return false;
    last = --packetsLeft_ == 0;
    return true;
  }
  size_t packetsLeft() const { return packetsLeft_; }

 private:
  static constexpr size_t kHeaderSize = Syntax::kHeaderSize;
  static constexpr size_t kFragmentHeaderSize = Syntax::kFragmentHeaderSize;
  static constexpr size_t kLengthSize = 2;

  // Units that share a packet.
  struct Group {
    size_t count = 1;
    size_t payloadSize = 0;
  };

  void start(size_t maxPayload) {
    max_ = std::min<size_t>(maxPayload, 0xffff);
    next_ = 0;
    cut_ = {};
    packetsLeft_ = countPackets();
  }

  // 0 where one of the units cannot be sent.
  size_t countPackets() const {
    if (max_ <= kFragmentHeaderSize) return 0;
    size_t packets = 0;
    for (size_t i = 0; i < units_.size();) {
      const ByteView unit = units_[i];
      if (unit.size() < kHeaderSize || (isCut(unit) && singleUnitsOnly_)) return 0;
      packets += isCut(unit) ? EvenCut::pieces(unit.size() - kHeaderSize, max_ - kFragmentHeaderSize) : 1;
      i += isCut(unit) ? 1 : groupAt(i).count;
    }
    return packets;
  }

  bool isCut(ByteView unit) const { return unit.size() > max_; }

  Group groupAt(size_t unit) const {
    size_t count = 1;
    size_t size = kHeaderSize + kLengthSize + units_[unit].size();
    while (!singleUnitsOnly_ && unit + count < units_.size()) {
      const size_t more = units_[unit + count].size();
      if (more < kHeaderSize || size + kLengthSize + more > max_) break;
      size += kLengthSize + more;
      ++count;
    }
    return {count, count == 1 ? units_[unit].size() : size};
  }

  bool appendFragment(PacketBuffer& out) {
    const ByteView unit = units_[next_];
    if (cut_.left() == 0) {
      cut_ = EvenCut(unit.size() - kHeaderSize, max_ - kFragmentHeaderSize);
      offset_ = kHeaderSize;
    }
    const size_t size = cut_.size();
    uint8_t* bytes = out.append(kFragmentHeaderSize + size);
    if (!bytes) return false;
    const auto header = Syntax::load(unit.data());
    Syntax::store(bytes, Syntax::withType(header, Syntax::kFragment));
    bytes[kHeaderSize] = static_cast<uint8_t>((offset_ == kHeaderSize ? kFragmentStart : 0) |
                                              (cut_.left() == 1 ? kFragmentEnd : 0) | Syntax::typeOf(header));
    std::memcpy(bytes + kFragmentHeaderSize, unit.data() + offset_, size);
    offset_ += size;
    cut_.pop();
    if (cut_.left() == 0) ++next_;
    return true;
  }

  bool appendWhole(PacketBuffer& out) {
    const Group group = groupAt(next_);
    uint8_t* bytes = out.append(group.payloadSize);
    if (!bytes) return false;
    const std::span<const ByteView> units(units_.data() + next_, group.count);
    next_ += group.count;
    if (group.count == 1) {
      std::memcpy(bytes, units[0].data(), group.payloadSize);
      return true;
    }
    Syntax::store(bytes, Syntax::aggregateHeader(units));
    bytes += kHeaderSize;
    for (const ByteView unit : units) {
      storeBe16(bytes, static_cast<uint16_t>(unit.size()));
      std::memcpy(bytes + kLengthSize, unit.data(), unit.size());
      bytes += kLengthSize + unit.size();
    }
    return true;
  }

  bool singleUnitsOnly_;
  std::vector<ByteView> units_;
  size_t max_ = 0;   // of a payload
  size_t next_ = 0;  // of the units
  EvenCut cut_;      // of that unit, once its first fragment was taken
  size_t offset_ = 0;
  size_t packetsLeft_ = 0;
};

}  // namespace tincan::inline v0::rtp
