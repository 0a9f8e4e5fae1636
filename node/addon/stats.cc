#include "node/addon/stats.h"

#include "node/addon/convert.h"

namespace tincan::inline v0::node {

namespace {

Napi::Value valueOf(Napi::Env env, const stack::StatDurations& durations) {
  Napi::Object out = Napi::Object::New(env);
  for (const auto& [name, seconds] : durations) out.Set(name, toJs(env, seconds));
  return out;
}
template <class T>
Napi::Value valueOf(Napi::Env env, const T& value) {
  return toJs(env, value);
}

}  // namespace

Napi::Value toJs(Napi::Env env, const stack::RTCStatsReport& report) {
  Napi::Array out = Napi::Array::New(env);
  report.forEach([&](const auto& stats) {
    Napi::Object one = Napi::Object::New(env);
    stack::visit(stats, [&](std::string_view name, const auto& value) {
      one.Set(Napi::String::New(env, name.data(), name.size()), valueOf(env, value));
    });
    out.Set(out.Length(), one);
  });
  return out;
}

}  // namespace tincan::inline v0::node
