#include "net/worker_pool.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::net {

size_t WorkerPool::usual() {
  const size_t processors = std::thread::hardware_concurrency();
  return std::clamp<size_t>(processors, 2, kMost + 1) - 1;
}

WorkerPool::WorkerPool(Loop& loop, size_t threads) : loop_(loop) {
  for (size_t i = 0; i < std::clamp<size_t>(threads, 1, kMost); ++i) threads_.emplace_back([this] { run(long_); });
}

WorkerPool::~WorkerPool() {
  {
    std::deque<Task> undone, undoneToo;  // whose destructors may do anything: not under the lock
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    undone.swap(long_.waiting);
    undoneToo.swap(short_.waiting);
  }
  long_.ready.notify_all();
  short_.ready.notify_all();
  for (std::thread& thread : threads_) thread.join();
  if (shortThread_.joinable()) shortThread_.join();
}

void WorkerPool::post(std::function<void()> work, std::function<void()> done) {
  add(long_, {std::move(work), std::move(done)});
}

void WorkerPool::postShort(std::function<void()> work, std::function<void()> done) {
  if (!shortThread_.joinable()) shortThread_ = std::thread([this] { run(short_); });
  add(short_, {std::move(work), std::move(done)});
}

void WorkerPool::add(Queue& queue, Task task) {
  {
    const std::lock_guard lock(mutex_);
    queue.waiting.push_back(std::move(task));
  }
  queue.ready.notify_one();
}

void WorkerPool::run(Queue& queue) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      queue.ready.wait(lock, [&] { return stopping_ || !queue.waiting.empty(); });
      if (stopping_) return;
      task = std::move(queue.waiting.front());
      queue.waiting.pop_front();
    }
    task.work();
    // With what the work holds: nothing of it dies on this thread.
    loop_.post([task = std::move(task)] { task.done(); });
  }
}

}  // namespace tincan::inline v0::net
