#include "net/soon.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include <boost/asio/post.hpp>

#include "net/asio_context.h"

namespace tincan::inline v0::net {

struct Soon::State {
  explicit State(std::function<void()> what) : function(std::move(what)) {}

  const std::function<void()> function;
  bool asked = false;
  bool gone = false;
  // Where Boost.Asio keeps the handler while it is queued: one at a time is. It takes 56 bytes (1.74 on x86-64); what is
  // larger goes to the heap.
  alignas(std::max_align_t) std::array<std::byte, 64> room{};
  bool roomTaken = false;
};

struct Soon::Handler {
  template <class T>
  struct Allocator {
    using value_type = T;

    explicit Allocator(std::shared_ptr<State> from) : state(std::move(from)) {}
    template <class U>
    Allocator(const Allocator<U>& other) : state(other.state) {}

    T* allocate(size_t count) {
      const size_t size = count * sizeof(T);
      const bool fits = size <= state->room.size() && !std::exchange(state->roomTaken, true);
      return static_cast<T*>(fits ? static_cast<void*>(state->room.data()) : ::operator new(size));
    }
    void deallocate(T* at, size_t) {
      if (static_cast<void*>(at) != state->room.data()) return ::operator delete(at);
      state->roomTaken = false;
    }
    template <class U>
    bool operator==(const Allocator<U>& other) const {
      return state == other.state;
    }

    std::shared_ptr<State> state;
  };
  using allocator_type = Allocator<std::byte>;
  allocator_type get_allocator() const noexcept { return allocator_type(state); }

  void operator()() const {
    state->asked = false;
    if (!state->gone) state->function();
  }

  std::shared_ptr<State> state;
};

Soon::Soon(Loop& loop, std::function<void()> function)
    : loop_(loop), state_(std::make_shared<State>(std::move(function))) {}

Soon::~Soon() {
  state_->gone = true;
}

void Soon::ask() {
  if (!std::exchange(state_->asked, true)) boost::asio::post(contextOf(loop_), Handler{state_});
}

}  // namespace tincan::inline v0::net
