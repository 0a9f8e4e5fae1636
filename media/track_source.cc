#include "media/track_source.h"

#include <utility>

#include "media/media_stream_track.h"

namespace tincan::inline v0::media {
namespace {

// A second of sound is as much as a late caller can be owed at once (AudioSource::capture).
constexpr int kMaxFramesAtOnce = 64;

}  // namespace

void TrackSource::join(const std::shared_ptr<MediaStreamTrack>& track) {
  // A track that is cloned and dropped again and again leaves nothing behind.
  if (!capturing_) std::erase_if(tracks_, [](const auto& each) { return each.expired(); });
  tracks_.push_back(track);
}

bool TrackSource::wanted() const {
  bool live = false;
  each([&](const MediaStreamTrack& track) { live |= track.live(); });
  return live;
}

void TrackSource::release() {
  if (capturing_ || wanted()) return;  // the source is at work below us: capture() lets it go
  video_.reset();
  audio_.reset();
}

TimePoint TrackSource::nextFrameTime() const {
  if (video_) return video_->nextFrameTime();
  if (audio_) return audio_->nextFrameTime();
  if (encoded_) return encoded_->nextFrameTime();
  return TimePoint::never();
}

void TrackSource::capture(TimePoint now) {
  if (std::exchange(capturing_, true)) return;
  if (video_ && video_->capture(now, captured_)) {
    statistics_.note(now, captured_);
    each([this](MediaStreamTrack& track) { track.hand(captured_); });
  }
  AudioFrame sound;
  for (int i = 0; i < kMaxFramesAtOnce && audio_ && wanted() && audio_->capture(now, sound); ++i) {
    statistics_.sound.note(sound);
    each([&](MediaStreamTrack& track) { track.hand(sound); });
  }
  EncodedFrame frame;
  while (encoded_ && wanted() && encoded_->capture(now, frame)) {
    each([&](MediaStreamTrack& track) { track.hand(frame); });
  }
  capturing_ = false;
  release();
}

}  // namespace tincan::inline v0::media
