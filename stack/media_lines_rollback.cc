// How a rollback undoes what an offer has made of m-lines and transceivers (RFC 9429 §4.1.10.2).
#include <algorithm>
#include <utility>

#include "stack/media_lines.h"

namespace tincan::inline v0::stack {

void MediaLines::takeSnapshot() {
  Snapshot snapshot;
  snapshot.lines = lines_;
  snapshot.transceivers = transceivers_;
  for (const auto& transceiver : transceivers_) {
    snapshot.mids.push_back(transceiver->mid_);
    snapshot.remoteSends.push_back(transceiver->remoteSends_);
    snapshot.streams.push_back(transceiver->receiver_->streams_);
    snapshot.directions.push_back(transceiver->currentDirection_);
    snapshot.encodings.push_back(transceiver->sender_->encodings_);
    snapshot.ssrcs.push_back(transceiver->sender_->ssrcs_);
    snapshot.layers.push_back(transceiver->receiver_->layers_);
  }
  snapshot_ = std::move(snapshot);
}

void MediaLines::restoreSnapshot() {
  if (!snapshot_) return;
  lines_ = snapshot_->lines;
  std::vector<std::shared_ptr<RtpTransceiver>> kept;
  for (const auto& transceiver : transceivers_) {
    const auto known = std::find(snapshot_->transceivers.begin(), snapshot_->transceivers.end(), transceiver);
    if (known != snapshot_->transceivers.end()) {
      const auto index = static_cast<size_t>(known - snapshot_->transceivers.begin());
      transceiver->mid_ = snapshot_->mids[index];
      transceiver->currentDirection_ = snapshot_->directions[index];
      // What setParameters() has set since stays.
      if (transceiver->sender_->encodings_.size() != snapshot_->encodings[index].size()) {
        transceiver->sender_->encodings_ = snapshot_->encodings[index];
        transceiver->sender_->ssrcs_ = snapshot_->ssrcs[index];
      }
      transceiver->receiver_->layers_ = snapshot_->layers[index];
      remoteTracks_.set(transceiver, snapshot_->remoteSends[index], snapshot_->streams[index]);
      kept.push_back(transceiver);
      continue;
    }
    // RFC 8829 §4.1.10.2: made since. It stays if the user made it, or addTrack() took the one that the offer made.
    transceiver->mid_.reset();
    transceiver->currentDirection_.reset();
    remoteTracks_.set(transceiver, false, {});
    if (!transceiver->madeByOffer_ || transceiver->addedByTrack_) {
      kept.push_back(transceiver);
    } else {
      transceiver->becomeStopped();  // W3C §4.4.1.5, rollback: and its track ends
      stopped_.push_back(transceiver);
    }
  }
  transceivers_ = std::move(kept);
  snapshot_.reset();
}

}  // namespace tincan::inline v0::stack
