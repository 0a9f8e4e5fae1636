#include "node/addon/channel.h"

#include <utility>

#include "node/addon/convert.h"

namespace tincan::inline v0::node {

namespace {

// Above any number of bytes that a slab has; a double holds 32 bits of a number besides.
constexpr double kBatchUnit = 1 << 20;
static_assert(MessageSlabs::kMostBytes < 1 << 20);

}  // namespace

void Channel::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(DefineClass(
      env, kName,
      {InstanceMethod("settings", &Channel::settings), InstanceMethod("id", &Channel::id),
       InstanceMethod("readyState", &Channel::readyState), InstanceMethod("bufferedAmount", &Channel::bufferedAmount),
       InstanceMethod("setLowThreshold", &Channel::setLowThreshold), InstanceMethod("send", &Channel::send),
       InstanceMethod("begin", &Channel::begin), InstanceMethod("close", &Channel::close)}));
}

void Channel::attach() {
  AddonData* data = &AddonData::of(Env());
  const stack::DataChannel* key = shared_.get();
  const auto plain = [data, key](const char* type) { return [data, key, type] { data->emit(key, type); }; };
  shared_->onopen = plain("open");
  shared_->onbufferedamountlow = plain("bufferedamountlow");
  shared_->onclosing = plain("closing");
  shared_->onclose = plain("close");
  shared_->onerror = [data, key, env = Env()](const stack::RTCErrorEvent& event) {
    data->emit(key, "error", [&](auto& args) { args.push_back(toJs(env, event.error)); });
  };
  shared_->keep = [data, key, self = std::weak_ptr(shared_)](ByteView message, bool binary) {
    return data->messages().keep(self, key, message, binary);
  };
  shared_->onkept = [data] { data->messages().flush(); };
  shared_->onmessage = [data, key, env = Env()](stack::MessageEvent message) {
    data->emit(key, "message", [&](auto& args) {
      if (auto* text = std::get_if<std::string>(&message.data)) {
        args.push_back(toJs(env, *text));
      } else {
        args.push_back(toArrayBuffer(env, std::move(std::get<Bytes>(message.data))));
      }
    });
  };
}

// What does not change.
Napi::Value Channel::settings(Info) {
  Napi::Object out = Napi::Object::New(Env());
  out.Set("label", toJs(Env(), it().label()));
  out.Set("ordered", toJs(Env(), it().ordered()));
  out.Set("maxPacketLifeTime", toJs(Env(), it().maxPacketLifeTime()));
  out.Set("maxRetransmits", toJs(Env(), it().maxRetransmits()));
  out.Set("protocol", toJs(Env(), it().protocol()));
  out.Set("negotiated", toJs(Env(), it().negotiated()));
  return out;
}

Napi::Value Channel::id(Info) {
  return toJs(Env(), it().id());
}
Napi::Value Channel::readyState(Info) {
  return toJs(Env(), it().readyState());
}
Napi::Value Channel::bufferedAmount(Info) {
  AddonData::of(Env()).messages().take();
  return toJs(Env(), it().bufferedAmount());
}
void Channel::setLowThreshold(Info info) {
  it().bufferedAmountLowThreshold = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
}

// A string, or an ArrayBuffer with offset and length.
void Channel::send(Info info) {
  AddonData::of(Env()).messages().take();
  if (info[0].IsString()) return check(Env(), it().send(std::string_view(text(info[0]))));
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const auto offset = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  const auto size = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  check(Env(), it().send(ByteView(static_cast<const uint8_t*>(buffer.Data()) + offset, size)));
}

// As send() of bytes, and more of them may be written to the slab then: the batch's number, and in the low half how many.
Napi::Value Channel::begin(Info info) {
  send(info);
  const MessageSlabs::Batch batch = AddonData::of(Env()).messages().begin(shared_);
  return toJs(Env(), batch.number * kBatchUnit + static_cast<double>(batch.bytes));
}

void Channel::close(Info) {
  AddonData::of(Env()).messages().take();
  check(Env(), it().close());
}

}  // namespace tincan::inline v0::node
