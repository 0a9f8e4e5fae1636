#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <napi.h>

#include "base/bytes.h"
#include "stack/data_channel.h"

namespace tincan::inline v0::node {

class AddonData;

/// Small messages between channels and JavaScript, many for one call: in memory that both sides see (node/lib/slabs.cjs).
///
///     incoming    count, told, -      sizes …   bytes …    C++ writes; deliver(channel, from, count) tells them
///     outgoing    count, batch, -     sizes …   bytes …    JavaScript writes; take() sends them
///
/// All in 32-bit words but for the bytes. What came waits here until the events of its drain are told; what is to be sent,
/// until the next drain begins, or anybody asks for what depends on it. Owned by AddonData.
class MessageSlabs {
 public:
  static constexpr size_t kSmall = 1024;         ///< bytes of a message; larger ones go by themselves
  static constexpr size_t kMostMessages = 4096;  ///< of a slab
  static constexpr size_t kMostBytes = 384 * 1024;

  explicit MessageSlabs(AddonData& data) : data_(data) {}

  /// For JavaScript: {incoming, outgoing, most}. `deliver` is told of what comes; without it nothing is gathered.
  Napi::Value share(Napi::Env env, const Napi::Value& deliver);

  /// Keeps a message of the channel whose messages are here, or of any where none are; not behind one that it did not
  /// keep, whose event comes later than that of those before.
  stack::DataChannel::Kept keep(const std::weak_ptr<stack::DataChannel>& channel, const void* key, ByteView message,
                                bool binary);
  /// Tells what was kept.
  void flush();

  /// JavaScript may write messages for this channel from now on, until take(): a batch's number, and how many bytes.
  struct Batch {
    uint32_t number = 0;
    size_t bytes = 0;
  };
  Batch begin(std::shared_ptr<stack::DataChannel> channel);
  void take();

 private:
  /// Its channel was closed by a handler before it was told: nobody hears of it any more.
  bool isStale() const;
  void clear();

  static constexpr size_t kHead = 3;  // words
  static constexpr size_t kBytesAt = (kHead + kMostMessages) * sizeof(uint32_t);
  struct Slab {
    Napi::Reference<Napi::ArrayBuffer> buffer;
    uint32_t* words = nullptr;
    uint8_t* bytes = nullptr;
    void create(Napi::Env env);
    uint32_t& count() { return words[0]; }
    uint32_t& state() { return words[1]; }
    uint32_t& size(size_t i) { return words[kHead + i]; }
  };

  AddonData& data_;
  Slab in_, out_;
  Napi::FunctionReference deliver_;
  const void* from_ = nullptr;  // the channel that in_ is of
  std::weak_ptr<stack::DataChannel> fromChannel_;
  size_t used_ = 0;    // bytes of in_
  bool full_ = false;  // no more until it is told
  std::shared_ptr<stack::DataChannel> to_;
  uint32_t batches_ = 0;
};

}  // namespace tincan::inline v0::node
