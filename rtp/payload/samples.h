#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/packet_buffer.h"

namespace tincan::inline v0::rtp {

/// An audio format whose payload is nothing but samples (RFC 3551 §4.5): how many bytes make how many ticks of the RTP
/// clock.
struct SampleFormat {
  std::string_view encodingName;  ///< of SDP
  uint32_t clockRate = 0;         ///< of RTP timestamps
  uint32_t sampleRate = 0;        ///< of the sound
  uint8_t channels = 1;
  uint8_t bytesPerTick = 1;

  uint32_t ticks(size_t bytes) const { return static_cast<uint32_t>(bytes / bytesPerTick); }
};

/// RFC 3551 §4.5.14: one byte a sample, 8 kHz.
inline constexpr SampleFormat kPcmu{"PCMU", 8000, 8000, 1, 1};
inline constexpr SampleFormat kPcma{"PCMA", 8000, 8000, 1, 1};
/// RFC 3551 §4.5.2: G.722 samples at 16 kHz, but its RTP clock is 8000 for the sake of an old mistake: one byte holds
/// two samples and is one tick.
inline constexpr SampleFormat kG722{"G722", 8000, 16000, 1, 1};
/// RFC 3551 §4.5.11: 16 bits a sample in network order, channels interleaved.
constexpr SampleFormat l16(uint32_t rate, uint8_t channels) {
  return {"L16", rate, rate, channels, static_cast<uint8_t>(2 * channels)};
}

/// Splits a block of samples into payloads, each of whole ticks. The packets of one block have timestamps of their own:
/// `timestampOffset` says how far the one that `next` wrote last lies behind the block's.
class SamplePacketizer {
 public:
  explicit SamplePacketizer(const SampleFormat& format) : format_(format) {}

  /// Bytes that are no whole tick at the end are left out.
  void setFrame(ByteView samples, size_t maxPayload);
  bool next(PacketBuffer& out, bool& last);
  size_t packetsLeft() const { return packetsLeft_; }
  uint32_t timestampOffset() const { return timestampOffset_; }

 private:
  SampleFormat format_;
  ByteView rest_;
  size_t size_ = 0;  // of a payload
  size_t packetsLeft_ = 0;
  uint32_t timestampOffset_ = 0;
  uint32_t nextOffset_ = 0;
};

/// False when the payload is empty or holds half a tick; else how long it plays.
bool sampleTicks(const SampleFormat& format, ByteView payload, uint32_t& ticks);

/// L16 and back. The smaller of the two sides says how many samples.
void writeL16(std::span<const int16_t> samples, MutableByteView out);
void readL16(ByteView payload, std::span<int16_t> out);

/// G.711 (ITU-T G.711 tables 1 and 2): eight bits on a logarithmic scale, for 14 bits of sound (µ-law) or 13 (A-law).
uint8_t encodeMuLaw(int16_t sample);
int16_t decodeMuLaw(uint8_t code);
uint8_t encodeALaw(int16_t sample);
int16_t decodeALaw(uint8_t code);

}  // namespace tincan::inline v0::rtp
