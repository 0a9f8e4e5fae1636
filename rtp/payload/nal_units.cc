#include "rtp/payload/nal_units.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tincan::rtp {
namespace {

constexpr size_t kBlock = 128;

// Blocks are looked at in two steps. First, whether a start code may begin there, or one byte before: of the block's
// bytes taken in pairs, one must be 00 00 (and 01 follows) or 00 01 (and 00 stands before); pairs that do not overlap
// are half the work of looking at each byte. Not even all of those are looked at, but the smallest byte in each place
// of the block's vectors: where one of them has such a pair, what is folded so has it too. Of coded video that is one
// block in a hundred. Second, for those, where: a bit for each such pair, the first pair's lowest.
using MayHold = bool (*)(const uint8_t* block);
using FindPairs = uint64_t (*)(const uint8_t* block);

bool isStartCode(const uint8_t* p, size_t size, size_t at) {
  return at + 3 <= size && p[at] == 0 && p[at + 1] == 0 && p[at + 2] == 1;
}

template <FindPairs kFindPairs>
[[gnu::always_inline]] inline size_t findIn(const uint8_t* p, size_t size, size_t block) {
  for (uint64_t pairs = kFindPairs(p + block); pairs != 0; pairs &= pairs - 1) {
    const size_t pair = block + 2 * static_cast<size_t>(std::countr_zero(pairs));
    if (pair > 0 && isStartCode(p, size, pair - 1)) return pair - 1;
    if (isStartCode(p, size, pair)) return pair;
  }
  return size;
}

template <MayHold kMayHold, size_t (*kFindIn)(const uint8_t* p, size_t size, size_t block)>
[[gnu::always_inline]] inline size_t find(const uint8_t* p, size_t size) {
  if (size < kBlock) {
    for (size_t at = 0; at + 3 <= size; ++at) {
      if (isStartCode(p, size, at)) return at;
    }
    return size;
  }
  for (size_t block = 0; block < size - kBlock; block += kBlock) {
    if (!kMayHold(p + block)) [[likely]]
      continue;
    const size_t found = kFindIn(p, size, block);
    if (found < size) return found;
  }
  return kFindIn(p, size, size - kBlock);  // may overlap the one before
}

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

bool mayHoldStartCode(const uint8_t* p) {
  typedef uint16_t Pairs __attribute__((vector_size(sizeof(Vector))));
  constexpr uint16_t kPair = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0xfeff : 0xfffe;
  const Vector low = smaller(smaller(load(p), load(p + 16)), smaller(load(p + 32), load(p + 48)));
  const Vector high = smaller(smaller(load(p + 64), load(p + 80)), smaller(load(p + 96), load(p + 112)));
  const Vector smallest = smaller(low, high);
  Pairs pairs;
  std::memcpy(&pairs, &smallest, sizeof pairs);
  const auto found = (pairs & kPair) == 0;
  uint64_t words[sizeof found / 8];
  std::memcpy(words, &found, sizeof found);
  return (words[0] | words[1]) != 0;
}

uint64_t findPairs(const uint8_t* p) {
  uint64_t pairs = 0;
  for (size_t i = 0; i < kBlock / 2; ++i) pairs |= uint64_t{p[2 * i] == 0 && p[2 * i + 1] < 2} << i;
  return pairs;
}

[[gnu::noinline]] size_t findInBlock(const uint8_t* p, size_t size, size_t block) {
  return findIn<findPairs>(p, size, block);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] inline __m256i loadAvx2(const uint8_t* p) {
  __m256i bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return bytes;
}

// All ones in the places of such pairs.
[[gnu::target("avx2")]] inline __m256i matchPairs(__m256i bytes) {
  const __m256i pairs = _mm256_and_si256(bytes, _mm256_set1_epi16(static_cast<int16_t>(0xfeff)));
  return _mm256_cmpeq_epi16(pairs, _mm256_setzero_si256());
}

[[gnu::target("avx2")]] inline bool mayHoldStartCodeAvx2(const uint8_t* p) {
  static_assert(kBlock == 4 * sizeof(__m256i));
  const __m256i smallest = _mm256_min_epu8(_mm256_min_epu8(loadAvx2(p), loadAvx2(p + 32)),
                                           _mm256_min_epu8(loadAvx2(p + 64), loadAvx2(p + 96)));
  return _mm256_movemask_epi8(matchPairs(smallest)) != 0;
}

[[gnu::target("avx2")]] inline uint64_t findPairsInHalf(const uint8_t* p) {
  const __m256i packed = _mm256_packs_epi16(matchPairs(loadAvx2(p)), matchPairs(loadAvx2(p + 32)));
  // The pack goes lane by lane: its second and third quarter have changed places.
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0b11011000)));
}

[[gnu::target("avx2")]] inline uint64_t findPairsAvx2(const uint8_t* p) {
  return findPairsInHalf(p) | findPairsInHalf(p + kBlock / 2) << 32;
}

// Not inline: the loop above it has its loads and its smallest bytes in one instruction then.
[[gnu::noinline, gnu::target("avx2")]] size_t findInBlockAvx2(const uint8_t* p, size_t size, size_t block) {
  return findIn<findPairsAvx2>(p, size, block);
}

[[gnu::target("avx2")]] size_t findAvx2(const uint8_t* p, size_t size) {
  return find<mayHoldStartCodeAvx2, findInBlockAvx2>(p, size);
}
#endif

}  // namespace

size_t findStartCode(ByteView bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return findAvx2(bytes.data(), bytes.size());
#endif
  return findStartCodePortable(bytes);
}

size_t findStartCodePortable(ByteView bytes) {
  return find<mayHoldStartCode, findInBlock>(bytes.data(), bytes.size());
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
