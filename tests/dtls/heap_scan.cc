#include "heap_scan.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define TINCAN_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TINCAN_UNDER_ASAN 1
#endif
#endif
#ifdef TINCAN_UNDER_ASAN
#include <sanitizer/allocator_interface.h>
#endif

namespace tincan::inline v0::dtls::test {
namespace {

// AddressSanitizer's shadow lies below; it is terabytes of nothing.
constexpr unsigned long long kAboveShadow = 0x200000000000;

std::array<uint8_t, 1 << 20> window;  // static, so that it is no part of the heap that is searched

constexpr size_t kLongestNeedle = 64;

size_t countIn(ByteView haystack, ByteView needle) {
  size_t found = 0;
  while (const void* hit = ::memmem(haystack.data(), haystack.size(), needle.data(), needle.size())) {
    ++found;
    haystack = haystack.subspan(static_cast<size_t>(static_cast<const uint8_t*>(hit) - haystack.data()) + 1);
  }
  return found;
}

// Windows overlap by the longest needle; one in the overlap may count twice.
void countIn(int memory, unsigned long long begin, unsigned long long end, std::span<const ByteView> needles,
             std::vector<size_t>& counts) {
  for (unsigned long long at = begin; at < end; at += window.size() - kLongestNeedle) {
    const auto wanted = static_cast<size_t>(std::min<unsigned long long>(window.size(), end - at));
    const ssize_t got = ::pread(memory, window.data(), wanted, static_cast<off_t>(at));
    if (got <= 0) continue;
    const ByteView text = ByteView(window).first(static_cast<size_t>(got));
    for (size_t i = 0; i < needles.size(); ++i) counts[i] += countIn(text, needles[i]);
  }
}

}  // namespace

std::vector<size_t> countInHeap(std::span<const ByteView> needles) {
  std::vector<size_t> counts(needles.size());
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  if (memory < 0 || maps == nullptr) return counts;
  char line[512];
  unsigned long long fileEnd = 0;  // anonymous memory right behind a file's is its static storage
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long long begin = 0, end = 0;
    char rights[8] = {}, name[256] = {};
    if (std::sscanf(line, "%llx-%llx %7s %*s %*s %*s %255s", &begin, &end, rights, name) < 3) continue;
    const bool heap = std::strcmp(name, "[heap]") == 0;
    const bool anonymous = name[0] == '\0' && begin >= kAboveShadow && begin != fileEnd;
    if (name[0] == '/') fileEnd = end;
    if ((heap || anonymous) && rights[0] == 'r' && rights[1] == 'w') countIn(memory, begin, end, needles, counts);
  }
  std::fclose(maps);
  ::close(memory);
  return counts;
}

size_t liveHeapBytes() {
#ifdef TINCAN_UNDER_ASAN
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

}  // namespace tincan::inline v0::dtls::test
