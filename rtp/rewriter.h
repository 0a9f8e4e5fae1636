#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/extensions.h"
#include "rtp/header.h"

namespace tincan::inline v0::rtp {

/// What a forwarder says of a packet in its own words: the stream that its receiver sees has numbers of its own.
struct ForwardedHeader {
  PayloadType payloadType;
  uint16_t sequenceNumber = 0;
  uint32_t timestamp = 0;
  Ssrc ssrc;
};

/// Where the parts of one plain RTP packet are that a forwarder (an SFU) writes over: parsed once, applied to a copy
/// for each receiver, in place. Holds offsets only: a copy has the same bytes at the same places, and may be applied to
/// more than once. What needs another size (a longer mid) is built anew with ExtensionWriter instead. RFC 3550 §7,
/// RFC 8285.
class PacketRewriter {
 public:
  /// Nothing when the packet does not parse or has more than kMaxElements elements.
  static std::optional<PacketRewriter> parse(ByteView packet, const ExtensionMap& ids);

  const Header& header() const { return header_; }
  bool has(ExtensionKind kind) const { return byKind_[static_cast<size_t>(kind)] != kNone; }

  void setHeader(MutableByteView copy, const ForwardedHeader& to) const {
    setPayloadType(copy, to.payloadType);
    setSequenceNumber(copy, to.sequenceNumber);
    setTimestamp(copy, to.timestamp);
    setSsrc(copy, to.ssrc);
  }
  /// Writes over the value of the kind's element; false when there is none, or one of another size.
  bool set(MutableByteView copy, ExtensionKind kind, ByteView value) const {
    const uint8_t at = byKind_[static_cast<size_t>(kind)];
    if (at == kNone || places_[at].size != value.size()) return false;
    std::memcpy(copy.data() + places_[at].offset, value.data(), value.size());
    return true;
  }
  /// Gives the kind's element another id, one of the element's form; false when there is none.
  bool setId(MutableByteView copy, ExtensionKind kind, uint8_t id) const {
    const uint8_t at = byKind_[static_cast<size_t>(kind)];
    if (at == kNone || (!twoByte_ && id >= kStopId)) return false;
    uint8_t* value = copy.data() + places_[at].offset;
    if (twoByte_) {
      value[-2] = id;
    } else {
      value[-1] = static_cast<uint8_t>(id << 4 | (places_[at].size - 1));
    }
    return true;
  }
  /// Gives the elements the ids that the receiver has negotiated. What it has not, or cannot have in this form (ids
  /// above 14 in one-byte elements), becomes padding, which receivers pass over (RFC 8285 §4.2, §4.3).
  void setIds(MutableByteView copy, const ExtensionMap& receiver) const;

 private:
  static constexpr size_t kMaxElements = 16;
  static constexpr uint8_t kNone = 0xff;

  struct Place {
    uint16_t offset = 0;  // of the value
    uint8_t size = 0;
    std::optional<ExtensionKind> kind{};
  };

  Header header_;
  bool twoByte_ = false;
  uint8_t count_ = 0;
  std::array<Place, kMaxElements> places_;
  std::array<uint8_t, kExtensionKinds> byKind_;
};

}  // namespace tincan::inline v0::rtp
