#include "node/addon/track.h"

#include <algorithm>
#include <utility>

#include "media/get_user_media.h"
#include "media/media_devices.h"
#include "node/addon/convert.h"

namespace tincan::inline v0::node {

namespace {

// (…, audio: {toneFrequency, file} or null, video: {width, height, frameRate, file} or null): the tracks.
Napi::Value getUserMedia(const Napi::CallbackInfo& info) {
  media::MediaStreamConstraints wish;
  if (info[0].IsObject()) {
    const Napi::Object object = info[0].As<Napi::Object>();
    media::AudioConstraints audio;
    audio.toneFrequency = optionalNumber(object, "toneFrequency").value_or(audio.toneFrequency);
    audio.file = optionalText(object, "file").value_or("");
    wish.audio = audio;
  }
  if (info[1].IsObject()) {
    const Napi::Object object = info[1].As<Napi::Object>();
    media::VideoConstraints video;
    video.width = static_cast<int>(optionalNumber(object, "width").value_or(video.width));
    video.height = static_cast<int>(optionalNumber(object, "height").value_or(video.height));
    video.frameRate = optionalNumber(object, "frameRate").value_or(video.frameRate);
    video.file = optionalText(object, "file").value_or("");
    wish.video = video;
  }
  const auto stream = take(info.Env(), media::getUserMedia(wish, AddonData::of(info.Env()).random()));
  Napi::Array out = Napi::Array::New(info.Env());
  for (const auto& track : stream->getTracks()) out.Set(out.Length(), Track::of(info.Env(), track));
  return out;
}

Napi::Value enumerateDevices(const Napi::CallbackInfo& info) {
  Napi::Array out = Napi::Array::New(info.Env());
  for (const auto& device : media::enumerateDevices()) {
    Napi::Object one = Napi::Object::New(info.Env());
    one.Set("deviceId", toJs(info.Env(), device.deviceId));
    one.Set("kind", toJs(info.Env(), media::toString(device.kind)));
    one.Set("label", toJs(info.Env(), device.label));
    one.Set("groupId", toJs(info.Env(), device.groupId));
    out.Set(out.Length(), one);
  }
  return out;
}

}  // namespace

void Track::define(Napi::Env env, Napi::Object exports) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(
      DefineClass(env, kName,
                  {InstanceMethod("describe", &Track::describe), InstanceMethod("enabled", &Track::enabled),
                   InstanceMethod("setEnabled", &Track::setEnabled), InstanceMethod("muted", &Track::muted),
                   InstanceMethod("readyState", &Track::readyState), InstanceMethod("clone", &Track::clone),
                   InstanceMethod("settings", &Track::settings), InstanceMethod("stop", &Track::stop),
                   InstanceMethod("setSink", &Track::setSink)}));
  exports.Set("getUserMedia", Napi::Function::New(env, getUserMedia));
  exports.Set("enumerateDevices", Napi::Function::New(env, enumerateDevices));
}

Track::~Track() {
  if (sink_) shared_->removeSink(*sink_);
}

void Track::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  const auto plain = [data, key](const char* type) { return [data, key, type] { data->emit(key, type); }; };
  shared_->onmute = plain("mute");
  shared_->onunmute = plain("unmute");
  shared_->onended = plain("ended");
}

// What does not change.
Napi::Value Track::describe(Info) {
  Napi::Object out = Napi::Object::New(Env());
  out.Set("kind", toJs(Env(), it().kind()));
  out.Set("id", toJs(Env(), it().id()));
  out.Set("label", toJs(Env(), it().label()));
  out.Set("remote", toJs(Env(), it().isRemote()));
  return out;
}
Napi::Value Track::enabled(Info) {
  return toJs(Env(), it().enabled());
}
void Track::setEnabled(Info info) {
  it().setEnabled(info[0].ToBoolean().Value());
}
Napi::Value Track::muted(Info) {
  return toJs(Env(), it().muted());
}
Napi::Value Track::readyState(Info) {
  return toJs(Env(), it().readyState());
}
Napi::Value Track::clone(Info) {
  return Track::of(Env(), it().clone(AddonData::of(Env()).random()));
}
void Track::stop(Info) {
  it().stop();
}

