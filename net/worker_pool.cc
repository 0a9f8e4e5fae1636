#include "net/worker_pool.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::net {

size_t WorkerPool::usual() {
  const size_t processors = std::thread::hardware_concurrency();
  return std::clamp<size_t>(processors, 2, kMost + 1) - 1;
}

WorkerPool::WorkerPool(Loop& loop, size_t threads) : loop_(loop) {
  for (size_t i = 0; i < std::clamp<size_t>(threads, 1, kMost); ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  std::deque<Task> undone;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    undone.swap(waiting_);  // whose destructors may do anything: not under the lock
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::post(std::function<void()> work, std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(work), std::move(done)});
  }
  ready_.notify_one();
}

void WorkerPool::run() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task.work();
    // With what the work holds: nothing of it dies on this thread.
    loop_.post([task = std::move(task)] { task.done(); });
  }
}

}  // namespace tincan::inline v0::net
