#include "session/layer_switch.h"

#include <algorithm>

namespace tincan::inline v0::session {
namespace {

// Two encodings of one source are never further apart than this; a report that says so is wrong.
constexpr int64_t kMostApart = int64_t{10} << 32;  // in 2^-32 s

}  // namespace

void LayerSwitch::want(Ssrc encoding) {
  if (wanted_ == encoding) return;
  wanted_ = encoding;
  wantedNewest_.reset();
}

std::optional<LayerSwitch::Names> LayerSwitch::take(const ForwardedPacket& forwarded) {
  const rtp::Header& header = forwarded.packet->header;
  if (header.ssrc == wanted_ && header.ssrc != current_) {
    // Packets behind a key frame's first that came before it were not forwarded, and nobody could send them again.
    const bool newest = !wantedNewest_ || isNewer<uint16_t>(header.sequenceNumber, *wantedNewest_);
    if (newest) wantedNewest_ = header.sequenceNumber;
    if (!forwarded.startsKeyFrame || !newest) return std::nullopt;
    change(forwarded);
  }
  if (header.ssrc != current_) return std::nullopt;
  const int64_t sequence = unwrapper_.unwrap(header.sequenceNumber);
  if (sequence < first_) {
    ++counters_.late;
    return std::nullopt;
  }
  Names out;
  out.sequence = static_cast<uint16_t>(sequence + sequenceOffset_);
  out.timestamp = header.timestamp + timestampOffset_;
  out.pictureId = static_cast<uint16_t>(forwarded.numbers.pictureId().value_or(0) + pictureOffset_);
  out.tl0PictureIndex = static_cast<uint8_t>(forwarded.numbers.tl0PictureIndex().value_or(0) + tl0Offset_);
  if (sequence + sequenceOffset_ < nextSequence_) return out;
  nextSequence_ = sequence + sequenceOffset_ + 1;
  last_ = out;
  lastEndedFrame_ = header.marker;
  lastAt_ = forwarded.packet->at;
  lastSampled_ = forwarded.sampled;
  return out;
}

// The key frame's first packet gets the number behind the last one's. Where that one left its frame unfinished, a number
// stays free: to the receiver a packet is missing, and the frame is not taken for whole.
void LayerSwitch::change(const ForwardedPacket& forwarded) {
  const rtp::Header& header = forwarded.packet->header;
  unwrapper_ = {};
  first_ = unwrapper_.unwrap(header.sequenceNumber);
  if (current_) {
    ++counters_.switches;
    sequenceOffset_ = nextSequence_ + (lastEndedFrame_ ? 0 : 1) - first_;
    timestampOffset_ = last_.timestamp + elapsed(forwarded) - header.timestamp;
    pictureOffset_ = static_cast<uint16_t>(last_.pictureId + 1 - forwarded.numbers.pictureId().value_or(0));
    tl0Offset_ = static_cast<uint8_t>(last_.tl0PictureIndex + 1 - forwarded.numbers.tl0PictureIndex().value_or(0));
  } else {
    sequenceOffset_ = -first_;
    timestampOffset_ = -header.timestamp;
  }
  current_ = header.ssrc;
}

// Since the last packet was sampled, as sender reports say, or else since it came; in units of the RTP clock. Another
// frame has another timestamp.
uint32_t LayerSwitch::elapsed(const ForwardedPacket& forwarded) const {
  int64_t ticks = (forwarded.packet->at - lastAt_).micros() * clockRate_ / 1'000'000;
  if (lastSampled_ && forwarded.sampled) {
    const auto apart = static_cast<int64_t>(forwarded.sampled->raw() - lastSampled_->raw());  // in 2^-32 s
    if (apart > -kMostApart && apart < kMostApart) ticks = (apart * clockRate_ + (int64_t{1} << 31)) >> 32;
  }
  return static_cast<uint32_t>(std::clamp<int64_t>(ticks, 1, (kMostApart >> 32) * clockRate_));
}

}  // namespace tincan::inline v0::session
