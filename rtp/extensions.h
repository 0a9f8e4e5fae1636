#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "rtp/header.h"

namespace tincan::inline v0::rtp {

/// The header extensions that browsers offer.
enum class ExtensionKind : uint8_t {
  kMid,                  ///< RFC 9143 §15.1
  kRtpStreamId,          ///< RFC 8852 §4.1
  kRepairedRtpStreamId,  ///< RFC 8852 §4.2
  kAbsSendTime,          ///< webrtc.org/experiments/rtp-hdrext/abs-send-time
  kTransportSequence,    ///< draft-holmer-rmcat-transport-wide-cc-extensions-01 §2
  kTransportSequenceV2,  ///< the same with feedback on request
  kAudioLevel,           ///< RFC 6464
  kCsrcAudioLevel,       ///< RFC 6465
  kTransmissionOffset,   ///< RFC 5450
  kPlayoutDelay,
  kVideoOrientation,  ///< 3GPP TS 26.114 §7.4.5
  kVideoContentType,
  kVideoTiming,
  kColorSpace,
  kAbsCaptureTime,
  kDependencyDescriptor,  ///< AV1 RTP specification, appendix A
  kGenericFrameDescriptor,
  kVideoLayersAllocation,
  kVideoFrameTrackingId,
};
constexpr size_t kExtensionKinds = 19;

std::string_view uri(ExtensionKind kind);
std::optional<ExtensionKind> extensionKind(std::string_view uri);

constexpr uint16_t kOneByteProfile = 0xbede;  // RFC 8285 §4.2
constexpr uint16_t kTwoByteProfile = 0x1000;  // RFC 8285 §4.3, the four low bits are the sender's
constexpr uint8_t kStopId = 15;               // RFC 8285 §4.2: reserved, and the end of what is processed

/// Which id stands for which kind in a session: what a=extmap has agreed on. Ids are 1…14 and, in the two-byte form,
/// up to 255 (RFC 8285 §4.2, §4.3).
class ExtensionMap {
 public:
  /// Binds both ways; false when the id is 0 or 15, or when the id or the kind is bound otherwise.
  bool add(ExtensionKind kind, uint8_t id);
  /// 0 when not negotiated.
  uint8_t id(ExtensionKind kind) const { return ids_[static_cast<size_t>(kind)]; }
  std::optional<ExtensionKind> kind(uint8_t id) const;

  /// a=extmap-allow-mixed: the two-byte form may be used (RFC 8285 §6).
  bool allowMixed = false;

 private:
  std::array<uint8_t, kExtensionKinds> ids_{};
};

/// Walks over the elements of a packet's extension, of either form, and stops at the end or where it is malformed.
/// Padding is skipped; in the one-byte form id 15, and id 0 with a length, end it (RFC 8285 §4.2).
class ExtensionReader {
 public:
  struct Element {
    uint8_t id = 0;
    uint16_t offset = 0;  ///< of its value in the packet
    uint8_t size = 0;
  };

  /// `header` has been parsed from `packet`.
  ExtensionReader(ByteView packet, const Header& header)
      : packet_(packet.data()),
        at_(header.extensionOffset),
        end_(header.extensionOffset + size_t{header.extensionSize}),
        twoByte_((header.extensionProfile & 0xfff0) == kTwoByteProfile) {
    if (!twoByte_ && header.extensionProfile != kOneByteProfile) at_ = end_;
  }

  bool next(Element& out) {
    uint8_t first = 0;
    do {
      if (at_ == end_) return false;
      first = packet_[at_++];
    } while (first == 0);  // padding: in both forms a zero byte between elements
    size_t size = (first & 0x0fu) + 1;
    out.id = first >> 4;
    if (twoByte_) [[unlikely]] {
      // RFC 8285 §4.3: the id, then the length of the value; an id 0 is padding and has no length.
      if (at_ == end_) return false;
      out.id = first;
      size = packet_[at_++];
    } else if (out.id == kStopId || out.id == 0) [[unlikely]] {
      // RFC 8285 §4.2: id 15 ends the block; so does id 0 with a length other than 0, whose length is ignored.
      return end_ = at_, false;
    }
    if (size > end_ - at_) return end_ = at_, false;
    out.offset = static_cast<uint16_t>(at_);
    out.size = static_cast<uint8_t>(size);
    at_ += size;
    return true;
  }

