#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::rtp {

/// Where a payload descriptor says which picture it is of: what a forwarder that goes from one encoding to another writes
/// over, so that its receiver sees one stream without a gap. VP8 (RFC 7741 §4.2) and VP9 (RFC 9628 §4.2) have such
/// numbers; other formats have none, and need none.
class PictureNumbers {
 public:
  /// Nothing found where the format has none or the descriptor ends too early.
  static PictureNumbers find(VideoFormat format, ByteView payload);

  /// 7 or 15 bits.
  std::optional<uint16_t> pictureId() const { return id_; }
  uint16_t pictureIdMask() const { return long_ ? 0x7fff : 0x7f; }
  std::optional<uint8_t> tl0PictureIndex() const { return tl0_; }
  /// Writes over those that are there, in a payload with the same bytes.
  void write(MutableByteView payload, uint16_t pictureId, uint8_t tl0PictureIndex) const;

 private:
  std::optional<uint16_t> id_;
  std::optional<uint8_t> tl0_;
  bool long_ = false;
  uint8_t idAt_ = 0, tl0At_ = 0;
};

}  // namespace tincan::inline v0::rtp