Napi::Value Track::settings(Info) {
  const media::MediaTrackSettings settings = it().getSettings();
  Napi::Object out = Napi::Object::New(Env());
  const auto set = [&](const char* name, const auto& value) {
    if (value) out.Set(name, toJs(Env(), *value));
  };
  set("width", settings.width);
  set("height", settings.height);
  set("aspectRatio", settings.aspectRatio);
  set("frameRate", settings.frameRate);
  set("sampleRate", settings.sampleRate);
  set("sampleSize", settings.sampleSize);
  set("channelCount", settings.channelCount);
  set("latency", settings.latency);
  if (!settings.deviceId.empty()) out.Set("deviceId", toJs(Env(), settings.deviceId));
  if (!settings.groupId.empty()) out.Set("groupId", toJs(Env(), settings.groupId));
  return out;
}

// ---- Frames ----

void Track::setSink(Info info) {
  const bool wanted = info[0].ToBoolean().Value();
  if (wanted == sink_.has_value()) return;
  if (!wanted) {
    it().removeSink(*std::exchange(sink_, std::nullopt));
    pump_.reset();
    return;
  }
  sink_ = it().isVideo() ? it().addVideoSink([this](const media::VideoFrame& frame) { tell(frame); })
                         : it().addAudioSink([this](const media::AudioFrame& frame) { tell(frame); });
  if (it().isRemote()) return;
  pump_ = std::make_unique<UvTimer>(AddonData::of(Env()).loop(), [this] { capture(); });
  capture();
}

// A source that waits for somebody's frames has no time of its own: it is asked every 20 ms.
void Track::capture() {
  UvLoop& loop = AddonData::of(Env()).loop();
  it().capture(loop.now());
  if (!pump_ || !it().live()) return;
  const TimePoint latest = loop.now() + Duration::millis(20);
  pump_->start(earlier(it().nextFrameTime(), latest));
}

void Track::tell(const media::VideoFrame& frame) {
  AddonData::of(Env()).emit(shared_.get(), "frame", [&](auto& args) {
    Napi::Object out = Napi::Object::New(Env());
    out.Set("width", toJs(Env(), frame.width));
    out.Set("height", toJs(Env(), frame.height));
    out.Set("data", toArrayBuffer(Env(), frame.pixels));
    out.Set("timestamp", toJs(Env(), frame.captured.micros()));
    args.push_back(out);
  });
}

void Track::tell(const media::AudioFrame& frame) {
  AddonData::of(Env()).emit(shared_.get(), "frame", [&](auto& args) {
    Napi::Object out = Napi::Object::New(Env());
    const auto* bytes = static_cast<const uint8_t*>(static_cast<const void*>(frame.samples.data()));
    out.Set("samples", toArrayBuffer(Env(), Bytes(bytes, bytes + frame.samples.size() * sizeof(int16_t))));
    out.Set("sampleRate", toJs(Env(), frame.sampleRate));
    out.Set("channelCount", toJs(Env(), frame.channels));
    out.Set("numberOfFrames", toJs(Env(), frame.samplesPerChannel()));
    out.Set("timestamp", toJs(Env(), frame.captured.micros()));
    args.push_back(out);
  });
}

// ---- Stream ----

void Stream::define(Napi::Env env) {
  AddonData::of(env).constructor(kName) = Napi::Persistent(
      DefineClass(env, kName, {InstanceMethod("id", &Stream::id), InstanceMethod("tracks", &Stream::tracks)}));
}

void Stream::attach() {
  AddonData* data = &AddonData::of(Env());
  const void* key = shared_.get();
  const auto told = [data, key, env = Env()](const char* type) {
    return [data, key, env, type](const std::shared_ptr<media::MediaStreamTrack>& track) {
      data->emit(key, type, [&](auto& args) { args.push_back(Track::of(env, track)); });
    };
  };
  shared_->onaddtrack = told("addtrack");
  shared_->onremovetrack = told("removetrack");
}

Napi::Value Stream::id(Info) {
  return toJs(Env(), it().id());
}
Napi::Value Stream::tracks(Info) {
  Napi::Array out = Napi::Array::New(Env());
  for (const auto& track : it().getTracks()) out.Set(out.Length(), Track::of(Env(), track));
  return out;
}

}  // namespace tincan::inline v0::node
