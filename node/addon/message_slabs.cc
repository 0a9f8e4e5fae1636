#include "node/addon/message_slabs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "node/addon/addon_data.h"
#include "node/addon/convert.h"

namespace tincan::inline v0::node {

void MessageSlabs::Slab::create(Napi::Env env) {
  const auto made = Napi::ArrayBuffer::New(env, kBytesAt + kMostBytes);
  buffer = Napi::Persistent(made);
  bytes = static_cast<uint8_t*>(const_cast<Napi::ArrayBuffer&>(made).Data());
  words = static_cast<uint32_t*>(static_cast<void*>(bytes));
  bytes += kBytesAt;
}

Napi::Value MessageSlabs::share(Napi::Env env, const Napi::Value& deliver) {
  if (!in_.words) {
    in_.create(env);
    out_.create(env);
  }
  if (deliver.IsFunction()) deliver_ = Napi::Persistent(deliver.As<Napi::Function>());
  Napi::Object out = Napi::Object::New(env);
  out.Set("incoming", in_.buffer.Value());
  out.Set("outgoing", out_.buffer.Value());
  out.Set("small", toJs(env, kSmall));
  out.Set("most", toJs(env, kMostMessages));
  return out;
}

// ---- in ----

bool MessageSlabs::isStale() const {
  const auto channel = fromChannel_.lock();
  return from_ != nullptr && (!channel || !channel->keep);
}

void MessageSlabs::clear() {
  from_ = nullptr;
  in_.count() = 0;
  used_ = 0;
  full_ = false;
}

stack::DataChannel::Kept MessageSlabs::keep(const std::weak_ptr<stack::DataChannel>& channel, const void* key,
                                            ByteView message, bool binary) {
  using Kept = stack::DataChannel::Kept;
  if (deliver_.IsEmpty()) return Kept::kNo;
  if ((from_ != key || fromChannel_.expired()) && isStale()) clear();
  if (from_ != nullptr && from_ != key) return Kept::kNo;
  const bool fits = message.size() <= kSmall && used_ + message.size() <= kMostBytes && in_.count() < kMostMessages;
  if (!binary || full_ || !fits) {
    full_ = from_ != nullptr;
    return Kept::kNo;
  }
  std::copy(message.begin(), message.end(), in_.bytes + used_);
  in_.size(in_.count()++) = static_cast<uint32_t>(message.size());
  used_ += message.size();
  if (std::exchange(from_, key) != nullptr) return Kept::kMore;
  fromChannel_ = channel;
  return Kept::kFirst;
}

// JavaScript counts those that it has told: what a handler leaves uncaught ends the call, and the rest is told by another.
void MessageSlabs::flush() {
  if (from_ == nullptr) return;
  const uint32_t count = in_.count();
  in_.state() = 0;
  for (uint32_t told = 0; told < count && !isStale(); told = std::max(told + 1, in_.state()))
    if (!data_.deliver(from_, deliver_, told, count)) break;
  clear();
}

// ---- out ----

MessageSlabs::Batch MessageSlabs::begin(std::shared_ptr<stack::DataChannel> channel) {
  if (!out_.words) return {};
  const size_t room = std::min<uint64_t>(channel->sendable(), kMostBytes);
  to_ = std::move(channel);
  batches_ = std::max<uint32_t>(batches_ + 1, 1);
  out_.state() = batches_;
  return {batches_, room};
}

void MessageSlabs::take() {
  if (!to_) return;
  const auto channel = std::exchange(to_, nullptr);
  out_.state() = 0;
  const size_t count = std::min<size_t>(std::exchange(out_.count(), 0), kMostMessages);
  for (size_t i = 0, at = 0; i < count; at += out_.size(i++)) {
    if (at + out_.size(i) > kMostBytes) return;
    (void)channel->send(ByteView(out_.bytes + at, out_.size(i)));  // begin() has said that there is room
  }
}

}  // namespace tincan::inline v0::node
