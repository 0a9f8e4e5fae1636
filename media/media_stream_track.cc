#include "media/media_stream_track.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tincan::inline v0::media {
namespace {

// Runs a handler that may replace itself, or the track it sits in, while it runs.
void call(const std::function<void()>& handler) {
  if (!handler) return;
  const std::function<void()> copy = handler;
  copy();
}

}  // namespace

std::string_view toString(MediaStreamTrackState state) {
  switch (state) {
    case MediaStreamTrackState::kLive: return "live";
    case MediaStreamTrackState::kEnded: return "ended";
  }
  return "";
}

std::string newId(RandomSource& random) {
  std::array<uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);  // RFC 9562 §5.4: version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // RFC 9562 §4.1: the variant of the RFC
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

MediaStreamTrack::MediaStreamTrack(bool video, bool remote, std::string id, std::string label,
                                   std::shared_ptr<TrackSource> source)
    : video_(video),
      remote_(remote),
      id_(std::move(id)),
      label_(std::move(label)),
      muted_(remote),
      source_(std::move(source)) {}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::make(bool video, bool remote, std::string id, std::string label,
                                                         std::shared_ptr<TrackSource> source) {
  std::shared_ptr<MediaStreamTrack> track(
      new MediaStreamTrack(video, remote, std::move(id), std::move(label), std::move(source)));
  track->source_->join(track);
  return track;
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localVideo(std::unique_ptr<VideoSource> source, std::string label,
                                                               RandomSource& random, MediaTrackSettings settings) {
  auto shared = std::make_shared<TrackSource>(std::move(source));
  shared->settings = std::move(settings);
  return make(true, false, newId(random), std::move(label), std::move(shared));
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localAudio(std::unique_ptr<AudioSource> source, std::string label,
                                                               RandomSource& random, MediaTrackSettings settings) {
  auto shared = std::make_shared<TrackSource>(std::move(source));
  shared->settings = std::move(settings);
  return make(false, false, newId(random), std::move(label), std::move(shared));
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localVideo(std::shared_ptr<EncodedVideoSource> source,
                                                               std::string label, RandomSource& random,
                                                               MediaTrackSettings settings) {
  auto shared = std::make_shared<TrackSource>(std::shared_ptr<EncodedSource>(std::move(source)));
  shared->settings = std::move(settings);
  return make(true, false, newId(random), std::move(label), std::move(shared));
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localAudio(std::shared_ptr<EncodedAudioSource> source,
                                                               std::string label, RandomSource& random,
                                                               MediaTrackSettings settings) {
  auto shared = std::make_shared<TrackSource>(std::shared_ptr<EncodedSource>(std::move(source)));
  shared->settings = std::move(settings);
  return make(false, false, newId(random), std::move(label), std::move(shared));
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::remote(std::string_view kind, std::string id) {
  // WebRTC §5.3: the label is "remote audio" or "remote video".
  return make(kind == "video", true, std::move(id), "remote " + std::string(kind), std::make_shared<TrackSource>());
}

// Media Capture and Streams §4.3.1, "clone a track".
std::shared_ptr<MediaStreamTrack> MediaStreamTrack::clone(RandomSource& random) const {
  auto copy = make(video_, remote_, newId(random), label_, source_);
  copy->enabled_ = enabled_;
  copy->muted_ = muted_;
  copy->state_ = state_;
  return copy;
}

void MediaStreamTrack::stop() {
  if (!live()) return;
  state_ = MediaStreamTrackState::kEnded;
  source_->release();
}

void MediaStreamTrack::end() {
  const auto source = source_;
  source->each([](MediaStreamTrack& track) { track.endHere(); });
}

void MediaStreamTrack::endHere() {
  if (!live()) return;
  const auto self = shared_from_this();
  stop();
  call(onended);
}

void MediaStreamTrack::abandon() {
  const auto source = source_;
  source->each([](MediaStreamTrack& track) { track.abandonHere(); });
}

void MediaStreamTrack::abandonHere() {
  const auto self = shared_from_this();
  stop();
  onmute = nullptr;
  onunmute = nullptr;
  onended = nullptr;
  videoSinks_.clear();
  audioSinks_.clear();
  encodedSinks_.clear();
}

void MediaStreamTrack::setMuted(bool muted) {
  const auto source = source_;
  source->each([muted](MediaStreamTrack& track) { track.setMutedHere(muted); });
}

void MediaStreamTrack::setMutedHere(bool muted) {
  if (muted_ == muted || !live()) return;
  const auto self = shared_from_this();
  muted_ = muted;
  call(muted ? onmute : onunmute);
}

bool MediaStreamTrack::hasSinks() const {
  bool any = false;
  source_->each([&](const MediaStreamTrack& track) {
    any |= track.live() && (!track.videoSinks_.empty() || !track.audioSinks_.empty() || !track.encodedSinks_.empty());
  });
  return any;
}

SinkId MediaStreamTrack::addVideoSink(VideoSink sink) {
  videoSinks_.add(++lastSink_, std::move(sink));
  return lastSink_;
}

SinkId MediaStreamTrack::addAudioSink(AudioSink sink) {
  audioSinks_.add(++lastSink_, std::move(sink));
  return lastSink_;
}

SinkId MediaStreamTrack::addEncodedSink(EncodedSink sink) {
  encodedSinks_.add(++lastSink_, std::move(sink));
  return lastSink_;
}

void MediaStreamTrack::removeSink(SinkId id) {
  const auto self = shared_from_this();
  if (!videoSinks_.remove(id) && !audioSinks_.remove(id)) encodedSinks_.remove(id);
}

TimePoint MediaStreamTrack::nextFrameTime() const {
  return live() ? source_->nextFrameTime() : TimePoint::never();
}

void MediaStreamTrack::capture(TimePoint now) {
  if (!live()) return;
  const auto source = source_;  // a sink may drop the last track
  source->capture(now);
}

// WebRTC §9.3.1.
MediaTrackSettings MediaStreamTrack::getSettings() const {
  MediaTrackSettings out = source_->settings;
  const SourceStatistics& seen = source_->statistics();
  if (!remote_ || seen.width == 0 || seen.height == 0) return out;
  constexpr double kTenthDecimal = 1e10;
  out.width = seen.width;
  out.height = seen.height;
  out.aspectRatio = std::round(kTenthDecimal * seen.width / seen.height) / kTenthDecimal;
  out.frameRate = seen.pictures.rate();
  return out;
}

void MediaStreamTrack::deliver(const VideoFrame& frame) {
  const auto source = source_;
  source->noteDelivered(frame);
  source->each([&](MediaStreamTrack& track) { track.hand(frame); });
}

void MediaStreamTrack::deliver(const AudioFrame& frame) {
  const auto source = source_;
  source->each([&](MediaStreamTrack& track) { track.hand(frame); });
}

void MediaStreamTrack::hand(const VideoFrame& frame) {
  if (!live() || !video_) return;
  const auto self = shared_from_this();
  if (enabled_) return videoSinks_.deliver(frame);
  // Media Capture and Streams §4.3.1: a track that is not enabled renders black. A copy of its own, as a sink may
  // deliver.
  VideoFrame black = VideoFrame::black(frame.width, frame.height);
  black.captured = frame.captured;
  black.rtpTimestamp = frame.rtpTimestamp;
  videoSinks_.deliver(black);
}

void MediaStreamTrack::hand(const AudioFrame& frame) {
  if (!live() || video_) return;
  const auto self = shared_from_this();
  if (enabled_) return audioSinks_.deliver(frame);
  AudioFrame silence = frame;
  std::fill(silence.samples.begin(), silence.samples.end(), int16_t{0});
  audioSinks_.deliver(silence);
}

// Nobody can make a black picture of frames that are encoded: none comes, and then none that refers to one that did not.
void MediaStreamTrack::hand(const EncodedFrame& frame) {
  if (!live()) return;
  const auto self = shared_from_this();
  if (!enabled_) {
    if (video_) skipsToKeyFrame_[frame.rid] = false;
    return;
  }
  const auto skips = skipsToKeyFrame_.find(frame.rid);
  if (skips != skipsToKeyFrame_.end() && !frame.keyFrame) {
    if (!std::exchange(skips->second, true)) source_->encoded()->requestKeyFrame(frame.rid);
    return;
  }
  if (skips != skipsToKeyFrame_.end()) skipsToKeyFrame_.erase(skips);
  encodedSinks_.deliver(frame);
}

}  // namespace tincan::inline v0::media
