#pragma once

// For .cc files only: where Boost.Asio keeps a handler that waits.

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace tincan::net {

/// Room for one handler at a time, so that to post the same one again and again takes nothing from the heap; a second
/// one at once does. Kept alive by the handlers in it.
class HandlerMemory {
 public:
  void* allocate(size_t size) {
    if (size > room_.size() || std::exchange(used_, true)) return ::operator new(size);
    return room_.data();
  }
  void deallocate(void* at) {
    if (at != room_.data()) return ::operator delete(at);
    used_ = false;
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, 256> room_;
  bool used_ = false;
};

template <class T>
struct HandlerAllocator {
  using value_type = T;

  explicit HandlerAllocator(std::shared_ptr<HandlerMemory> from) : memory(std::move(from)) {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U>& other) : memory(other.memory) {}

  T* allocate(size_t count) { return static_cast<T*>(memory->allocate(count * sizeof(T))); }
  void deallocate(T* at, size_t) { memory->deallocate(at); }
  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const {
    return memory == other.memory;
  }

  std::shared_ptr<HandlerMemory> memory;
};

}  // namespace tincan::net
