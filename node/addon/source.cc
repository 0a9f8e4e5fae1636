#include "node/addon/source.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "media/resampler.h"
#include "node/addon/addon_data.h"
#include "node/addon/convert.h"
#include "node/addon/track.h"

namespace tincan::inline v0::node {

/// The picture that came last; an older one that nobody took is gone, as with a camera.
class PushedVideo {
 public:
  std::optional<media::VideoFrame> next;
};

/// Sound that waits, cut into frames of 20 ms at 48 kHz; more than a second of it is dropped.
class PushedAudio {
 public:
  static constexpr size_t kMostFrames = 50;

  Result<void> push(std::span<const int16_t> samples, int rate, int channels) {
    if (rate != rate_ || channels != channels_) {
      waiting_.clear();
      resampler_.reset();
      rate_ = rate;
      channels_ = channels;
      if (rate != media::AudioFrame::kRate) {
        auto made = media::Resampler::create(rate, media::AudioFrame::kRate, channels);
        if (!made) return made.error();
        resampler_.emplace(std::move(made).value());
      }
    }
    if (resampler_) {
      resampler_->push(samples);
      resampler_->pull(samples.size() * media::AudioFrame::kRate / static_cast<size_t>(rate) + 1, waiting_);
    } else {
      waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    }
    const auto whole = static_cast<size_t>(media::AudioFrame::kSamples * channels);
    while (waiting_.size() >= whole) {
      media::AudioFrame frame;
      frame.channels = channels;
      frame.samples.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(whole));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(whole));
      if (frames.size() < kMostFrames) frames.push_back(std::move(frame));
    }
    return {};
  }

  std::deque<media::AudioFrame> frames;

 private:
  int rate_ = media::AudioFrame::kRate;
  int channels_ = 1;
  std::optional<media::Resampler> resampler_;
  std::vector<int16_t> waiting_;
};

namespace {

// Beyond what any source of sound has.
constexpr size_t kHighestRate = 192'000;

class PushedVideoSource final : public media::VideoSource {
 public:
  explicit PushedVideoSource(std::shared_ptr<PushedVideo> pushed) : pushed_(std::move(pushed)) {}
  TimePoint nextFrameTime() const override { return pushed_->next ? TimePoint() : TimePoint::never(); }
  bool capture(TimePoint now, media::VideoFrame& out) override {
    if (!pushed_->next) return false;
    out = *std::exchange(pushed_->next, std::nullopt);
    if (!first_) first_ = now;
    out.captured = now;
    // 90 kHz (RFC 7741 §4.1)
    out.rtpTimestamp = static_cast<uint32_t>((now - *first_).micros() * 9 / 100);
    return true;
  }

 private:
  std::shared_ptr<PushedVideo> pushed_;
  std::optional<TimePoint> first_;
};

class PushedAudioSource final : public media::AudioSource {
 public:
  explicit PushedAudioSource(std::shared_ptr<PushedAudio> pushed) : pushed_(std::move(pushed)) {}
  TimePoint nextFrameTime() const override { return pushed_->frames.empty() ? TimePoint::never() : TimePoint(); }
  bool capture(TimePoint now, media::AudioFrame& out) override {
    if (pushed_->frames.empty()) return false;
    out = std::move(pushed_->frames.front());
    pushed_->frames.pop_front();
    out.captured = now;
    out.rtpTimestamp = timestamp_;
    timestamp_ += media::AudioFrame::kSamples;
    return true;
  }

 private:
  std::shared_ptr<PushedAudio> pushed_;
  uint32_t timestamp_ = 0;
};

}  // namespace

// ---- VideoSource ----

void VideoSource::define(Napi::Env env, Napi::Object exports) {
  exports.Set("VideoSource", DefineClass(env, "VideoSource",
                                         {InstanceMethod("createTrack", &VideoSource::createTrack),
                                          InstanceMethod("onFrame", &VideoSource::onFrame)}));
}

VideoSource::VideoSource(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<VideoSource>(info), pushed_(std::make_shared<PushedVideo>()) {}

Napi::Value VideoSource::createTrack(const Napi::CallbackInfo& info) {
  AddonData& data = AddonData::of(Env());
  media::MediaTrackSettings settings;
  if (const auto width = optionalNumber(info[0].As<Napi::Object>(), "width")) settings.width = static_cast<int>(*width);
  if (const auto height = optionalNumber(info[0].As<Napi::Object>(), "height"))
    settings.height = static_cast<int>(*height);
  return Track::of(Env(), media::MediaStreamTrack::localVideo(std::make_unique<PushedVideoSource>(pushed_), "source",
                                                              data.random(), settings));
}

void VideoSource::onFrame(const Napi::CallbackInfo& info) {
  const int width = info[0].As<Napi::Number>().Int32Value();
  const int height = info[1].As<Napi::Number>().Int32Value();
  auto data = info[2].As<Napi::Uint8Array>();
  if (width <= 0 || height <= 0 || width > media::VideoFrame::kMaxSide || height > media::VideoFrame::kMaxSide)
    fail(Env(), Error(ErrorCode::kTypeError, "a frame's sides must be 1 to 4096 pixels"));
  if (data.ByteLength() < media::VideoFrame::sizeOf(width, height))
    fail(Env(), Error(ErrorCode::kTypeError, "the data is shorter than an I420 picture of this size"));
  media::VideoFrame frame;
  frame.resize(width, height);
  std::copy_n(data.Data(), frame.pixels.size(), frame.pixels.begin());
  pushed_->next = std::move(frame);
  AddonData::of(Env()).wakeAll();
}

// ---- AudioSource ----

void AudioSource::define(Napi::Env env, Napi::Object exports) {
  exports.Set("AudioSource", DefineClass(env, "AudioSource",
                                         {InstanceMethod("createTrack", &AudioSource::createTrack),
                                          InstanceMethod("onData", &AudioSource::onData)}));
}

AudioSource::AudioSource(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<AudioSource>(info), pushed_(std::make_shared<PushedAudio>()) {}

Napi::Value AudioSource::createTrack(const Napi::CallbackInfo&) {
  AddonData& data = AddonData::of(Env());
  media::MediaTrackSettings settings;
  settings.sampleRate = media::AudioFrame::kRate;
  settings.sampleSize = 16;
  return Track::of(Env(), media::MediaStreamTrack::localAudio(std::make_unique<PushedAudioSource>(pushed_), "source",
                                                              data.random(), settings));
}

void AudioSource::onData(const Napi::CallbackInfo& info) {
  auto samples = info[0].As<Napi::Int16Array>();
  const auto rate = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  const auto channels = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  if (rate < 8000 || rate > kHighestRate || channels < 1 || channels > 2 || samples.ElementLength() % channels != 0)
    fail(Env(), Error(ErrorCode::kTypeError, "sound is 8000 to 192000 Hz, of one or two channels, interleaved"));
  check(Env(), pushed_->push(std::span(samples.Data(), samples.ElementLength()), static_cast<int>(rate),
                             static_cast<int>(channels)));
  AddonData::of(Env()).wakeAll();
}

}  // namespace tincan::inline v0::node
