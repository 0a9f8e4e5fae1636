#pragma once

#include <memory>
#include <vector>

#include "media/audio_source.h"
#include "media/encoded_source.h"
#include "media/media_settings.h"
#include "media/source_statistics.h"
#include "media/video_source.h"

namespace tincan::inline v0::media {

class MediaStreamTrack;

/// What a track and its clones have in common (Media Capture and Streams §4.3: a source has any number of tracks): a
/// source of this machine, or the frames that the stack delivers. A frame is captured once, and every live track gets
/// it. The source goes when the last of them ends.
class TrackSource {
 public:
  explicit TrackSource(std::unique_ptr<VideoSource> source) : video_(std::move(source)) {}
  explicit TrackSource(std::unique_ptr<AudioSource> source) : audio_(std::move(source)) {}
  explicit TrackSource(std::shared_ptr<EncodedSource> source) : encoded_(std::move(source)) {}
  TrackSource() = default;  // of remote tracks

  void join(const std::shared_ptr<MediaStreamTrack>& track);
  /// A track has ended.
  void release();
  /// Calls visitor with each track, ended ones included. Tracks that come meanwhile are left out.
  template <class Visitor>
  void each(Visitor&& visitor) const {
    for (size_t i = 0, size = tracks_.size(); i < size && i < tracks_.size(); ++i)
      if (const auto track = tracks_[i].lock()) visitor(*track);
  }

  TimePoint nextFrameTime() const;
  void capture(TimePoint now);
  const std::shared_ptr<EncodedSource>& encoded() const { return encoded_; }
  const SourceStatistics& statistics() const { return statistics_; }
  /// Of a remote track, which no capture() counts.
  void noteDelivered(const VideoFrame& frame) { statistics_.note(frame.captured, frame); }

  MediaTrackSettings settings;

 private:
  bool wanted() const;

  std::unique_ptr<VideoSource> video_;
  std::unique_ptr<AudioSource> audio_;
  std::shared_ptr<EncodedSource> encoded_;  // whoever pushes has it, too
  VideoFrame captured_;                     // kept, so that a picture allocates nothing
  SourceStatistics statistics_;
  bool capturing_ = false;
  std::vector<std::weak_ptr<MediaStreamTrack>> tracks_;
};

}  // namespace tincan::inline v0::media
