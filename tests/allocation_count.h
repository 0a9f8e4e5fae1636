#pragma once

#include <cstddef>
#include <cstdlib>

// Counts what asks the heap for memory: new, malloc, and libraries that call it. Included by one file of a program
// only, since it defines malloc (under a sanitizer, which has that already, it installs a hook).
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TINCAN_MALLOC_HOOKS
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TINCAN_MALLOC_HOOKS
#endif

namespace tincan::inline v0::test {

inline bool counting = false;
inline size_t allocations = 0;

inline void countAllocation() {
  if (counting) ++allocations;
}

}  // namespace tincan::inline v0::test

#ifdef TINCAN_MALLOC_HOOKS
#include <sanitizer/allocator_interface.h>
#else
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  tincan::test::countAllocation();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  tincan::test::countAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) noexcept {
  tincan::test::countAllocation();
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  tincan::test::countAllocation();
  return __libc_memalign(alignment, size);
}
}
#endif

namespace tincan::inline v0::test {

inline void install() {
#ifdef TINCAN_MALLOC_HOOKS
  static const int kHooked = __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, size_t) { countAllocation(); }, [](const volatile void*) {});
  static_cast<void>(kHooked);
#endif
}

/// How many allocations `body` makes.
template <class Body>
size_t allocationsOf(Body&& body) {
  install();
  allocations = 0;
  counting = true;
  body();
  counting = false;
  return allocations;
}

}  // namespace tincan::inline v0::test
