#include "media/telephone_tones.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

namespace tincan::inline v0::media {
namespace {

using What = rtp::TelephoneEventReceiver::What;

// ITU-T Q.23: a row and a column. The order is that of the events (RFC 4733 §3.2): 0…9, *, #, A…D.
constexpr double kRows[] = {697, 770, 852, 941}, kColumns[] = {1209, 1336, 1477, 1633};
constexpr uint8_t kRowOf[] = {3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 0, 1, 2, 3};
constexpr uint8_t kColumnOf[] = {1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 3, 3, 3, 3};

constexpr uint32_t kPacketMs = 20;    // what a packet is given a place for
constexpr uint32_t kGoesOnMs = 60;    // RFC 4733 §2.6: three packets
constexpr uint32_t kRampMs = 5;       // from silence to full and back, so that nothing clicks
constexpr double kFullScale = 0.7;    // ITU-T G.711 §4: a sine at full scale is +3.14 dBm0
constexpr uint32_t kForgetMs = 2000;  // behind its end

}  // namespace

std::optional<TelephoneTones::Place> TelephoneTones::receive(uint32_t timestamp, ByteView payload) {
  rtp::TelephoneEventReceiver::Update update;
  if (!receiver_.receive(timestamp, payload, update)) return std::nullopt;
  Event& current = events_[newest_];
  const bool known = current.live && !current.ended &&
                     (timestamp == segment_ || timestamp - segment_ == rtp::TelephoneEvent::kMaxDuration);
  switch (update.what) {
    case What::kNothing: return std::nullopt;
    case What::kBegan: {
      current.ended = true;  // whatever its last packets said
      segment_ = timestamp;
      return placeOf(begin(timestamp, update));
    }
    case What::kWentOn:
    case What::kEnded: break;
  }
  segment_ = timestamp;
  if (!known) current.ended = true;
  Event& event = known ? current : begin(timestamp, update);
  event.duration = std::max(event.duration, update.duration);
  event.ended = update.what == What::kEnded;
  return placeOf(event);
}

TelephoneTones::Event& TelephoneTones::begin(uint32_t timestamp, const rtp::TelephoneEventReceiver::Update& update) {
  newest_ = (newest_ + 1) % events_.size();
  Event& event = events_[newest_];
  event = Event();
  event.start = timestamp;
  event.event = update.event;
  event.volume = update.volume;
  event.duration = update.duration;
  event.live = true;
  return event;
}

// Behind the one before; and where that was lost, where this one's duration says. At its end, no further: sound may go
// on right there.
std::optional<TelephoneTones::Place> TelephoneTones::placeOf(Event& event) const {
  const uint32_t step = ticks(kPacketMs);
  const uint32_t from = std::max(event.placed, event.duration - std::min(event.duration, step));
  if (event.ended && from >= event.duration) return std::nullopt;
  event.placed = from + step;
  return Place{event.start + from, step};
}

// From where on the tone fades: in time for its end, or as soon as that is known.
uint32_t TelephoneTones::fadesFrom(const Event& event) const {
  const uint32_t end =
      event.ended ? event.duration - std::min(event.duration, ticks(kRampMs)) : event.duration + ticks(kGoesOnMs);
  return std::max(end, event.rendered);
}

bool TelephoneTones::render(uint32_t timestamp, uint32_t samples, AudioFrame& out) {
  bool sounds = false;
  for (Event& event : events_) {
    if (!event.live) continue;
    const int64_t offset = static_cast<int32_t>(timestamp - event.start);
    event.live = offset < int64_t{event.duration} + ticks(kForgetMs);
    if (offset < 0 || offset >= int64_t{fadesFrom(event)} + ticks(kRampMs)) continue;
    if (event.event >= std::size(kRowOf)) continue;  // no tone of two: flash and the like
    if (!sounds) {
      out.channels = 1;
      out.samples.assign(samples, 0);
    }
    write(event, offset, samples, out);
    sounds = true;
  }
  return sounds;
}

void TelephoneTones::write(Event& event, int64_t offset, uint32_t samples, AudioFrame& out) const {
  const uint32_t fadesFrom = this->fadesFrom(event);
  const double start = static_cast<double>(offset) / clockRate_, ramp = kRampMs / 1000.0;
  const double end = static_cast<double>(fadesFrom) / clockRate_ + ramp;
  const double row = 2 * std::numbers::pi * kRows[kRowOf[event.event]];
  const double column = 2 * std::numbers::pi * kColumns[kColumnOf[event.event]];
  // RFC 4733 §2.3.5: the power of both together, in -dBm0.
  const double amplitude = 32'767 * kFullScale * std::pow(10, -event.volume / 20.0) / std::numbers::sqrt2;
  for (uint32_t i = 0; i < samples; ++i) {
    const double t = start + static_cast<double>(i) / AudioFrame::kRate;
    const double turn = static_cast<double>(event.phase++) / AudioFrame::kRate;
    const double level = std::clamp(std::min(t, end - t) / ramp, 0.0, 1.0);
    const double value = out.samples[i] + level * amplitude * (std::sin(row * turn) + std::sin(column * turn));
    out.samples[i] = static_cast<int16_t>(std::lround(std::clamp(value, -32'768.0, 32'767.0)));
  }
  const auto until = static_cast<uint32_t>(offset + int64_t{samples} * clockRate_ / AudioFrame::kRate);
  event.rendered = std::max(event.rendered, std::min(until, fadesFrom));
}

}  // namespace tincan::inline v0::media
