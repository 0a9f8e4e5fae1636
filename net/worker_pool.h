#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

/// Threads that work for one loop: codecs, so that pictures hold up neither packets nor sound. Short works have a thread
/// of their own, from the first of them on. Made, asked and destroyed
/// on the loop's thread; destroyed before the loop, and after the connections that use it.
///
///     post ─► what waits ─► a thread: work ─► Loop::post ─► done
class WorkerPool final : public Executor {
 public:
  /// As many as the machine has processors, but for the loop's own; one at least, and kMost at most.
  static size_t usual();
  static constexpr size_t kMost = 16;

  explicit WorkerPool(Loop& loop, size_t threads = usual());
  /// Waits for the works that are running; what has not begun is left undone.
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void post(std::function<void()> work, std::function<void()> done) override;
  void postShort(std::function<void()> work, std::function<void()> done) override;
  /// Without the one for short works.
  size_t threads() const { return threads_.size(); }

 private:
  struct Task {
    std::function<void()> work, done;
  };
  /// One kind of work, and the threads that wait for it.
  struct Queue {
    std::condition_variable ready;
    std::deque<Task> waiting;  // whoever posts has one at most
  };
  void add(Queue& queue, Task task);
  void run(Queue& queue);

  Loop& loop_;
  std::mutex mutex_;
  Queue long_, short_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::thread shortThread_;
};

}  // namespace tincan::inline v0::net
