#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace tincan::inline v0 {

using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;
using Bytes = std::vector<uint8_t>;

// Big-endian loads and stores for code that already knows the offset is in bounds.
inline uint16_t loadBe16(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] << 8 | p[1]);
}
inline uint32_t loadBe24(const uint8_t* p) {
  return uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2];
}
inline uint32_t loadBe32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}
inline uint64_t loadBe64(const uint8_t* p) {
  return uint64_t{loadBe32(p)} << 32 | loadBe32(p + 4);
}
inline void storeBe16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}
inline void storeBe24(uint8_t* p, uint32_t v) {
  p[0] = static_cast<uint8_t>(v >> 16);
  p[1] = static_cast<uint8_t>(v >> 8);
  p[2] = static_cast<uint8_t>(v);
}
inline void storeBe32(uint8_t* p, uint32_t v) {
  storeBe16(p, static_cast<uint16_t>(v >> 16));
  storeBe16(p + 2, static_cast<uint16_t>(v));
}
inline void storeBe64(uint8_t* p, uint64_t v) {
  storeBe32(p, static_cast<uint32_t>(v >> 32));
  storeBe32(p + 4, static_cast<uint32_t>(v));
}

inline std::string_view asText(ByteView bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}
inline ByteView asBytes(std::string_view text) {
  return {static_cast<const uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}
inline Bytes toBytes(ByteView view) {
  return Bytes(view.begin(), view.end());
}
inline bool equalBytes(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// A big-endian cursor over bytes it does not own. Failure is sticky: a read past the end gives zeros (or an empty
/// view) and every later read fails too, so a parser reads straight down and checks `ok()` once.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  uint8_t u8() { return has(1) ? *take(1) : 0; }
  uint16_t u16() { return has(2) ? loadBe16(take(2)) : 0; }
  uint32_t u24() { return has(3) ? loadBe24(take(3)) : 0; }
  uint32_t u32() { return has(4) ? loadBe32(take(4)) : 0; }
  uint64_t u48() {
    if (!has(6)) return 0;
    const uint8_t* p = take(6);
    return uint64_t{loadBe16(p)} << 32 | loadBe32(p + 2);
  }
  uint64_t u64() { return has(8) ? loadBe64(take(8)) : 0; }

  /// The next `size` bytes, or an empty view and failure.
  ByteView view(size_t size) { return has(size) ? ByteView(take(size), size) : ByteView(); }
  /// All that is left.
  ByteView rest() { return view(remaining()); }
  void skip(size_t size) {
    if (has(size)) offset_ += size;
  }
  /// Length-prefixed vectors of TLS (RFC 8446 §3.4) and friends.
  ByteView prefixed8() { return view(u8()); }
  ByteView prefixed16() { return view(u16()); }
  ByteView prefixed24() { return view(u24()); }

  bool ok() const { return ok_; }
  bool atEnd() const { return offset_ == bytes_.size(); }
  size_t position() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }
  /// Lets a parser that has seen a bad value fail like one that ran out of bytes.
  void fail() {
    ok_ = false;
    offset_ = bytes_.size();
  }

 private:
  // After a failure nothing remains, so one comparison answers for that too.
  bool has(size_t size) {
    if (size <= remaining()) [[likely]]
      return true;
    fail();
    return false;
  }
  // Of bytes that are there.
  const uint8_t* take(size_t size) {
    const uint8_t* p = bytes_.data() + offset_;
    offset_ += size;
    return p;
  }

  ByteView bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

/// A big-endian cursor that writes into a span it does not own. Failure is sticky: a write that does not fit writes
/// nothing, and `ok()` says so at the end.
class ByteWriter {
 public:
  explicit ByteWriter(MutableByteView out) : out_(out) {}

  void u8(uint8_t v) {
    if (uint8_t* p = take(1)) *p = v;
  }
  void u16(uint16_t v) {
    if (uint8_t* p = take(2)) storeBe16(p, v);
  }
  void u24(uint32_t v) {
    if (uint8_t* p = take(3)) storeBe24(p, v);
  }
  void u32(uint32_t v) {
    if (uint8_t* p = take(4)) storeBe32(p, v);
  }
  void u48(uint64_t v) {
    if (uint8_t* p = take(6)) {
      storeBe16(p, static_cast<uint16_t>(v >> 32));
      storeBe32(p + 2, static_cast<uint32_t>(v));
    }
  }
  void u64(uint64_t v) {
    if (uint8_t* p = take(8)) storeBe64(p, v);
  }
  void bytes(ByteView v) {
    uint8_t* p = take(v.size());
    if (p && !v.empty()) std::memcpy(p, v.data(), v.size());
  }
  void zeros(size_t size) {
    uint8_t* p = take(size);
    if (p && size > 0) std::memset(p, 0, size);
  }
  /// Room for `size` bytes that the caller fills in place; empty (and failure) when there is none.
  MutableByteView reserve(size_t size) {
    uint8_t* p = take(size);
    return p ? MutableByteView(p, size) : MutableByteView();
  }
  /// Overwrites two bytes written earlier (a length known only at the end).
  void patchU16(size_t position, uint16_t v) {
    if (ok_ && position + 2 <= offset_) storeBe16(out_.data() + position, v);
  }

  bool ok() const { return ok_; }
  size_t size() const { return offset_; }
  size_t remaining() const { return out_.size() - offset_; }
  ByteView written() const { return out_.first(offset_); }

 private:
  uint8_t* take(size_t size) {
    if (!ok_ || size > remaining()) {
      ok_ = false;
      return nullptr;
    }
    uint8_t* p = out_.data() + offset_;
    offset_ += size;
    return p;
  }

  MutableByteView out_;
  size_t offset_ = 0;
  bool ok_ = true;
};

/// Grows a byte vector; for messages whose size is not known before they are written (handshakes, not media).
class ByteBuilder {
 public:
  ByteBuilder& u8(uint8_t v) {
    bytes_.push_back(v);
    return *this;
  }
  ByteBuilder& u16(uint16_t v) { return u8(static_cast<uint8_t>(v >> 8)).u8(static_cast<uint8_t>(v)); }
  ByteBuilder& u24(uint32_t v) { return u8(static_cast<uint8_t>(v >> 16)).u16(static_cast<uint16_t>(v)); }
  ByteBuilder& u32(uint32_t v) { return u16(static_cast<uint16_t>(v >> 16)).u16(static_cast<uint16_t>(v)); }
  ByteBuilder& u48(uint64_t v) { return u16(static_cast<uint16_t>(v >> 32)).u32(static_cast<uint32_t>(v)); }
  ByteBuilder& u64(uint64_t v) { return u32(static_cast<uint32_t>(v >> 32)).u32(static_cast<uint32_t>(v)); }
  ByteBuilder& bytes(ByteView v) {
    bytes_.insert(bytes_.end(), v.begin(), v.end());
    return *this;
  }
  /// A body behind a big-endian length of `width` bytes (1 to 3): `prefixed(2, [&] { … })`.
  template <class Body>
  ByteBuilder& prefixed(size_t width, Body&& body) {
    const size_t at = bytes_.size();
    bytes_.resize(at + width);
    body();
    size_t length = bytes_.size() - at - width;
    for (size_t i = width; i-- > 0; length >>= 8) bytes_[at + i] = static_cast<uint8_t>(length);
    return *this;
  }

  size_t size() const { return bytes_.size(); }
  ByteView view() const { return bytes_; }
  Bytes& buffer() { return bytes_; }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace tincan::inline v0
