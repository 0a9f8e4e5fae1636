#include "stun/crc32.h"

#include <array>

namespace tincan::inline v0::stun {
namespace {

using Table = std::array<std::array<uint32_t, 256>, 16>;

// Row 0 is the classic byte table of the reflected polynomial 0xEDB88320; row n carries a byte over n more zero bytes.
constexpr Table makeTable() {
  Table table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    table[0][i] = crc;
  }
  for (size_t row = 1; row < 16; ++row) {
    for (size_t i = 0; i < 256; ++i) table[row][i] = table[row - 1][i] >> 8 ^ table[0][table[row - 1][i] & 0xff];
  }
  return table;
}

constexpr Table kTable = makeTable();

constexpr uint32_t loadLe32(const uint8_t* p) {
  return uint32_t{p[0]} | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
}

// Four bytes that `row` zero bytes follow.
uint32_t word(size_t row, uint32_t v) {
  return kTable[row + 3][v & 0xff] ^ kTable[row + 2][v >> 8 & 0xff] ^ kTable[row + 1][v >> 16 & 0xff] ^
         kTable[row][v >> 24];
}

}  // namespace

uint32_t crc32(ByteView bytes) {
  uint32_t crc = 0xffffffffu;
  const uint8_t* p = bytes.data();
  size_t left = bytes.size();
  // Only the first of four words hangs on the step before; the look-ups of the others overlap with it.
  for (; left >= 16; p += 16, left -= 16) {
    crc = word(12, crc ^ loadLe32(p)) ^ word(8, loadLe32(p + 4)) ^ word(4, loadLe32(p + 8)) ^ word(0, loadLe32(p + 12));
  }
  for (; left > 0; ++p, --left) crc = crc >> 8 ^ kTable[0][(crc ^ *p) & 0xff];
  return ~crc;
}

}  // namespace tincan::inline v0::stun
