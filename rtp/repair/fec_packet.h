#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/strong_id.h"

// Parity packets for RTP, in the two forms that WebRTC speaks: ULPFEC (RFC 5109, level 0 only, inside RED) and FlexFEC
// in the version of draft-ietf-payload-flexible-fec-scheme-03 (flexible masks, a stream of its own). Both are the XOR
// of the packets that a mask names: of their first two bytes, timestamps, lengths, and all behind the fixed header.
namespace tincan::inline v0::rtp {

enum class FecScheme : uint8_t { kUlpfec, kFlexfec03 };

/// Which packets a parity packet covers: bit i stands for sequence number base + i.
class FecMask {
 public:
  static constexpr size_t kSize = 109;  // FlexFEC-03 §4.2.2.1: masks of 15, 46 and 109 bits
  void set(size_t bit) { words_[bit / 64] |= uint64_t{1} << bit % 64; }
  void clear(size_t bit) { words_[bit / 64] &= ~(uint64_t{1} << bit % 64); }
  bool test(size_t bit) const { return (words_[bit / 64] >> bit % 64 & 1) != 0; }
  size_t count() const { return static_cast<size_t>(std::popcount(words_[0]) + std::popcount(words_[1])); }
  bool empty() const { return (words_[0] | words_[1]) == 0; }
  /// Neither may be called on an empty mask.
  size_t lowest() const {
    return static_cast<size_t>(words_[0] != 0 ? std::countr_zero(words_[0]) : 64 + std::countr_zero(words_[1]));
  }
  size_t highest() const {
    return static_cast<size_t>(words_[1] != 0 ? 127 - std::countl_zero(words_[1]) : 63 - std::countl_zero(words_[0]));
  }
  bool operator==(const FecMask&) const = default;

 private:
  std::array<uint64_t, 2> words_{};
};

/// A parity packet's payload, understood; or to be written. `body` points into the packet.
struct FecPacket {
  static constexpr size_t kUlpfecMaxMask = 48;  ///< RFC 5109 §7.4: 16 or 48 bits
  static constexpr size_t kMaxHeaderSize = 32;

  uint16_t base = 0;
  FecMask mask;
  uint8_t first = 0;   ///< P, X and CC of the XOR of the first bytes
  uint8_t second = 0;  ///< M and PT
  uint32_t timestamp = 0;
  uint16_t length = 0;  ///< XOR of what each has behind its fixed header
  Ssrc protectedSsrc;   ///< FlexFEC only: ULPFEC covers the stream that it is in
  ByteView body;

  /// False when it is malformed: cut short, a protection length past its end, an empty mask, or what the scheme here
  /// does not have (FlexFEC: retransmission, fixed masks, more than one source).
  static bool parse(FecScheme scheme, ByteView payload, FecPacket& out);
  /// How large the header in front of `body` is for this mask.
  size_t headerSize(FecScheme scheme) const;
  /// Writes the header; the body's size is given apart. False when the mask is empty or too wide, or there is no room.
  bool writeHeader(FecScheme scheme, size_t bodySize, MutableByteView out) const;
};

}  // namespace tincan::inline v0::rtp
