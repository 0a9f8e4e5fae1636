#include "rtp/payload/nal_units.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tincan::rtp {
namespace {

constexpr size_t kBlock = 128;

// Whether a start code may begin in the block, or one byte before it: of its bytes taken in pairs, one must be 00 00
// (and 01 follows) or 00 01 (and 00 stands before). Pairs that do not overlap are half the work of looking at each
// byte, and in coded video one block in five hundred has such a pair. To see quickly that there is none, the block is
// folded first: the smallest byte in each place of its vectors has such a pair if any of them has.
using MayHold = bool (*)(const uint8_t*);

typedef uint8_t Vector __attribute__((vector_size(16)));
static_assert(kBlock == 8 * sizeof(Vector));

Vector load(const uint8_t* p) {
  Vector bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return bytes;
}

Vector smaller(Vector a, Vector b) {
  return a < b ? a : b;
}

bool hasPair(Vector bytes) {
  typedef uint16_t Pairs __attribute__((vector_size(sizeof(Vector))));
  constexpr uint16_t kPair = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0xfeff : 0xfffe;
  Pairs pairs;
  std::memcpy(&pairs, &bytes, sizeof pairs);
  const auto found = (pairs & kPair) == 0;
  uint64_t words[sizeof found / 8];
  std::memcpy(words, &found, sizeof found);
  return (words[0] | words[1]) != 0;
}

bool mayHoldStartCode(const uint8_t* p) {
  const Vector low = smaller(smaller(load(p), load(p + 16)), smaller(load(p + 32), load(p + 48)));
  const Vector high = smaller(smaller(load(p + 64), load(p + 80)), smaller(load(p + 96), load(p + 112)));
  if (!hasPair(smaller(low, high))) [[likely]]
    return false;
  bool found = false;
  for (size_t i = 0; i < kBlock; i += sizeof(Vector)) found |= hasPair(load(p + i));
  return found;
}

template <MayHold kMayHold>
[[gnu::always_inline]] inline size_t find(const uint8_t* p, size_t size) {
  size_t at = 0;
  const auto isHere = [&](size_t i) { return p[i] == 0 && p[i + 1] == 0 && p[i + 2] == 1; };
  for (; size >= kBlock + 2 && at <= size - kBlock - 2; at += kBlock) {
    if (!kMayHold(p + at)) continue;
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
[[gnu::target("avx2")]] inline __m256i loadAvx2(const uint8_t* p) {
  __m256i bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return bytes;
}

[[gnu::target("avx2")]] inline bool hasPairAvx2(__m256i bytes) {
  const __m256i pairs = _mm256_and_si256(bytes, _mm256_set1_epi16(static_cast<int16_t>(0xfeff)));
  return _mm256_movemask_epi8(_mm256_cmpeq_epi16(pairs, _mm256_setzero_si256())) != 0;
}

[[gnu::target("avx2")]] inline bool mayHoldStartCodeAvx2(const uint8_t* p) {
  static_assert(kBlock == 4 * sizeof(__m256i));
  const __m256i smallest = _mm256_min_epu8(_mm256_min_epu8(loadAvx2(p), loadAvx2(p + 32)),
                                           _mm256_min_epu8(loadAvx2(p + 64), loadAvx2(p + 96)));
  if (!hasPairAvx2(smallest)) [[likely]]
    return false;
  bool found = false;
  for (size_t i = 0; i < kBlock; i += sizeof(__m256i)) found |= hasPairAvx2(loadAvx2(p + i));
  return found;
}

[[gnu::target("avx2")]] size_t findAvx2(const uint8_t* p, size_t size) {
  return find<mayHoldStartCodeAvx2>(p, size);
}
#endif

}  // namespace

size_t findStartCode(ByteView bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return findAvx2(bytes.data(), bytes.size());
#endif
  return find<mayHoldStartCode>(bytes.data(), bytes.size());
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
