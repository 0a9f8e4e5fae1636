#include "node/addon/transceiver.h"

#include <utility>
#include <vector>

#include "node/addon/convert.h"
#include "node/addon/stats.h"
#include "node/addon/track.h"
#include "node/addon/transformer.h"
#include "node/addon/transports.h"

namespace tincan::inline v0::node {

namespace {

// RTCRtpSender.getCapabilities and RTCRtpReceiver's: (kind, "send" or "receive").
Napi::Value capabilities(const Napi::CallbackInfo& info) {
  const auto kind = text(info[0]) == "audio" ? stack::MediaKind::kAudio : stack::MediaKind::kVideo;
  return toJs(info.Env(), text(info[1]) == "send" ? stack::RtpSender::getCapabilities(kind)
                                                  : stack::RtpReceiver::getCapabilities(kind));
}

template <class Source>
Napi::Value sourcesToJs(Napi::Env env, const std::vector<Source>& sources) {
  Napi::Array out = Napi::Array::New(env);
  for (const stack::RTCRtpContributingSource& each : sources) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("timestamp", node::toJs(env, each.timestamp));
    one.Set("source", node::toJs(env, each.source));
    if (each.audioLevel) one.Set("audioLevel", node::toJs(env, *each.audioLevel));
    one.Set("rtpTimestamp", node::toJs(env, each.rtpTimestamp));
    if (each.captureTimestamp) one.Set("captureTimestamp", node::toJs(env, *each.captureTimestamp));
    if (each.senderCaptureTimeOffset)
      one.Set("senderCaptureTimeOffset", node::toJs(env, *each.senderCaptureTimeOffset));
    out.Set(out.Length(), one);
  }
  return out;
}

}  // namespace

void Transceiver::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).constructor(kName) =
      Napi::Persistent(DefineClass(env, kName,
                                   {InstanceMethod("kind", &Transceiver::kind),
                                    InstanceMethod("mid", &Transceiver::mid),
                                    InstanceMethod("direction", &Transceiver::direction),
                                    InstanceMethod("currentDirection", &Transceiver::currentDirection),
                                    InstanceMethod("setDirection", &Transceiver::setDirection),
                                    InstanceMethod("stop", &Transceiver::stop),
                                    InstanceMethod("setCodecPreferences", &Transceiver::setCodecPreferences),
                                    InstanceMethod("extensions", &Transceiver::extensions),
                                    InstanceMethod("setExtensions", &Transceiver::setExtensions),
                                    InstanceMethod("senderTrack", &Transceiver::senderTrack),
                                    InstanceMethod("senderTransport", &Transceiver::senderTransport),
                                    InstanceMethod("replaceTrack", &Transceiver::replaceTrack),
                                    InstanceMethod("setStreams", &Transceiver::setStreams),
                                    InstanceMethod("senderParameters", &Transceiver::senderParameters),
                                    InstanceMethod("setParameters", &Transceiver::setParameters),
                                    InstanceMethod("senderStats", &Transceiver::senderStats),
                                    InstanceMethod("receiverTrack", &Transceiver::receiverTrack),
                                    InstanceMethod("receiverTransport", &Transceiver::receiverTransport),
                                    InstanceMethod("receiverParameters", &Transceiver::receiverParameters),
                                    InstanceMethod("receiverStats", &Transceiver::receiverStats),
                                    InstanceMethod("sources", &Transceiver::sources),
                                    InstanceMethod("setTransform", &Transceiver::setTransform),
                                    InstanceMethod("setJitterBufferTarget", &Transceiver::setJitterBufferTarget),
                                    InstanceMethod("canInsertDTMF", &Transceiver::canInsertDTMF),
                                    InstanceMethod("toneBuffer", &Transceiver::toneBuffer),
                                    InstanceMethod("insertDTMF", &Transceiver::insertDTMF)}));
  exports.Set("capabilities", Napi::Function::New(env, capabilities));
}

void Transceiver::attach() {
  const auto& dtmf = shared_->sender()->dtmf();
  if (!dtmf) return;
  AddonData* data = &AddonData::of(Env());
  dtmf->ontonechange = [data, key = static_cast<const void*>(shared_.get()),
                        env = Env()](const stack::RTCDTMFToneChangeEvent& event) {
    data->emit(key, "tonechange", [&](auto& args) { args.push_back(node::toJs(env, event.tone)); });
  };
}