 private:
  const uint8_t* packet_;
  size_t at_;
  size_t end_;
  bool twoByte_;
};

/// The value of the element with this id; nothing when there is none. An element may be there and be empty.
inline std::optional<ByteView> findExtension(ByteView packet, const Header& header, uint8_t id) {
  if (id == 0) return std::nullopt;
  ExtensionReader reader(packet, header);
  ExtensionReader::Element element;
  while (reader.next(element)) {
    if (element.id == id) return packet.subspan(element.offset, element.size);
  }
  return std::nullopt;
}
/// The same to write over, for what is known only when a packet leaves.
std::optional<MutableByteView> findExtension(MutableByteView packet, const Header& header, uint8_t id);
inline std::optional<ByteView> findExtension(ByteView packet, const Header& header, const ExtensionMap& map,
                                             ExtensionKind kind) {
  const uint8_t id = map.id(kind);
  return id == 0 ? std::nullopt : findExtension(packet, header, id);
}
inline std::optional<MutableByteView> findExtension(MutableByteView packet, const Header& header,
                                                    const ExtensionMap& map, ExtensionKind kind) {
  const uint8_t id = map.id(kind);
  return id == 0 ? std::nullopt : findExtension(packet, header, id);
}

/// Builds the extension block that writeHeader puts into a packet. Elements that were not negotiated are left out, so
/// that a sender just adds all it has. One-byte form; where an element needs it and a=extmap-allow-mixed holds,
/// two-byte form.
///
///     one byte:   | ID (4) | len-1 (4) | value … |      two bytes:   | ID (8) | len (8) | value … |
class ExtensionWriter {
 public:
  explicit ExtensionWriter(const ExtensionMap& map) : map_(map) {}

  /// False when the kind was not negotiated or the value does not fit.
  bool add(ExtensionKind kind, ByteView value) {
    const uint8_t id = map_.id(kind);
    if (id == 0) return false;
    if (twoByte_ || id >= kStopId || value.empty() || value.size() > kMaxOneByteSize) [[unlikely]] {
      return addTwoByte(id, value);
    }
    if (size_ + 1 + value.size() > kCapacity) return false;
    const uint8_t* bytes = value.data();
    const uint32_t head = static_cast<uint32_t>(id << 4 | (value.size() - 1)) << 24 | uint32_t{bytes[0]} << 16 |
                          (value.size() > 1 ? uint32_t{bytes[1]} << 8 : 0) | (value.size() > 2 ? bytes[2] : 0);
    put(head, std::min<size_t>(1 + value.size(), 4));
    for (size_t i = 3; i < value.size(); ++i) put(uint32_t{bytes[i]} << 24, 1);
    return true;
  }
  /// Profile, length and elements, padded to words; empty when nothing was added. Valid while the writer is. More may
  /// be added afterwards.
  ByteView block() {
    if (empty()) return {};
    const size_t padded = (size_ + 3) / 4 * 4;
    storeBe32(buffer_.data(), uint32_t{twoByte_ ? kTwoByteProfile : kOneByteProfile} << 16 |
                                  static_cast<uint32_t>((padded - kPrefix) / 4));
    return ByteView(buffer_).first(padded);
  }
  bool empty() const { return size_ == kPrefix; }

 private:
  static constexpr size_t kPrefix = 4;
  static constexpr size_t kCapacity = 256;
  static constexpr size_t kSlack = 8;  // put() writes this much
  static constexpr size_t kMaxOneByteSize = 16;
  static constexpr size_t kMaxTwoByteSize = 255;

  // Adds the first `count` (1…4) bytes of a big-endian word whose others are 0. What is begun of the block's last word
  // stays at hand, and goes into the buffer with the zeros that pad it: so a word that is read from there was written
  // in one piece, and the CPU need not wait for the block that it is about to copy.
  void put(uint32_t bytes, size_t count) {
    const size_t begun = size_ % 4;
    last_ |= uint64_t{bytes} << (32 - 8 * begun);
    storeBe64(buffer_.data() + size_ - begun, last_);
    if (begun + count >= 4) last_ <<= 32;
    size_ += count;
  }
  bool addTwoByte(uint8_t id, ByteView value);
  void appendTwoByte(uint8_t id, ByteView value);
  void convertToTwoByte();

  const ExtensionMap& map_;
  bool twoByte_ = false;
  size_t size_ = kPrefix;
  uint64_t last_ = 0;                               // the word that `size_` lies in, in the upper half
  std::array<uint8_t, kCapacity + kSlack> buffer_;  // filled as elements come
};

}  // namespace tincan::inline v0::rtp
