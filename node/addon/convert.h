#pragma once

#include <napi.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "stack/api/ice_candidate.h"
#include "stack/api/rtc_error.h"
#include "stack/api/rtp_parameters.h"
#include "stack/certificate.h"
#include "stack/configuration.h"
#include "stack/rtp_transceiver.h"

/// C++ values as JavaScript's, and back. What comes from JavaScript was converted by the facade (node/lib), as WebIDL
/// asks: it has the right types, and what is absent is undefined or null.
namespace tincan::inline v0::node {

/// Throws it as an Error whose `code` is the W3C's name.
[[noreturn]] void fail(Napi::Env env, const Error& error);
inline void check(Napi::Env env, const Result<void>& result) {
  if (!result) fail(env, result.error());
}
template <class T>
T take(Napi::Env env, Result<T> result) {
  if (!result) fail(env, result.error());
  return std::move(result).value();
}

inline Napi::Value toJs(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}
inline Napi::Value toJs(Napi::Env env, const std::string& text) {
  return toJs(env, std::string_view(text));
}
inline Napi::Value toJs(Napi::Env env, bool value) {
  return Napi::Boolean::New(env, value);
}
template <class T>
requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) Napi::Value toJs(Napi::Env env, T number) {
  return Napi::Number::New(env, static_cast<double>(number));
}
template <class T>
requires std::is_enum_v<T> Napi::Value toJs(Napi::Env env, T value) {
  return toJs(env, toString(value));
}
Napi::Value toJs(Napi::Env env, const stack::RTCIceCandidate& candidate);
Napi::Value toJs(Napi::Env env, const stack::RTCError& error);
Napi::Value toJs(Napi::Env env, const stack::RTCSessionDescription& description);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpCodec& codec);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpCapabilities& capabilities);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpHeaderExtensionParameters& extension);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpCodecParameters& codec);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpEncodingParameters& encoding);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpReceiveParameters& parameters);
Napi::Value toJs(Napi::Env env, const stack::RTCRtpSendParameters& parameters);
Napi::Value toJs(Napi::Env env, const stack::RTCDtlsFingerprint& fingerprint);
template <class T>
Napi::Value toJs(Napi::Env env, const std::optional<T>& value) {
  return value ? toJs(env, *value) : env.Null();
}
template <class T>
Napi::Value toJs(Napi::Env env, const std::vector<T>& list) {
  Napi::Array out = Napi::Array::New(env, list.size());
  for (size_t i = 0; i < list.size(); ++i) out.Set(static_cast<uint32_t>(i), toJs(env, list[i]));
  return out;
}

/// An ArrayBuffer with these bytes.
Napi::Value toArrayBuffer(Napi::Env env, Bytes bytes);

// ---- from JavaScript ----

inline bool absent(const Napi::Value& value) {
  return value.IsUndefined() || value.IsNull();
}
inline std::string text(const Napi::Value& value) {
  return value.As<Napi::String>().Utf8Value();
}
std::optional<std::string> optionalText(const Napi::Object& object, const char* name);
std::optional<double> optionalNumber(const Napi::Object& object, const char* name);
bool flag(const Napi::Object& object, const char* name, bool otherwise);
std::vector<std::string> texts(const Napi::Value& value);
template <class F>
void each(const Napi::Value& value, F&& visit) {
  if (!value.IsArray()) return;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) visit(list.Get(i).As<Napi::Object>());
}

stack::RTCIceCandidate toCandidate(const Napi::Object& object);
stack::RTCSessionDescription toDescription(const Napi::Value& type, const Napi::Value& sdp);
stack::RTCRtpCodec toCodec(const Napi::Object& object);
stack::RTCPriorityType toPriority(std::string_view name);
std::vector<stack::RTCRtpEncodingParameters> toEncodings(const Napi::Value& list);
stack::RTCRtpSendParameters toSendParameters(const Napi::Object& object);
stack::RTCSetParameterOptions toSetOptions(const Napi::Value& value);  ///< none where there is none
stack::RTCRtpTransceiverDirection toDirection(const Napi::Value& value);

}  // namespace tincan::inline v0::node
