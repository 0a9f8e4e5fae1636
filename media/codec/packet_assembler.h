#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "media/audio_frame.h"
#include "media/codec/codec_format.h"

namespace tincan::inline v0::media {

/// What a packet is to last, of the lengths that encoders here make: 10, 20, 40 and 60 ms. Reads ptime and maxptime
/// (RFC 8866 §6.4, RFC 3264 §6.1: what the peer would like), which whoever reads a description adds to a format's
/// parameters. 20 ms where nothing is said, or what is said is no number.
Duration packetTimeOf(const CodecFormat& format);

/// Gathers 48 kHz frames, as mono or stereo, and hands them out in blocks of a packet's length. Sources here give 20 ms;
/// what a peer's track gives may be a little more or less (TimeStretcher). A frame that begins later than the one before ended is a new start: what was gathered is dropped.
class PacketAssembler {
 public:
  struct Block {
    std::span<const int16_t> samples;  ///< good until the next call
    TimePoint captured;                ///< of its first sample
    uint32_t rtpTimestamp = 0;
  };

  PacketAssembler(int channels, Duration packetTime);

  /// kRangeError for what is no frame at 48 kHz, mono or stereo, of 120 ms at the most.
  Result<void> push(const AudioFrame& sound);
  bool pop(Block& out);
  int channels() const { return channels_; }
  Duration packetTime() const { return packetTime_; }
  void setPacketTime(Duration packetTime);
  /// Of a block, a channel.
  size_t samplesPerChannel() const { return perChannel_; }

 private:
  void dropTaken();
  void append(const AudioFrame& sound);

  int channels_;
  Duration packetTime_;
  size_t perChannel_ = 0;
  std::vector<int16_t> held_;
  size_t taken_ = 0;    // samples of held_ that were handed out
  TimePoint captured_;  // of the first sample that was not
  uint32_t timestamp_ = 0;
};

}  // namespace tincan::inline v0::media
