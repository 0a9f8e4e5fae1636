#include <napi.h>

#include "media/media_stream_track.h"
#include "node/addon/addon_data.h"
#include "node/addon/channel.h"
#include "node/addon/connection.h"
#include "node/addon/convert.h"
#include "node/addon/rtp_track.h"
#include "node/addon/source.h"
#include "node/addon/track.h"
#include "node/addon/transceiver.h"
#include "node/addon/transformer.h"
#include "node/addon/transports.h"

namespace tincan::inline v0::node {

namespace {

Napi::Value setDispatcher(const Napi::CallbackInfo& info) {
  AddonData::of(info.Env()).setDispatcher(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

// What nobody caught in the midst of a task of ours: Node's process hears of it, or ends.
void uncaught(const Napi::CallbackInfo& info) {
  napi_fatal_exception(info.Env(), info[0]);
}

// (deliver) -> what MessageSlabs::share gives.
Napi::Value shareMessages(const Napi::CallbackInfo& info) {
  return AddonData::of(info.Env()).messages().share(info.Env(), info[0]);
}

Napi::Value newId(const Napi::CallbackInfo& info) {
  return toJs(info.Env(), media::newId(AddonData::of(info.Env()).random()));
}

// What a candidate's line says.
Napi::Value parseCandidate(const Napi::CallbackInfo& info) {
  return toJs(info.Env(), stack::RTCIceCandidate{text(info[0])});
}

// Not freed with the environment: what JavaScript held is finalized then, in no order that Node says, and looks there.
void keepData(Napi::Env, AddonData*) {}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData<AddonData, keepData>(new AddonData(env));
  Connection::define(env, exports);
  Channel::define(env);
  Transceiver::define(env, exports);
  Transformer::define(env);
  Track::define(env, exports);
  Stream::define(env);
  IceTransport::define(env);
  DtlsTransport::define(env);
  SctpTransport::define(env);
  Certificate::define(env, exports);
  VideoSource::define(env, exports);
  AudioSource::define(env, exports);
  RtpInlet::define(env, exports);
  RtpOutlet::define(env, exports);
  exports.Set("setDispatcher", Napi::Function::New(env, setDispatcher));
  exports.Set("parseCandidate", Napi::Function::New(env, parseCandidate));
  exports.Set("uncaught", Napi::Function::New(env, uncaught));
  exports.Set("shareMessages", Napi::Function::New(env, shareMessages));
  exports.Set("newId", Napi::Function::New(env, newId));
  return exports;
}

}  // namespace

}  // namespace tincan::inline v0::node

Napi::Object tincanInit(Napi::Env env, Napi::Object exports) {
  return tincan::node::init(env, exports);
}
NODE_API_MODULE(tincan, tincanInit)
