#include "stack/remote_tracks.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {

void RemoteTracks::apply(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section,
                         bool provisional) {
  const bool now = !section.rejected && sends(section.direction);
  if (now || transceiver->remoteSends_) applyStreams(transceiver, section, now);
  // W3C §4.4.1.5: a section that the peer rejects stops its transceiver, in an offer as well as in an answer.
  if (!section.rejected || provisional) return;
  if (transceiver->currentDirection_ == RTCRtpTransceiverDirection::kStopped) return;
  transceiver->becomeStopped();
  TrackChange change{transceiver};
  change.ends = true;
  changes_.push_back(std::move(change));
}

void RemoteTracks::applyStreams(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section,
                                bool now) {
  std::vector<MediaStreamPtr> streams;
  for (const std::string& id : section.streamIds) {
    if (!now) break;
    // Known only while it has a track: a peer that names new streams with every offer leaves nothing behind.
    MediaStreamPtr stream = streams_[id].lock();
    if (!stream) stream = std::make_shared<media::MediaStream>(id);
    streams_[id] = stream;
    if (std::find(streams.begin(), streams.end(), stream) == streams.end()) streams.push_back(std::move(stream));
  }
  set(transceiver, now, std::move(streams));
  std::erase_if(streams_, [](const auto& entry) { return entry.second.expired(); });
}

// W3C §5.1.1, processing the addition or removal of a remote track; rollback does the reverse of what was done.
void RemoteTracks::set(const std::shared_ptr<RtpTransceiver>& transceiver, bool now,
                       std::vector<MediaStreamPtr> streams) {
  RtpReceiver& receiver = *transceiver->receiver_;
  const bool was = std::exchange(transceiver->remoteSends_, now);
  // W3C §5.1.1, "set the associated remote streams": a track that goes on may be in others than before.
  if (now == was && streams == receiver.streams_) return;
  const auto before = std::exchange(receiver.streams_, std::move(streams));
  const auto missing = [](const std::vector<MediaStreamPtr>& from, const std::vector<MediaStreamPtr>& in) {
    std::vector<MediaStreamPtr> out;
    for (const auto& each : from)
      if (std::find(in.begin(), in.end(), each) == in.end()) out.push_back(each);
    return out;
  };
  TrackChange change{transceiver, now, receiver.streams_, missing(receiver.streams_, before),
                     missing(before, receiver.streams_)};
  for (const auto& stream : change.left) stream->removeTrack(receiver.track_);
  for (const auto& stream : change.joined) stream->addTrack(receiver.track_);
  // §5.1.1: told again where it has joined a stream.
  change.fires = now && (!was || !change.joined.empty());
  changes_.push_back(std::move(change));
}

std::vector<TrackChange> RemoteTracks::takeChanges() {
  return std::exchange(changes_, {});
}

}  // namespace tincan::inline v0::stack
