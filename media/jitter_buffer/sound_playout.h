#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/time.h"
#include "media/codec/audio_codec.h"
#include "media/jitter_buffer/audio_jitter_buffer.h"
#include "media/telephone_tones.h"
#include "media/time_stretcher.h"

namespace tincan::inline v0::media {

/// One stream of sound, from its packets to what is played: asks the jitter buffer what is due, the codec for it, and
/// stretches it as the delay wants. Knows no RTP and no negotiation: who owns it says which decoder a payload type has.
///
///     packets ─► AudioJitterBuffer ─┬─ a packet ─► decoder ─► TimeStretcher ─┬─► sound, evenly
///                       ▲           ├─ missing ──► its copy in the next one, ┤
///                       │           │              or the codec's concealment│
///                       │           ├─ a pause ──► comfort noise             │
///                       │           └─ telephone event ─► TelephoneTones ────┘
///                       └────────── how much longer or shorter it became
class SoundPlayout {
 public:
  /// None: the type has no decoder.
  using Decoders = std::function<AudioDecoder*(uint8_t payloadType)>;
  struct Sound {
    AudioFrame frame;     ///< no samples: nothing is played, or nobody wanted it
    bool packet = false;  ///< of a packet; else made up
    uint32_t timestamp = 0;
    uint32_t samples = 0;  ///< that were due, at the stream's clock
  };
  /// W3C's counters (webrtc-stats, RTCInboundRtpStreamStats), in samples of the stream's clock.
  struct Stats {
    uint64_t received = 0;  ///< totalSamplesReceived
    uint64_t concealed = 0;
    uint64_t silentConcealed = 0;
    uint64_t concealmentEvents = 0;
    uint64_t recovered = 0;  ///< from the copy in the next packet
    uint64_t inserted = 0;   ///< insertedSamplesForDeceleration
    uint64_t removed = 0;    ///< removedSamplesForAcceleration
    uint64_t packetsDecoded = 0;
    uint64_t packets = 0;  ///< what follows are the jitter buffer's
    uint64_t discarded = 0;
    uint64_t emitted = 0;
    Duration delaySum, targetSum, minimumSum;
    Duration played;  ///< totalSamplesDuration
  };

  SoundPlayout(uint32_t clockRate, Decoders decoders);

  /// RFC 7160 §4.1: timestamps of two clocks say nothing about each other; what is held is given up.
  void setClock(uint32_t clockRate);
  uint32_t clockRate() const { return buffer_.config().clockRate; }
  AudioJitterBuffer& buffer() { return buffer_; }
  const AudioJitterBuffer& buffer() const { return buffer_; }
  void receive(TimePoint now, AudioJitterBuffer::Packet packet) { buffer_.receive(now, std::move(packet)); }
  /// A packet of RFC 4733: `packet` has all but its place in time, which the event says.
  void receiveEvent(TimePoint now, AudioJitterBuffer::Packet packet);
  /// What is played now; false when nothing is due. `wanted`: else nothing is decoded, and time goes on.
  bool pop(TimePoint now, bool wanted, Sound& out);

  Stats stats() const;

 private:
  using Playout = AudioJitterBuffer::Playout;

  void playPacket(const Playout& playout, bool wanted, Sound& out);
  void playGap(TimePoint now, const Playout& playout, bool wanted, Sound& out);
  bool playTone(const Playout& playout, bool wanted, Sound& out);
  void stretch(const Playout& playout, bool wanted, Sound& out);
  bool isFromCopy(const Playout& playout, AudioDecoder& decoder) const;
  void countGap(TimePoint now, uint32_t samples, bool silent);
  void settleGap(uint32_t pause);
  uint32_t at48(uint32_t samples) const;

  Decoders decoders_;
  AudioJitterBuffer buffer_;
  TelephoneTones tones_;
  TimeStretcher stretcher_;
  std::optional<uint8_t> eventType_;
  std::optional<uint8_t> playing_;  // the payload type of what was played last
  /// What was made up since the last packet: lost, or a pause, which the next packet tells.
  struct Gap {
    uint64_t concealed = 0, silent = 0;
    TimePoint since;
    bool told = false;  // too long for a pause: counted as it goes on
  };
  Gap gap_;
  int64_t owed_ = 0;  // of stretched samples: what is left when 48 kHz is brought to the clock
  Stats stats_;
};

}  // namespace tincan::inline v0::media
