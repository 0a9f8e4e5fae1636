#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <uv.h>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "net/runtime.h"
#include "net/udp_outbox.h"

namespace tincan::inline v0::node {

/// libuv's loop as drivers see it, and what those of one loop share. The loop is Node's own; nothing here has a thread.
class UvLoop final : public net::Runtime {
 public:
  explicit UvLoop(uv_loop_t* loop, size_t poolLimit = 65536) : loop_(loop), pool_(poolLimit) {}

  uv_loop_t* uv() const { return loop_; }
  /// The monotonic clock, not libuv's cached one: packets are stamped by it.
  TimePoint now() const override;
  /// The wall clock at TimePoint zero.
  int64_t unixMicrosAtZero() const;
  PacketPool& pool() override { return pool_; }
  net::UdpSocket::Inbox& inbox() override { return inbox_; }
  const std::shared_ptr<net::UdpSocket::Outbox>& outbox() const override { return outbox_; }

  std::unique_ptr<Timer> timer() override;
  std::unique_ptr<Watcher> watch(int fd, KeepsAlive keeps, std::function<void()> onReadable,
                                 std::function<void()> onWritable) override;
  std::unique_ptr<Soon> soon(std::function<void()> function) override;
  std::unique_ptr<net::ByteStream> connect(const OpenStream& request, const std::string& extraCertificates,
                                           net::ByteStream::Callbacks callbacks) override;
  std::unique_ptr<net::ByteStream> adopt(int fd, const Route& route, net::ByteStream::Callbacks callbacks) override;
  void resolve(const std::string& host, Resolved resolved) override;

  /// Something that runs in the loop's next turn, after what asked before it: what is queued by several connections keeps
  /// its order. Empty by then: nothing.
  struct Queued {
    std::function<void()> function;
    bool waits = false;
  };
  void inNextTurn(const std::shared_ptr<Queued>& queued);
  /// Ends the handle behind inNextTurn().
  void close();

  /// Calls back once no handle of ours is open on the loop any more: libuv closes them in later turns.
  void whenEmpty(std::function<void()> empty);
  void opened() { ++handles_; }
  void closed();

 private:
  uv_loop_t* loop_;
  PacketPool pool_;
  net::UdpSocket::Inbox inbox_;
  std::shared_ptr<net::UdpSocket::Outbox> outbox_ = std::make_shared<net::UdpSocket::Outbox>();
  void runQueued();

  struct Turn;
  Turn* turn_ = nullptr;
  bool closed_ = false;
  std::vector<std::shared_ptr<Queued>> queued_;
  size_t handles_ = 0;
  std::function<void()> empty_;
};

/// Calls back once at a deadline. Does not keep the process alive: sockets do.
class UvTimer {
 public:
  UvTimer(UvLoop& loop, std::function<void()> function);
  ~UvTimer();
  UvTimer(const UvTimer&) = delete;
  UvTimer& operator=(const UvTimer&) = delete;

  void start(TimePoint deadline);
  void cancel();
  bool running() const;

 private:
  struct Box;
  Box* box_;
};

/// Calls back when a descriptor is readable and, after each watchWritable(), once when it is writable. Does not own it:
/// destroy the watcher first, then close. May be destroyed in its callbacks.
class UvPoll {
 public:
  UvPoll(UvLoop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable = {});
  ~UvPoll();
  UvPoll(const UvPoll&) = delete;
  UvPoll& operator=(const UvPoll&) = delete;

  void watchWritable();
  /// Not what the process stays alive for.
  void unref();

 private:
  struct Box;
  Box* box_;
};

/// A function that runs once in the loop's next turn, however often it is asked for until then.
class UvSoon {
 public:
  UvSoon(UvLoop& loop, std::function<void()> function);
  ~UvSoon();
  UvSoon(const UvSoon&) = delete;
  UvSoon& operator=(const UvSoon&) = delete;

  void ask() { loop_.inNextTurn(queued_); }

 private:
  UvLoop& loop_;
  std::shared_ptr<UvLoop::Queued> queued_;
};

}  // namespace tincan::inline v0::node
