#include "media/media_stream.h"

#include <algorithm>

namespace tincan::inline v0::media {

std::shared_ptr<MediaStream> MediaStream::create(RandomSource& random, std::vector<TrackPtr> tracks) {
  auto stream = std::make_shared<MediaStream>(newId(random));
  for (TrackPtr& track : tracks) stream->addTrack(std::move(track));
  return stream;
}

std::shared_ptr<MediaStream> MediaStream::clone(RandomSource& random) const {
  std::vector<TrackPtr> tracks;
  for (const TrackPtr& track : tracks_) tracks.push_back(track->clone(random));
  return create(random, std::move(tracks));
}

bool MediaStream::active() const {
  return std::any_of(tracks_.begin(), tracks_.end(), [](const TrackPtr& track) { return track->live(); });
}

std::vector<MediaStream::TrackPtr> MediaStream::ofKind(std::string_view kind) const {
  std::vector<TrackPtr> tracks;
  for (const TrackPtr& track : tracks_)
    if (track->kind() == kind) tracks.push_back(track);
  return tracks;
}

MediaStream::TrackPtr MediaStream::getTrackById(std::string_view id) const {
  for (const TrackPtr& track : tracks_)
    if (track->id() == id) return track;
  return nullptr;
}

void MediaStream::addTrack(TrackPtr track) {
  if (!track || std::find(tracks_.begin(), tracks_.end(), track) != tracks_.end()) return;
  tracks_.push_back(std::move(track));
}

void MediaStream::removeTrack(const TrackPtr& track) {
  const auto it = std::find(tracks_.begin(), tracks_.end(), track);
  if (it == tracks_.end()) return;
  const TrackPtr removed = std::move(*it);  // `track` may be the very element that goes
  tracks_.erase(it);
}

void MediaStream::addRemoteTrack(TrackPtr track) {
  const size_t before = tracks_.size();
  addTrack(track);
  if (tracks_.size() == before) return;
  if (const auto handler = onaddtrack) handler(track);
}

void MediaStream::removeRemoteTrack(TrackPtr track) {
  const size_t before = tracks_.size();
  removeTrack(track);
  if (tracks_.size() == before) return;
  if (const auto handler = onremovetrack) handler(track);
}

}  // namespace tincan::inline v0::media
