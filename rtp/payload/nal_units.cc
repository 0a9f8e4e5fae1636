#include "rtp/payload/nal_units.h"

#include <cstring>

namespace tincan::rtp {
namespace {

constexpr size_t kBlock = 128;

// Whether a start code may begin in the block, or one byte before it: of its bytes taken in pairs, one must be 00 00
// (and 01 follows) or 00 01 (and 00 stands before). Pairs that do not overlap are half the work of looking at each
// byte, and in coded video one block in five hundred has such a pair.
template <size_t kWidth>
[[gnu::always_inline]] inline bool mayHoldStartCode(const uint8_t* p) {
  typedef uint16_t Vector __attribute__((vector_size(kWidth)));
  constexpr uint16_t kSecond = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0xfeff : 0xfffe;
  Vector found = {};
  for (size_t i = 0; i < kBlock; i += kWidth) {
    Vector pairs;
    std::memcpy(&pairs, p + i, kWidth);
    found |= static_cast<Vector>((pairs & kSecond) == 0);
  }
  uint64_t words[kWidth / 8];
  std::memcpy(words, &found, kWidth);
  uint64_t any = 0;
  for (const uint64_t word : words) any |= word;
  return any != 0;
}

template <size_t kWidth>
[[gnu::always_inline]] inline size_t find(const uint8_t* p, size_t size) {
  size_t at = 0;
  const auto isHere = [&](size_t i) { return p[i] == 0 && p[i + 1] == 0 && p[i + 2] == 1; };
  for (; size >= kBlock + 2 && at <= size - kBlock - 2; at += kBlock) {
    if (!mayHoldStartCode<kWidth>(p + at)) continue;
    for (size_t i = at > 0 ? at - 1 : 0; i < at + kBlock; ++i) {
      if (isHere(i)) return i;
    }
  }
  for (size_t i = at > 0 ? at - 1 : 0; i + 3 <= size; ++i) {
    if (isHere(i)) return i;
  }
  return size;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] size_t findAvx2(const uint8_t* p, size_t size) {
  return find<32>(p, size);
}
#endif

}  // namespace

size_t findStartCode(ByteView bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return findAvx2(bytes.data(), bytes.size());
#endif
  return find<16>(bytes.data(), bytes.size());
}

void splitAnnexB(ByteView stream, std::vector<ByteView>& units) {
  units.clear();
  size_t at = findStartCode(stream);
  while (at < stream.size()) {
    stream = stream.subspan(at + 3);
    at = findStartCode(stream);
    size_t size = at;
    // H.264 and H.265 Annex B: zeros may follow a unit, and a unit never ends with one.
    while (size > 0 && stream[size - 1] == 0) --size;
    if (size > 0) units.push_back(stream.first(size));
  }
}

}  // namespace tincan::rtp
