#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0::media {

/// Writes EBML elements (RFC 8794 §5): an id, a length, a body.
class EbmlBuilder {
 public:
  EbmlBuilder& uint(uint32_t id, uint64_t value);    ///< as few bytes as it takes
  EbmlBuilder& uint64(uint32_t id, uint64_t value);  ///< always eight: can be overwritten later
  EbmlBuilder& float64(uint32_t id, double value);
  EbmlBuilder& text(uint32_t id, std::string_view value);
  EbmlBuilder& binary(uint32_t id, ByteView value);
  EbmlBuilder& raw(ByteView bytes);
  /// An element of elements: `master(id, [&] { … })`. The length takes eight bytes, so nothing is moved.
  template <class Body>
  EbmlBuilder& master(uint32_t id, Body&& body) {
    header(id, 0, 8);
    const size_t start = bytes_.size();
    body();
    patchLength(start, bytes_.size() - start);
    return *this;
  }
  /// The id and a length, in as few bytes as it takes or in `width` of them.
  EbmlBuilder& header(uint32_t id, uint64_t length);
  EbmlBuilder& header(uint32_t id, uint64_t length, int width);
  /// Turns all that was written since `start`, at least 9 bytes, into one Void element of the same length.
  EbmlBuilder& voidFrom(size_t start);

  size_t size() const { return bytes_.size(); }
  ByteView view() const { return bytes_; }
  void clear() { bytes_.clear(); }

  /// The length that says "until the end" (RFC 8794 §6.2), in eight bytes.
  static constexpr uint64_t kUnknownLength = (uint64_t{1} << 56) - 1;

 private:
  void patchLength(size_t start, uint64_t length);
  Bytes bytes_;
};

}  // namespace tincan::inline v0::media
