#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "media/audio_frame.h"
#include "rtp/payload/telephone_event.h"

namespace tincan::inline v0::media {

/// The tones of one stream's telephone events (RFC 4733 §2.5.2): each packet is given a place in the stream's time, so
/// that the jitter buffer plays it in turn; when that is there, the tone is rendered. An event begins and ends once,
/// however often its packets say so; where packets are lost it goes on for three packets' time (§2.6). Its sines go on in
/// what is heard, wherever a late packet has the buffer play from: a jump in them is the tone of another key.
///
///     packets     ▪ 20  ▪ 40  ▪ 60  ▪ 80 end  ▪ 80 end  ▪ 80 end     durations, in ms
///     places      ├────┼────┼────┼────┤       none      none
///     tone        ╱────────────────────╲
class TelephoneTones {
 public:
  struct Place {
    uint32_t timestamp = 0;
    uint32_t samples = 0;  ///< at the stream's clock
  };

  explicit TelephoneTones(uint32_t clockRate) : clockRate_(clockRate) {}

  /// None: malformed, overtaken, or the end said again.
  std::optional<Place> receive(uint32_t timestamp, ByteView payload);
  /// Writes `samples` at 48 kHz, mono, from `timestamp` on; false when no tone sounds then.
  bool render(uint32_t timestamp, uint32_t samples, AudioFrame& out);

 private:
  struct Event {
    uint32_t start = 0;
    uint8_t event = 0;
    uint8_t volume = 0;
    uint32_t duration = 0;  // as far as it is known, in ticks
    uint32_t rendered = 0;  // at full level
    uint32_t placed = 0;
    uint64_t phase = 0;  // samples at 48 kHz that its sines have gone through
    bool ended = false;
    bool live = false;
  };

  Event& begin(uint32_t timestamp, const rtp::TelephoneEventReceiver::Update& update);
  uint32_t fadesFrom(const Event& event) const;
  std::optional<Place> placeOf(Event& event) const;
  void write(Event& event, int64_t offset, uint32_t samples, AudioFrame& out) const;
  uint32_t ticks(uint32_t millis) const { return clockRate_ * millis / 1000; }

  uint32_t clockRate_;
  rtp::TelephoneEventReceiver receiver_;
  std::array<Event, 4> events_{};  // those that may still have to be played
  size_t newest_ = 0;
  uint32_t segment_ = 0;  // the timestamp that was said last
};

}  // namespace tincan::inline v0::media
