#include "node/addon/convert.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace tincan::inline v0::node {

namespace {

void set(Napi::Object& out, const char* name, Napi::Value value) {
  if (!value.IsNull()) out.Set(name, value);
}

}  // namespace

void fail(Napi::Env env, const Error& error) {
  Napi::Error out = Napi::Error::New(env, error.message());
  out.Value().Set("code", toJs(env, name(error.code())));
  if (const auto rtc = stack::sdpError(error)) out.Value().Set("rtcError", toJs(env, *rtc));
  throw out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCIceCandidate& candidate) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("candidate", toJs(env, candidate.candidate));
  out.Set("sdpMid", toJs(env, candidate.sdpMid));
  out.Set("sdpMLineIndex", toJs(env, candidate.sdpMLineIndex));
  out.Set("usernameFragment", toJs(env, candidate.usernameFragment));
  out.Set("relayProtocol", toJs(env, candidate.relayProtocol));
  out.Set("url", toJs(env, candidate.url));
  out.Set("foundation", toJs(env, candidate.foundation()));
  out.Set("component", toJs(env, candidate.component()));
  out.Set("priority", toJs(env, candidate.priority()));
  out.Set("address", toJs(env, candidate.address()));
  out.Set("protocol", toJs(env, candidate.protocol()));
  out.Set("port", toJs(env, candidate.port()));
  out.Set("type", toJs(env, candidate.type()));
  out.Set("tcpType", toJs(env, candidate.tcpType()));
  out.Set("relatedAddress", toJs(env, candidate.relatedAddress()));
  out.Set("relatedPort", toJs(env, candidate.relatedPort()));
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCError& error) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("errorDetail", toJs(env, error.errorDetail));
  out.Set("message", toJs(env, error.message));
  set(out, "sdpLineNumber", toJs(env, error.sdpLineNumber));
  set(out, "sctpCauseCode", toJs(env, error.sctpCauseCode));
  set(out, "receivedAlert", toJs(env, error.receivedAlert));
  set(out, "sentAlert", toJs(env, error.sentAlert));
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCSessionDescription& description) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("type", toJs(env, description.type));
  out.Set("sdp", toJs(env, description.sdp));
  return out;
}

// ---- RTP parameters (webrtc-pc §5.2) ----

namespace {

void setCodec(Napi::Env env, Napi::Object& out, const stack::RTCRtpCodec& codec) {
  out.Set("mimeType", toJs(env, codec.mimeType));
  out.Set("clockRate", toJs(env, codec.clockRate));
  set(out, "channels", toJs(env, codec.channels));
  set(out, "sdpFmtpLine", toJs(env, codec.sdpFmtpLine));
}

Napi::Object parameters(Napi::Env env, const stack::RTCRtpParameters& from) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("headerExtensions", toJs(env, from.headerExtensions));
  Napi::Object rtcp = Napi::Object::New(env);
  rtcp.Set("cname", toJs(env, from.rtcp.cname));
  rtcp.Set("reducedSize", toJs(env, from.rtcp.reducedSize));
  out.Set("rtcp", rtcp);
  out.Set("codecs", toJs(env, from.codecs));
  return out;
}

}  // namespace

