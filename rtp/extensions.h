#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "rtp/header.h"

namespace tincan::rtp {

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
/// Padding is skipped; id 15 of the one-byte form ends it (RFC 8285 §4.2).
class ExtensionReader {
 public:
  struct Element {
    uint8_t id = 0;
    uint16_t offset = 0;  ///< of its value in the packet
    uint8_t size = 0;
  };

  /// `header` has been parsed from `packet`.
  ExtensionReader(ByteView packet, const Header& header);
  bool next(Element& out);

 private:
  const uint8_t* packet_;
  size_t at_;
  size_t end_;
  bool twoByte_;
};

/// The value of the element with this id; nothing when there is none. An element may be there and be empty.
std::optional<ByteView> findExtension(ByteView packet, const Header& header, uint8_t id);
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
  bool add(ExtensionKind kind, ByteView value);
  /// Profile, length and elements, padded to words; empty when nothing was added. Valid while the writer is. More may
  /// be added afterwards.
  ByteView block();
  bool empty() const { return size_ == kPrefix; }

 private:
  static constexpr size_t kPrefix = 4;
  static constexpr size_t kCapacity = 256;

  bool addOneByte(uint8_t id, ByteView value);
  void addTwoByte(uint8_t id, ByteView value);
  void convertToTwoByte();

  const ExtensionMap& map_;
  bool twoByte_ = false;
  size_t size_ = kPrefix;
  size_t elements_ = 0;  // while in one-byte form
  std::array<uint8_t, kCapacity> buffer_;  // filled as elements come
};

}  // namespace tincan::rtp
