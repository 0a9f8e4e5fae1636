#include "node/addon/transformer.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "node/addon/convert.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::node {

namespace {

using Frame = std::variant<stack::RTCEncodedVideoFrame, stack::RTCEncodedAudioFrame>;

// A page takes these bytes away from its frames, which memory of ours would not allow.
Napi::Value bytesOf(Napi::Env env, const Bytes& data) {
  Napi::ArrayBuffer out = Napi::ArrayBuffer::New(env, data.size());
  std::copy(data.begin(), data.end(), static_cast<uint8_t*>(out.Data()));
  return out;
}

void set(Napi::Object& out, const char* name, const Napi::Value& value) {
  if (!value.IsNull()) out.Set(name, value);
}

Napi::Object describe(Napi::Env env, const stack::RTCEncodedFrameMetadata& from) {
  Napi::Object out = Napi::Object::New(env);
  set(out, "synchronizationSource", toJs(env, from.synchronizationSource));
  set(out, "payloadType", toJs(env, from.payloadType));
  out.Set("contributingSources", toJs(env, from.contributingSources));
  set(out, "rtpTimestamp", toJs(env, from.rtpTimestamp));
  set(out, "receiveTime", toJs(env, from.receiveTime));
  set(out, "captureTime", toJs(env, from.captureTime));
  set(out, "senderCaptureTimeOffset", toJs(env, from.senderCaptureTimeOffset));
  if (!from.mimeType.empty()) out.Set("mimeType", toJs(env, from.mimeType));
  return out;
}

Napi::Object describe(Napi::Env env, const stack::RTCEncodedVideoFrameMetadata& from) {
  Napi::Object out = describe(env, static_cast<const stack::RTCEncodedFrameMetadata&>(from));
  set(out, "width", toJs(env, from.width));
  set(out, "height", toJs(env, from.height));
  // A frame that is in no layers is all of its picture.
  out.Set("spatialIndex", toJs(env, from.spatialIndex.value_or(0)));
  out.Set("temporalIndex", toJs(env, from.temporalIndex.value_or(0)));
  set(out, "timestamp", toJs(env, from.timestamp));
  set(out, "frameId", toJs(env, from.frameId));
  if (from.frameId) out.Set("dependencies", toJs(env, from.dependencies));
  return out;
}

Napi::Object describe(Napi::Env env, const stack::RTCEncodedAudioFrameMetadata& from) {
  Napi::Object out = describe(env, static_cast<const stack::RTCEncodedFrameMetadata&>(from));
  set(out, "sequenceNumber", toJs(env, from.sequenceNumber));
  set(out, "audioLevel", toJs(env, from.audioLevel));
  return out;
}

const char* typeOf(stack::RTCEncodedVideoFrameType type) {
  switch (type) {
    case stack::RTCEncodedVideoFrameType::kEmpty: return "empty";
    case stack::RTCEncodedVideoFrameType::kKey: return "key";
    case stack::RTCEncodedVideoFrameType::kDelta: return "delta";
  }
  return "";
}

template <class T>
void emitFrame(AddonData& data, Napi::Env env, const void* key, T frame, const char* type) {
  data.emit(key, "frame", [&](auto& args) {
    const Napi::Value bytes = bytesOf(env, frame.data), metadata = describe(env, frame.getMetadata());
    frame.data.clear();
    auto* kept = new Frame(std::move(frame));
    args.push_back(Napi::External<Frame>::New(env, kept, [](Napi::Env, Frame* old) { delete old; }));
    args.push_back(bytes);
    args.push_back(metadata);
    args.push_back(toJs(env, std::string_view(type)));
  });
}

}  // namespace

void Transformer::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) =
      Napi::Persistent(DefineClass(env, kName,
                                   {InstanceMethod("enqueue", &Transformer::enqueue),
                                    InstanceMethod("generateKeyFrame", &Transformer::generateKeyFrame),
                                    InstanceMethod("sendKeyFrameRequest", &Transformer::sendKeyFrameRequest)}));
}

void Transformer::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  const Napi::Env env = Env();
  shared_->onvideoframe = [data, key, env](stack::RTCEncodedVideoFrame frame) {
    const auto type = typeOf(frame.type);
    emitFrame(*data, env, key, std::move(frame), type);
  };
  shared_->onaudioframe = [data, key, env](stack::RTCEncodedAudioFrame frame) {
    emitFrame(*data, env, key, std::move(frame), "");
  };
  shared_->onkeyframerequest = [data, key, env](stack::KeyFrameRequestEvent& event) {
    const Napi::HandleScope scope(env);
    Napi::Object answer = Napi::Object::New(env);
    data->emit(key, "keyframerequest", [&](auto& args) {
      args.push_back(toJs(env, event.rid));
      args.push_back(answer);
    });
    event.prevented = answer.Get("prevented").ToBoolean().Value();
  };
}

// (frame, ArrayBuffer)
void Transformer::enqueue(Info info) {
  auto buffer = info[1].As<Napi::ArrayBuffer>();
  const auto* bytes = static_cast<const uint8_t*>(buffer.Data());
  // A frame goes once: what is left of it is nobody's.
  Frame frame = std::move(*info[0].As<Napi::External<Frame>>().Data());
  std::visit([&](auto& each) { each.data.assign(bytes, bytes + buffer.ByteLength()); }, frame);
  check(Env(), std::visit([&](auto& each) { return it().enqueue(std::move(each)); }, frame));
}

void Transformer::generateKeyFrame(Info info) {
  check(Env(), it().generateKeyFrame(absent(info[0]) ? std::nullopt : std::optional(text(info[0]))));
}

void Transformer::sendKeyFrameRequest(Info) {
  check(Env(), it().sendKeyFrameRequest());
}

template <class End>
Napi::Value setTransform(Napi::Env env, End& end, bool wanted) {
  if (!wanted) {
    check(env, end.setTransform(nullptr));
    return env.Null();
  }
  std::shared_ptr<stack::RTCRtpScriptTransformer> transformer;
  check(env, end.setTransform(std::make_shared<stack::RTCRtpScriptTransform>(
                 [&transformer](const auto& made) { transformer = made; })));
  return Transformer::of(env, transformer);
}
template Napi::Value setTransform(Napi::Env env, stack::RtpSender& end, bool wanted);
template Napi::Value setTransform(Napi::Env env, stack::RtpReceiver& end, bool wanted);

}  // namespace tincan::inline v0::node
