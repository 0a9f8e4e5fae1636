#pragma once

#include "node/addon/addon_data.h"
#include "stack/api/encoded_transform.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of an RTCRtpScriptTransformer: frames are events "frame" (frame, data, metadata, type), where `frame`
/// is what enqueue() takes back with the bytes that it has by then.
class Transformer : public Shared<Transformer, stack::RTCRtpScriptTransformer> {
 public:
  static constexpr const char* kName = "Transformer";
  static void define(Napi::Env env);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  void enqueue(Info info);
  void generateKeyFrame(Info info);
  void sendKeyFrameRequest(Info info);
};

/// Puts a transform at a sender or receiver, or with `false` takes it away: its Transformer, or null.
template <class End>
Napi::Value setTransform(Napi::Env env, End& end, bool wanted);

}  // namespace tincan::inline v0::node
