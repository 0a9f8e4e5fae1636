#include "media/media_stream_track.h"

#include <algorithm>
#include <array>

namespace tincan::media {
namespace {

// Runs a handler that may replace itself, or the track it sits in, while it runs.
void call(const std::function<void()>& handler) {
  if (!handler) return;
  const std::function<void()> copy = handler;
  copy();
}

// A second of sound is as much as a late caller can be owed at once (AudioSource::capture).
constexpr int kMaxFramesAtOnce = 64;

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

MediaStreamTrack::MediaStreamTrack(bool video, bool remote, std::string id, std::string label)
    : video_(video), remote_(remote), id_(std::move(id)), label_(std::move(label)), muted_(remote) {}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localVideo(std::unique_ptr<VideoSource> source, std::string label,
                                                               RandomSource& random) {
  std::shared_ptr<MediaStreamTrack> track(new MediaStreamTrack(true, false, newId(random), std::move(label)));
  track->videoSource_ = std::move(source);
  return track;
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::localAudio(std::unique_ptr<AudioSource> source, std::string label,
                                                               RandomSource& random) {
  std::shared_ptr<MediaStreamTrack> track(new MediaStreamTrack(false, false, newId(random), std::move(label)));
  track->audioSource_ = std::move(source);
  return track;
}

std::shared_ptr<MediaStreamTrack> MediaStreamTrack::remote(std::string_view kind, std::string id) {
  // WebRTC §5.3: the label is "remote audio" or "remote video".
  return std::shared_ptr<MediaStreamTrack>(
      new MediaStreamTrack(kind == "video", true, std::move(id), "remote " + std::string(kind)));
}

void MediaStreamTrack::stop() {
  if (!live()) return;
  state_ = MediaStreamTrackState::kEnded;
  if (capturing_) return;  // the source is at work below us: capture() lets it go
  videoSource_.reset();
  audioSource_.reset();
}

void MediaStreamTrack::end() {
  if (!live()) return;
  const auto self = shared_from_this();
  stop();
  call(onended);
}

void MediaStreamTrack::abandon() {
  const auto self = shared_from_this();
  stop();
  onmute = nullptr;
  onunmute = nullptr;
  onended = nullptr;
  videoSinks_.clear();
  audioSinks_.clear();
}

void MediaStreamTrack::setMuted(bool muted) {
  if (muted_ == muted || !live()) return;
  const auto self = shared_from_this();
  muted_ = muted;
  call(muted ? onmute : onunmute);
}

SinkId MediaStreamTrack::addVideoSink(VideoSink sink) {
  videoSinks_.add(++lastSink_, std::move(sink));
  return lastSink_;
}

SinkId MediaStreamTrack::addAudioSink(AudioSink sink) {
  audioSinks_.add(++lastSink_, std::move(sink));
  return lastSink_;
}

void MediaStreamTrack::removeSink(SinkId id) {
  const auto self = shared_from_this();
  if (!videoSinks_.remove(id)) audioSinks_.remove(id);
}

TimePoint MediaStreamTrack::nextFrameTime() const {
  if (!live()) return TimePoint::never();
  if (videoSource_) return videoSource_->nextFrameTime();
  if (audioSource_) return audioSource_->nextFrameTime();
  return TimePoint::never();
}

void MediaStreamTrack::capture(TimePoint now) {
  if (!live() || capturing_) return;
  const auto self = shared_from_this();
  capturing_ = true;
  if (videoSource_ && videoSource_->capture(now, captured_)) deliver(captured_);
  AudioFrame sound;
  for (int i = 0; i < kMaxFramesAtOnce && live() && audioSource_ && audioSource_->capture(now, sound); ++i)
    deliver(sound);
  capturing_ = false;
  if (live()) return;
  videoSource_.reset();
  audioSource_.reset();
}

void MediaStreamTrack::deliver(const VideoFrame& frame) {
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

void MediaStreamTrack::deliver(const AudioFrame& frame) {
  if (!live() || video_) return;
  const auto self = shared_from_this();
  if (enabled_) return audioSinks_.deliver(frame);
  AudioFrame silence = frame;
  std::fill(silence.samples.begin(), silence.samples.end(), int16_t{0});
  audioSinks_.deliver(silence);
}

}  // namespace tincan::media
