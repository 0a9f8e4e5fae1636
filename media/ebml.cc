#include "media/ebml.h"

#include <bit>

namespace tincan::inline v0::media {
namespace {

int bytesOf(uint64_t value) {
  int size = 1;
  while (size < 8 && value >> (8 * size) != 0) ++size;
  return size;
}

// RFC 8794 §4: as many leading zero bits as there are bytes after the first, then a one. All ones is "unknown".
int lengthWidth(uint64_t length) {
  int width = 1;
  while (width < 8 && length >= (uint64_t{1} << (7 * width)) - 1) ++width;
  return width;
}

void append(Bytes& out, uint64_t value, int size) {
  for (int i = size; i-- > 0;) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace

EbmlBuilder& EbmlBuilder::header(uint32_t id, uint64_t length, int width) {
  append(bytes_, id, bytesOf(id));  // ids are written with their marker bits
  append(bytes_, length | uint64_t{1} << (7 * width), width);
  return *this;
}

EbmlBuilder& EbmlBuilder::header(uint32_t id, uint64_t length) {
  return header(id, length, lengthWidth(length));
}

EbmlBuilder& EbmlBuilder::uint(uint32_t id, uint64_t value) {
  const int size = bytesOf(value);
  header(id, static_cast<uint64_t>(size), 1);
  append(bytes_, value, size);
  return *this;
}

EbmlBuilder& EbmlBuilder::uint64(uint32_t id, uint64_t value) {
  header(id, 8, 1);
  append(bytes_, value, 8);
  return *this;
}

EbmlBuilder& EbmlBuilder::float64(uint32_t id, double value) {
  return uint64(id, std::bit_cast<uint64_t>(value));
}

EbmlBuilder& EbmlBuilder::text(uint32_t id, std::string_view value) {
  return binary(id, asBytes(value));
}

EbmlBuilder& EbmlBuilder::binary(uint32_t id, ByteView value) {
  return header(id, value.size()).raw(value);
}

EbmlBuilder& EbmlBuilder::raw(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

EbmlBuilder& EbmlBuilder::voidFrom(size_t start) {
  const size_t body = bytes_.size() - start - 9;  // the id takes one byte, the length eight
  bytes_.resize(start);
  header(0xec, body, 8);  // RFC 8794 §11.3.2
  bytes_.resize(bytes_.size() + body);
  return *this;
}

void EbmlBuilder::patchLength(size_t start, uint64_t length) {
  storeBe64(bytes_.data() + start - 8, length | uint64_t{1} << 56);
}

}  // namespace tincan::inline v0::media
