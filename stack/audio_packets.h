#pragma once

#include <cstdint>
#include <optional>

#include "base/packet_buffer.h"
#include "media/encoded_frame.h"
#include "rtp/extension_values.h"
#include "rtp/payload/telephone_event.h"
#include "session/outbound_stream.h"
#include "stack/capture_times.h"

namespace tincan::inline v0::stack {

/// Encoded sound, wherever it comes from, into the packets of one outbound stream, and telephone-events in its place
/// (RFC 4733). Owned by an AudioSender.
class AudioPackets {
 public:
  /// `stream` outlives it.
  AudioPackets(session::OutboundStream& stream, uint32_t clockRate, PacketPool& pool)
      : stream_(stream), clockRate_(clockRate), pool_(pool), captureTimes_(stream) {}

  /// Where the far end takes telephone-event: under this payload type.
  void setTones(std::optional<PayloadType> type) { toneType_ = type; }
  /// The event that is played at `captured`, or none. True where a packet of it goes in place of the sound.
  bool sendTone(TimePoint now, TimePoint captured, std::optional<uint8_t> playing);
  /// A frame is a packet; `lasts` is what a talkspurt is told by.
  void send(TimePoint now, const media::EncodedAudio& frame, Duration lasts);
  /// How loud what is sent is, told in its packets where that was agreed on; absent: not known.
  void setLevel(std::optional<rtp::AudioLevel> level) { level_ = level; }

 private:
  bool startsTalkspurt(TimePoint captured, Duration lasts);

  session::OutboundStream& stream_;
  uint32_t clockRate_;
  PacketPool& pool_;
  CaptureTimeSender captureTimes_;
  std::optional<TimePoint> lastSent_;
  std::optional<PayloadType> toneType_;
  rtp::TelephoneEventSender tones_;
  std::optional<uint8_t> tone_;  // that is being said
  std::optional<rtp::AudioLevel> level_;
};

}  // namespace tincan::inline v0::stack
