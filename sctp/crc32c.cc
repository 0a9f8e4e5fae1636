#include "sctp/crc32c.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kChecksumOffset = 8;
constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, its bits reversed

using Tables = std::array<std::array<uint32_t, 256>, 8>;

// Table k holds what a byte does to the remainder when k more bytes follow it: eight bytes go in one step.
constexpr Tables makeTables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? value >> 1 ^ kPolynomial : value >> 1;
    tables[0][i] = value;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t i = 0; i < 256; ++i) tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 0xff];
  return tables;
}
constexpr Tables kTables = makeTables();

uint32_t loadLe32(const uint8_t* p) {
  return uint32_t{p[3]} << 24 | uint32_t{p[2]} << 16 | uint32_t{p[1]} << 8 | p[0];
}

uint32_t updateByTables(uint32_t state, ByteView data) {
  const uint8_t* p = data.data();
  size_t left = data.size();
  for (; left >= 8; left -= 8, p += 8) {
    const uint32_t low = state ^ loadLe32(p);
    const uint32_t high = loadLe32(p + 4);
    state = kTables[7][low & 0xff] ^ kTables[6][low >> 8 & 0xff] ^ kTables[5][low >> 16 & 0xff] ^
            kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][high >> 8 & 0xff] ^
            kTables[1][high >> 16 & 0xff] ^ kTables[0][high >> 24];
  }
  for (; left > 0; --left, ++p) state = state >> 8 ^ kTables[0][(state ^ *p) & 0xff];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t updateByInstruction(uint32_t state, ByteView data) {
  const uint8_t* p = data.data();
  size_t left = data.size();
  uint64_t wide = state;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; left > 0; --left, ++p) state = _mm_crc32_u8(state, *p);
  return state;
}
#endif

uint32_t update(uint32_t state, ByteView data) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return updateByInstruction(state, data);
#endif
  return updateByTables(state, data);
}

}  // namespace

uint32_t crc32c(ByteView data, uint32_t seed) {
  return ~update(~seed, data);
}

uint32_t packetChecksum(ByteView packet) {
  constexpr uint8_t kZeros[4] = {};
  const uint32_t head = crc32c(kZeros, crc32c(packet.first(kChecksumOffset)));
  return crc32c(packet.subspan(kChecksumOffset + 4), head);
}

uint32_t storedChecksum(ByteView packet) {
  return loadLe32(packet.data() + kChecksumOffset);
}

void storeChecksum(MutableByteView packet, uint32_t checksum) {
  // RFC 9260 §6.8 and appendix A: the CRC goes out lowest byte first.
  for (size_t i = 0; i < 4; ++i) packet[kChecksumOffset + i] = static_cast<uint8_t>(checksum >> (8 * i));
}

}  // namespace tincan::inline v0::sctp
