#include "node/addon/transports.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "node/addon/convert.h"

namespace tincan::inline v0::node {

// ---- IceTransport ----

void IceTransport::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) =
      Napi::Persistent(DefineClass(env, kName, {InstanceMethod("get", &IceTransport::get)}));
}

void IceTransport::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  const auto plain = [data, key](const char* type) { return [data, key, type] { data->emit(key, type); }; };
  shared_->onstatechange = plain("statechange");
  shared_->ongatheringstatechange = plain("gatheringstatechange");
  shared_->onselectedcandidatepairchange = plain("selectedcandidatepairchange");
}

namespace {

Napi::Value toJs(Napi::Env env, const std::optional<stack::RTCIceParameters>& parameters) {
  if (!parameters) return env.Null();
  Napi::Object out = Napi::Object::New(env);
  out.Set("usernameFragment", node::toJs(env, parameters->usernameFragment));
  out.Set("password", node::toJs(env, parameters->password));
  return out;
}

Napi::Value toJs(Napi::Env env, const std::optional<stack::RTCIceCandidatePair>& pair) {
  if (!pair) return env.Null();
  Napi::Object out = Napi::Object::New(env);
  out.Set("local", node::toJs(env, pair->local));
  out.Set("remote", node::toJs(env, pair->remote));
  return out;
}

}  // namespace

Napi::Value IceTransport::get(Info info) {
  const std::string which = text(info[0]);
  if (which == "role") return node::toJs(Env(), it().role());
  if (which == "component") return node::toJs(Env(), it().component());
  if (which == "state") return node::toJs(Env(), it().state());
  if (which == "gatheringState") return node::toJs(Env(), it().gatheringState());
  if (which == "localCandidates") return node::toJs(Env(), it().getLocalCandidates());
  if (which == "remoteCandidates") return node::toJs(Env(), it().getRemoteCandidates());
  if (which == "selectedCandidatePair") return toJs(Env(), it().getSelectedCandidatePair());
  if (which == "localParameters") return toJs(Env(), it().getLocalParameters());
  return toJs(Env(), it().getRemoteParameters());
}

// ---- DtlsTransport ----

void DtlsTransport::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(DefineClass(
      env, kName,
      {InstanceMethod("iceTransport", &DtlsTransport::iceTransport), InstanceMethod("state", &DtlsTransport::state),
       InstanceMethod("remoteCertificates", &DtlsTransport::remoteCertificates)}));
}

void DtlsTransport::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  shared_->onstatechange = [data, key] { data->emit(key, "statechange"); };
  shared_->onerror = [data, key, env = Env()](const stack::RTCErrorEvent& event) {
    data->emit(key, "error", [&](auto& args) { args.push_back(node::toJs(env, event.error)); });
  };
}

Napi::Value DtlsTransport::iceTransport(Info) {
  return IceTransport::of(Env(), it().iceTransport());
}
Napi::Value DtlsTransport::state(Info) {
  return node::toJs(Env(), it().state());
}
Napi::Value DtlsTransport::remoteCertificates(Info) {
  Napi::Array out = Napi::Array::New(Env());
  for (Bytes& each : it().getRemoteCertificates()) out.Set(out.Length(), toArrayBuffer(Env(), std::move(each)));
  return out;
}

// ---- SctpTransport ----

void SctpTransport::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(DefineClass(
      env, kName,
      {InstanceMethod("transport", &SctpTransport::transport), InstanceMethod("state", &SctpTransport::state),
       InstanceMethod("maxMessageSize", &SctpTransport::maxMessageSize),
       InstanceMethod("maxChannels", &SctpTransport::maxChannels)}));
}

void SctpTransport::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  shared_->onstatechange = [data, key] { data->emit(key, "statechange"); };
}

Napi::Value SctpTransport::transport(Info) {
  return DtlsTransport::of(Env(), it().transport());
}
Napi::Value SctpTransport::state(Info) {
  return node::toJs(Env(), it().state());
}
Napi::Value SctpTransport::maxMessageSize(Info) {
  return node::toJs(Env(), it().maxMessageSize());
}
Napi::Value SctpTransport::maxChannels(Info) {
  return node::toJs(Env(), it().maxChannels());
}

// ---- Certificate ----

namespace {

int64_t unixMillis() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

Napi::Value generate(const Napi::CallbackInfo& info) {
  const Napi::Object wish = info[0].As<Napi::Object>();
  stack::RTCCertificateKeyParams params;
  params.name = optionalText(wish, "name").value_or(params.name);
  params.namedCurve = optionalText(wish, "namedCurve").value_or(params.namedCurve);
  params.hash = optionalText(wish, "hash").value_or(params.hash);
  params.modulusLength = static_cast<uint32_t>(optionalNumber(wish, "modulusLength").value_or(params.modulusLength));
  if (const auto expires = optionalNumber(wish, "expires")) params.expires = static_cast<uint64_t>(*expires);
  auto made = stack::RTCCertificate::generate(params, AddonData::of(info.Env()).random(), unixMillis());
  return Certificate::of(info.Env(), take(info.Env(), std::move(made)));
}

Napi::Value fromPem(const Napi::CallbackInfo& info) {
  return Certificate::of(info.Env(), take(info.Env(), stack::RTCCertificate::fromPem(text(info[0]))));
}

}  // namespace

void Certificate::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(DefineClass(
      env, kName,
      {InstanceMethod("expires", &Certificate::expires), InstanceMethod("fingerprints", &Certificate::fingerprints),
       InstanceMethod("toPem", &Certificate::toPem)}));
  exports.Set("generateCertificate", Napi::Function::New(env, generate));
  exports.Set("certificateFromPem", Napi::Function::New(env, fromPem));
}

Napi::Value Certificate::of(Napi::Env env, const stack::RTCCertificate& certificate) {
  Napi::Object out = AddonData::of(env).constructor(kName).New({});
  Unwrap(out)->certificate_ = certificate;
  return out;
}
stack::RTCCertificate Certificate::from(const Napi::Object& object) {
  return *Unwrap(object)->certificate_;
}
Napi::Value Certificate::expires(Info) {
  return node::toJs(Env(), certificate_->expires());
}
Napi::Value Certificate::fingerprints(Info) {
  return node::toJs(Env(), certificate_->getFingerprints());
}
Napi::Value Certificate::toPem(Info) {
  return node::toJs(Env(), certificate_->toPem());
}

}  // namespace tincan::inline v0::node
