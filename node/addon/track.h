#pragma once

#include <memory>
#include <optional>

#include "media/media_stream.h"
#include "node/addon/addon_data.h"
#include "node/uv_driver/uv_handles.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of a track. As long as somebody looks at it (setSink), its frames go to the dispatcher, and a local
/// track that nobody sends is captured for that.
class Track : public Shared<Track, media::MediaStreamTrack> {
 public:
  static constexpr const char* kName = "Track";
  static void define(Napi::Env env, Napi::Object exports);
  using Shared::Shared;
  ~Track() override;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value describe(Info info);
  Napi::Value enabled(Info info);
  void setEnabled(Info info);
  Napi::Value muted(Info info);
  Napi::Value readyState(Info info);
  Napi::Value clone(Info info);
  Napi::Value settings(Info info);
  void stop(Info info);
  /// (true or false): frames are events "frame" from now on, or no more.
  void setSink(Info info);
  void tell(const media::VideoFrame& frame);
  void tell(const media::AudioFrame& frame);
  void capture();

  std::optional<media::SinkId> sink_;
  std::unique_ptr<UvTimer> pump_;
};

/// JavaScript's hold of a stream that the far end named.
class Stream : public Shared<Stream, media::MediaStream> {
 public:
  static constexpr const char* kName = "Stream";
  static void define(Napi::Env env);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value id(Info info);
  Napi::Value tracks(Info info);
};

}  // namespace tincan::inline v0::node