Napi::Value Transceiver::kind(Info) {
  return node::toJs(Env(), std::string_view(it().kind() == stack::MediaKind::kAudio ? "audio" : "video"));
}
Napi::Value Transceiver::mid(Info) {
  return node::toJs(Env(), it().mid());
}
Napi::Value Transceiver::direction(Info) {
  return node::toJs(Env(), it().direction());
}
Napi::Value Transceiver::currentDirection(Info) {
  return node::toJs(Env(), it().currentDirection());
}
void Transceiver::setDirection(Info info) {
  check(Env(), it().setDirection(toDirection(info[0])));
}
void Transceiver::stop(Info) {
  check(Env(), it().stop());
}
void Transceiver::setCodecPreferences(Info info) {
  std::vector<stack::RTCRtpCodec> codecs;
  each(info[0], [&](const Napi::Object& one) { codecs.push_back(toCodec(one)); });
  check(Env(), it().setCodecPreferences(codecs));
}

// "wished" or "negotiated": a list of {uri, direction}.
Napi::Value Transceiver::extensions(Info info) {
  const auto list =
      text(info[0]) == "wished" ? it().getHeaderExtensionsToNegotiate() : it().getNegotiatedHeaderExtensions();
  Napi::Array out = Napi::Array::New(Env());
  for (const auto& each : list) {
    Napi::Object one = Napi::Object::New(Env());
    one.Set("uri", node::toJs(Env(), each.uri));
    one.Set("direction", node::toJs(Env(), each.direction));
    out.Set(out.Length(), one);
  }
  return out;
}
void Transceiver::setExtensions(Info info) {
  std::vector<stack::RTCRtpHeaderExtensionCapability> list;
  each(info[0], [&](const Napi::Object& one) {
    list.push_back({optionalText(one, "uri").value_or(""), toDirection(one.Get("direction"))});
  });
  check(Env(), it().setHeaderExtensionsToNegotiate(list));
}

// ---- Sender ----

Napi::Value Transceiver::senderTrack(Info) {
  return Track::of(Env(), it().sender()->track());
}
Napi::Value Transceiver::senderTransport(Info) {
  return DtlsTransport::of(Env(), it().sender()->transport());
}
void Transceiver::replaceTrack(Info info) {
  check(Env(), it().sender()->replaceTrack(Track::from(info[0])));
}
void Transceiver::setStreams(Info info) {
  std::vector<stack::MediaStreamPtr> streams;
  for (std::string& id : texts(info[0])) streams.push_back(std::make_shared<media::MediaStream>(std::move(id)));
  check(Env(), it().sender()->setStreams(streams));
}
Napi::Value Transceiver::senderParameters(Info) {
  return node::toJs(Env(), it().sender()->getParameters());
}
void Transceiver::setParameters(Info info) {
  check(Env(), it().sender()->setParameters(toSendParameters(info[0].As<Napi::Object>()), toSetOptions(info[1])));
}
Napi::Value Transceiver::senderStats(Info) {
  return node::toJs(Env(), it().sender()->getStats());
}

// ---- Receiver ----

Napi::Value Transceiver::receiverTrack(Info) {
  return Track::of(Env(), it().receiver()->track());
}
Napi::Value Transceiver::receiverTransport(Info) {
  return DtlsTransport::of(Env(), it().receiver()->transport());
}
Napi::Value Transceiver::receiverParameters(Info) {
  return node::toJs(Env(), it().receiver()->getParameters());
}
Napi::Value Transceiver::receiverStats(Info) {
  return node::toJs(Env(), it().receiver()->getStats());
}
// "contributing" or "synchronization".
Napi::Value Transceiver::sources(Info info) {
  if (text(info[0]) == "contributing") return sourcesToJs(Env(), it().receiver()->getContributingSources());
  return sourcesToJs(Env(), it().receiver()->getSynchronizationSources());
}
void Transceiver::setJitterBufferTarget(Info info) {
  const auto target = absent(info[0]) ? std::nullopt : std::optional(info[0].As<Napi::Number>().DoubleValue());
  check(Env(), it().receiver()->setJitterBufferTarget(target));
}

// ---- Encoded frames ----

// ("sender" or "receiver", whether there is to be one): a Transformer, or null.
Napi::Value Transceiver::setTransform(Info info) {
  const bool wanted = info[1].ToBoolean().Value();
  if (text(info[0]) == "sender") return node::setTransform(Env(), *it().sender(), wanted);
  return node::setTransform(Env(), *it().receiver(), wanted);
}

// ---- DTMF ----

Napi::Value Transceiver::canInsertDTMF(Info) {
  const auto& dtmf = it().sender()->dtmf();
  return node::toJs(Env(), dtmf && dtmf->canInsertDTMF());
}
Napi::Value Transceiver::toneBuffer(Info) {
  const auto& dtmf = it().sender()->dtmf();
  return dtmf ? node::toJs(Env(), dtmf->toneBuffer()) : Env().Null();
}
void Transceiver::insertDTMF(Info info) {
  check(Env(), it().sender()->dtmf()->insertDTMF(text(info[0]), info[1].As<Napi::Number>().Uint32Value(),
                                                 info[2].As<Napi::Number>().Uint32Value()));
}

}  // namespace tincan::inline v0::node
