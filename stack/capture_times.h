#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.h"
#include "rtp/extension_values.h"
#include "session/outbound_stream.h"
#include "stack/timed_notes.h"

// When frames were captured, by the clock of who captured them (webrtc.org, rtp-hdrext/abs-capture-time): told in a packet
// now and then, since RTP timestamps say the rest.
namespace tincan::inline v0::stack {

/// Which frames of a stream tell it. Owned by what makes its packets.
///
///     the first ─┐
///     a key frame, another source, a second later, or off what a receiver would reckon ─► told
class CaptureTimeSender {
 public:
  /// "At regular intervals (e.g. every second)", and where the clocks have jumped.
  static constexpr Duration kInterval = Duration::seconds(1);
  static constexpr Duration kTolerance = Duration::millis(1);

  /// `stream` outlives it.
  explicit CaptureTimeSender(const session::OutboundStream& stream) : stream_(stream) {}

  struct Frame {
    uint32_t timestamp = 0;  ///< as OutboundStream::add has it
    TimePoint captured;
    uint32_t source = 0;  ///< the first contributing one, or our own
    bool keyFrame = false;
  };
  /// What the first packet of this frame is to tell; nothing where receivers know it, or take none.
  std::optional<rtp::AbsCaptureTime> next(TimePoint now, const Frame& frame);

 private:
  struct Told {
    TimePoint at;
    Frame frame;
  };
  bool known(TimePoint now, const Frame& frame) const;

  const session::OutboundStream& stream_;
  std::optional<Told> told_;
};

/// By which packet it was told.
struct ToldCaptureTime {
  uint32_t source = 0;
  uint32_t timestamp = 0;
  rtp::AbsCaptureTime told{};
};

/// What a stream's packets have told, and what follows of it for frames whose packets do not. Owned by a MediaReceiver.
class CaptureTimes {
 public:
  /// As libwebrtc has it: what was told so long ago, in media time, says nothing.
  static constexpr Duration kReach = Duration::seconds(5);

  void note(uint32_t source, uint32_t timestamp, const rtp::AbsCaptureTime& told) {
    if (!told_) told_ = std::make_unique<TimedNotes<ToldCaptureTime>>();
    told_->note(timestamp, {source, timestamp, told});
  }
  /// Nothing before something was told, where that was of another source, or too long ago.
  std::optional<rtp::AbsCaptureTime> at(uint32_t source, uint32_t timestamp, uint32_t clockRate) const;
  /// Another RTP clock (RFC 7160 §4.1), which old timestamps are not of.
  void forget() { told_.reset(); }

 private:
  std::unique_ptr<TimedNotes<ToldCaptureTime>> told_;  // few streams tell it
};

/// RFC 3550 §5.1, and the extension's page: the first of the packet's contributing sources, else its own.
uint32_t capturerOf(const rtp::Header& header, ByteView packet);

}  // namespace tincan::inline v0::stack
