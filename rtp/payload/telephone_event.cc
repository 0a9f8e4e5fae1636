#include "rtp/payload/telephone_event.h"

#include <algorithm>

#include "base/sequence.h"

namespace tincan::inline v0::rtp {

bool TelephoneEvent::parse(ByteView payload, TelephoneEvent& out) {
  if (payload.size() < kSize) return false;
  out.event = payload[0];
  out.end = (payload[1] & 0x80) != 0;
  out.volume = payload[1] & 0x3f;
  out.duration = loadBe16(payload.data() + 2);
  return true;
}

bool TelephoneEvent::write(MutableByteView out) const {
  if (out.size() < kSize) return false;
  out[0] = event;
  out[1] = static_cast<uint8_t>((end ? 0x80 : 0) | (volume & 0x3f));
  storeBe16(out.data() + 2, duration);
  return true;
}

void TelephoneEventSender::start(uint8_t event, uint8_t volume, uint32_t timestamp) {
  event_ = {event, false, volume, 0};
  segmentStart_ = timestamp;
  first_ = true;
  endsLeft_ = kEndPackets;
  state_ = State::kSending;
}

void TelephoneEventSender::stop(uint32_t timestamp) {
  if (state_ != State::kSending) return;
  end_ = timestamp;
  state_ = State::kEnding;
}

bool TelephoneEventSender::next(uint32_t timestamp, Packet& out) {
  if (state_ == State::kIdle) return false;
  const uint32_t upTo = state_ == State::kEnding ? end_ : timestamp;
  // RFC 4733 §2.5.1.3: a segment is full at 0xffff; the next begins where it ends, without a marker and without an end.
  const uint32_t since = isNewer(upTo, segmentStart_) ? upTo - segmentStart_ : 0;
  const bool full = since > TelephoneEvent::kMaxDuration;
  event_.duration = static_cast<uint16_t>(std::min<uint32_t>(since, TelephoneEvent::kMaxDuration));
  event_.end = state_ == State::kEnding && !full;
  out = {event_, segmentStart_, first_};
  first_ = false;
  if (full) segmentStart_ += TelephoneEvent::kMaxDuration;
  if (event_.end && --endsLeft_ == 0) state_ = State::kIdle;
  return true;
}

bool TelephoneEventReceiver::receive(uint32_t timestamp, ByteView payload, Update& out) {
  out = Update();
  TelephoneEvent event;
  if (!TelephoneEvent::parse(payload, event)) return false;
  out.event = event.event;
  out.volume = event.volume;
  if (known_ && timestamp != segment_ && !isNewer(timestamp, segment_)) return true;  // overtaken: of what is over
  const bool same = known_ && timestamp == segment_;
  if (same && !active_) return true;  // the end, said again
  const bool nextSegment = active_ && event.event == event_ && timestamp - segment_ == TelephoneEvent::kMaxDuration;
  if (nextSegment) {
    before_ += TelephoneEvent::kMaxDuration;
    segmentSpan_ = 0;
    out.what = What::kWentOn;
  } else if (same) {
    out.what = What::kWentOn;
  } else {
    out.what = What::kBegan;
    out.cutShort = active_;
    before_ = segmentSpan_ = 0;
    event_ = event.event;
  }
  known_ = active_ = true;
  segment_ = timestamp;
  segmentSpan_ = std::max<uint32_t>(segmentSpan_, event.duration);
  out.duration = before_ + segmentSpan_;
  // An event that is known only by its end has begun and ended: the end is what counts.
  if (event.end) {
    out.what = What::kEnded;
    active_ = false;
  }
  return true;
}

std::optional<uint8_t> TelephoneEventReceiver::timeOut() {
  if (!active_) return std::nullopt;
  active_ = false;
  return event_;
}

}  // namespace tincan::inline v0::rtp
