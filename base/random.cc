#include "base/random.h"

#include <algorithm>

namespace tincan::inline v0 {

uint32_t RandomSource::u32() {
  uint8_t bytes[4];
  fill(bytes);
  return loadBe32(bytes);
}

uint64_t RandomSource::u64() {
  uint8_t bytes[8];
  fill(bytes);
  return loadBe64(bytes);
}

uint64_t RandomSource::below(uint64_t bound) {
  if (bound < 2) return 0;
  // Values past the last whole multiple of `bound` would favour the small ones: draw again.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = u64();
  while (value >= limit) value = u64();
  return value % bound;
}

std::string RandomSource::text(size_t size, std::string_view alphabet) {
  std::string out(size, '\0');
  for (char& c : out) c = alphabet[below(alphabet.size())];
  return out;
}

uint64_t SeededRandom::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void SeededRandom::fill(MutableByteView out) {
  while (!out.empty()) {
    uint8_t word[8];
    storeBe64(word, next());
    const size_t size = std::min<size_t>(out.size(), 8);
    std::copy_n(word, size, out.begin());
    out = out.subspan(size);
  }
}

}  // namespace tincan::inline v0
