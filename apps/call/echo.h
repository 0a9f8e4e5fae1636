#pragma once

#include <deque>
#include <memory>
#include <string>
#include <variant>

#include "stack/data_channel.h"

namespace tincan::inline v0::apps {

/// What the C++ peer does with a data channel. On one that the far end made it sends every message back as it came; on
/// one of our own it greets, and answers texts. Never an answer, and an echo of its echo a thousand times only: two peers
/// that answer all they hear would talk for ever.
class Echo {
 public:
  enum class Mode { kEcho, kAnswer };
  /// Messages waiting for the network; a peer that sends more without reading its echoes loses the channel.
  static constexpr size_t kMaxWaiting = 64 << 20;

  Echo(std::shared_ptr<stack::DataChannel> channel, Mode mode);
  ~Echo();
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

  const stack::DataChannel& channel() const { return *channel_; }

 private:
  using Message = std::variant<std::string, Bytes>;

  void receive(Message message);
  bool bounces(const Message& message);
  void flush();

  // The same message as often as this, one after the other, is an echo of our echo. A client that measures round trips
  // with one text gets this many.
  static constexpr int kMaxSameInTurn = 1000;
  static constexpr size_t kMaxCompared = 4096;  // bytes; longer ones are not remembered

  // Our share of the connection's own 16 MiB queue.
  static constexpr uint64_t kHighWater = 4 << 20;

  std::shared_ptr<stack::DataChannel> channel_;
  const Mode mode_;
  std::deque<Message> waiting_;
  size_t waitingBytes_ = 0;
  std::string said_;  // last, as an answer
  Message lastEcho_;
  int sameInTurn_ = 0;
};

}  // namespace tincan::inline v0::apps