Napi::Value toJs(Napi::Env env, const stack::RTCRtpCodec& codec) {
  Napi::Object out = Napi::Object::New(env);
  setCodec(env, out, codec);
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpCapabilities& capabilities) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("codecs", toJs(env, capabilities.codecs));
  Napi::Array extensions = Napi::Array::New(env);
  for (const auto& extension : capabilities.headerExtensions) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("uri", toJs(env, extension.uri));
    one.Set("direction", toJs(env, extension.direction));
    extensions.Set(extensions.Length(), one);
  }
  out.Set("headerExtensions", extensions);
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpHeaderExtensionParameters& extension) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("uri", toJs(env, extension.uri));
  out.Set("id", toJs(env, extension.id));
  out.Set("encrypted", toJs(env, extension.encrypted));
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpCodecParameters& codec) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("payloadType", toJs(env, codec.payloadType));
  setCodec(env, out, codec);
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpEncodingParameters& encoding) {
  Napi::Object out = Napi::Object::New(env);
  if (!encoding.rid.empty()) out.Set("rid", toJs(env, encoding.rid));
  out.Set("active", toJs(env, encoding.active));
  set(out, "codec", toJs(env, encoding.codec));
  set(out, "maxBitrate", toJs(env, encoding.maxBitrate));
  set(out, "maxFramerate", toJs(env, encoding.maxFramerate));
  set(out, "scaleResolutionDownBy", toJs(env, encoding.scaleResolutionDownBy));
  if (const auto& to = encoding.scaleResolutionDownTo) {
    Napi::Object restriction = Napi::Object::New(env);
    restriction.Set("maxWidth", toJs(env, to->maxWidth));
    restriction.Set("maxHeight", toJs(env, to->maxHeight));
    out.Set("scaleResolutionDownTo", restriction);
  }
  out.Set("priority", toJs(env, encoding.priority));
  set(out, "networkPriority", toJs(env, encoding.networkPriority));
  out.Set("adaptivePtime", toJs(env, encoding.adaptivePtime));
  set(out, "scalabilityMode", toJs(env, encoding.scalabilityMode));
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpReceiveParameters& from) {
  return parameters(env, from);
}

Napi::Value toJs(Napi::Env env, const stack::RTCRtpSendParameters& from) {
  Napi::Object out = parameters(env, from);
  out.Set("transactionId", toJs(env, from.transactionId));
  out.Set("encodings", toJs(env, from.encodings));
  return out;
}

Napi::Value toJs(Napi::Env env, const stack::RTCDtlsFingerprint& fingerprint) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("algorithm", toJs(env, fingerprint.algorithm));
  out.Set("value", toJs(env, fingerprint.value));
  return out;
}

// What is large keeps the bytes where they are; what is small is cheaper to copy than to keep a finalizer for.
Napi::Value toArrayBuffer(Napi::Env env, Bytes bytes) {
  constexpr size_t kLarge = 4096;
  if (bytes.size() >= kLarge) {
    auto* kept = new Bytes(std::move(bytes));
    napi_value out = nullptr;
    const auto release = [](napi_env, void*, void* hint) { delete static_cast<Bytes*>(hint); };
    if (napi_create_external_arraybuffer(env, kept->data(), kept->size(), release, kept, &out) == napi_ok)
      return Napi::Value(env, out);
    bytes = std::move(*kept);  // an environment that allows none
    delete kept;
  }
  Napi::ArrayBuffer out = Napi::ArrayBuffer::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(out.Data()));
  return out;
}

// ---- from JavaScript ----

std::optional<std::string> optionalText(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return absent(value) ? std::nullopt : std::optional(text(value));
}

std::optional<double> optionalNumber(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return absent(value) ? std::nullopt : std::optional(value.As<Napi::Number>().DoubleValue());
}

bool flag(const Napi::Object& object, const char* name, bool otherwise) {
  const Napi::Value value = object.Get(name);
  return absent(value) ? otherwise : value.ToBoolean().Value();
}

std::vector<std::string> texts(const Napi::Value& value) {
  std::vector<std::string> out;
  if (!value.IsArray()) return out;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) out.push_back(text(list.Get(i)));
  return out;
}

namespace {

template <class T>
std::optional<T> number(const Napi::Object& object, const char* name) {
  const auto value = optionalNumber(object, name);
  return value ? std::optional(static_cast<T>(*value)) : std::nullopt;
}

}  // namespace

stack::RTCIceCandidate toCandidate(const Napi::Object& object) {
  stack::RTCIceCandidate out;
  out.candidate = optionalText(object, "candidate").value_or("");
  out.sdpMid = optionalText(object, "sdpMid");
  out.sdpMLineIndex = number<uint16_t>(object, "sdpMLineIndex");
  out.usernameFragment = optionalText(object, "usernameFragment");
  return out;
}

stack::RTCSessionDescription toDescription(const Napi::Value& type, const Napi::Value& sdp) {
  return {stack::parseSdpType(text(type)).value_or(stack::RTCSdpType::kOffer), absent(sdp) ? "" : text(sdp)};
}

