#include "node/addon/addon_data.h"

#include <utility>
#include <vector>

#include "node/addon/connection.h"

namespace tincan::inline v0::node {

namespace {

uv_loop_t* loopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  return loop;
}

}  // namespace

AddonData::AddonData(Napi::Env env)
    : env_(env),
      loop_(std::make_shared<UvLoop>(loopOf(env))),
      devices_(*loop_),
      multiBuffer_(crypto::MultiBuffer::create()) {
  context_ = std::make_unique<Napi::AsyncContext>(env, "tincan");
  napi_add_async_cleanup_hook(
      env, [](napi_async_cleanup_hook_handle handle, void* self) { static_cast<AddonData*>(self)->end(handle); }, this,
      nullptr);
}

// The environment ends: goodbyes are said, sockets close, and libuv has let go of our handles before it goes.
void AddonData::end(napi_async_cleanup_hook_handle handle) {
  ended_ = true;
  messages_.take();
  for (Connection* each : std::unordered_set(connections)) each->leave();
  devices_.close();
  const auto loop = loop_;
  loop->close();
  loop->whenEmpty([loop, handle] { napi_remove_async_cleanup_hook(handle); });
}

stack::Environment AddonData::environment() {
  stack::Environment out{random_, loop_->pool(), loop_->unixMicrosAtZero()};
  out.srtp.shared = multiBuffer_.get();
  return out;
}

void AddonData::setDispatcher(Napi::Function dispatcher) {
  dispatcher_ = Napi::Persistent(dispatcher);
}

void AddonData::emit(const void* key, const char* type, const std::function<void(std::vector<napi_value>&)>& make) {
  if (ended_ || dispatcher_.IsEmpty()) return;
  try {
    const Napi::HandleScope scope(env_);
    const Napi::Object object = find(key);
    if (object.IsEmpty()) return;
    std::vector<napi_value> args;
    args.reserve(6);  // no event has more
    args.assign({object, Napi::String::New(env_, type)});
    if (make) make(args);
    call(dispatcher_.Value(), args);
  } catch (const Napi::Error&) {
    // The environment is being torn down: nobody can be told any more.
  }
}

bool AddonData::deliver(const void* key, const Napi::FunctionReference& function, uint32_t from, uint32_t count) {
  if (ended_) return false;
  try {
    const Napi::HandleScope scope(env_);
    const Napi::Object object = find(key);
    if (object.IsEmpty()) return false;
    call(function.Value(), {object, Napi::Number::New(env_, from), Napi::Number::New(env_, count)});
    return true;
  } catch (const Napi::Error&) {
    return false;  // the environment is being torn down
  }
}

void AddonData::run(Napi::Function function) {
  if (!ended_) call(function, {});
}

void AddonData::call(Napi::Function function, const std::vector<napi_value>& args) {
  napi_value ignored = nullptr;
  const napi_status status =
      napi_make_callback(env_, *context_, env_.Global(), function, args.size(), args.data(), &ignored);
  if (status != napi_pending_exception) return;
  napi_value exception = nullptr;
  if (napi_get_and_clear_last_exception(env_, &exception) == napi_ok) napi_fatal_exception(env_, exception);
}

Napi::Object AddonData::find(const void* key) {
  const auto it = objects_.find(key);
  return it == objects_.end() ? Napi::Object() : it->second.Value();
}

void AddonData::keep(const void* key, Napi::Object object) {
  objects_[key] = Napi::Weak(object);
}

// Whose object was collected may have another one by now.
void AddonData::forget(const void* key) {
  const auto it = objects_.find(key);
  if (ended_ || it == objects_.end()) return;
  const Napi::HandleScope scope(env_);
  if (it->second.Value().IsEmpty()) objects_.erase(it);
}

void AddonData::wakeAll() {
  for (Connection* each : connections) each->wake();
}

}  // namespace tincan::inline v0::node
