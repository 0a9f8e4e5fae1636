#include "stun/crc32.h"

#include <array>

namespace tincan::stun {
namespace {

using Table = std::array<std::array<uint32_t, 256>, 8>;

// Row 0 is the classic byte table of the reflected polynomial 0xEDB88320; row n carries a byte over n more zero bytes.
constexpr Table makeTable() {
  Table table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    table[0][i] = crc;
  }
  for (size_t row = 1; row < 8; ++row) {
    for (size_t i = 0; i < 256; ++i) table[row][i] = table[row - 1][i] >> 8 ^ table[0][table[row - 1][i] & 0xff];
  }
  return table;
}

constexpr Table kTable = makeTable();

constexpr uint32_t loadLe32(const uint8_t* p) {
  return uint32_t{p[0]} | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
}

}  // namespace

uint32_t crc32(ByteView bytes) {
  uint32_t crc = 0xffffffffu;
  const uint8_t* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    const uint32_t low = crc ^ loadLe32(p);
    const uint32_t high = loadLe32(p + 4);
    crc = kTable[7][low & 0xff] ^ kTable[6][low >> 8 & 0xff] ^ kTable[5][low >> 16 & 0xff] ^ kTable[4][low >> 24] ^
          kTable[3][high & 0xff] ^ kTable[2][high >> 8 & 0xff] ^ kTable[1][high >> 16 & 0xff] ^ kTable[0][high >> 24];
  }
  for (; left > 0; ++p, --left) crc = crc >> 8 ^ kTable[0][(crc ^ *p) & 0xff];
  return ~crc;
}

}  // namespace tincan::stun