stack::RTCRtpCodec toCodec(const Napi::Object& object) {
  stack::RTCRtpCodec out;
  out.mimeType = optionalText(object, "mimeType").value_or("");
  out.clockRate = number<uint32_t>(object, "clockRate").value_or(0);
  out.channels = number<uint16_t>(object, "channels");
  out.sdpFmtpLine = optionalText(object, "sdpFmtpLine");
  return out;
}

stack::RTCPriorityType toPriority(std::string_view name) {
  using Priority = stack::RTCPriorityType;
  for (const Priority each : {Priority::kVeryLow, Priority::kLow, Priority::kMedium, Priority::kHigh})
    if (name == toString(each)) return each;
  return Priority::kLow;
}

std::vector<stack::RTCRtpEncodingParameters> toEncodings(const Napi::Value& list) {
  std::vector<stack::RTCRtpEncodingParameters> out;
  each(list, [&](const Napi::Object& object) {
    stack::RTCRtpEncodingParameters one;
    one.rid = optionalText(object, "rid").value_or("");
    one.active = flag(object, "active", true);
    if (const Napi::Value codec = object.Get("codec"); codec.IsObject()) one.codec = toCodec(codec.As<Napi::Object>());
    one.maxBitrate = number<uint32_t>(object, "maxBitrate");
    one.maxFramerate = optionalNumber(object, "maxFramerate");
    one.scaleResolutionDownBy = optionalNumber(object, "scaleResolutionDownBy");
    if (const Napi::Value to = object.Get("scaleResolutionDownTo"); to.IsObject()) {
      const auto side = [&](const char* name) { return number<uint32_t>(to.As<Napi::Object>(), name).value_or(0); };
      one.scaleResolutionDownTo = {side("maxWidth"), side("maxHeight")};
    }
    one.priority = toPriority(optionalText(object, "priority").value_or("low"));
    if (const auto priority = optionalText(object, "networkPriority")) one.networkPriority = toPriority(*priority);
    one.adaptivePtime = flag(object, "adaptivePtime", false);
    one.scalabilityMode = optionalText(object, "scalabilityMode");
    out.push_back(std::move(one));
  });
  return out;
}

stack::RTCRtpSendParameters toSendParameters(const Napi::Object& object) {
  stack::RTCRtpSendParameters out;
  out.transactionId = optionalText(object, "transactionId").value_or("");
  out.encodings = toEncodings(object.Get("encodings"));
  each(object.Get("headerExtensions"), [&](const Napi::Object& one) {
    out.headerExtensions.push_back({optionalText(one, "uri").value_or(""), number<uint16_t>(one, "id").value_or(0),
                                    flag(one, "encrypted", false)});
  });
  each(object.Get("codecs"), [&](const Napi::Object& one) {
    stack::RTCRtpCodecParameters codec;
    static_cast<stack::RTCRtpCodec&>(codec) = toCodec(one);
    codec.payloadType = number<uint8_t>(one, "payloadType").value_or(0);
    out.codecs.push_back(std::move(codec));
  });
  if (const Napi::Value rtcp = object.Get("rtcp"); rtcp.IsObject()) {
    out.rtcp.cname = optionalText(rtcp.As<Napi::Object>(), "cname").value_or("");
    out.rtcp.reducedSize = flag(rtcp.As<Napi::Object>(), "reducedSize", false);
  }
  return out;
}

stack::RTCSetParameterOptions toSetOptions(const Napi::Value& value) {
  stack::RTCSetParameterOptions out;
  if (!value.IsObject()) return out;
  each(value.As<Napi::Object>().Get("encodingOptions"),
       [&](const Napi::Object& one) { out.encodingOptions.push_back({flag(one, "keyFrame", false)}); });
  return out;
}

stack::RTCRtpTransceiverDirection toDirection(const Napi::Value& value) {
  using Direction = stack::RTCRtpTransceiverDirection;
  const std::string name = text(value);
  for (const Direction each :
       {Direction::kSendrecv, Direction::kSendonly, Direction::kRecvonly, Direction::kInactive, Direction::kStopped})
    if (name == toString(each)) return each;
  return Direction::kSendrecv;
}

}  // namespace tincan::inline v0::node
