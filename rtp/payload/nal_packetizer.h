#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "rtp/payload/nal_units.h"

namespace tincan::rtp {

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
    plan(maxPayload);
  }
  /// The same for an encoder that hands out its NAL units one by one: nobody has to look for start codes.
  void setUnits(std::span<const ByteView> units, size_t maxPayload) {
    units_.assign(units.begin(), units.end());
    plan(maxPayload);
  }

  bool next(PacketBuffer& out, bool& last) {
    if (next_ == plan_.size()) return false;
    const Payload& payload = plan_[next_];
    uint8_t* bytes = out.append(payload.size);
    if (!bytes) return false;
    if (payload.count == 0) {
      writeFragment(payload, bytes);
    } else if (payload.count == 1) {
      std::memcpy(bytes, units_[payload.unit].data(), payload.size);
    } else {
      writeAggregate(payload, bytes);
    }
    last = ++next_ == plan_.size();
    return true;
  }
  size_t packetsLeft() const { return plan_.size() - next_; }

 private:
  struct Payload {
    size_t unit = 0;
    size_t count = 0;   // of units, whole; 0: a fragment of one
    size_t offset = 0;  // of the fragment
    size_t size = 0;    // of the payload, its headers included
  };
  static constexpr size_t kLengthSize = 2;

  void plan(size_t maxPayload) {
    plan_.clear();
    next_ = 0;
    const size_t max = std::min<size_t>(maxPayload, 0xffff);
    if (max <= Syntax::kFragmentHeaderSize) return;
    for (size_t i = 0; i < units_.size();) {
      const size_t size = units_[i].size();
      if (size < Syntax::kHeaderSize || (size > max && singleUnitsOnly_)) {
        plan_.clear();
        return;
      }
      i += size > max ? planFragments(i, max) : planWhole(i, max);
    }
  }

  size_t planWhole(size_t unit, size_t max) {
    size_t count = 1;
    size_t size = Syntax::kHeaderSize + kLengthSize + units_[unit].size();
    while (!singleUnitsOnly_ && unit + count < units_.size()) {
      const size_t more = units_[unit + count].size();
      if (more < Syntax::kHeaderSize || size + kLengthSize + more > max) break;
      size += kLengthSize + more;
      ++count;
    }
    plan_.push_back({unit, count, 0, count == 1 ? units_[unit].size() : size});
    return count;
  }

  size_t planFragments(size_t unit, size_t max) {
    const size_t room = max - Syntax::kFragmentHeaderSize;
    size_t rest = units_[unit].size() - Syntax::kHeaderSize;
    size_t offset = Syntax::kHeaderSize;
    for (size_t left = (rest + room - 1) / room; left > 0; --left) {
      const size_t size = (rest + left - 1) / left;
      plan_.push_back({unit, 0, offset, Syntax::kFragmentHeaderSize + size});
      offset += size;
      rest -= size;
    }
    return 1;
  }

  void writeFragment(const Payload& payload, uint8_t* out) const {
    const ByteView unit = units_[payload.unit];
    const size_t size = payload.size - Syntax::kFragmentHeaderSize;
    const bool start = payload.offset == Syntax::kHeaderSize;
    Syntax::writeFragmentHeader(unit, start, payload.offset + size == unit.size(), out);
    std::memcpy(out + Syntax::kFragmentHeaderSize, unit.data() + payload.offset, size);
  }

  void writeAggregate(const Payload& payload, uint8_t* out) const {
    const std::span<const ByteView> units(units_.data() + payload.unit, payload.count);
    Syntax::writeAggregateHeader(units, out);
    out += Syntax::kHeaderSize;
    for (const ByteView unit : units) {
      storeBe16(out, static_cast<uint16_t>(unit.size()));
      std::memcpy(out + kLengthSize, unit.data(), unit.size());
      out += kLengthSize + unit.size();
    }
  }

  bool singleUnitsOnly_;
  std::vector<ByteView> units_;
  std::vector<Payload> plan_;
  size_t next_ = 0;
};

}  // namespace tincan::rtp
