#include "rtp/payload/nal_units.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tincan::inline v0::rtp {
namespace {

constexpr size_t kBlock = 128;

// Blocks are looked at in two steps. First, whether a start code may begin there, or one byte before: of the block's
// bytes taken in pairs, one must be 00 00 (and 01 follows) or 00 01 (and 00 stands before); pairs that do not overlap
// are half the work of looking at each byte. Not even all of those are looked at, but the smallest byte in each place
// of the block's vectors: where one of them has such a pair, what is folded so has it too. Of coded video that is one
// block in a hundred. Second, for those, where: a bit for each such pair, the first pair's lowest.
using FindPairs = uint64_t (*)(const uint8_t* block);

bool isStartCode(const uint8_t* p, size_t size, size_t at) {
  return at + 3 <= size && p[at] == 0 && p[at + 1] == 0 && p[at + 2] == 1;
}

// `visit(at)` for each start code that begins in the block or one byte before; false when it has had enough.
template <FindPairs kFindPairs, class Visit>
[[gnu::always_inline]] inline bool searchBlock(const uint8_t* p, size_t size, size_t block, Visit& visit) {
  for (uint64_t pairs = kFindPairs(p + block); pairs != 0; pairs &= pairs - 1) {
    const size_t pair = block + 2 * static_cast<size_t>(std::countr_zero(pairs));
    if (pair > 0 && isStartCode(p, size, pair - 1) && !visit(pair - 1)) return false;
    if (isStartCode(p, size, pair) && !visit(pair)) return false;
  }
  return true;
}

// A way to look at blocks. What searches one of them is not inline: so the loop that skips the others has its loads and
// its smallest bytes in one instruction each.
struct Portable {
  static bool mayHold(const uint8_t* block);
  static uint64_t findPairs(const uint8_t* block);
  template <class Visit>
  [[gnu::noinline]] static bool search(const uint8_t* p, size_t size, size_t block, Visit& visit) {
    return searchBlock<findPairs>(p, size, block, visit);
  }
};

// In order; those in the last bytes may be visited twice.
template <class Blocks, class Visit>
[[gnu::always_inline]] inline void eachStartCode(const uint8_t* p, size_t size, Visit&& visit) {
  if (size < kBlock) {
    for (size_t at = 0; at + 3 <= size; ++at) {
      if (isStartCode(p, size, at) && !visit(at)) return;
    }
    return;
  }
  for (size_t block = 0; block < size - kBlock; block += kBlock) {
    if (Blocks::mayHold(p + block) && !Blocks::search(p, size, block, visit)) [[unlikely]]
      return;
  }
  Blocks::search(p, size, size - kBlock, visit);  // may overlap the one before
}

template <class Blocks>
[[gnu::always_inline]] inline size_t findFirst(ByteView bytes) {
  size_t found = bytes.size();
  eachStartCode<Blocks>(bytes.data(), bytes.size(), [&](size_t at) {
    found = at;
    return false;
  });
  return found;
}

template <class Blocks>
[[gnu::always_inline]] inline void split(ByteView stream, std::vector<ByteView>& units) {
  size_t begin = 0;  // of the unit, behind its start code; 0 before the first
  const auto endUnit = [&](size_t end) {
    // H.264 and H.265 Annex B: zeros may follow a unit, and a unit never ends with one.
    while (end > begin && stream[end - 1] == 0) --end;
    if (begin > 0 && end > begin) units.push_back(stream.subspan(begin, end - begin));
  };
  eachStartCode<Blocks>(stream.data(), stream.size(), [&](size_t at) {
    if (at < begin) return true;
    endUnit(at);
    begin = at + sizeof kStartCode - 1;
    return true;
  });
  endUnit(stream.size());
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

bool Portable::mayHold(const uint8_t* p) {
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

uint64_t Portable::findPairs(const uint8_t* p) {
  uint64_t pairs = 0;
  for (size_t i = 0; i < kBlock / 2; ++i) pairs |= uint64_t{p[2 * i] == 0 && p[2 * i + 1] < 2} << i;
  return pairs;
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

[[gnu::target("avx2")]] inline uint64_t findPairsInHalf(const uint8_t* p) {
  const __m256i packed = _mm256_packs_epi16(matchPairs(loadAvx2(p)), matchPairs(loadAvx2(p + 32)));
  // The pack goes lane by lane: its second and third quarter have changed places.
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0b11011000)));
}

struct Avx2 {
  [[gnu::target("avx2")]] static bool mayHold(const uint8_t* p) {
    static_assert(kBlock == 4 * sizeof(__m256i));
    const __m256i smallest = _mm256_min_epu8(_mm256_min_epu8(loadAvx2(p), loadAvx2(p + 32)),
                                             _mm256_min_epu8(loadAvx2(p + 64), loadAvx2(p + 96)));
    return _mm256_movemask_epi8(matchPairs(smallest)) != 0;
  }
  [[gnu::target("avx2")]] static uint64_t findPairs(const uint8_t* p) {
    return findPairsInHalf(p) | findPairsInHalf(p + kBlock / 2) << 32;
  }
  template <class Visit>
  [[gnu::noinline, gnu::target("avx2")]] static bool search(const uint8_t* p, size_t size, size_t block, Visit& visit) {
    return searchBlock<findPairs>(p, size, block, visit);
  }
};

[[gnu::target("avx2")]] size_t findFirstAvx2(ByteView bytes) {
  return findFirst<Avx2>(bytes);
}

[[gnu::target("avx2")]] void splitAvx2(ByteView stream, std::vector<ByteView>& units) {
  split<Avx2>(stream, units);
}
#endif

}  // namespace

size_t findStartCode(ByteView bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return findFirstAvx2(bytes);
#endif
  return findStartCodePortable(bytes);
}

size_t findStartCodePortable(ByteView bytes) {
  return findFirst<Portable>(bytes);
}

void splitAnnexB(ByteView stream, std::vector<ByteView>& units) {
  units.clear();
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return splitAvx2(stream, units);
#endif
  split<Portable>(stream, units);
}

}  // namespace tincan::inline v0::rtp
