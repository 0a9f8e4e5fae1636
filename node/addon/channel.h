#pragma once

#include "node/addon/addon_data.h"
#include "stack/data_channel.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of a DataChannel.
class Channel : public Shared<Channel, stack::DataChannel> {
 public:
  static constexpr const char* kName = "Channel";
  static void define(Napi::Env env);
  using Shared::Shared;
  /// Its events go to the dispatcher from now on.
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value settings(Info info);
  Napi::Value id(Info info);
  Napi::Value readyState(Info info);
  Napi::Value bufferedAmount(Info info);
  void setLowThreshold(Info info);
  void send(Info info);
  Napi::Value begin(Info info);
  void close(Info info);
};

}  // namespace tincan::inline v0::node
