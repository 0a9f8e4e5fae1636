#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "media/media_stream_track.h"

namespace tincan::inline v0::media {

/// W3C MediaStream (Media Capture and Streams §4.2): tracks that belong together, in the order they were added.
/// Shared for the same reason as MediaStreamTrack.
class MediaStream {
 public:
  using TrackPtr = std::shared_ptr<MediaStreamTrack>;

  static std::shared_ptr<MediaStream> create(RandomSource& random, std::vector<TrackPtr> tracks = {});
  /// With the id that the peer gave it in its msid (RFC 8830).
  explicit MediaStream(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  /// At least one of its tracks is live.
  bool active() const;
  const std::vector<TrackPtr>& getTracks() const { return tracks_; }
  std::vector<TrackPtr> getAudioTracks() const { return ofKind("audio"); }
  std::vector<TrackPtr> getVideoTracks() const { return ofKind("video"); }
  /// A stream of its own, with a clone of each track (Media Capture and Streams §4.2.2).
  std::shared_ptr<MediaStream> clone(RandomSource& random) const;
  /// Null when there is none.
  TrackPtr getTrackById(std::string_view id) const;
  /// Nothing when the track is null or already there. Handlers are not called: who calls this knows.
  void addTrack(TrackPtr track);
  void removeTrack(const TrackPtr& track);

  /// Called when the stack, not the application, changes the stream.
  std::function<void(const TrackPtr&)> onaddtrack;
  std::function<void(const TrackPtr&)> onremovetrack;

  // -- for the stack: as addTrack and removeTrack, then the handler --
  void addRemoteTrack(TrackPtr track);
  void removeRemoteTrack(TrackPtr track);

 private:
  std::vector<TrackPtr> ofKind(std::string_view kind) const;

  const std::string id_;
  std::vector<TrackPtr> tracks_;
};

}  // namespace tincan::inline v0::media
