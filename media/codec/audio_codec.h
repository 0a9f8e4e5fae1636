#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/audio_frame.h"
#include "media/encoded_frame.h"

/// What stack/ knows of an audio codec.
namespace tincan::inline v0::media {

struct AudioEncoderSettings {
  int channels = 1;             ///< of the sound that will come
  uint32_t bitrateBps = 0;      ///< 0: the codec's own, as fmtp limits it
  int expectedLossPercent = 5;  ///< what in-band repair is made for, where the codec has it
};

/// One stream's encoder. Sound comes as 48 kHz frames of 20 ms.
class AudioEncoder {
 public:
  virtual ~AudioEncoder() = default;
  /// Appends the RTP payloads that are complete with `sound`, each with the time of its first sample: none where nothing
  /// is to be sent (DTX) or a packet is not full yet (ptime above 20 ms), two where packets are of 10 ms. `rtpTimestamp`
  /// counts as AudioFrame's does, at 48 kHz. A frame with other channels than the encoder's is mixed down or doubled.
  virtual Result<void> encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) = 0;
  virtual void setBitrate(uint32_t bps) = 0;
  virtual uint32_t bitrate() const = 0;
  /// What one payload lasts.
  virtual Duration packetTime() const = 0;
  /// From now on, where the codec can: 10, 20, 40 or 60 ms. What was gathered is not lost.
  virtual void setPacketTime(Duration) {}
};

/// One stream's decoder, to 48 kHz.
class AudioDecoder {
 public:
  virtual ~AudioDecoder() = default;
  virtual Result<AudioFrame> decode(ByteView payload) = 0;
  /// So many samples a channel, at 48 kHz, in place of a lost packet.
  virtual Result<AudioFrame> conceal(uint32_t samples) = 0;
  /// The same from the copy that the packet after it may carry; concealed where it carries none, or the codec has none.
  virtual Result<AudioFrame> recover(ByteView nextPayload, uint32_t samples) = 0;
  /// Whether a payload carries such a copy. Reads the payload alone.
  virtual bool hasCopy(ByteView /*nextPayload*/) const { return false; }
  /// What a payload lasts, in ticks of the RTP clock; 0 when it cannot be told. Reads the payload alone.
  virtual uint32_t duration(ByteView payload) const = 0;
  /// Whether the sender may pause behind this payload without anything being lost (DTX, RFC 7587 §3.1.3).
  virtual bool mayPause(ByteView /*payload*/) const { return false; }
};

}  // namespace tincan::inline v0::media
