// How a rollback undoes what an offer has made of m-lines and transceivers (RFC 9429 §4.1.10.2).
#include <algorithm>
#include <utility>

#include "stack/media_lines.h"

namespace tincan::inline v0::stack {

void MediaLines::takeSnapshot() {
  Snapshot snapshot;
  snapshot.lines = lines_;
  for (const auto& transceiver : transceivers_) {
    const RtpSender& sender = *transceiver->sender_;
    const RtpReceiver& receiver = *transceiver->receiver_;
    snapshot.transceivers.push_back({transceiver, transceiver->mid_, transceiver->remoteSends_, receiver.streams_,
                                     transceiver->currentDirection_, sender.encodings_, sender.ssrcs_,
                                     receiver.layers_});
  }
  snapshot_ = std::move(snapshot);
}

void MediaLines::restoreSnapshot() {
  if (!snapshot_) return;
  lines_ = snapshot_->lines;
  std::vector<std::shared_ptr<RtpTransceiver>> kept;
  for (const auto& transceiver : transceivers_) {
    const auto was = std::find_if(snapshot_->transceivers.begin(), snapshot_->transceivers.end(),
                                  [&](const Kept& each) { return each.transceiver == transceiver; });
    if (was != snapshot_->transceivers.end()) {
      transceiver->mid_ = was->mid;
      transceiver->currentDirection_ = was->direction;
      // What setParameters() has set since stays.
      if (transceiver->sender_->encodings_.size() != was->encodings.size()) {
        transceiver->sender_->encodings_ = was->encodings;
        transceiver->sender_->ssrcs_ = was->ssrcs;
      }
      transceiver->receiver_->layers_ = was->layers;
      remoteTracks_.set(transceiver, was->remoteSends, was->streams);
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
