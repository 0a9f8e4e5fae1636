#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <napi.h>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crypto/multi_buffer.h"
#include "net/os_random.h"
#include "node/addon/message_slabs.h"
#include "node/addon/real_devices.h"
#include "node/uv_driver/uv_handles.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::node {

class Connection;

/// What one instance of the addon has: one for each Node environment (the main thread, each worker).
class AddonData {
 public:
  explicit AddonData(Napi::Env env);
  static AddonData& of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

  UvLoop& loop() { return *loop_; }
  net::OsRandom& random() { return random_; }
  RealDevices& devices() { return devices_; }
  /// What a connection on this loop needs.
  stack::Environment environment();

  /// The JavaScript function that all events go to: dispatcher(object, type, ...args).
  void setDispatcher(Napi::Function dispatcher);
  /// Calls it for the JavaScript object that stands for `key`, with `make`'s arguments, in a task of its own (its
  /// microtasks run after it). Nothing when nobody holds that object any more.
  void emit(const void* key, const char* type, const std::function<void(std::vector<napi_value>&)>& make = {});
  void run(Napi::Function function);
  /// Messages that need no call each. Whoever looks at what channels have sent takes those first that wait here.
  MessageSlabs& messages() { return messages_; }
  /// deliver(object, from, count); false when nobody holds the object any more.
  bool deliver(const void* key, const Napi::FunctionReference& function, uint32_t from, uint32_t count);

  /// The objects that JavaScript has of C++'s, by their address: the same object for the same address.
  Napi::Object find(const void* key);
  void keep(const void* key, Napi::Object object);
  void forget(const void* key);
  std::unordered_map<const void*, Napi::ObjectReference>& objects() { return objects_; }

  Napi::FunctionReference& constructor(const char* name) { return constructors_[name]; }

  std::unordered_set<Connection*> connections;  // open ones
  /// A source has something: whoever sends it looks at the time again.
  void wakeAll();

 private:
  void end(napi_async_cleanup_hook_handle handle);
  void call(Napi::Function function, const std::vector<napi_value>& args);

  Napi::Env env_;
  // Outlives the environment's data where handles are still closing.
  std::shared_ptr<UvLoop> loop_;
  net::OsRandom random_;
  RealDevices devices_;
  std::unique_ptr<crypto::MultiBuffer> multiBuffer_;
  MessageSlabs messages_{*this};
  Napi::FunctionReference dispatcher_;
  std::unique_ptr<Napi::AsyncContext> context_;
  std::unordered_map<const void*, Napi::ObjectReference> objects_;
  std::unordered_map<std::string_view, Napi::FunctionReference> constructors_;
  bool ended_ = false;
};

/// A JavaScript object that shares a C++ one: the same object for the same pointer, as long as JavaScript holds it.
template <class Self, class T>
class Shared : public Napi::ObjectWrap<Self> {
 public:
  explicit Shared(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {}
  ~Shared() override {
    if (shared_) AddonData::of(this->Env()).forget(shared_.get());
  }

  static Napi::Value of(Napi::Env env, const std::shared_ptr<T>& shared) {
    if (!shared) return env.Null();
    AddonData& data = AddonData::of(env);
    if (Napi::Object known = data.find(shared.get()); !known.IsEmpty()) return known;
    Napi::Object object = data.constructor(Self::kName).New({});
    Self* self = Napi::ObjectWrap<Self>::Unwrap(object);
    self->shared_ = shared;
    data.keep(shared.get(), object);
    self->attach();
    return object;
  }
  static std::shared_ptr<T> from(Napi::Value value) {
    return value.IsObject() ? Napi::ObjectWrap<Self>::Unwrap(value.As<Napi::Object>())->shared_ : nullptr;
  }
  void attach() {}

 protected:
  T& it() { return *shared_; }
  std::shared_ptr<T> shared_;
};

}  // namespace tincan::inline v0::node
