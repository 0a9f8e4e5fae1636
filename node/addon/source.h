#pragma once

#include <memory>
#include <napi.h>

namespace tincan::inline v0::node {

/// What VideoSource and the track that it feeds share.
class PushedVideo;
/// What AudioSource and its tracks share.
class PushedAudio;

/// Pictures from JavaScript: createTrack() and onFrame(width, height, i420).
class VideoSource : public Napi::ObjectWrap<VideoSource> {
 public:
  static void define(Napi::Env env, Napi::Object exports);
  explicit VideoSource(const Napi::CallbackInfo& info);

 private:
  Napi::Value createTrack(const Napi::CallbackInfo& info);
  void onFrame(const Napi::CallbackInfo& info);
  std::shared_ptr<PushedVideo> pushed_;
};

/// Sound from JavaScript: createTrack() and onData(samples, sampleRate, channels).
class AudioSource : public Napi::ObjectWrap<AudioSource> {
 public:
  static void define(Napi::Env env, Napi::Object exports);
  explicit AudioSource(const Napi::CallbackInfo& info);

 private:
  Napi::Value createTrack(const Napi::CallbackInfo& info);
  void onData(const Napi::CallbackInfo& info);
  std::shared_ptr<PushedAudio> pushed_;
};

}  // namespace tincan::inline v0::node
